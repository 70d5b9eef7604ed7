//! A snapshot for a bug report: no name, host, path, label or address of yours, and yet the same rows, states and
//! reasons come out of it. Whatever is not known to be harmless is replaced.

mod words;

use serde_json::{Map, Value};
use std::net::IpAddr;
use words::{Seen, Words};

/// Members whose strings are words of the API.
const KEPT: [&str; 34] = [
    "apiVersion",
    "kind",
    "group",
    "type",
    "protocol",
    "mode",
    "from",
    "status",
    "reason",
    "operator",
    "scheme",
    "appProtocol",
    "creationTimestamp",
    "deletionTimestamp",
    "lastTransitionTime",
    "wellKnownCACertificates",
    "wellKnownCACerts",
    "routability",
    "defaultScope",
    "useDefaultGateways",
    "supportedFeatures",
    "gatescope.io/reach",
    "gateway.istio.io/tls-terminate-mode",
    "addressType",
    "externalTrafficPolicy",
    "lifetimeType",
    "timeout",
    "request",
    "backendRequest",
    "absoluteTimeout",
    "idleTimeout",
    "codes",
    "statusCode",
    "port",
];
/// Members that hold names of objects, or of parts of them.
const NAMES: [&str; 6] = ["name", "namespace", "gatewayClassName", "sectionName", "targetNamespace", "targetPort"];
/// Labels whose values are names.
const NAME_LABELS: [&str; 2] = ["kubernetes.io/metadata.name", "kubernetes.io/service-name"];
/// Lists of objects whose `name` is no name of an object, but of a header or a query parameter.
const HEADERS: [&str; 5] = ["headers", "queryParams", "add", "set", "httpHeaders"];
/// Headers that matching looks at, or that everybody has.
const KNOWN_HEADERS: [&str; 7] = ["content-type", "accept", "host", "user-agent", "authorization", "cookie", ":authority"];
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// Replaces everything in these objects, consistently over all of them. Each text is one object's JSON; one that is
/// none becomes `null`. Controllers that are named in `controllers` keep their names, because profiles go by them.
pub fn redact(objects: &mut [Vec<u8>], controllers: &[&str]) {
    let mut seen = Seen::default();
    for text in objects.iter() {
        if let Ok(mut value) = serde_json::from_slice(text) {
            visit(&mut value, &Place::default(), &mut Pass::Look(&mut seen), controllers);
        }
    }
    let words = seen.words();
    for text in objects.iter_mut() {
        let mut value = serde_json::from_slice(text).unwrap_or(Value::Null);
        visit(&mut value, &Place::default(), &mut Pass::Write(&words), controllers);
        *text = value.to_string().into_bytes();
    }
}

/// The same visit twice: what is found in the first is replaced in the second.
enum Pass<'p> {
    Look(&'p mut Seen),
    Write(&'p Words),
}

impl Pass<'_> {
    fn name(&mut self, text: &mut String) {
        match self {
            Self::Look(seen) => drop(seen.names.insert(text.clone())),
            Self::Write(words) => *text = words.name(text),
        }
    }
    fn text(&mut self, text: &mut String) {
        match self {
            Self::Look(seen) => seen.text(text),
            Self::Write(words) => *text = words.text(text),
        }
    }
}

/// Where a value stands.
#[derive(Clone, Copy, Default)]
struct Place<'k> {
    key: &'k str,
    /// The member that the object is under.
    above: &'k str,
}

