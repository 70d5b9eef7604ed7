//! JSON of which only the wanted fields are kept: most of an object is skipped, not decoded.

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Which fields are kept; lists are looked through.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Everything below.
    all: bool,
    fields: BTreeMap<String, Wanted>,
}

impl Wanted {
    /// Adds a field by its path.
    pub(super) fn add(&mut self, path: &[String]) {
        match path.split_first() {
            None => self.all = true,
            Some((first, rest)) => self.fields.entry(first.clone()).or_default().add(rest),
        }
    }

    /// Decodes a text; `None` where it is no JSON.
    pub(super) fn decode<'a>(&self, json: &'a [u8]) -> Option<Value<'a>> {
        let mut de = serde_json::Deserializer::from_slice(json);
        self.deserialize(&mut de).ok()
    }
}

/// A value, as far as it was wanted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    /// As text.
    Number(String),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

impl<'a> Value<'a> {
    /// The value of a field; the last of equal names.
    pub(super) fn get(&self, field: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.iter().rev().find(|(k, _)| k == field).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value at a path, lists not looked through.
    pub(super) fn at(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |v, field| v.get(field))
    }

    /// As the text of a label. Lists, objects and null have none.
    pub(super) fn label(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(t) => Some(Cow::Borrowed(t)),
            Self::Number(n) => Some(Cow::Borrowed(n)),
            Self::Bool(b) => Some(Cow::Borrowed(if *b { "true" } else { "false" })),
            _ => None,
        }
    }

    /// The text of a field, empty where it has none.
    pub(super) fn text(&self, path: &[&str]) -> &str {
        match path.iter().try_fold(self, |v, field| v.get(field)) {
            Some(Self::Text(t)) => t,
            _ => "",
        }
    }
}

impl<'de> DeserializeSeed<'de> for &Wanted {
    type Value = Value<'de>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Value<'de>, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Wanted {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }
    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, b: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(b))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number(n.to_string()))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(n.to_string()))
    }
    fn visit_f64<E>(self, n: f64) -> Result<Value<'de>, E> {
        Ok(Value::Number(n.to_string()))
    }
    fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(s)))
    }
    fn visit_str<E>(self, s: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(s.to_owned())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        let mut out = Vec::new();
        while let Some(v) = seq.next_element_seed(self)? {
            out.push(v);
        }
        Ok(Value::List(out))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        let mut out = Vec::new();
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            let inner = if self.all { Some(self) } else { self.fields.get(&*key) };
            match inner {
                Some(wanted) => out.push((key, map.next_value_seed(wanted)?)),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(out))
    }
}

/// A key, borrowed where the text has it as it is.
struct Key<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(s)))
            }
            fn visit_str<E>(self, s: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(s.to_owned())))
            }
        }
        d.deserialize_str(Keys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wanted_is_kept() {
        let mut wanted = Wanted::default();
        for path in [&["kind"][..], &["metadata", "labels"], &["spec", "listeners", "name"]] {
            wanted.add(&path.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
        }
        let json = br#"{"kind":"G","x":{"y":[1]},"metadata":{"name":"n","labels":{"a\"b":"c","d":{"e":1}}},
            "spec":{"listeners":[{"name":"l","port":1},{"name":2},7],"more":null}}"#;
        let v = wanted.decode(json).unwrap();
        assert_eq!(v.text(&["kind"]), "G");
        assert_eq!(v.get("x"), None);
        assert_eq!(v.text(&["metadata", "labels", "a\"b"]), "c");
        assert_eq!(v.text(&["metadata", "name"]), "");
        let path = |p: &[&str]| p.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
        assert_eq!(v.at(&path(&["metadata", "labels", "d", "e"])), Some(&Value::Number("1".into())));
        let Some(Value::List(listeners)) = v.at(&path(&["spec", "listeners"])) else { panic!() };
        assert_eq!(listeners.len(), 3);
        assert_eq!(listeners[0], Value::Object(vec![("name".into(), Value::Text("l".into()))]));
        assert_eq!(wanted.decode(b"{"), None);
        assert_eq!(wanted.decode(b"[1,\"a\"]"), Some(Value::List(vec![Value::Number("1".into()), Value::Text("a".into())])));
    }
}
