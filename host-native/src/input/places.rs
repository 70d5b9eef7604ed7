//! Where objects and their fields stand in the files they were read from: for annotations of code reviews.
//!
//! Files are read a second time, and only when someone asks. Every JSON text is YAML, so one walk over
//! the parser's events serves both.

use super::split::Documents;
use super::walk::{Source, expand};
use gatescope_core::types::ObjectRef;
use serde_saphyr::granit_parser::{Event, Options, Parser};
use std::collections::{BTreeMap, BTreeSet};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The path as it was reached from the argument.
    pub path: String,
    /// 1-based.
    pub line: usize,
}

/// An object and a field of it (`spec.rules[0].backendRefs[1]`).
pub(crate) type Wanted = (ObjectRef, Option<String>);

/// Finds `wanted` in what `args` name. A field that is not written out gives the nearest one above it.
/// Where an object stands in several files the last one counts, as it does for the resolver. Files above
/// `limit` bytes are left out: a dump of a cluster is nothing that a review could comment on.
pub(crate) fn find(args: &[String], wanted: &BTreeSet<Wanted>, limit: u64) -> BTreeMap<Wanted, Place> {
    let mut index: BTreeMap<(&str, &str), Vec<&Wanted>> = BTreeMap::new();
    for w in wanted {
        index.entry((w.0.kind.as_ref(), w.0.name.as_str())).or_default().push(w);
    }
    let mut found = BTreeMap::new();
    for source in expand(args, &mut Vec::new()) {
        let Source::File { path, .. } = &source else { continue };
        if std::fs::metadata(path).is_ok_and(|m| m.len() > limit) {
            continue;
        }
        let Ok(bytes) = std::fs::read(path) else { continue };
        for document in Documents::new(&bytes) {
            let Ok(text) = str::from_utf8(document.text) else { continue };
            walk(text, |object| {
                let named = index.get(&(object.kind.as_str(), object.name.as_str())).map(Vec::as_slice).unwrap_or_default();
                for (subject, field) in named.iter().filter(|w| object.is(&w.0)) {
                    let line = document.line.saturating_add(object.line_of(field.as_deref())).saturating_sub(1);
                    found.insert((subject.clone(), field.clone()), Place { path: source.label(), line });
                }
            });
        }
    }
    found
}

/// An object of a document: who it is, and on which lines its fields stand.
#[derive(Debug, Default)]
struct Object {
    /// Its path within the document: empty, or `items[3]`.
    prefix: String,
    kind: String,
    namespace: String,
    name: String,
    line: usize,
    fields: Vec<(String, usize)>,
}

impl Object {
    fn is(&self, r: &ObjectRef) -> bool {
        // A namespaced object without a namespace is in `default`.
        let namespace = r.namespace.as_deref().unwrap_or_default();
        self.kind == r.kind && self.name == r.name && (self.namespace == namespace || (self.namespace.is_empty() && namespace == "default"))
    }

    fn line_of(&self, field: Option<&str>) -> usize {
        let mut rest = field.unwrap_or("metadata.name");
        loop {
            if let Some((_, line)) = self.fields.iter().find(|(path, _)| path == rest) {
                return *line;
            }
            match rest.rfind(['.', '[']).and_then(|at| rest.get(..at)) {
                Some(shorter) => rest = shorter,
                None => return self.line,
            }
        }
    }
}

/// A step of the path to the current node.
enum Step {
    /// In a mapping; the key, once it was read.
    Map(Option<String>),
    /// In a sequence; the index of the next element.
    Seq(usize),
}

