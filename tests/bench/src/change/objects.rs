//! The objects of the small cluster: few names, so that they refer to, shadow and refuse each other all the time.

use serde_json::{Value, json};

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Index into [`KINDS`].
    pub kind: usize,
    /// Which namespace.
    pub ns: usize,
    /// Which name.
    pub name: usize,
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Op {
    /// The object.
    pub slot: Slot,
    /// What it says.
    pub variant: u32,
    /// It goes.
    pub delete: bool,
}

const GW: &str = "gateway.networking.k8s.io";

/// Kinds with their group, version, and how many names each has; routes and Gateways come more often.
const KINDS: &[(&str, &str, &str, usize)] = &[
    ("GatewayClass", GW, "v1", 2),
    ("Gateway", GW, "v1", 2),
    ("Gateway", GW, "v1", 2),
    ("ListenerSet", GW, "v1", 2),
    ("XListenerSet", "gateway.networking.x-k8s.io", "v1alpha1", 1),
    ("HTTPRoute", GW, "v1", 3),
    ("HTTPRoute", GW, "v1", 3),
    ("HTTPRoute", GW, "v1beta1", 3),
    ("GRPCRoute", GW, "v1", 2),
    ("TLSRoute", GW, "v1", 2),
    ("TCPRoute", GW, "v1alpha2", 2),
    ("UDPRoute", GW, "v1alpha2", 2),
    ("ReferenceGrant", GW, "v1beta1", 2),
    ("BackendTLSPolicy", GW, "v1", 2),
    ("Namespace", "", "v1", 1),
    ("Service", "", "v1", 2),
    ("Service", "", "v1", 2),
    ("ServiceImport", "multicluster.x-k8s.io", "v1alpha1", 1),
    ("XBackend", "gateway.networking.x-k8s.io", "v1alpha1", 1),
    ("EndpointSlice", "discovery.k8s.io", "v1", 2),
    ("Secret", "", "v1", 1),
    ("ConfigMap", "", "v1", 1),
    ("ClusterTrustBundle", "certificates.k8s.io", "v1beta1", 1),
    ("Widget", "example.org", "v1", 1),
];
const NAMESPACES: [&str; 3] = ["infra", "shop", "lab"];
const CLUSTER: [&str; 4] = ["GatewayClass", "Namespace", "ClusterTrustBundle", "XMesh"];
const HOSTS: [&str; 6] = ["a.example.com", "b.example.com", "*.example.com", "*.a.example.com", "x.a.example.com", "other.net"];
const PATHS: [&str; 5] = ["/", "/a", "/a/", "/a/b", "/v1"];

impl Slot {
    /// A slot for any number.
    pub fn of(n: u16) -> Self {
        let n = usize::from(n);
        let kind = n % KINDS.len();
        let rest = n / KINDS.len();
        Self { kind, ns: rest % NAMESPACES.len(), name: rest / NAMESPACES.len() % KINDS[kind].3 }
    }
    /// Group, kind, namespace (empty for cluster-scoped kinds) and name.
    pub fn key(self) -> (&'static str, &'static str, &'static str, String) {
        let (kind, group, _, _) = KINDS[self.kind];
        let name = match kind {
            "Namespace" => NAMESPACES[self.ns].to_owned(),
            "GatewayClass" => ["eg", "other"][self.name].to_owned(),
            _ => format!("{}{}", kind.chars().next().unwrap_or('x').to_ascii_lowercase(), self.name),
        };
        (group, kind, if CLUSTER.contains(&kind) { "" } else { NAMESPACES[self.ns] }, name)
    }
}

/// Numbers from one number, so that a shrunk variant gives a simpler object.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n) as usize
    }
    fn maybe(&mut self, one_in: u64) -> bool {
        self.roll(one_in) == 0
    }
    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len() as u64)]
    }
}

