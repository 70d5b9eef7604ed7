//! One candidate as an Envoy route.

use super::order::Candidate;
use gatescope_core::types::{Action, Exposure, GrpcMatch, State, ValueMatch};
use serde_json::{Value, json};

/// The name that Envoy Gateway gives it, or Istio.
pub(super) fn name(c: &Candidate<'_>, istio: bool) -> String {
    let e = c.first();
    let namespace = e.route.namespace.as_deref().unwrap_or("");
    match (istio, &e.rule_name) {
        (true, Some(name)) => name.clone(),
        (true, None) => format!("{namespace}.{}.{}", e.route.name, e.rule),
        (false, _) => {
            let kind = if e.route.kind == "GRPCRoute" { "grpcroute" } else { "httproute" };
            format!("{kind}/{namespace}/{}/rule/{}/match/{}/{}", e.route.name, e.rule, e.match_index, e.hostname.replace('.', "_"))
        }
    }
}

/// The route; `only_grpc` asks for the content type of a GRPCRoute.
pub(super) fn route(c: &Candidate<'_>, istio: bool, only_grpc: bool) -> Value {
    let e = c.first();
    let mut matched = path(e);
    let text = |v: &ValueMatch| if &*v.kind == "RegularExpression" { json!({"safe_regex": {"regex": v.value}}) } else { json!({"exact": v.value}) };
    let mut headers: Vec<Value> = e.headers.iter().map(|h| json!({"name": h.name, "string_match": text(h)})).collect();
    headers.extend(e.method.iter().map(|m| json!({"name": ":method", "string_match": {"exact": m}})));
    if only_grpc && e.route.kind == "GRPCRoute" {
        headers.push(json!({"name": "content-type", "string_match": {"safe_regex": {"regex": "application/grpc(\\+.*)?\\s*(;.*)?"}}}));
    }
    let query: Vec<Value> = e.query_params.iter().map(|q| json!({"name": q.name, "string_match": text(q)})).collect();
    matched["headers"] = json!(headers);
    matched["query_parameters"] = json!(query);
    let mut out = json!({"name": name(c, istio), "match": matched});
    let (key, value) = action(c);
    out[key] = value;
    out
}

fn path(e: &Exposure) -> Value {
    match (&e.path, &e.grpc) {
        (Some(p), _) => match &*p.kind {
            "Exact" => json!({"path": p.value}),
            "RegularExpression" => json!({"safe_regex": {"regex": p.value}}),
            _ => match p.value.strip_suffix('/').unwrap_or(&p.value) {
                "" => json!({"prefix": "/"}),
                bare => json!({"path_separated_prefix": bare}),
            },
        },
        (None, Some(g)) => grpc(g),
        (None, None) => json!({"prefix": "/"}),
    }
}

fn grpc(g: &GrpcMatch) -> Value {
    let part = |p: &Option<String>, any: &str| p.clone().unwrap_or_else(|| any.to_owned());
    match (&*g.kind == "RegularExpression", &g.service, &g.method) {
        (_, None, None) => json!({"prefix": "/"}),
        (false, Some(s), Some(m)) => json!({"path": format!("/{s}/{m}")}),
        (false, Some(s), None) => json!({"prefix": format!("/{s}/")}),
        (false, None, Some(m)) => json!({"safe_regex": {"regex": format!("/[^/]*/{m}")}}),
        (true, s, m) => json!({"safe_regex": {"regex": format!("/(?:{})/(?:{})", part(s, "[^/]*"), part(m, ".*"))}}),
    }
}

fn action(c: &Candidate<'_>) -> (&'static str, Value) {
    let rows: Vec<&&Exposure> = c.rows.iter().filter(|r| r.action != Action::Mirror).collect();
    let usable = |r: &Exposure| matches!(r.state, State::Exposed | State::Shadowed);
    if rows.iter().any(|r| r.action == Action::Error) || rows.is_empty() {
        return ("direct_response", json!({"status": 500}));
    }
    let forwards: Vec<&&&Exposure> = rows.iter().filter(|r| r.action == Action::Forward && r.weight.unwrap_or(1) > 0).collect();
    if forwards.iter().any(|r| usable(r)) {
        let cluster = if c.first().route.kind == "GRPCRoute" { "http2" } else { "http1" };
        let one = |r: &&&&Exposure| {
            let b = r.backend.as_ref().unwrap();
            let text = format!("{}/{}:{}", b.namespace, b.name, b.port.unwrap_or(0));
            let mut add = vec![json!({"header": {"key": "x-backend", "value": text}})];
            if !usable(r) {
                add.push(json!({"header": {"key": "x-status", "value": "500"}}));
            }
            json!({"name": cluster, "weight": r.weight.unwrap_or(1), "request_headers_to_add": add})
        };
        return ("route", json!({"weighted_clusters": {"clusters": forwards.iter().map(one).collect::<Vec<_>>()}}));
    }
    if rows.iter().any(|r| r.action == Action::Redirect) {
        let code = match redirect_code(c) {
            301 => "MOVED_PERMANENTLY",
            303 => "SEE_OTHER",
            307 => "TEMPORARY_REDIRECT",
            308 => "PERMANENT_REDIRECT",
            _ => "FOUND",
        };
        return ("redirect", json!({"path_redirect": "/redirected", "response_code": code}));
    }
    if rows.iter().any(|r| r.action == Action::None && usable(r)) {
        return ("direct_response", json!({"status": 200}));
    }
    ("direct_response", json!({"status": 500}))
}

/// The status that the rule's RequestRedirect asks for, else that of its backendRefs.
fn redirect_code(c: &Candidate<'_>) -> u64 {
    let rule = c.object.and_then(|o| o.pointer(&format!("/spec/rules/{}", c.first().rule)));
    let Some(rule) = rule else { return 302 };
    let refs = rule["backendRefs"].as_array().into_iter().flatten();
    let lists = std::iter::once(&rule["filters"]).chain(refs.map(|b| &b["filters"]));
    let filters = lists.filter_map(Value::as_array).flatten();
    filters.filter(|f| f["type"] == "RequestRedirect").find_map(|f| Some(f.pointer("/requestRedirect/statusCode")?.as_u64().unwrap_or(302))).unwrap_or(302)
}
