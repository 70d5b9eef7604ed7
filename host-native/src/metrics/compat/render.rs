//! Series of one object.

use super::rules::{From, Rule};
use super::time::unix_seconds;
use super::value::Value;
use crate::metrics::VersionLabel;
use crate::metrics::config::Patterns;
use crate::metrics::text::Series;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What is the same for every series of an object.
#[derive(Debug)]
pub(super) struct About<'a> {
    pub group: &'a str,
    pub kind: &'a str,
    pub version: &'a str,
    pub label: VersionLabel,
    pub cluster: Option<&'a str>,
    pub keys: &'a Patterns,
}

/// The series of an object by one rule, each once.
pub(super) fn series(rule: &Rule, object: &Value<'_>, about: &About<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let mut seen = BTreeSet::new();
    for path in &rule.paths {
        for item in items(object, path, rule.nil_is_zero) {
            match &rule.inner {
                None => push(rule, object, item, None, about, &mut seen, &mut out),
                Some(inner) => {
                    if let Some(Value::List(list)) = item.get(inner) {
                        list.iter().for_each(|i| push(rule, object, item, Some(i), about, &mut seen, &mut out));
                    }
                }
            }
        }
    }
    out
}

/// What a path leads to: each element of a list, or the one thing.
fn items<'v, 'a>(object: &'v Value<'a>, path: &[String], nil_is_zero: bool) -> Vec<&'v Value<'a>> {
    match object.at(path) {
        Some(Value::List(list)) => list.iter().filter(|v| **v != Value::Null).collect(),
        None | Some(Value::Null) if nil_is_zero => vec![&Value::Null],
        None | Some(Value::Null) => Vec::new(),
        Some(one) => vec![one],
    }
}

fn push(rule: &Rule, object: &Value<'_>, item: &Value<'_>, inner: Option<&Value<'_>>, about: &About<'_>, seen: &mut BTreeSet<String>, out: &mut Vec<String>) {
    let value = match &rule.value {
        None => Some(1.0),
        Some(path) => number(inner.unwrap_or(item).at(path), rule.nil_is_zero),
    };
    let Some(value) = value else { return };
    // An item that is a label itself, and is no text.
    if name_of(item).label().is_none() && rule.labels.iter().any(|(_, from)| matches!(from, From::Item(path) if path.is_empty())) {
        return;
    }
    let mut labels: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    for (name, from) in &rule.labels {
        let found = match from {
            From::Object(path) => object.at(path),
            From::Item(path) if path.is_empty() => Some(name_of(item)),
            From::Item(path) => item.at(path),
            From::Inner(path) => inner.and_then(|i| i.at(path)),
            From::Labels => None,
        };
        labels.extend(found.and_then(Value::label).map(|v| (Cow::Borrowed(name.as_str()), v)));
    }
    let own = labels.iter().take_while(|(l, _)| matches!(&**l, "namespace" | "name")).count();
    let version = rule.version(about.label).unwrap_or(about.version);
    let common = [("customresource_group", about.group), ("customresource_kind", about.kind), ("customresource_version", version)];
    labels.splice(own..own, common.map(|(l, v)| (l.into(), v.into())));
    labels.extend(about.cluster.map(|c| ("cluster".into(), c.into())));
    if rule.labels.iter().any(|(_, from)| matches!(from, From::Labels))
        && let Some(Value::Object(fields)) = item.get("labels")
    {
        users(&mut labels, fields, about.keys);
    }
    let mut line = String::new();
    let mut series = Series::new(&mut line, &rule.metric);
    for (label, value) in &labels {
        series.add(label, value);
    }
    series.value(value);
    // The same labels again, in a list that allows it: the first counts.
    let identity = line.rsplit_once(' ').map_or("", |(identity, _)| identity);
    if seen.insert(identity.to_owned()) {
        out.push(line);
    }
}

/// An item that is a label itself; features were texts before they were objects with a name.
fn name_of<'v, 'a>(item: &'v Value<'a>) -> &'v Value<'a> {
    item.get("name").unwrap_or(item)
}

/// The user's labels under names that the format allows and that nothing else has.
fn users<'v>(labels: &mut Vec<(Cow<'v, str>, Cow<'v, str>)>, fields: &'v [(Cow<'_, str>, Value<'_>)], keys: &Patterns) {
    let sorted: BTreeMap<&str, &Value<'_>> = fields.iter().map(|(k, v)| (&**k, v)).collect();
    let mut taken: BTreeSet<String> = labels.iter().map(|(l, _)| l.to_string()).collect();
    for (key, value) in sorted {
        let mut name: String = key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
        if !(keys.lets(key) && (keys.deny.is_empty() || keys.lets(&name)) || (!keys.allow.is_empty() && keys.lets(&name) && !denied(keys, key))) {
            continue;
        }
        let Some(value) = value.label() else { continue };
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            name.insert(0, '_');
        }
        while !taken.insert(name.clone()) {
            name.insert(0, '_');
        }
        labels.push((name.into(), value));
    }
}

fn denied(keys: &Patterns, key: &str) -> bool {
    !Patterns { allow: Vec::new(), deny: keys.deny.clone() }.lets(key)
}

/// True is 1, False and Unknown are 0, times are unix seconds. What is none of these has no value.
fn number(value: Option<&Value<'_>>, nil_is_zero: bool) -> Option<f64> {
    match value {
        None | Some(Value::Null) => nil_is_zero.then_some(0.0),
        Some(Value::Bool(b)) => Some(f64::from(u8::from(*b))),
        Some(Value::Number(n)) => n.parse().ok(),
        Some(Value::Text(t)) => match &**t {
            "True" | "true" => Some(1.0),
            "False" | "false" | "Unknown" => Some(0.0),
            text => unix_seconds(text).or_else(|| text.parse().ok()).filter(|n: &f64| n.is_finite()),
        },
        Some(_) => None,
    }
}
