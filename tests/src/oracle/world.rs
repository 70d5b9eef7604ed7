//! A small cluster, and the JSON that the resolver takes in.

use serde_json::{Value, json};

/// One Gateway, its HTTP listeners, and the routes that name it.
#[derive(Clone, Debug)]
pub struct World {
    /// HTTP listeners; no two of one port have the same hostname.
    pub listeners: Vec<Listener>,
    /// HTTPRoutes; no two have the same namespace and name.
    pub routes: Vec<Route>,
}

/// A listener that takes HTTPRoutes from every namespace.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
    /// `*` for none.
    pub hostname: String,
}

/// An HTTPRoute.
#[derive(Clone, Debug)]
pub struct Route {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Day of its creation; without one it counts as the newest.
    pub day: Option<u8>,
    /// sectionName of its parentRef.
    pub section: Option<String>,
    /// None: every host.
    pub hostnames: Vec<String>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

/// A rule with one backend.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its matches.
    pub matches: Vec<Match>,
    /// The backend does not exist.
    pub broken: bool,
}

/// A match.
#[derive(Clone, Debug)]
pub struct Match {
    /// Exact, or else PathPrefix.
    pub exact: bool,
    /// The path.
    pub path: String,
    /// The method.
    pub method: Option<String>,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The port.
    pub port: u16,
    /// The Host header.
    pub host: String,
    /// The path.
    pub path: String,
    /// The method.
    pub method: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
}

const API: &str = "gateway.networking.k8s.io/v1";

impl World {
    /// As a Kubernetes List.
    pub fn json(&self) -> Value {
        let mut items = vec![
            json!({"apiVersion": API, "kind": "GatewayClass", "metadata": {"name": "class"},
                   "spec": {"controllerName": "example.net/controller"}}),
            json!({"apiVersion": API, "kind": "Gateway", "metadata": {"namespace": "infra", "name": "edge"},
                   "spec": {"gatewayClassName": "class",
                            "listeners": self.listeners.iter().map(Listener::json).collect::<Vec<_>>()}}),
        ];
        for namespace in ["infra", "a", "a-b"] {
            items.push(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
            items.push(json!({"apiVersion": "v1", "kind": "Service",
                              "metadata": {"namespace": namespace, "name": "web"}, "spec": {"ports": [{"port": 80}]}}));
        }
        items.extend(self.routes.iter().map(Route::json));
        json!({"apiVersion": "v1", "kind": "List", "items": items})
    }
}

impl Listener {
    fn json(&self) -> Value {
        let mut out = json!({"name": self.name, "port": self.port, "protocol": "HTTP",
                             "allowedRoutes": {"namespaces": {"from": "All"}}});
        if self.hostname != "*" {
            out["hostname"] = json!(self.hostname);
        }
        out
    }
}

impl Route {
    fn json(&self) -> Value {
        let mut metadata = json!({"namespace": self.namespace, "name": self.name});
        if let Some(day) = self.day {
            metadata["creationTimestamp"] = json!(format!("2026-01-{day:02}T00:00:00Z"));
        }
        let mut parent = json!({"namespace": "infra", "name": "edge"});
        if let Some(section) = &self.section {
            parent["sectionName"] = json!(section);
        }
        let mut spec = json!({"parentRefs": [parent], "rules": self.rules.iter().map(Rule::json).collect::<Vec<_>>()});
        if !self.hostnames.is_empty() {
            spec["hostnames"] = json!(self.hostnames);
        }
        json!({"apiVersion": API, "kind": "HTTPRoute", "metadata": metadata, "spec": spec})
    }

    /// How namespaces and names are compared where all else is equal: as one text.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}

impl Rule {
    fn json(&self) -> Value {
        let backend = if self.broken { "missing" } else { "web" };
        json!({"matches": self.matches.iter().map(Match::json).collect::<Vec<_>>(),
               "backendRefs": [{"name": backend, "port": 80}]})
    }
}

impl Match {
    fn json(&self) -> Value {
        let pairs = |pairs: &[(String, String)]| -> Value { pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect() };
        let kind = if self.exact { "Exact" } else { "PathPrefix" };
        let mut out = json!({"path": {"type": kind, "value": self.path},
                             "headers": pairs(&self.headers), "queryParams": pairs(&self.query)});
        if let Some(method) = &self.method {
            out["method"] = json!(method);
        }
        out
    }
}

impl Request {
    /// As `trace --requests` takes it.
    pub fn query_string(&self) -> Option<String> {
        let pairs: Vec<String> = self.query.iter().map(|(k, v)| format!("{k}={v}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("&"))
    }
}
