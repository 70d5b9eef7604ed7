//! TypeScript types of everything that crosses to JavaScript, from the JSON Schemas of the core's own types: they
//! cannot drift apart.
#![allow(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a build script may fail"
)]

use gatescope_core::layout::{Layout, LayoutOptions};
use gatescope_core::types::{Answer, Delta, Explanation, Report, Request};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;
use std::fmt::Write as _;

/// The module's own few, which are not in the core (src/wire.rs, src/js.rs).
const OWN: &str = "
/** What a resolver is made with; all may be left out. */
export interface Settings {
  /** `auto` (the default: per GatewayClass) or the name of a profile. */
  profile?: string;
  /** Every kind was collected: what is not in the input does not exist. */
  complete?: boolean;
  /** Label of Namespaces that names their tenant. */
  tenantLabel?: string;
}

/** Input that is not JSON; what was read before the error is in force. */
export interface InputError {
  message: string;
  /** 1-based; 0 where unknown. */
  line: number;
  /** 1-based; 0 where unknown. */
  column: number;
  /** How many objects were read before it. */
  objects: number;
}

/** What `load` read. */
export interface Loaded {
  objects: number;
  error?: InputError;
}

/** What `apply` did. */
export interface Applied {
  delta: Delta;
  /** Changes that could not be read; the others are in force. */
  errors: InputError[];
}

/** What this build is. */
export interface About {
  version: string;
  abi: number;
  profiles: string[];
  faults: boolean;
}

/** What a finding means. */
export interface FindingInfo {
  code: string;
  name: string;
  severity: Severity;
  title: string;
  meaning: string;
  remedy: string;
  rules: number[];
}
";

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    let _ = generator.subschema_for::<T>();
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    add::<Report>(&mut generator);
    add::<Delta>(&mut generator);
    add::<Explanation>(&mut generator);
    add::<Request>(&mut generator);
    add::<Answer>(&mut generator);
    add::<Layout>(&mut generator);
    add::<LayoutOptions>(&mut generator);
    let definitions = generator.take_definitions(true);
    let mut out = String::new();
    for (name, schema) in &definitions {
        // What is read back may lack what has a default; what is written never does.
        let given = matches!(name.as_str(), "Request" | "LayoutOptions" | "Widths" | "Fold");
        declare(&mut out, name, schema, given);
    }
    out.push_str(OWN);
    let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(std::path::Path::new(&folder).join("types.ts"), out).expect("OUT_DIR can be written");
}

fn comment(out: &mut String, schema: &Value, indent: &str) {
    if let Some(text) = schema["description"].as_str() {
        let text = text.replace("*/", "* /").split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(out, "{indent}/** {text} */").unwrap();
    }
}

fn declare(out: &mut String, name: &str, schema: &Value, given: bool) {
    out.push('\n');
    comment(out, schema, "");
    let Some(members) = schema["properties"].as_object().filter(|_| schema["oneOf"].is_null()) else {
        writeln!(out, "export type {name} = {};", of(schema)).unwrap();
        return;
    };
    writeln!(out, "export interface {name} {{").unwrap();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (member, schema) in members {
        comment(out, schema, "  ");
        // A default that is not null is always written.
        let written = !given && schema.get("default").is_some_and(|d| !d.is_null());
        let optional = !required.contains(&member.as_str()) && !written;
        writeln!(out, "  {member}{}: {};", if optional { "?" } else { "" }, of(schema)).unwrap();
    }
    out.push_str("}\n");
}

/// A schema as a type. Optional members are left out and never null.
fn of(schema: &Value) -> String {
    if let Some(path) = schema["$ref"].as_str() {
        return path.rsplit('/').next().unwrap().to_owned();
    }
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(list) = schema[key].as_array() {
            let all: Vec<String> = list.iter().filter(|s| s["type"] != "null").map(of).collect();
            return all.join(" | ");
        }
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|k| *k != "null"),
        kind => kind.as_str(),
    };
    match kind {
        Some("string") => "string".into(),
        Some("integer" | "number") => "number".into(),
        Some("boolean") => "boolean".into(),
        Some("array") => {
            let item = of(&schema["items"]);
            if item.contains(' ') { format!("({item})[]") } else { format!("{item}[]") }
        }
        Some("object") => format!("Record<string, {}>", of(&schema["additionalProperties"])),
        _ => panic!("no TypeScript type for {schema}"),
    }
}
