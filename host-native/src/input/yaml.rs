//! One YAML document to JSON, as kubectl would have sent it to a server.
//!
//! Read as kubectl reads (YAML 1.1): octal `0755`, `1_000`, merge keys, the last of equal keys. Read otherwise on
//! purpose: `yes`, `no`, `on`, `off`, `y` and `n` without quotes stay text. To kubectl they are booleans,
//! which a server then refuses wherever Gateway API wants text; a label or hostname that silently becomes
//! `false` would help nobody, so the text stays and a note names the line.
//!
//! A list (any document with `items`) is handed on item by item, so that a dump of any size never stands in
//! memory a second time.

use super::json::{Entries, Out, Value, is_yaml11_word};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::{DuplicateKeyPolicy, NonFiniteFloatPolicy};
use serde_saphyr::{Budget, Error, Options};
use std::fmt;

/// Levels of nesting that are read. The deepest schemas in CustomResourceDefinitions need about 60, and
/// the JSON reader behind stops at 128.
pub(crate) const MAX_DEPTH: usize = 120;
/// Events that aliases may repeat in one document; manifests written with anchors need a few hundred.
const MAX_ALIAS_EVENTS: usize = 200_000;
/// What a document may grow by, at least: a small text with large aliases is normal.
const MIN_OUTPUT: usize = 16 << 20;

/// What became of a document.
#[derive(Debug, Default)]
pub(crate) struct Converted {
    /// Objects were handed on, or there was nothing to hand on (an empty document).
    pub shape: Shape,
    /// Unquoted YAML 1.1 booleans that stay text, with their 1-based lines within the document.
    pub yaml11: Vec<(usize, String)>,
    /// A key that stands twice in one mapping, and the line.
    pub duplicate: Option<(String, usize)>,
}

/// What the root of a document is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing but comments.
    #[default]
    Empty,
    /// A mapping, or a list of mappings.
    Objects,
    /// A text or a number: not a manifest.
    Scalar,
}

/// Why a document was given up.
#[derive(Debug)]
pub(crate) struct Failure {
    pub message: String,
    /// 1-based within the document, 0 where unknown.
    pub line: usize,
    pub column: usize,
    pub cause: Cause,
}

/// Failures that are told apart because they have different ways out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    Syntax,
    Depth,
    Aliases,
    UnknownAnchor,
}

/// Converts `text`; every object, or list without self-describing items, goes to `emit` as JSON.
pub(crate) fn convert(text: &str, emit: &mut dyn FnMut(&[u8])) -> Result<Converted, Failure> {
    let mut out = Out::new(text.len().saturating_mul(4).saturating_add(MIN_OUTPUT));
    let result = serde_saphyr::with_deserializer_from_str_with_options(text, options(text.len()), |d| d.deserialize_any(Root { out: &mut out, emit }));
    let shape = match result {
        Ok(shape) => shape,
        Err(error) => return Err(failure(&error, &out)),
    };
    let mut converted = Converted { shape, ..Converted::default() };
    if out.yaml11_word {
        converted.yaml11 = yaml11(text);
    }
    if let Some(key) = out.duplicate {
        converted.duplicate = Some((key, duplicate_line(text)));
    }
    Ok(converted)
}

/// Limits that grow with the text, as harmless input does, and are tight on what grows by itself.
fn options(bytes: usize) -> Options {
    let linear = bytes.saturating_add(1024);
    let mut budget = Budget::default();
    budget.max_reader_input_bytes = None;
    budget.flow_nesting_limit = MAX_DEPTH;
    budget.max_depth = MAX_DEPTH;
    budget.max_events = linear.saturating_mul(2).saturating_add(MAX_ALIAS_EVENTS);
    budget.max_nodes = budget.max_events;
    budget.max_total_scalar_bytes = linear.saturating_mul(4).saturating_add(MIN_OUTPUT);
    budget.max_recorded_anchor_events = linear.saturating_mul(2).saturating_add(MAX_ALIAS_EVENTS);
    budget.max_documents = 1;
    // Used a thousand times, one anchor of a few labels is harmless; what it expands to is limited below.
    budget.enforce_alias_anchor_ratio = false;

    let mut options = Options::default();
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = MAX_ALIAS_EVENTS;
    options.duplicate_keys = DuplicateKeyPolicy::LastWins;
    options.legacy_octal_numbers = true;
    options.strict_booleans = true;
    options.non_finite_float_policy = NonFiniteFloatPolicy::AsString;
    options.with_snippet = false;
    options
}