fn visit(value: &mut Value, place: &Place<'_>, pass: &mut Pass<'_>, controllers: &[&str]) {
    match value {
        Value::String(text) => string(text, place, pass, controllers),
        Value::Array(all) => {
            for one in all {
                visit(one, place, pass, controllers);
            }
        }
        Value::Object(members) if matches!(place.key, "labels" | "annotations" | "matchLabels" | "options") => labels(members, place.key, pass),
        Value::Object(members) => object(members, place, pass, controllers),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn object(members: &mut Map<String, Value>, place: &Place<'_>, pass: &mut Pass<'_>, controllers: &[&str]) {
    // What people wrote for people.
    members.retain(|key, _| !matches!(key.as_str(), "message" | "description"));
    let expression = members.get("key").and_then(Value::as_str).is_some_and(|k| NAME_LABELS.contains(&k));
    let known = HEADERS.contains(&place.key) && members.get("name").and_then(Value::as_str).is_some_and(|n| KNOWN_HEADERS.contains(&n.to_lowercase().as_str()));
    let grpc = members.get("value").and_then(Value::as_str).is_some_and(|v| v.starts_with("application/grpc"));
    for (key, value) in members.iter_mut() {
        let here = Place { key, above: place.key };
        match (key.as_str(), &mut *value) {
            ("key", Value::String(text)) => label_key(text, pass),
            ("values", Value::Array(all)) if expression => {
                for one in all {
                    if let Value::String(text) = one {
                        pass.name(text);
                    }
                }
            }
            ("name", Value::String(_)) if known => {}
            ("value", Value::String(_)) if known && grpc => {}
            _ => visit(value, &here, pass, controllers),
        }
    }
}

fn labels(members: &mut Map<String, Value>, what: &str, pass: &mut Pass<'_>) {
    let old = std::mem::take(members);
    for (mut key, mut value) in old {
        let kept = KEPT.contains(&key.as_str());
        if what == "annotations" && !kept {
            continue;
        }
        if let Value::String(text) = &mut value {
            if NAME_LABELS.contains(&key.as_str()) {
                pass.name(text);
            } else if !kept {
                pass.text(text);
            }
        }
        if !kept {
            label_key(&mut key, pass);
        }
        members.insert(key, value);
    }
}

/// Keys of Kubernetes itself are nobody's secret.
fn label_key(key: &mut String, pass: &mut Pass<'_>) {
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    if domain != "kubernetes.io" && domain != "k8s.io" && !domain.ends_with(".kubernetes.io") && !domain.ends_with(".k8s.io") {
        pass.text(key);
    }
}

fn string(text: &mut String, place: &Place<'_>, pass: &mut Pass<'_>, controllers: &[&str]) {
    match place.key {
        "method" if METHODS.contains(&text.as_str()) => {}
        "controllerName" if controllers.contains(&text.as_str()) => {}
        "name" if HEADERS.contains(&place.above) => pass.text(text),
        "name" if place.above == "supportedFeatures" => {}
        "value" | "ip" | "addresses" if text.parse::<IpAddr>().is_ok() => address(text, pass),
        "data" | "stringData" | "trustBundle" => text.clear(),
        key if NAMES.contains(&key) => pass.name(text),
        key if KEPT.contains(&key) => {}
        _ => pass.text(text),
    }
}

/// Another address of the same kind: what is private stays private, and what is public is of the range for examples.
fn address(text: &mut String, pass: &mut Pass<'_>) {
    if matches!(pass, Pass::Look(_)) {
        return;
    }
    let hash = text.bytes().fold(0xcbf2_9ce4_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    let [a, b, c, _] = hash.to_be_bytes();
    *text = match text.parse() {
        Ok(IpAddr::V4(ip)) => match ip.octets() {
            [10, ..] => format!("10.{a}.{b}.{c}"),
            [172, second @ 16..=31, ..] => format!("172.{second}.{a}.{b}"),
            [192, 168, ..] => format!("192.168.{a}.{b}"),
            [first @ (0 | 100 | 127 | 169 | 192 | 198 | 203 | 224..=255), second, third, _] => format!("{first}.{second}.{third}.{a}"),
            _ => format!("11.{a}.{b}.{c}"),
        },
        Ok(IpAddr::V6(ip)) => {
            let [first, second, ..] = ip.segments();
            if first & 0xe000 == 0x2000 { format!("2600::{a:x}:{b:x}:{c:x}") } else { format!("{first:x}:{second:x}::{a:x}:{b:x}") }
        }
        Err(_) => return,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_yours_remains() {
        let object = serde_json::json!({
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
            "metadata": {"namespace": "shop", "name": "cart", "labels": {"team": "shop", "app.kubernetes.io/name": "cart"}, "annotations": {"note": "secret"}},
            "spec": {"parentRefs": [{"name": "edge", "namespace": "infra", "sectionName": "https"}], "hostnames": ["shop.acme.com"],
                "rules": [{"matches": [{"method": "GET", "path": {"type": "RegularExpression", "value": "/acme/[a-z]+"}, "headers": [{"name": "X-Acme", "value": "t0ken"}]}],
                    "backendRefs": [{"name": "cart", "port": 8080}]}]},
            "status": {"parents": [{"controllerName": "acme.com/ctl", "conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted", "message": "route shop/cart ok"}]}]}
        });
        let mut all = vec![object.to_string().into_bytes(), b"{\"metadata\":{\"name\":\"cart\"}}".to_vec()];
        redact(&mut all, &[]);
        let text = String::from_utf8(all[0].clone()).unwrap();
        for word in ["shop", "cart", "acme", "secret", "t0ken", "infra", "edge", "team"] {
            assert!(!text.to_lowercase().contains(word), "`{word}` in {text}");
        }
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["kind"], "HTTPRoute");
        assert_eq!(value["spec"]["rules"][0]["matches"][0]["method"], "GET");
        assert_eq!(value["spec"]["hostnames"][0].as_str().unwrap().len(), "shop.acme.com".len());
        assert_eq!(value["metadata"]["name"], value["spec"]["rules"][0]["backendRefs"][0]["name"]);
        assert_eq!(value["status"]["parents"][0]["conditions"][0]["reason"], "Accepted");
        let other: Value = serde_json::from_slice(&all[1]).unwrap();
        assert_eq!(other["metadata"]["name"], value["metadata"]["name"]);
    }

    #[test]
    fn addresses_stay_of_their_kind() {
        let words = Seen::default().words();
        for (was, prefix) in [("10.1.2.3", "10."), ("192.168.7.1", "192.168."), ("34.5.6.7", "11."), ("fd00::1", "fd00:"), ("2a00::1", "2600:")] {
            let mut text = was.to_owned();
            address(&mut text, &mut Pass::Write(&words));
            assert!(text.starts_with(prefix) && text != was && text.parse::<IpAddr>().is_ok(), "{was} {text}");
        }
    }
}
