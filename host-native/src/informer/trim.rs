//! An object's JSON text without what nobody reads, and its key. No value is built: parts are copied as text.
//!
//! The same object always gives the same bytes, from a list or from a watch, so that a hash tells whether
//! anything that counts has changed.

use super::table::Trim;
use crate::feed::Members;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A trimmed object.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Trimmed {
    pub json: Vec<u8>,
    pub namespace: String,
    pub name: String,
    /// `metadata.resourceVersion`, which is not in the text.
    pub version: String,
    /// It is not shaped as an object of Kubernetes: it goes to the resolver as it is, which makes it a finding.
    pub bad: bool,
}

/// Trims one object. `api_version` and `kind` stand in where the object is an element of a typed list, which
/// carries none. Never fails: what is no object is kept as it is.
pub(super) fn trim(text: &RawValue, api_version: &str, kind: &str, how: Trim) -> Trimmed {
    let as_is = |namespace, name, version| Trimmed { json: text.get().as_bytes().to_vec(), namespace, name, version, bad: true };
    let nothing = || as_is(String::new(), String::new(), String::new());
    let Some(object) = Members::of(text.get()) else { return nothing() };
    let Some(meta) = object.members("metadata") else { return nothing() };
    let namespace = meta.text("namespace").unwrap_or_default();
    let name = meta.text("name").unwrap_or_default();
    let version = meta.text("resourceVersion").unwrap_or_default();
    let shaped = |key: &str| object.get(key).is_none_or(|v| v.get().starts_with('{') || v.get() == "null");
    if name.is_empty() || !shaped("spec") || !shaped("status") {
        return as_is(namespace, name, version);
    }
    let mut out = Writer::new();
    out.member("apiVersion", &object.text("apiVersion").unwrap_or_else(|| api_version.to_owned()));
    out.member("kind", &object.text("kind").unwrap_or_else(|| kind.to_owned()));
    out.raw("metadata", &metadata(&meta, how));
    for (key, value) in &object.0 {
        if matches!(&**key, "apiVersion" | "kind" | "metadata") {
            continue;
        }
        match (how, &**key) {
            (Trim::Whole, _) | (Trim::Material, "type") => out.raw(key, value.get()),
            (Trim::Service, "spec") => out.raw(key, &pick(value, &["type", "ports", "externalName"])),
            (Trim::Slice, "endpoints") => out.raw(key, endpoints(value)),
            (Trim::Material, "data") => out.raw(key, &pick(value, &["tls.crt", "ca.crt"])),
            _ => {}
        }
    }
    Trimmed { json: out.done().into_bytes(), namespace, name, version, bad: false }
}

/// What a server notes for itself goes; labels and annotations stay where somebody reads them.
fn metadata(meta: &Members<'_>, how: Trim) -> String {
    const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
    let mut out = Writer::new();
    for (key, value) in &meta.0 {
        match (&**key, how) {
            ("managedFields" | "resourceVersion" | "uid" | "selfLink" | "ownerReferences" | "finalizers", _) => {}
            ("annotations", Trim::Whole) if value.get().contains(LAST_APPLIED) => {
                if let Some(all) = Members::of(value.get()) {
                    let mut kept = Writer::new();
                    for (k, v) in all.0.iter().filter(|(k, _)| k != LAST_APPLIED) {
                        kept.raw(k, v.get());
                    }
                    if !kept.is_empty() {
                        out.raw(key, &kept.done());
                    }
                }
            }
            ("labels", Trim::Slice) => out.raw(key, &pick(value, &["kubernetes.io/service-name"])),
            ("annotations", Trim::Whole) | ("labels", Trim::Whole | Trim::Labels) => out.raw(key, value.get()),
            ("annotations" | "labels", _) => {}
            _ => out.raw(key, value.get()),
        }
    }
    out.done()
}

/// Some members of an object; anything else as it is.
fn pick(value: &RawValue, keys: &[&str]) -> String {
    let Some(members) = Members::of(value.get()) else { return value.get().to_owned() };
    let mut out = Writer::new();
    for (key, value) in members.0.iter().filter(|(k, _)| keys.contains(&&**k)) {
        out.raw(key, value.get());
    }
    out.done()
}

