//! The order of a virtual host's routes, from a report's rows and the objects: rules 36 and 37 read once more, apart
//! from the resolver's own code.

use gatescope_core::types::Exposure;
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Objects by kind, namespace and name.
pub(super) type Objects<'o> = BTreeMap<(String, String, String), &'o Value>;

pub(super) fn objects(list: &[Value]) -> Objects<'_> {
    let text = |o: &Value, pointer: &str| o.pointer(pointer).and_then(Value::as_str).unwrap_or("").to_owned();
    list.iter().map(|o| ((text(o, "/kind"), text(o, "/metadata/namespace"), text(o, "/metadata/name")), o)).collect()
}

/// A match of a route on a hostname of a listener, with its rows.
#[derive(Clone, Debug)]
pub(super) struct Candidate<'r> {
    pub(super) rows: Vec<&'r Exposure>,
    pub(super) object: Option<&'r Value>,
    /// The hostnames that the route writes.
    pub(super) written: Vec<String>,
}

impl<'r> Candidate<'r> {
    pub(super) fn first(&self) -> &'r Exposure {
        self.rows[0]
    }

    /// Without a timestamp an object counts as the newest.
    pub(super) fn created(&self) -> &'r str {
        self.object.and_then(|o| o.pointer("/metadata/creationTimestamp")?.as_str()).unwrap_or("~")
    }

    /// `/` and nothing else.
    pub(super) fn takes_all(&self) -> bool {
        let e = self.first();
        let root = e.path.as_ref().is_none_or(|p| &*p.kind == "PathPrefix" && p.value == "/") && e.grpc.is_none();
        root && e.method.is_none() && e.headers.is_empty() && e.query_params.is_empty()
    }

    pub(super) fn is_regex(&self) -> bool {
        let e = self.first();
        e.path.as_ref().is_some_and(|p| &*p.kind == "RegularExpression") || e.grpc.as_ref().is_some_and(|g| &*g.kind == "RegularExpression")
    }

    /// Of the hostnames it writes, the one that gives the hostname of its rows: `merge-by-hostname` asks for it.
    fn own_hostname(&self) -> &str {
        let host = self.first().hostname.as_str();
        let gives = |w: &&String| *w == host || super::plane::covers(w, host) || super::plane::covers(host, w);
        self.written.iter().find(|w| *w == host).or_else(|| self.written.iter().find(gives)).map_or("*", String::as_str)
    }
}

type Specificity = (u8, Reverse<usize>, Reverse<usize>, Reverse<bool>, Reverse<usize>, Reverse<usize>);

fn specificity(e: &Exposure, istio: bool) -> Specificity {
    let (exact, prefix, regex) = if istio { (0, 1, 2) } else { (0, 2, 1) };
    let (kind, length, more) = match (&e.path, &e.grpc) {
        (Some(p), _) => match &*p.kind {
            "Exact" => (exact, p.value.len(), 0),
            "RegularExpression" => (regex, p.value.len(), 0),
            _ if istio && p.value.len() > 1 => (prefix, p.value.trim_end_matches('/').len(), 0),
            _ => (prefix, p.value.len(), 0),
        },
        (None, Some(g)) => {
            let (s, m) = (g.service.as_deref().unwrap_or("").len(), g.method.as_deref().unwrap_or("").len());
            match (&*g.kind == "RegularExpression", s, m) {
                (_, 0, 0) => (prefix, 1, 0),
                (true, ..) => (regex, s, m),
                (false, 0, _) => (prefix, 1, m),
                (false, _, 0) => (prefix, s + 2, 0),
                (false, ..) => (exact, s + m + 2, 0),
            }
        }
        (None, None) => (prefix, 1, 0),
    };
    (kind, Reverse(length), Reverse(more), Reverse(e.method.is_some()), Reverse(e.headers.len()), Reverse(e.query_params.len()))
}

/// Sorts the candidates of one hostname, the winner first.
pub(super) fn sort(list: &mut Vec<Candidate<'_>>, istio: bool) {
    type Age = (String, String, String, String);
    let age = |c: &Candidate<'_>| -> Age {
        let e = c.first();
        let name = format!("{}/{}", e.route.namespace.as_deref().unwrap_or(""), e.route.name);
        // HTTPRoute comes before GRPCRoute.
        (c.created().to_owned(), name, String::new(), if e.route.kind == "GRPCRoute" { "b" } else { "a" }.to_owned())
    };
    // Routes that write one hostname stand where the oldest of them does.
    let mut merged: BTreeMap<String, (bool, Age, String)> = BTreeMap::new();
    for c in list.iter().filter(|_| istio) {
        let e = c.first();
        let outside = e.route.namespace.as_deref() != Some(e.gateway.namespace.as_str());
        let this = (outside, age(c), c.own_hostname().to_owned());
        let slot = merged.entry(this.2.clone()).or_insert_with(|| this.clone());
        if this.1 < slot.1 {
            *slot = this;
        }
    }
    if istio {
        let hiding: Vec<String> = list.iter().filter(|c| c.takes_all()).map(|c| c.own_hostname().to_owned()).collect();
        list.retain(|c| !(c.is_regex() && hiding.iter().any(|h| h == c.own_hostname())));
    }
    list.sort_by_cached_key(|c| {
        let e = c.first();
        let group = merged.get(c.own_hostname()).map(|(outside, age, host)| (*outside, age.0.clone(), host.clone()));
        (istio && c.takes_all() && merged.len() > 1, group, specificity(e, istio), age(c), e.rule, e.match_index, e.listener.name.clone())
    });
}