/// Calls `done` for every object of a document: its root, or each of its items.
fn walk(text: &str, mut done: impl FnMut(&Object)) {
    let mut options = Options::default();
    options.flow_nesting_limit = super::yaml::MAX_DEPTH;
    let mut steps: Vec<Step> = Vec::new();
    let mut object = Object::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let Ok((event, span)) = event else { break };
        let line = span.start.line();
        match event {
            Event::Scalar(value, ..) => {
                if let Some(Step::Map(key @ None)) = steps.last_mut() {
                    *key = Some(value.into_owned());
                    continue;
                }
                let path = path(&steps);
                note(&mut object, &path, line, Some(&value));
                advance(&mut steps);
            }
            Event::Alias(_) => {
                note(&mut object, &path(&steps), line, None);
                advance(&mut steps);
            }
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if steps.len() > super::yaml::MAX_DEPTH {
                    return;
                }
                let map = matches!(event, Event::MappingStart(..));
                let here = path(&steps);
                if map && is_item(&here) {
                    object = Object { prefix: here.clone(), line, ..Object::default() };
                }
                if map && here.is_empty() {
                    object.line = line;
                }
                note(&mut object, &here, line, None);
                steps.push(if map { Step::Map(None) } else { Step::Seq(0) });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                steps.pop();
                let here = path(&steps);
                if here == object.prefix && (here.is_empty() || is_item(&here)) {
                    done(&object);
                    object = Object::default();
                }
                advance(&mut steps);
            }
            _ => {}
        }
    }
}

/// `items[3]`: an element of a list's items.
fn is_item(path: &str) -> bool {
    path.strip_prefix("items[").and_then(|p| p.strip_suffix(']')).is_some_and(|i| !i.is_empty() && i.bytes().all(|b| b.is_ascii_digit()))
}

/// A value was read: the next one has another key or index.
fn advance(steps: &mut [Step]) {
    match steps.last_mut() {
        Some(Step::Map(key)) => *key = None,
        Some(Step::Seq(index)) => *index = index.saturating_add(1),
        None => {}
    }
}

fn path(steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps {
        match step {
            Step::Map(Some(key)) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            Step::Map(None) => {}
            Step::Seq(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

fn note(object: &mut Object, path: &str, line: usize, value: Option<&str>) {
    let own = match path.strip_prefix(object.prefix.as_str()) {
        Some(own) => own.trim_start_matches('.'),
        None => return,
    };
    if let Some(value) = value {
        match own {
            "kind" => object.kind = value.to_owned(),
            "metadata.name" => object.name = value.to_owned(),
            "metadata.namespace" => object.namespace = value.to_owned(),
            _ => {}
        }
    }
    if !own.is_empty() && (own.starts_with("spec") || own.starts_with("metadata.n")) {
        object.fields.push((own.to_owned(), line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, name: &str, fields: &[&str]) -> Vec<usize> {
        let mut out = Vec::new();
        walk(text, |o| {
            if o.name == name {
                out.extend(fields.iter().map(|f| o.line_of(Some(f))));
            }
        });
        out
    }

    const ROUTE: &str =
        "kind: HTTPRoute\nmetadata:\n  name: a\n  namespace: n\nspec:\n  rules:\n  - backendRefs:\n    - name: x\n    - name: y\n      port: 80\n";

    #[test]
    fn fields_of_a_document() {
        assert_eq!(
            lines(ROUTE, "a", &["spec.rules[0].backendRefs[1]", "spec.rules[0].backendRefs[1].port", "spec.rules[0].filters", "metadata.name", "status"]),
            [9, 10, 7, 3, 1]
        );
    }

    #[test]
    fn items_of_a_list() {
        let text =
            "apiVersion: v1\nitems:\n- kind: A\n  metadata: {name: a}\n  spec:\n    x: 1\n- kind: B\n  metadata:\n    name: b\n  spec:\n    x: 1\nkind: List\n";
        assert_eq!(lines(text, "b", &["spec.x", "nothing"]), [11, 7]);
    }

    #[test]
    fn json_too() {
        let text = "{\n \"kind\": \"List\",\n \"items\": [\n  {\"kind\": \"A\", \"metadata\": {\"name\": \"a\"},\n   \"spec\": {\n    \"x\": [1,\n     2]}}]}";
        assert_eq!(lines(text, "a", &["spec.x[1]"]), [7]);
    }
}
