//! SARIF 2.1.0, the part of it that code-scanning services read.

use super::deny::CONDITIONS;
use super::{Fate, Judged, Outcome};
use crate::render;
use gatescope_core::diagnose;
use gatescope_core::types::Severity;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The outcome as a SARIF log. Findings that were there before are left out; accepted ones are suppressed. A
/// service wants a file for every result: `fallback` is named where none is known.
pub(crate) fn sarif(outcome: &Outcome, fallback: &str) -> Value {
    let shown: Vec<&Judged> = outcome.findings.iter().filter(|j| j.fate != Fate::Known).collect();
    let mut rules: BTreeMap<&str, usize> = shown.iter().map(|j| (j.finding.code.as_ref(), 0)).collect();
    for (i, index) in rules.values_mut().enumerate() {
        *index = i;
    }
    let results: Vec<Value> = shown.iter().map(|j| result(j, rules.get(j.finding.code.as_ref()).copied().unwrap_or(0), fallback)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "gatescope",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.keys().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": true}],
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Value {
    if let Some(info) = diagnose::info(code) {
        return json!({
            "id": code,
            "name": info.name,
            "shortDescription": {"text": info.title},
            "fullDescription": {"text": info.meaning},
            "help": {"text": info.remedy},
            "defaultConfiguration": {"level": level(info.severity)},
        });
    }
    let text = CONDITIONS.iter().find(|(name, _)| *name == code).map_or(code, |(_, text)| *text);
    // Services refuse a rule without help.
    let help = format!("Denied by `--deny {code}`; a baseline accepts single cases, with a reason and an expiry.");
    json!({
        "id": code,
        "name": code,
        "shortDescription": {"text": text},
        "fullDescription": {"text": text},
        "help": {"text": help},
        "defaultConfiguration": {"level": "error"},
    })
}

fn result(j: &Judged, index: usize, fallback: &str) -> Value {
    let f = &j.finding;
    let object = render::object(&f.subject);
    let mut text = format!("{object}: {}", f.message);
    if let Some(hint) = &f.hint {
        let _ = write!(text, "\nHint: {hint}");
    }
    // A denial makes an error of what is a warning by itself.
    let level = if j.fate == Fate::Fails && j.denied { "error" } else { level(f.severity) };
    let logical = match &f.field {
        Some(field) => format!("{object}#{field}"),
        None => object.clone(),
    };
    // Not the message: its wording may improve, and the alert is still the same.
    let related: Vec<String> = f.related.iter().map(render::object).collect();
    let mut out = json!({
        "ruleId": f.code,
        "ruleIndex": index,
        "level": level,
        "message": {"text": text},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": artifact(j.path.as_deref().unwrap_or(fallback)),
                "region": {"startLine": j.line.unwrap_or(1).max(1)},
            },
            "logicalLocations": [{"fullyQualifiedName": logical, "kind": "object"}],
        }],
        "partialFingerprints": {"gatescopeFinding/v1": fingerprint(&[&f.code, &object, f.field.as_deref().unwrap_or_default(), &related.join(" ")])},
    });
    if let (Fate::Accepted, Some(b), Some(out)) = (j.fate, &j.baseline, out.as_object_mut()) {
        out.insert("suppressions".into(), json!([{"kind": "external", "status": "accepted", "justification": b.reason}]));
    }
    out
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a URI: relative to the repository's root where it lies below the working directory.
fn artifact(path: &str) -> Value {
    let cwd = std::env::current_dir().map(|d| d.to_string_lossy().into_owned()).unwrap_or_default();
    let slashes = path.replace('\\', "/");
    let below = slashes.strip_prefix(&cwd).and_then(|p| p.strip_prefix('/')).filter(|_| !cwd.is_empty());
    let relative = below.unwrap_or(&slashes);
    let relative = relative.trim_start_matches("./");
    if relative.starts_with('/') {
        return json!({"uri": format!("file://{}", encode(relative))});
    }
    json!({"uri": encode(relative), "uriBaseId": "%SRCROOT%"})
}

fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// FNV-1a: a service matches results between runs by it, so it must never change.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in parts.iter().flat_map(|p| p.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::super::{Baseline, Deny, FailOn, tests::finding};
    use super::*;

    #[test]
    fn a_log_as_services_want_it() {
        let deny = Deny::default();
        let mut outcome = Outcome::of(
            vec![finding("GS0102", Severity::Error), finding("GS9001", Severity::Info)],
            &Default::default(),
            FailOn::Error,
            &deny,
            &mut Baseline::default(),
        );
        outcome.locate(|f| (f.code == "GS0102").then(|| crate::input::places::Place { path: "./a b.yaml".into(), line: 7 }));
        let log = sarif(&outcome, "dump.yaml");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 2);
        let first = &run["results"][0];
        assert_eq!(first["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b.yaml");
        assert_eq!(first["locations"][0]["physicalLocation"]["region"]["startLine"], 7);
        assert_eq!((first["level"].as_str(), run["results"][1]["level"].as_str()), (Some("error"), Some("note")));
        assert_eq!(run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "dump.yaml");
    }

    #[test]
    fn fingerprints_stay() {
        assert_eq!(fingerprint(&["GS0102", "HTTPRoute/shop/web"]), fingerprint(&["GS0102", "HTTPRoute/shop/web"]));
        assert_ne!(fingerprint(&["a", "b"]), fingerprint(&["ab", ""]));
        assert_eq!(artifact("/elsewhere/x.yaml")["uri"], "file:///elsewhere/x.yaml");
    }
}