/// The object that a change writes.
pub fn object(op: &Op) -> Value {
    let (kind, group, version, _) = KINDS[op.slot.kind];
    let (_, _, ns, name) = op.slot.key();
    // Few ListenerSets, so that the same one often comes again with another status.
    let of = if kind.ends_with("ListenerSet") { u64::from(op.variant % 2) + 2 * (op.slot.ns * 8 + op.slot.name) as u64 } else { u64::from(op.variant) };
    let mut d = Dice(of);
    let api = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    let mut meta = json!({"name": name, "generation": 1 + d.roll(3), "resourceVersion": d.roll(1_000_000).to_string()});
    if !ns.is_empty() {
        meta["namespace"] = json!(ns);
    }
    if !d.maybe(4) {
        meta["creationTimestamp"] = json!(format!("2026-01-0{}T00:00:00Z", 1 + d.roll(3)));
    }
    let mut out = json!({"apiVersion": api, "kind": kind, "metadata": meta});
    match kind {
        "GatewayClass" => {
            out["spec"] = json!({"controllerName": d.pick(&["gateway.envoyproxy.io/gatewayclass-controller", "istio.io/gateway-controller", "example.net/c"])});
            if d.maybe(4) {
                out["status"] = json!({"conditions": [{"type": "Accepted", "status": d.pick(&["True", "False"]), "observedGeneration": 1 + d.roll(3)}],
                    "supportedFeatures": [{"name": d.pick(&["HTTPRoute", "GatewayRouteHostnameIntersectionPrecedence", "TLSRouteModeMixed"])}]});
            }
        }
        "Gateway" => {
            out["spec"] = json!({"gatewayClassName": d.pick(&["eg", "other", "none"]), "listeners": listeners(&mut d),
                "allowedListeners": {"namespaces": {"from": d.pick(&["All", "Same", "None"])}}});
            if d.maybe(5) {
                out["spec"]["defaultScope"] = json!("All");
            }
            if d.maybe(4) {
                out["spec"]["tls"] = json!({"frontend": {"default": {"validation": {"caCertificateRefs": [{"kind": d.pick(&["ConfigMap", "Secret"]), "group": "", "name": d.pick(&["c0", "s0"])}]}}}});
            }
            if d.maybe(2) {
                out["status"] = json!({"addresses": [{"value": d.pick(&["10.0.0.1", "203.0.113.9", "lb.example.com"])}],
                    "conditions": [{"type": "Accepted", "status": d.pick(&["True", "True", "False"]), "observedGeneration": 1 + d.roll(3)}],
                    "listeners": [{"name": "l0", "attachedRoutes": d.roll(4), "conditions": [{"type": "ResolvedRefs", "status": d.pick(&["True", "False"]), "reason": "InvalidCertificateRef", "observedGeneration": 1}]}]});
            }
        }
        "ListenerSet" | "XListenerSet" => {
            out["spec"] = json!({"parentRef": {"name": d.pick(&["g0", "g1"]), "namespace": d.pick(&NAMESPACES)}, "listeners": listeners(&mut d)});
            let mut said = Dice(u64::from(op.variant));
            if !said.maybe(4) {
                out["status"] = json!({"conditions": [{"type": "Accepted", "status": "True", "observedGeneration": 1 + said.roll(3)}],
                    "listeners": [{"name": "l0", "attachedRoutes": said.roll(3),
                        "conditions": [{"type": "ResolvedRefs", "status": said.pick(&["True", "True", "True", "False"]), "reason": "InvalidCertificateRef", "observedGeneration": 1}]}]});
            }
        }
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute" => route(&mut d, kind, &mut out),
        "ReferenceGrant" => {
            out["spec"] = json!({"from": [{"group": GW, "kind": d.pick(&["HTTPRoute", "GRPCRoute", "Gateway", "ListenerSet"]), "namespace": d.pick(&NAMESPACES)}],
                "to": [{"group": "", "kind": d.pick(&["Service", "Secret", "ConfigMap"])}]});
            if d.maybe(3) {
                out["spec"]["to"][0]["name"] = json!(d.pick(&["s0", "s1"]));
            }
        }
        "BackendTLSPolicy" => {
            let mut target = json!({"group": "", "kind": "Service", "name": d.pick(&["s0", "s1"])});
            if d.maybe(2) {
                target["sectionName"] = json!("web");
            }
            let validation = if d.maybe(3) {
                json!({"wellKnownCACertificates": "System"})
            } else {
                json!({"caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": d.pick(&["c0", "c1"])}]})
            };
            out["spec"] = json!({"targetRefs": [target], "validation": validation});
        }
        "Namespace" => out["metadata"]["labels"] = json!({"team": d.pick(&["a", "b"]), "tenant": d.pick(&["red", "blue"])}),
        "Service" => {
            let port = 80 + d.roll(2);
            out["spec"] = json!({"ports": [{"name": d.pick(&["web", "alt"]), "port": port, "protocol": d.pick(&["TCP", "TCP", "UDP"])}]});
            if d.maybe(6) {
                out["spec"]["type"] = json!("ExternalName");
            }
        }
        "ServiceImport" => out["spec"] = json!({"ports": [{"port": 80}]}),
        "XBackend" => out["spec"] = json!({"type": "ExternalHostname", "port": {"number": 443}}),
        "EndpointSlice" => {
            out["metadata"]["labels"] = json!({"kubernetes.io/service-name": d.pick(&["s0", "s1"])});
            out["endpoints"] = json!([{"addresses": ["10.1.1.1"], "conditions": {"ready": d.maybe(2)}}]);
        }
        "Secret" => {
            let pem = d.pick(&["LS0tLS1CRUdJTiBYLS0tLS0KQUFBQQotLS0tLUVORCBYLS0tLS0=", "aGVsbG8="]);
            out["data"] = json!({"tls.crt": pem, "ca.crt": pem});
        }
        "ConfigMap" => out["data"] = json!({"ca.crt": d.pick(&["-----BEGIN X-----\nAAAA\n-----END X-----", "hello"])}),
        "ClusterTrustBundle" => out["spec"] = json!({"trustBundle": d.pick(&["-----BEGIN X-----\nAAAA\n-----END X-----", "hello"])}),
        _ => {}
    }
    out
}