/// Endpoints come and go by the thousand; whether one is ready is all that a row looks at.
fn endpoints(value: &RawValue) -> &str {
    #[derive(Deserialize)]
    struct Endpoint<'a> {
        #[serde(borrow)]
        addresses: Option<Vec<&'a RawValue>>,
        conditions: Option<Conditions>,
    }
    #[derive(Deserialize)]
    struct Conditions {
        ready: Option<bool>,
    }
    let Ok(list) = serde_json::from_str::<Option<Vec<Endpoint<'_>>>>(value.get()) else { return value.get() };
    let list = list.unwrap_or_default();
    // An endpoint whose readiness is not told counts as ready (EndpointConditions).
    let ready = |e: &Endpoint<'_>| e.conditions.as_ref().and_then(|c| c.ready).unwrap_or(true) && e.addresses.as_ref().is_none_or(|a| !a.is_empty());
    if list.is_empty() {
        "[]"
    } else if list.iter().any(ready) {
        r#"[{"conditions":{"ready":true}}]"#
    } else {
        r#"[{"conditions":{"ready":false}}]"#
    }
}

/// Writes one JSON object.
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn new() -> Self {
        Self(String::from("{"))
    }
    fn is_empty(&self) -> bool {
        self.0.len() == 1
    }
    /// A member whose value is JSON text.
    pub(super) fn raw(&mut self, key: &str, value: &str) {
        if !self.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(&quoted(key));
        self.0.push(':');
        self.0.push_str(value);
    }
    /// A member whose value is a string.
    pub(super) fn member(&mut self, key: &str, value: &str) {
        self.raw(key, &quoted(value));
    }
    pub(super) fn done(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str, how: Trim) -> Trimmed {
        trim(&RawValue::from_string(json.to_owned()).unwrap(), "v1", "Thing", how)
    }
    fn text(t: &Trimmed) -> &str {
        std::str::from_utf8(&t.json).unwrap()
    }

    #[test]
    fn what_a_server_notes_for_itself_goes() {
        let object = r#"{"kind":"Thing","apiVersion":"g/v1","metadata":{"name":"a","namespace":"n","uid":"u","resourceVersion":"7","managedFields":[{}],
            "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","mine":"1"},"labels":{"a":"b"},"generation":3},"spec":{"a":[1, 2]},"status":{}}"#;
        let t = of(object, Trim::Whole);
        assert_eq!(
            text(&t),
            r#"{"apiVersion":"g/v1","kind":"Thing","metadata":{"name":"a","namespace":"n","annotations":{"mine":"1"},"labels":{"a":"b"},"generation":3},"spec":{"a":[1, 2]},"status":{}}"#
        );
        assert_eq!((t.namespace.as_str(), t.name.as_str(), t.bad), ("n", "a", false));
        assert_eq!(text(&of(object, Trim::Name)), r#"{"apiVersion":"g/v1","kind":"Thing","metadata":{"name":"a","namespace":"n","generation":3}}"#);
    }

    #[test]
    fn elements_of_typed_lists_get_their_kind() {
        assert_eq!(text(&of(r#"{"metadata":{"name":"a"}}"#, Trim::Whole)), r#"{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a"}}"#);
    }

    #[test]
    fn slices_say_only_whether_one_is_ready() {
        let slice = |e: &str| {
            let t =
                of(&format!(r#"{{"metadata":{{"name":"a","labels":{{"kubernetes.io/service-name":"s","x":"y"}}}},"endpoints":{e},"ports":[]}}"#), Trim::Slice);
            text(&t).to_owned()
        };
        let want = |e: &str| {
            format!(r#"{{"apiVersion":"v1","kind":"Thing","metadata":{{"name":"a","labels":{{"kubernetes.io/service-name":"s"}}}},"endpoints":{e}}}"#)
        };
        assert_eq!(
            slice(r#"[{"addresses":["10.0.0.1"],"conditions":{"ready":false}},{"addresses":["10.0.0.2"]}]"#),
            want(r#"[{"conditions":{"ready":true}}]"#)
        );
        assert_eq!(slice(r#"[{"addresses":["10.0.0.1"],"conditions":{"ready":false}}]"#), want(r#"[{"conditions":{"ready":false}}]"#));
        assert_eq!(slice("null"), want("[]"));
        assert_eq!(slice(r#""odd""#), want(r#""odd""#));
    }

    #[test]
    fn no_key_is_kept() {
        let t = of(r#"{"metadata":{"name":"a"},"type":"kubernetes.io/tls","data":{"tls.crt":"Yw==","tls.key":"a2V5","password":"x"}}"#, Trim::Material);
        assert_eq!(text(&t), r#"{"apiVersion":"v1","kind":"Thing","metadata":{"name":"a"},"type":"kubernetes.io/tls","data":{"tls.crt":"Yw=="}}"#);
    }

    #[test]
    fn what_is_no_object_is_kept_as_it_is() {
        for (json, name) in [("7", ""), (r#"{"metadata":"x"}"#, ""), (r#"{"metadata":{"name":"a"},"spec":"text"}"#, "a"), (r#"{"metadata":{"name":5}}"#, "")] {
            let t = of(json, Trim::Whole);
            assert!(t.bad && t.name == name && text(&t) == json, "{json}");
        }
    }
}
