//! The workloads of `make bench`, as JSON texts.

use std::fmt::Write as _;

/// Numbers that are the same in every run.
#[derive(Debug)]
pub struct Seed(u64);

impl Seed {
    /// From a number.
    pub fn new(n: u64) -> Self {
        Self(n.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    /// The next number below a bound.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
    /// A random word, for texts that compress badly (W10).
    pub fn word(&mut self, len: usize) -> String {
        (0..len).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }
}

/// FNV-1a: names for what is found, and seeds from texts.
pub fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x0100_0000_01b3))
}

/// How many namespaces W1 has for so many routes.
pub fn namespaces(routes: usize) -> usize {
    (routes / 100).clamp(50, 1000)
}

/// What W1 looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// `route-17`: as people name things.
    Plain,
    /// Random letters (W10).
    Random,
}

const CLASS: &str = r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"GatewayClass","metadata":{"name":"edge","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"controllerName":"example.net/gateway"}}"#;

const CERTIFICATE: &str = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"wild","namespace":"infra"},"data":{"tls.crt":"LS0tLS1CRUdJTiBYLS0tLS0KQUFBQQotLS0tLUVORCBYLS0tLS0="}}"#;

/// How the listeners of W1 are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Front {
    /// HTTPS with a certificate: a healthy cluster.
    Https,
    /// Clear text on an external address: every route has a finding.
    Clear,
}

/// The cluster that routes attach to: class, Gateways (one for every 2,000 routes), Namespaces, Services.
pub fn surroundings(routes: usize, front: Front) -> Vec<String> {
    let mut out = vec![CLASS.to_owned(), CERTIFICATE.to_owned()];
    for g in 0..gateways(routes) {
        out.push(gateway(g, front));
    }
    for n in 0..namespaces(routes) {
        out.push(format!(r#"{{"apiVersion":"v1","kind":"Namespace","metadata":{{"name":"team-{n}","labels":{{"expose":"yes","team":"t{n}"}}}}}}"#));
        for s in 0..20 {
            out.push(service(n, s));
        }
    }
    out
}

/// How many Gateways W1 has.
pub fn gateways(routes: usize) -> usize {
    routes.div_ceil(2_000)
}

/// One of W1's Gateways: one listener for every host of a zone.
pub fn gateway(g: usize, front: Front) -> String {
    let listener = |name: &str, port: u16, protocol: &str, tls: &str| {
        format!(
            r#"{{"name":"{name}","port":{port},"protocol":"{protocol}","hostname":"*.zone{g}.example.com"{tls},"allowedRoutes":{{"namespaces":{{"from":"Selector","selector":{{"matchLabels":{{"expose":"yes"}}}}}}}}}}"#
        )
    };
    format!(
        r#"{{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{{"name":"edge-{g}","namespace":"infra","generation":1,"creationTimestamp":"2026-01-01T00:00:00Z"}},"spec":{{"gatewayClassName":"edge","listeners":[{}]}},"status":{{"addresses":[{{"type":"IPAddress","value":"203.0.113.{}"}}]}}}}"#,
        match front {
            Front::Https => listener("https", 443, "HTTPS", r#","tls":{"mode":"Terminate","certificateRefs":[{"name":"wild"}]}"#),
            Front::Clear => listener("http", 80, "HTTP", ""),
        },
        g % 250 + 1
    )
}

fn service(n: usize, s: usize) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"svc-{s}","namespace":"team-{n}"}},"spec":{{"ports":[{{"name":"http","port":8080,"targetPort":3000}}]}}}}"#
    )
}