fn listeners(d: &mut Dice) -> Value {
    let mut out = Vec::new();
    for i in 0..1 + d.roll(4) {
        let protocol = d.pick(&["HTTP", "HTTP", "HTTP", "HTTPS", "TLS", "TCP", "UDP", "SCTP"]);
        let port = [80, 80, 443, 8080][d.roll(4)];
        let mut l = json!({"name": format!("l{i}"), "port": port, "protocol": protocol});
        if !d.maybe(3) {
            l["hostname"] = json!(d.pick(&HOSTS));
        }
        if matches!(protocol, "HTTPS" | "TLS") {
            l["tls"] = json!({"mode": if protocol == "TLS" { d.pick(&["Terminate", "Passthrough"]) } else { "Terminate" },
                "certificateRefs": [{"name": "s0", "namespace": d.pick(&NAMESPACES)}]});
        }
        let from = d.pick(&["All", "All", "Same", "Selector"]);
        l["allowedRoutes"] = json!({"namespaces": {"from": from, "selector": {"matchLabels": {"team": d.pick(&["a", "b"])}}}});
        if d.maybe(5) {
            l["allowedRoutes"]["kinds"] = json!([{"kind": d.pick(&["HTTPRoute", "GRPCRoute", "TCPRoute", "Nonsense"])}]);
        }
        out.push(l);
    }
    json!(out)
}

fn route(d: &mut Dice, kind: &str, out: &mut Value) {
    let mut parents = Vec::new();
    for _ in 0..1 + d.roll(2) {
        let mut p = json!({"name": d.pick(&["g0", "g1"]), "namespace": d.pick(&NAMESPACES)});
        if d.maybe(4) {
            p["kind"] = json!("ListenerSet");
            p["name"] = json!(d.pick(&["l0", "l1"]));
        } else if d.maybe(10) {
            p["kind"] = json!("Service");
            p["group"] = json!("");
        }
        if d.maybe(4) {
            p["sectionName"] = json!(d.pick(&["l0", "l1", "none"]));
        }
        if d.maybe(6) {
            p["port"] = json!(80);
        }
        parents.push(p);
    }
    let mut spec = json!({"parentRefs": parents});
    if d.maybe(6) {
        spec["useDefaultGateways"] = json!("All");
    }
    if !d.maybe(3) {
        spec["hostnames"] = json!((0..1 + d.roll(2)).map(|_| d.pick(&HOSTS)).collect::<Vec<_>>());
    }
    let mut rules = Vec::new();
    for _ in 0..1 + d.roll(2) {
        let mut backends = Vec::new();
        for _ in 0..d.roll(3) {
            let mut b = json!({"name": d.pick(&["s0", "s1"]), "port": 80 + d.roll(2), "weight": d.roll(3)});
            if d.maybe(3) {
                b["namespace"] = json!(d.pick(&NAMESPACES));
            }
            if d.maybe(8) {
                b["kind"] = json!(d.pick(&["ServiceImport", "XBackend", "Widget"]));
                b["group"] = json!(d.pick(&["multicluster.x-k8s.io", "gateway.networking.x-k8s.io", "example.org"]));
            }
            backends.push(b);
        }
        let mut rule = json!({"backendRefs": backends});
        match kind {
            "HTTPRoute" => {
                let mut m = json!({"path": {"type": d.pick(&["PathPrefix", "PathPrefix", "Exact"]), "value": d.pick(&PATHS)}});
                if d.maybe(4) {
                    m["method"] = json!("GET");
                }
                if d.maybe(4) {
                    m["headers"] = json!([{"name": d.pick(&["X-A", "x-a"]), "value": "1"}]);
                }
                rule["matches"] = json!([m]);
                if d.maybe(6) {
                    rule["filters"] = json!([d.filter()]);
                }
            }
            "GRPCRoute" if d.maybe(2) => {
                rule["matches"] = json!([{"method": {"service": d.pick(&["a.B", "c.D"]), "method": d.pick(&["Get", "Put"])}}]);
            }
            _ => {}
        }
        rules.push(rule);
    }
    spec["rules"] = json!(rules);
    out["spec"] = spec;
    if d.maybe(3) {
        out["status"] = json!({"parents": [{"controllerName": "example.net/c", "parentRef": {"name": "g0", "namespace": "infra"},
            "conditions": [{"type": "Accepted", "status": d.pick(&["True", "False"]), "observedGeneration": 1 + d.roll(3)}]}]});
    }
}

impl Dice {
    fn filter(&mut self) -> Value {
        match self.roll(3) {
            0 => json!({"type": "RequestRedirect", "requestRedirect": {"statusCode": 301}}),
            1 => {
                json!({"type": "RequestMirror", "requestMirror": {"backendRef": {"name": self.pick(&["s0", "s1"]), "port": 80, "namespace": self.pick(&NAMESPACES)}}})
            }
            _ => json!({"type": "ExtensionRef", "extensionRef": {"group": "example.org", "kind": "Widget", "name": "w0"}}),
        }
    }
}