fn failure(error: &Error, out: &Out) -> Failure {
    use serde_saphyr::MessageFormatter as _;
    let mut inner = error;
    while let Error::AliasError { error, .. } | Error::WithSnippet { error, .. } = inner {
        inner = error;
    }
    let place = error.location().or_else(|| inner.location());
    let at = |n: u64| usize::try_from(n).unwrap_or(0);
    let mut message = serde_saphyr::UserMessageFormatter.format_message(inner).into_owned();
    let cause = match inner {
        _ if out.overflow => Cause::Aliases,
        Error::Budget { breach, .. } => match breach {
            serde_saphyr::budget::BudgetBreach::Depth { .. } => Cause::Depth,
            serde_saphyr::budget::BudgetBreach::SequenceUnbalanced => Cause::Syntax,
            _ => Cause::Aliases,
        },
        Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::RecursiveReferencesRequireWeakTypes { .. } => Cause::Aliases,
        Error::UnknownAnchor { .. } => Cause::UnknownAnchor,
        _ if message.contains("nesting") || message.contains("recursion limit") => Cause::Depth,
        _ if message.contains("unknown anchor") => Cause::UnknownAnchor,
        _ => Cause::Syntax,
    };
    match cause {
        Cause::Depth => message = format!("nested deeper than {MAX_DEPTH} levels"),
        Cause::Aliases => message = "its aliases (`*name`) repeat more than a manifest ever would".into(),
        Cause::UnknownAnchor => message = "an alias (`*name`) whose anchor (`&name`) is not in this document".into(),
        Cause::Syntax => {}
    }
    let (line, column) = place.map_or((0, 0), |l| (at(l.line()), at(l.column())));
    Failure { message, line, column, cause }
}

/// Lines whose value is an unquoted YAML 1.1 boolean word.
fn yaml11(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let code = line.split(" #").next().unwrap_or(line).trim();
        let value = code.rsplit_once(": ").map_or_else(|| code.rsplit_once("- ").map(|(_, v)| v), |(_, v)| Some(v));
        if let Some(word) = value.map(str::trim).filter(|v| is_yaml11_word(v)) {
            found.push((i.saturating_add(1), word.to_owned()));
        }
    }
    found
}

/// Where the first key is that stands twice: only a second, strict reading knows.
fn duplicate_line(text: &str) -> usize {
    let mut strict = options(text.len());
    strict.duplicate_keys = DuplicateKeyPolicy::Error;
    match serde_saphyr::from_str_with_options::<de::IgnoredAny>(text, strict) {
        Err(Error::DuplicateMappingKey { location, .. }) => usize::try_from(location.line()).unwrap_or(0),
        _ => 0,
    }
}

/// The root of a document.
struct Root<'o, 'f> {
    out: &'o mut Out,
    emit: &'o mut (dyn FnMut(&[u8]) + 'f),
}

impl<'de> Visitor<'de> for Root<'_, '_> {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Kubernetes object")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }
    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }
    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }
    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }
    fn visit_str<E: de::Error>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Scalar)
    }
    fn visit_unit<E: de::Error>(self) -> Result<Shape, E> {
        Ok(Shape::Empty)
    }
    fn visit_none<E: de::Error>(self) -> Result<Shape, E> {
        Ok(Shape::Empty)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
        while seq.next_element_seed(Value(&mut *self.out))?.is_some() {
            (self.emit)(&self.out.buf);
            clear(self.out);
        }
        Ok(Shape::Objects)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shape, A::Error> {
        let mut entries = Entries::open(self.out);
        // The list's own members while its items pass through `out`.
        let mut head: Option<Vec<u8>> = None;
        let mut generic = false;
        while let Some(key) = map.next_key::<String>()? {
            let mut from = self.out.buf.len();
            if key == "items" {
                let own = std::mem::take(&mut self.out.buf);
                let mut rest = Vec::new();
                map.next_value_seed(Items { out: self.out, emit: self.emit, rest: &mut rest })?;
                self.out.buf = own;
                head = Some(rest);
                continue;
            }
            entries.key(self.out, &key)?;
            from = from.max(self.out.buf.len());
            map.next_value_seed(Value(&mut *self.out))?;
            if key == "kind" {
                generic = self.out.buf.get(from..).is_some_and(|kind| kind == br#""List""#);
            }
        }
        if let Some(rest) = head {
            if generic && rest.is_empty() {
                clear(self.out);
                return Ok(Shape::Objects);
            }
            entries.key(self.out, "items")?;
            self.out.buf.push(b'[');
            self.out.buf.extend_from_slice(&rest);
            self.out.buf.push(b']');
        }
        entries.close(self.out);
        (self.emit)(&self.out.buf);
        clear(self.out);
        Ok(Shape::Objects)
    }
}

fn clear(out: &mut Out) {
    out.flushed = out.flushed.saturating_add(out.buf.len());
    out.buf.clear();
}

/// The items of a list. Those that name their kind go on at once; the others (the API server's own
/// answers leave it out) wait in `rest` for the list that knows it.
struct Items<'o, 'f> {
    out: &'o mut Out,
    emit: &'o mut (dyn FnMut(&[u8]) + 'f),
    rest: &'o mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Items<'_, '_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(described) = seq.next_element_seed(Item(&mut *self.out))? {
            if described {
                (self.emit)(&self.out.buf);
            } else {
                if !self.rest.is_empty() {
                    self.rest.push(b',');
                }
                self.rest.extend_from_slice(&self.out.buf);
            }
            clear(self.out);
        }
        Ok(())
    }
}

/// One item; yields whether it names its apiVersion and kind.
struct Item<'o>(&'o mut Out);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = bool;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<bool, D::Error> {
        Value(self.0).deserialize(d)?;
        Ok(describes_itself(&self.0.buf))
    }
}

/// Whether a JSON object has both `apiVersion` and `kind` at its top.
fn describes_itself(json: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Meta {
        api_version: Option<de::IgnoredAny>,
        kind: Option<de::IgnoredAny>,
    }
    serde_json::from_slice::<Meta>(json).is_ok_and(|m| m.api_version.is_some() && m.kind.is_some())
}

#[cfg(test)]
mod tests;
