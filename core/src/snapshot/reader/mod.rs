//! A reader of JSON for serde, made for what the resolver does with it: most of a text is stepped over (managedFields,
//! annotations, status messages), strings are short and borrowed, and numbers are small.
//!
//! It takes what RFC 8259 takes, reads at most [`DEPTH`] levels and steps over any depth. `serde_json` is the oracle
//! that it is compared with (tests/bench/src/fuzz).

mod access;
mod scan;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use scan::{EOF, Fault};
use serde::de::{Deserialize, Deserializer, Visitor};

/// Levels of lists and objects that are read; no Kubernetes object comes near.
const DEPTH: u8 = 128;

/// JSON that is looked at only by the kinds that need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawJson<'a>(&'a str);

impl<'a> RawJson<'a> {
    pub(crate) fn get(self) -> &'a str {
        self.0
    }
}

/// How a [`RawJson`] asks for the text of a value.
const RAW: &str = "gatescope::RawJson";

impl<'de> Deserialize<'de> for RawJson<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = RawJson<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any JSON value")
            }
            fn visit_borrowed_str<E: serde::de::Error>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(RawJson(v))
            }
        }
        d.deserialize_newtype_struct(RAW, V)
    }
}

/// Why a text cannot be read.
#[derive(Debug)]
pub(crate) struct ReadError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: String,
    /// Byte offset, where it is known.
    at: Option<usize>,
}

impl ReadError {
    fn at(mut self, at: usize) -> Self {
        self.0.at.get_or_insert(at);
        self
    }
    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }
    /// 1-based line and column of the place, 0 where it is not known; at the end of the text, its last byte.
    pub(crate) fn place(&self, text: &[u8]) -> (usize, usize) {
        let Some(at) = self.0.at else { return (0, 0) };
        let before = text.get(..at).unwrap_or(text);
        let line = before.iter().filter(|b| **b == b'\n').count().saturating_add(1);
        let column = before.iter().rev().take_while(|b| **b != b'\n').count();
        (line, if at < text.len() { column.saturating_add(1) } else { column.max(1) })
    }
}

impl From<Fault> for ReadError {
    fn from(f: Fault) -> Self {
        Self(Box::new(Inner { message: String::from(f.what), at: Some(f.at) }))
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl core::error::Error for ReadError {}

impl serde::de::Error for ReadError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(Box::new(Inner { message: message.to_string(), at: None }))
    }
}

type Res<T> = Result<T, ReadError>;

fn fault<T>(at: usize, what: &'static str) -> Res<T> {
    Err(Fault { at, what }.into())
}

/// Where reading is.
pub(crate) struct Reader<'de> {
    text: &'de [u8],
    /// The same, where all of it is UTF-8; else each string is looked at by itself.
    utf8: Option<&'de str>,
    at: usize,
    depth: u8,
    open: Vec<bool>,
}

/// Reads one value that is the whole text.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Res<T> {
    let mut reader = Reader { text: text.as_bytes(), utf8: Some(text), at: 0, depth: 0, open: Vec::new() };
    T::deserialize(&mut reader)
}

impl<'de> Reader<'de> {
    pub(crate) fn new(text: &'de [u8]) -> Self {
        Self { text, utf8: core::str::from_utf8(text).ok(), at: 0, depth: 0, open: Vec::new() }
    }

    /// Whether nothing but blanks is left.
    pub(crate) fn done(&mut self) -> bool {
        self.at = scan::blank(self.text, self.at);
        self.at >= self.text.len()
    }

    /// An error is at this place, where it has none of its own.
    pub(crate) fn locate(&self, e: ReadError) -> ReadError {
        e.at(self.at.saturating_sub(1))
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        self.at = scan::blank(self.text, self.at);
        self.text.get(self.at).copied()
    }

    #[inline]
    fn step(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn slice(&self, from: usize, to: usize) -> Res<&'de str> {
        let text = match self.utf8 {
            Some(text) => text.get(from..to),
            None => self.text.get(from..to).and_then(|t| core::str::from_utf8(t).ok()),
        };
        text.map_or_else(|| fault(from, "invalid unicode code point"), Ok)
    }

    fn skip(&mut self) -> Res<()> {
        let mut open = core::mem::take(&mut self.open);
        open.clear();
        self.at = scan::value(self.text, self.at, &mut open)?;
        self.open = open;
        Ok(())
    }

    /// A string, from past its first quote.
    #[inline]
    fn string<V: Visitor<'de>>(&mut self, visitor: V) -> Res<V::Value> {
        let from = self.at;
        let (end, escaped) = scan::string(self.text, from)?;
        self.at = end;
        if escaped {
            let literal = self.slice(from.saturating_sub(1), end)?;
            // Rare, and full of rules: surrogates, above all.
            let text: String = serde_json::from_str(literal).map_err(|_| ReadError::from(Fault { at: from, what: "lone leading surrogate in hex escape" }))?;
            return visitor.visit_string(text);
        }
        visitor.visit_borrowed_str(self.slice(from, end.saturating_sub(1))?)
    }

    fn number<V: Visitor<'de>>(&mut self, visitor: V) -> Res<V::Value> {
        let from = self.at;
        let (end, whole) = scan::number(self.text, from)?;
        self.at = end;
        let text = self.slice(from, end)?;
        if whole {
            if let Ok(n) = text.parse::<u64>() {
                return visitor.visit_u64(n);
            }
            if let Ok(n) = text.parse::<i64>() {
                return visitor.visit_i64(n);
            }
        }
        match text.parse::<f64>() {
            Ok(n) if n.is_finite() => visitor.visit_f64(n),
            _ => fault(from, "number out of range"),
        }
    }

    fn word<T>(&mut self, word: &'static [u8], value: T) -> Res<T> {
        self.at = scan::word(self.text, self.at, word)?;
        Ok(value)
    }

    fn deeper(&mut self) -> Res<()> {
        self.step();
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH { fault(self.at, "recursion limit exceeded") } else { Ok(()) }
    }

    /// What ends a list or an object.
    fn close(&mut self, with: u8, trailing: &'static str) -> Res<()> {
        match self.peek() {
            Some(b) if b == with => {
                self.step();
                self.depth = self.depth.saturating_sub(1);
                Ok(())
            }
            Some(_) => fault(self.at, trailing),
            None => fault(self.at, EOF),
        }
    }
}
