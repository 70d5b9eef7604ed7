//! Writes what a deserializer yields as JSON text: one value, without a tree in between.

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Where JSON goes, and what was noticed on the way.
#[derive(Debug)]
pub(crate) struct Out {
    pub buf: Vec<u8>,
    /// Bytes that one document may grow to; aliases of a small text may name gigabytes.
    pub limit: usize,
    /// Bytes of this document that were handed on and cleared from `buf`.
    pub flushed: usize,
    /// The limit was met.
    pub overflow: bool,
    /// A text was met that YAML 1.1 takes for a boolean when it is not quoted.
    pub yaml11_word: bool,
    /// A key was met twice in one mapping.
    pub duplicate: Option<String>,
}

impl Out {
    pub(crate) fn new(limit: usize) -> Self {
        Self { buf: Vec::new(), limit, flushed: 0, overflow: false, yaml11_word: false, duplicate: None }
    }

    fn check<E: de::Error>(&mut self) -> Result<(), E> {
        if self.flushed.saturating_add(self.buf.len()) > self.limit {
            self.overflow = true;
            return Err(E::custom("too much output"));
        }
        Ok(())
    }

    fn write<T: serde::Serialize + ?Sized, E: de::Error>(&mut self, value: &T) -> Result<(), E> {
        serde_json::to_writer(&mut self.buf, value).map_err(E::custom)?;
        self.check()
    }

    fn text<E: de::Error>(&mut self, text: &str) -> Result<(), E> {
        if text.len() <= 3 && is_yaml11_word(text) {
            self.yaml11_word = true;
        }
        self.write(text)
    }

    /// A number as Go's JSON prints it: `1.0` is `1`, so that an integer field takes it.
    fn float<E: de::Error>(&mut self, value: f64) -> Result<(), E> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if value.fract() == 0.0 && value.abs() < EXACT {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within ±2^53")]
            return self.write(&(value as i64));
        }
        self.write(&value)
    }
}

/// Words that YAML 1.1, and so kubectl, reads as booleans where they are not quoted.
pub(crate) fn is_yaml11_word(text: &str) -> bool {
    ["y", "n", "yes", "no", "on", "off"].iter().any(|w| text.eq_ignore_ascii_case(w))
}

/// The entries of one mapping that is being written.
#[derive(Debug)]
pub(crate) struct Entries {
    start: usize,
    list: Vec<(u64, usize)>,
    index: BTreeMap<u64, usize>,
    dropped: Vec<usize>,
}

impl Entries {
    const LINEAR: usize = 24;

    /// Opens a mapping.
    pub(crate) fn open(out: &mut Out) -> Self {
        let start = out.buf.len();
        out.buf.push(b'{');
        Self { start, list: Vec::new(), index: BTreeMap::new(), dropped: Vec::new() }
    }

    /// Writes a key; an earlier entry of the same key will be dropped, as Go's decoders do.
    pub(crate) fn key<E: de::Error>(&mut self, out: &mut Out, key: &str) -> Result<(), E> {
        if !self.list.is_empty() {
            out.buf.push(b',');
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let hash = hasher.finish();
        let here = self.list.len();
        let earlier = if here < Self::LINEAR {
            self.list.iter().rposition(|(h, _)| *h == hash)
        } else {
            if self.index.is_empty() {
                self.index = self.list.iter().enumerate().map(|(i, (h, _))| (*h, i)).collect();
            }
            self.index.insert(hash, here)
        };
        if let Some(earlier) = earlier {
            self.dropped.push(earlier);
            out.duplicate.get_or_insert_with(|| key.to_owned());
        }
        self.list.push((hash, out.buf.len()));
        out.write(key)?;
        out.buf.push(b':');
        Ok(())
    }

    /// Closes the mapping.
    pub(crate) fn close(self, out: &mut Out) {
        if !self.dropped.is_empty() {
            let mut kept: Vec<u8> = Vec::new();
            // A key may stand there a million times.
            let mut dropped = self.dropped;
            dropped.sort_unstable();
            for (i, (_, from)) in self.list.iter().enumerate() {
                if dropped.binary_search(&i).is_ok() {
                    continue;
                }
                let to = self.list.get(i.saturating_add(1)).map_or(out.buf.len(), |(_, next)| next.saturating_sub(1));
                if !kept.is_empty() {
                    kept.push(b',');
                }
                kept.extend_from_slice(out.buf.get(*from..to).unwrap_or_default());
            }
            out.buf.truncate(self.start.saturating_add(1));
            out.buf.append(&mut kept);
        }
        out.buf.push(b'}');
    }
}

/// Any value.
pub(crate) struct Value<'o>(pub &'o mut Out);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        d.deserialize_any(self)
    }
}

/// What a scalar of the root or of a list is not.
macro_rules! scalars {
    () => {
        fn visit_bool<E: de::Error>(self, v: bool) -> Result<(), E> {
            self.0.write(&v)
        }
        fn visit_i64<E: de::Error>(self, v: i64) -> Result<(), E> {
            self.0.write(&v)
        }
        fn visit_u64<E: de::Error>(self, v: u64) -> Result<(), E> {
            self.0.write(&v)
        }
        fn visit_f64<E: de::Error>(self, v: f64) -> Result<(), E> {
            self.0.float(v)
        }
        fn visit_str<E: de::Error>(self, v: &str) -> Result<(), E> {
            self.0.text(v)
        }
        fn visit_unit<E: de::Error>(self) -> Result<(), E> {
            self.0.write(&())
        }
        fn visit_none<E: de::Error>(self) -> Result<(), E> {
            self.0.write(&())
        }
        fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
            d.deserialize_any(self)
        }
    };
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    scalars!();

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        self.0.buf.push(b'[');
        let mut comma = self.0.buf.len();
        while seq.next_element_seed(Element(&mut *self.0, comma))?.is_some() {
            comma = 0;
        }
        self.0.buf.push(b']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut entries = Entries::open(self.0);
        while let Some(key) = map.next_key::<String>()? {
            entries.key(self.0, &key)?;
            map.next_value_seed(Value(&mut *self.0))?;
        }
        entries.close(self.0);
        Ok(())
    }
}

/// An element of a sequence: a comma first, but for the first element, which starts at `.1`.
struct Element<'o>(&'o mut Out, usize);

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<(), D::Error> {
        if self.0.buf.len() != self.1 {
            self.0.buf.push(b',');
        }
        Value(self.0).deserialize(d)
    }
}
