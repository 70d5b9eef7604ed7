//! Objects against the schemas of the controllers' own CRDs, as `tests/tools/install policies` fetches them.

use gatescope_tests::paths;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

fn crds() -> &'static [Value] {
    static CRDS: OnceLock<Vec<Value>> = OnceLock::new();
    CRDS.get_or_init(|| {
        let run = |tool: &str| Command::new(paths::tests().join("tools").join(tool)).arg("policies").output().unwrap();
        let installed = run("install");
        assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
        let folder = PathBuf::from(String::from_utf8(run("path").stdout).unwrap().trim());
        let files = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path());
        let read = |f: PathBuf| {
            let text = std::fs::read_to_string(f).unwrap();
            let of = |t: &str| t.contains("kind: CustomResourceDefinition").then(|| serde_saphyr::from_str(t).unwrap());
            text.split("\n---\n").filter_map(of).collect::<Vec<Value>>()
        };
        files.flat_map(read).collect()
    })
}

/// Unknown fields are wrong too, as the API server prunes them: nothing of an example may be lost.
fn strict(schema: &mut Value) {
    let Value::Object(map) = schema else { return };
    let open = map.get("x-kubernetes-preserve-unknown-fields") == Some(&json!(true)) || map.contains_key("additionalProperties");
    if map.contains_key("properties") && !open {
        map.insert("additionalProperties".into(), json!(false));
    }
    if map.get("x-kubernetes-int-or-string") == Some(&json!(true)) {
        map.remove("type");
    }
    for (name, inner) in map.iter_mut() {
        match (name.as_str(), inner) {
            ("properties", Value::Object(fields)) => fields.values_mut().for_each(strict),
            ("items" | "additionalProperties", inner) => strict(inner),
            _ => {}
        }
    }
}

/// Panics where an object is not what its CRD asks for.
pub(crate) fn check(file: &str, object: &Value) {
    let (group, version) = object["apiVersion"].as_str().unwrap().split_once('/').unwrap();
    let fits = |c: &&Value| c["spec"]["group"] == group && c["spec"]["names"]["kind"] == object["kind"];
    let crd = crds().iter().find(fits).unwrap_or_else(|| panic!("no CRD of {group} {}", object["kind"]));
    let versions = crd["spec"]["versions"].as_array().unwrap();
    let served = versions.iter().find(|v| v["name"] == version && v["served"] == true).unwrap_or_else(|| panic!("{version} is not served"));
    let mut schema = served["schema"]["openAPIV3Schema"].clone();
    // The API server knows these three; CRDs only say that metadata is an object.
    strict(&mut schema);
    schema["properties"]["apiVersion"] = json!({"type": "string"});
    schema["properties"]["kind"] = json!({"type": "string"});
    schema["properties"]["metadata"] = json!({"type": "object"});
    let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft4).build(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(object).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{file}: {}:\n{}", object["kind"], errors.join("\n"));
}
