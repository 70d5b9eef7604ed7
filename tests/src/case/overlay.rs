//! What holds under a profile, laid over what holds in general.

use serde_json::{Map, Value};

/// The members that say which thing an entry is about; all others say what holds of it.
const KEYS: [(&str, &[&str]); 5] = [
    ("attachments", &["route", "parentRef"]),
    ("listeners", &["owner", "name"]),
    ("hostnames", &["route", "owner", "listener"]),
    ("backends", &["route", "rule"]),
    ("requests", &["gateway", "port", "scheme", "host", "path", "method", "headers", "query"]),
];

/// `expect` with the profile's entries over it: of the same thing, member by member, the profile's come
/// first; entries of other things are added. Sections without a key (rows of our own cases) are replaced.
pub(super) fn overlay(expect: &Value, profile: &Value) -> Result<Value, String> {
    let mut out = expect.as_object().cloned().ok_or("expect is not an object")?;
    let empty = Map::new();
    for (section, over) in profile.as_object().unwrap_or(&empty) {
        let Some((_, keys)) = KEYS.iter().find(|(name, _)| name == section) else {
            out.insert(section.clone(), over.clone());
            continue;
        };
        let entries = out.entry(section.clone()).or_insert_with(|| Value::Array(Vec::new()));
        let entries = entries.as_array_mut().ok_or_else(|| format!("{section} is not a list"))?;
        for entry in over.as_array().ok_or_else(|| format!("{section} of a profile is not a list"))? {
            lay(entries, entry, keys);
        }
    }
    Ok(Value::Object(out))
}

fn lay(entries: &mut Vec<Value>, over: &Value, keys: &[&str]) {
    let mut found = false;
    for entry in entries.iter_mut().filter(|e| keys.iter().all(|k| e.get(k) == over.get(k))) {
        found = true;
        if let (Some(entry), Some(over)) = (entry.as_object_mut(), over.as_object()) {
            let answers = ["backend", "status", "outcome"];
            if answers.iter().any(|a| over.contains_key(*a)) {
                entry.retain(|k, _| !answers.contains(&k.as_str()));
            }
            entry.extend(over.iter().map(|(k, v)| (k.clone(), v.clone())));
        }
    }
    if !found {
        entries.push(over.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_profile_comes_first_member_by_member() {
        let route = json!({"kind": "HTTPRoute", "name": "r"});
        let expect = json!({"attachments": [{"route": route, "parentRef": {"name": "g"}, "accepted": true, "resolvedRefs": true}]});
        let profile = json!({"attachments": [{"route": route, "parentRef": {"name": "g"}, "accepted": false}]});
        let over = overlay(&expect, &profile).unwrap();
        assert_eq!(over["attachments"][0]["accepted"], json!(false));
        assert_eq!(over["attachments"][0]["resolvedRefs"], json!(true));
        assert_eq!(over["attachments"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn another_answer_takes_the_place_of_the_first() {
        let expect = json!({"requests": [{"host": "a", "backend": {"name": "b"}, "by": {"rule": 1}}, {"host": "b", "status": 404}]});
        let over = overlay(&expect, &json!({"requests": [{"host": "a", "status": 404}, {"host": "c", "status": 500}]})).unwrap();
        assert_eq!(over["requests"][0], json!({"host": "a", "status": 404, "by": {"rule": 1}}));
        assert_eq!(over["requests"].as_array().unwrap().len(), 3);
    }
}
