//! The reader as serde sees it.

use super::{EOF, RAW, ReadError, Reader, Res, fault};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Res<V::Value> {
        match self.peek() {
            Some(b'"') => {
                self.step();
                self.string(visitor)
            }
            Some(b'{') => {
                self.deeper()?;
                let value = visitor.visit_map(Members { reader: &mut *self, first: true })?;
                self.close(b'}', "expected `,` or `}`")?;
                Ok(value)
            }
            Some(b'[') => {
                self.deeper()?;
                let value = visitor.visit_seq(Elements { reader: &mut *self, first: true })?;
                self.close(b']', "expected `,` or `]`")?;
                Ok(value)
            }
            Some(b'n') => self.word(b"null", ()).and_then(|()| visitor.visit_unit()),
            Some(b't') => self.word(b"true", true).and_then(|b| visitor.visit_bool(b)),
            Some(b'f') => self.word(b"false", false).and_then(|b| visitor.visit_bool(b)),
            Some(b'-' | b'0'..=b'9') => self.number(visitor),
            Some(_) => fault(self.at, "expected value"),
            None => fault(self.at, EOF),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Res<V::Value> {
        self.skip()?;
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Res<V::Value> {
        match self.peek() {
            Some(b'n') => self.word(b"null", ()).and_then(|()| visitor.visit_none()),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Res<V::Value> {
        if name != RAW {
            return visitor.visit_newtype_struct(self);
        }
        self.peek();
        let from = self.at;
        self.skip()?;
        visitor.visit_borrowed_str(self.slice(from, self.at)?)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

/// The members of an object, from past its brace.
struct Members<'r, 'de> {
    reader: &'r mut Reader<'de>,
    first: bool,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = ReadError;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Res<Option<K::Value>> {
        let first = core::mem::take(&mut self.first);
        match self.reader.peek() {
            Some(b'}') => return Ok(None),
            Some(b',') if !first => {
                self.reader.step();
                self.reader.peek();
            }
            Some(_) if first => {}
            Some(_) => return fault(self.reader.at, "expected `,` or `}`"),
            None => return fault(self.reader.at, EOF),
        }
        match self.reader.text.get(self.reader.at) {
            Some(b'"') => {
                self.reader.step();
                seed.deserialize(Key(&mut *self.reader)).map(Some)
            }
            Some(b'}') => fault(self.reader.at, "trailing comma"),
            Some(_) => fault(self.reader.at, "key must be a string"),
            None => fault(self.reader.at, EOF),
        }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Res<S::Value> {
        match self.reader.peek() {
            Some(b':') => self.reader.step(),
            Some(_) => return fault(self.reader.at, "expected `:`"),
            None => return fault(self.reader.at, EOF),
        }
        seed.deserialize(&mut *self.reader)
    }
}

/// A member's key, from past its quote.
struct Key<'r, 'de>(&'r mut Reader<'de>);

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = ReadError;
    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Res<V::Value> {
        self.0.string(visitor)
    }
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Res<V::Value> {
        self.0.string(IgnoredAny)?;
        visitor.visit_unit()
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// The elements of a list, from past its bracket.
struct Elements<'r, 'de> {
    reader: &'r mut Reader<'de>,
    first: bool,
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = ReadError;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Res<Option<S::Value>> {
        let first = core::mem::take(&mut self.first);
        match self.reader.peek() {
            Some(b']') => return Ok(None),
            Some(b',') if !first => {
                self.reader.step();
                if self.reader.peek() == Some(b']') {
                    return fault(self.reader.at, "trailing comma");
                }
            }
            Some(_) if first => {}
            Some(_) => return fault(self.reader.at, "expected `,` or `]`"),
            None => return fault(self.reader.at, EOF),
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}
