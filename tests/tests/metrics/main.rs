//! The three families of metrics, from objects to the bytes of a scrape.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects, missing_docs, unreachable_pub)]

mod catalogue;
mod dropin;
mod encodings;
mod incremental;
mod monitoring;
mod objects;
mod program;
mod promql;
mod routes;
mod series;
mod tool;

use gatescope::metrics::{Encoding, Exposition, Format, Metrics, MetricsConfig};
use gatescope_core::types::Report;
use gatescope_core::{Engine, Settings};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The objects of the bundled example cluster.
pub fn example() -> Vec<Value> {
    let folder = gatescope_tests::paths::workspace().join("deploy/example/cluster");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    files.iter().flat_map(|f| serde_saphyr::from_multiple::<Value>(&std::fs::read_to_string(f).unwrap()).unwrap()).collect()
}

pub fn settings() -> Settings {
    Settings { complete: true, ..Settings::default() }
}

/// The report of some objects.
pub fn resolve(objects: &[Value]) -> Report {
    let mut engine = Engine::new(settings());
    for object in objects {
        engine.load(object.to_string().as_bytes()).unwrap();
    }
    engine.settle();
    engine.report()
}

/// All series of some objects.
pub fn metrics(objects: &[Value], config: MetricsConfig) -> Metrics {
    let mut metrics = Metrics::new(config);
    for object in objects {
        metrics.put(object.to_string().as_bytes());
    }
    metrics.reset(&resolve(objects));
    metrics
}

pub fn text(exposition: &Arc<Exposition>) -> String {
    String::from_utf8(exposition.bytes(Format::Text, Encoding::Identity)).unwrap()
}

/// A series: its name, its labels as they were meant, its value.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Series {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

impl Series {
    pub fn get(&self, label: &str) -> &str {
        self.labels.get(label).map_or("", String::as_str)
    }
}

/// A strict reading of the text format, which shares nothing with what wrote it.
pub fn parse(text: &str) -> Vec<Series> {
    text.lines().filter(|l| !l.starts_with('#')).map(line).collect()
}

fn line(line: &str) -> Series {
    let chars: Vec<char> = line.chars().collect();
    let mut at = 0;
    let word = |at: &mut usize| {
        let start = *at;
        while *at < chars.len() && (chars[*at].is_ascii_alphanumeric() || "_:".contains(chars[*at])) {
            *at += 1;
        }
        chars[start..*at].iter().collect::<String>()
    };
    let name = word(&mut at);
    assert!(!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()), "a name: {line}");
    let mut labels = BTreeMap::new();
    if chars[at] == '{' {
        at += 1;
        while chars[at] != '}' {
            let key = word(&mut at);
            assert!(!key.is_empty() && !key.starts_with(|c: char| c.is_ascii_digit()), "a label: {line}");
            assert_eq!((chars[at], chars[at + 1]), ('=', '"'), "{line}");
            at += 2;
            let mut value = String::new();
            while chars[at] != '"' {
                if chars[at] == '\\' {
                    at += 1;
                    value.push(match chars[at] {
                        'n' => '\n',
                        c @ ('\\' | '"') => c,
                        c => panic!("escaped {c}: {line}"),
                    });
                } else {
                    value.push(chars[at]);
                }
                at += 1;
            }
            at += 1;
            assert!(labels.insert(key, value).is_none(), "a label twice: {line}");
            if chars[at] == ',' {
                at += 1;
            } else {
                assert_eq!(chars[at], '}', "{line}");
            }
        }
        at += 1;
    }
    assert_eq!(chars[at], ' ', "{line}");
    let value = chars[at + 1..].iter().collect::<String>();
    Series { name, labels, value: if value == "+Inf" { f64::INFINITY } else { value.parse().unwrap_or_else(|_| panic!("a number: {line}")) } }
}

/// Series of one name.
pub fn of<'s>(all: &'s [Series], name: &str) -> Vec<&'s Series> {
    all.iter().filter(|s| s.name == name).collect()
}
