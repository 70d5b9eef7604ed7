//! JSON Schemas (draft 2020-12) of what goes in and comes out, generated from the types. Feature `schema` only.
//!
//! Published as `docs/schemas/*.json`. Objects stay open: fields may be added without a new version.

use crate::types::{DELTA_SCHEMA, Delta, REPORT_SCHEMA, Report, SNAPSHOT_SCHEMA};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::{Map, Value, json};

/// The compact form of the objects of a cluster, as the exporter serves it and `-f` reads it. Anything that
/// `kubectl get -o json` prints is read too, and has no schema but Kubernetes' own.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape, never a value")]
struct Snapshot {
    /// Always `gatescope/snapshot/v1`.
    schema: String,
    /// Name of the cluster, for people.
    cluster: Option<String>,
    /// Kinds that were looked at, as `Kind` or `Kind.group`: what is not in `objects` does not exist.
    collected: Vec<String>,
    /// Kinds that could not be read: what depends on them is unknown.
    #[schemars(default)]
    forbidden: Vec<String>,
    /// Kinds that the server does not serve: no such objects exist.
    #[schemars(default)]
    absent: Vec<String>,
    /// The objects, of any known kind and in any order.
    objects: Vec<Object>,
}

/// A Kubernetes object, with whatever its kind has beside these.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape, never a value")]
struct Object {
    /// Group and version.
    api_version: String,
    /// Kind.
    kind: String,
    /// Metadata.
    metadata: Metadata,
}

/// The metadata that are read.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "a shape, never a value")]
struct Metadata {
    /// The name.
    name: String,
    /// The namespace; none for cluster-scoped kinds.
    namespace: Option<String>,
    /// Older objects win ties; an object without it counts as the newest.
    creation_timestamp: Option<String>,
    /// Tells whether a reported condition is current.
    generation: Option<i64>,
    /// Labels, for selectors.
    #[schemars(default)]
    labels: alloc::collections::BTreeMap<String, String>,
    /// Annotations; `gatescope.io/reach` of a Gateway is read.
    #[schemars(default)]
    annotations: alloc::collections::BTreeMap<String, String>,
}

/// Every schema, by the name of its file without `.json`.
pub fn all() -> Vec<(&'static str, Value)> {
    alloc::vec![
        ("delta-v1", of::<Delta>(DELTA_SCHEMA, "gatescope delta", true)),
        ("report-v1", of::<Report>(REPORT_SCHEMA, "gatescope report", true)),
        ("snapshot-v1", of::<Snapshot>(SNAPSHOT_SCHEMA, "gatescope snapshot", false)),
    ]
}

fn of<T: JsonSchema>(id: &str, title: &str, output: bool) -> Value {
    let settings = SchemaSettings::draft2020_12();
    let settings = if output { settings.for_serialize() } else { settings };
    let schema: Schema = settings.into_generator().into_root_schema_for::<T>();
    let mut value = schema.to_value();
    tidy(&mut value);
    if let Some(defs) = value.get_mut("$defs").and_then(Value::as_object_mut) {
        for (name, def) in defs {
            if let Some(def) = def.as_object_mut() {
                def.insert("title".into(), name.as_str().into());
            }
        }
    }
    if let Some(root) = value.as_object_mut() {
        root.insert("$id".into(), json!(alloc::format!("https://gatescope.io/schemas/{id}.json")));
        root.insert("title".into(), title.into());
        if let Some(field) = root.get_mut("properties").and_then(|p| p.get_mut("schema")) {
            *field = json!({"const": id, "description": "The version of this shape"});
        }
        ids(root);
    }
    value
}

/// The exposure ids have a form.
fn ids(root: &mut Map<String, Value>) {
    let exposure = root.get_mut("$defs").and_then(|d| d.get_mut("Exposure")).and_then(|e| e.get_mut("properties"));
    let Some(properties) = exposure.and_then(Value::as_object_mut) else { return };
    for (name, field) in properties {
        if let ("id" | "shadowedBy", Some(field)) = (name.as_str(), field.as_object_mut()) {
            field.insert("pattern".into(), "^e-[0-9a-f]{16}$".into());
        }
    }
}

/// Members are left out, never `null`; formats that only Rust knows and the links of its documentation go.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("format").and_then(Value::as_str).is_some_and(|f| f.starts_with("uint") || f.starts_with("int")) {
                map.remove("format");
            }
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|t| t != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    map.insert("type".into(), one);
                }
            }
            if let Some(Value::Array(any)) = map.get_mut("anyOf") {
                any.retain(|s| s.get("type").is_none_or(|t| t != "null"));
                if let [one] = any.as_slice() {
                    let one = one.clone();
                    map.remove("anyOf");
                    if let Value::Object(one) = one {
                        map.extend(one);
                    }
                }
            }
            // `null` as a default says what leaving out says.
            if map.get("default").is_some_and(|d| d.is_null()) {
                map.remove("default");
            }
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ").trim().to_string();
            }
            map.values_mut().for_each(tidy);
        }
        Value::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}
