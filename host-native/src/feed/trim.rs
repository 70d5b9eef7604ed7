//! What an object may keep: nothing that the resolver and the metrics do not read and that is large or secret.

use super::Members;
use serde_json::value::RawValue;
use std::borrow::Cow;

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Writes the members that `write` gives a value for.
fn rewrite(out: &mut String, members: &Members<'_>, mut write: impl FnMut(&str, &RawValue, &mut String) -> bool) {
    out.push('{');
    let mut first = true;
    for (key, value) in &members.0 {
        let before = out.len();
        if !first {
            out.push(',');
        }
        out.push_str(&serde_json::to_string(key).unwrap_or_default());
        out.push(':');
        if write(key, value, out) {
            first = false;
        } else {
            out.truncate(before);
        }
    }
    out.push('}');
}

/// The object without managedFields, the last-applied annotation and needless blanks. Of a Secret or ConfigMap only
/// what tells a usable certificate remains; a private key becomes a word that is judged as the key was (rule 28).
/// A text that is no JSON object comes back as it is.
pub fn trim(text: &str) -> Cow<'_, str> {
    let Some(whole) = Members::of(text) else { return Cow::Borrowed(text) };
    let is = |kind: &str| whole.0.iter().any(|(k, v)| k == "kind" && v.get().trim_matches('"') == kind);
    let secret = is("Secret");
    let material = secret || is("ConfigMap");
    let mut out = String::with_capacity(text.len());
    rewrite(&mut out, &whole, |key, value, out| {
        match (key, Members::of(value.get())) {
            ("metadata", Some(meta)) => rewrite(out, &meta, |key, value, out| match (key, Members::of(value.get())) {
                ("managedFields", _) => false,
                ("annotations", Some(annotations)) => {
                    rewrite(out, &annotations, |key, value, out| key != LAST_APPLIED && compact(value.get(), out));
                    true
                }
                _ => compact(value.get(), out),
            }),
            ("data" | "stringData", Some(data)) if material => rewrite(out, &data, |name, value, out| match name {
                "tls.crt" | "ca.crt" => compact(value.get(), out),
                "tls.key" => {
                    out.push_str(stand_in(value, secret && key == "data"));
                    true
                }
                _ => false,
            }),
            ("binaryData", _) if material => return false,
            _ => return compact(value.get(), out),
        }
        true
    });
    Cow::Owned(out)
}

/// In place of a key: of the same use to the resolver, and to nobody else.
fn stand_in(value: &RawValue, base64: bool) -> &'static str {
    let text = serde_json::from_str::<Cow<'_, str>>(value.get()).unwrap_or_default();
    // "-----BEGIN " at the start of a base64 text; a block may also come after other lines.
    let good = if base64 { decodes_to_pem(&text) } else { text.contains("-----BEGIN ") };
    match (good, base64) {
        (true, true) => "\"LS0tLS1CRUdJTiBSRURBQ1RFRC0tLS0t\"",
        (true, false) => "\"-----BEGIN REDACTED-----\"",
        (false, true) => "\"cmVkYWN0ZWQ=\"",
        (false, false) => "\"redacted\"",
    }
}

fn decodes_to_pem(text: &str) -> bool {
    use base64::Engine as _;
    let bare: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(bare).is_ok_and(|bytes| str::from_utf8(&bytes).is_ok_and(|t| t.contains("-----BEGIN ")))
}

/// Without the blanks between tokens; always true.
fn compact(text: &str, out: &mut String) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find(['"', ' ', '\n', '\r', '\t']) {
        let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        if from.starts_with('"') {
            let mut escaped = false;
            let end = from.bytes().skip(1).position(|b| {
                let closes = b == b'"' && !escaped;
                escaped = b == b'\\' && !escaped;
                closes
            });
            let length = end.map_or(from.len(), |e| e.saturating_add(2));
            let (string, after) = from.split_at_checked(length).unwrap_or((from, ""));
            out.push_str(string);
            rest = after;
        } else {
            rest = from.trim_start_matches([' ', '\n', '\r', '\t']);
        }
    }
    out.push_str(rest);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_that_nobody_reads_is_gone() {
        let text = "{ \"kind\" : \"Gateway\",\n \"metadata\": {\"name\": \"a \\\" b\", \"managedFields\": [1, {\"x\": 2}],\n\"annotations\": {\"kubectl.kubernetes.io/last-applied-configuration\": \"{}\", \"k\": \"v  v\"}} , \"spec\": { } }";
        assert_eq!(trim(text), r#"{"kind":"Gateway","metadata":{"name":"a \" b","annotations":{"k":"v  v"}},"spec":{}}"#);
    }

    #[test]
    fn no_key_gets_through() {
        let key = "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCnNlY3JldAo=";
        let text = format!(
            r#"{{"kind":"Secret","metadata":{{"name":"a"}},"data":{{"tls.crt":"eA==","tls.key":"{key}","password":"cA=="}},"stringData":{{"tls.key":"no key","x":"y"}}}}"#
        );
        let out = trim(&text);
        assert!(!out.contains(key) && !out.contains("password") && !out.contains("no key") && out.contains("tls.crt"), "{out}");
        assert!(out.contains("LS0tLS1CRUdJTiBSRURBQ1RFRC0tLS0t") && out.contains(r#""tls.key":"redacted""#), "{out}");
        assert!(decodes_to_pem(key) && !decodes_to_pem("cmVkYWN0ZWQ=") && !decodes_to_pem("***"));
    }

    #[test]
    fn not_an_object() {
        assert_eq!(trim("[1, 2]"), "[1, 2]");
        assert_eq!(trim("{"), "{");
    }
}