/// One of W1's routes: about 3 KB as kubectl prints it, 2 hosts, 3 rules, 3.2 backends.
pub fn route(i: usize, routes: usize, names: Names, version: usize) -> String {
    let mut seed = Seed::new(i as u64 + 1);
    let ns = i % namespaces(routes);
    let g = i % gateways(routes);
    let name = match names {
        Names::Plain => format!("route-{i}"),
        Names::Random => format!("r{i}-{}", seed.word(12)),
    };
    let host = match names {
        Names::Plain => format!("app{i}"),
        Names::Random => format!("h{i}{}", seed.word(10)),
    };
    let mut rules = String::new();
    for r in 0..3 {
        let mut backends = String::new();
        // Every fifth route has a fourth backend: 3.2 on average.
        let count = if r == 0 && i.is_multiple_of(5) { 2 } else { 1 };
        for b in 0..count {
            let _ = write!(
                backends,
                "{}{{\"group\":\"\",\"kind\":\"Service\",\"name\":\"svc-{}\",\"port\":8080,\"weight\":1}}",
                if b > 0 { "," } else { "" },
                (i + r * 7 + b * 10 + version) % 20
            );
        }
        let path = ["/", "/api", "/static"][r];
        let _ = write!(
            rules,
            "{}{{\"backendRefs\":[{backends}],\"matches\":[{{\"path\":{{\"type\":\"PathPrefix\",\"value\":\"{path}\"}}}}]}}",
            if r > 0 { "," } else { "" }
        );
    }
    let managed = r#"{"apiVersion":"gateway.networking.k8s.io/v1","fieldsType":"FieldsV1","fieldsV1":{"f:metadata":{"f:annotations":{".":{},"f:kubectl.kubernetes.io/last-applied-configuration":{}},"f:labels":{".":{},"f:app":{},"f:team":{}}},"f:spec":{".":{},"f:hostnames":{},"f:parentRefs":{},"f:rules":{}}},"manager":"kubectl-client-side-apply","operation":"Update","time":"2026-02-01T10:00:00Z"},{"apiVersion":"gateway.networking.k8s.io/v1","fieldsType":"FieldsV1","fieldsV1":{"f:status":{".":{},"f:parents":{}}},"manager":"gateway-controller","operation":"Update","subresource":"status","time":"2026-02-01T10:00:03Z"}"#;
    let spec = format!(
        r#"{{"hostnames":["{host}.zone{g}.example.com","{host}-b.zone{g}.example.com"],"parentRefs":[{{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"edge-{g}","namespace":"infra"}}],"rules":[{rules}]}}"#
    );
    let last = spec.replace('"', "\\\"");
    let condition = |kind: &str| {
        format!(
            r#"{{"lastTransitionTime":"2026-02-01T10:00:03Z","message":"","observedGeneration":{version},"reason":"{kind}","status":"True","type":"{kind}"}}"#
        )
    };
    format!(
        r#"{{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{{"annotations":{{"kubectl.kubernetes.io/last-applied-configuration":"{last}"}},"creationTimestamp":"2026-02-01T10:00:00Z","generation":{version},"labels":{{"app":"{name}","team":"t{ns}"}},"managedFields":[{managed}],"name":"{name}","namespace":"team-{ns}","resourceVersion":"{}","uid":"00000000-0000-0000-0000-{i:012}"}},"spec":{spec},"status":{{"parents":[{{"conditions":[{},{}],"controllerName":"example.net/gateway","parentRef":{{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"edge-{g}","namespace":"infra"}}}}]}}}}"#,
        1000 + i + version,
        condition("Accepted"),
        condition("ResolvedRefs"),
    )
}

/// W1 as one list.
pub fn w1(routes: usize, names: Names) -> String {
    w1_of(routes, names, Front::Https)
}

/// W1 with its listeners in clear text or not. Routes come as `kubectl get -A` prints them: by namespace and name.
pub fn w1_of(routes: usize, names: Names, front: Front) -> String {
    let mut order: Vec<(String, usize)> = (0..routes).map(|i| (format!("team-{}/route-{i}", i % namespaces(routes)), i)).collect();
    order.sort_unstable();
    list(order.into_iter().map(|(_, i)| i), routes, names, front)
}

/// W1 with each route in another namespace than the one before: as no server lists them, and as hard on caches as can be.
pub fn w1_scattered(routes: usize) -> String {
    list(0..routes, routes, Names::Plain, Front::Https)
}

fn list(order: impl Iterator<Item = usize>, routes: usize, names: Names, front: Front) -> String {
    let mut out = String::with_capacity(routes * 3_200);
    out.push_str(r#"{"apiVersion":"v1","items":["#);
    let mut first = true;
    for text in surroundings(routes, front).into_iter().chain(order.map(|i| route(i, routes, names, 1))) {
        if !core::mem::take(&mut first) {
            out.push(',');
        }
        out.push_str(&text);
    }
    out.push_str(r#"],"kind":"List"}"#);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn w1_has_the_size_it_says() {
        let bytes: usize = (0..100).map(|i| route(i, 1_000, Names::Plain, 1).len()).sum();
        assert!((2_800..3_400).contains(&(bytes / 100)), "{} bytes a route", bytes / 100);
        assert!(serde_json::from_str::<serde_json::Value>(&w1(20, Names::Random)).is_ok());
    }
}
