//! Fields that never fail: a value of the wrong type is kept as a remark, and the object is still read.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, SeqAccessDeserializer, StrDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A field as it was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum F<T> {
    /// Not there, or null.
    #[default]
    Absent,
    /// As expected.
    Ok(T),
    /// Something else; says what.
    Bad(&'static str),
}

impl<T> F<T> {
    /// The value, where it is what was expected.
    pub(crate) fn ok(&self) -> Option<&T> {
        match self {
            F::Ok(v) => Some(v),
            _ => None,
        }
    }
}

/// The JSON type that a Rust type is read from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Text,
    Number,
    Bool,
    List,
    Object,
}

impl Shape {
    /// With its article, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Shape::Text => "a string",
            Shape::Number => "a number",
            Shape::Bool => "a boolean",
            Shape::List => "a list",
            Shape::Object => "an object",
        }
    }
}

/// A type that is read from one JSON type only.
pub(crate) trait Shaped {
    const SHAPE: Shape;
}

/// A string, borrowed from the input where it holds no escapes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct S<'a>(pub(crate) Cow<'a, str>);

impl core::ops::Deref for S<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl Shaped for S<'_> {
    const SHAPE: Shape = Shape::Text;
}
impl Shaped for i64 {
    const SHAPE: Shape = Shape::Number;
}
impl Shaped for bool {
    const SHAPE: Shape = Shape::Bool;
}
impl<T> Shaped for Vec<T> {
    const SHAPE: Shape = Shape::List;
}

impl<'de> Deserialize<'de> for S<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = S<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E: Error>(self, v: &'de str) -> Result<S<'de>, E> {
                Ok(S(Cow::Borrowed(v)))
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<S<'de>, E> {
                Ok(S(Cow::Owned(String::from(v))))
            }
        }
        d.deserialize_str(V)
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Shaped> Visitor<'de> for FieldVisitor<T> {
    type Value = F<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::SHAPE.name())
    }
    fn visit_unit<E: Error>(self) -> Result<F<T>, E> {
        Ok(F::Absent)
    }
    fn visit_none<E: Error>(self) -> Result<F<T>, E> {
        Ok(F::Absent)
    }
    fn visit_bool<E: Error>(self, v: bool) -> Result<F<T>, E> {
        if T::SHAPE == Shape::Bool {
            return T::deserialize(serde::de::value::BoolDeserializer::new(v)).map(F::Ok);
        }
        Ok(F::Bad("a boolean"))
    }
    fn visit_i64<E: Error>(self, v: i64) -> Result<F<T>, E> {
        if T::SHAPE == Shape::Number {
            return T::deserialize(serde::de::value::I64Deserializer::new(v)).map(F::Ok);
        }
        Ok(F::Bad("a number"))
    }
    fn visit_u64<E: Error>(self, v: u64) -> Result<F<T>, E> {
        match i64::try_from(v) {
            Ok(v) => self.visit_i64(v),
            Err(_) => Ok(F::Bad("a number beyond every range")),
        }
    }
    fn visit_f64<E: Error>(self, v: f64) -> Result<F<T>, E> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::float_cmp, reason = "kept only where nothing is lost")]
        if T::SHAPE == Shape::Number && v.abs() < 9.0e15 && (v as i64) as f64 == v {
            return self.visit_i64(v as i64);
        }
        Ok(F::Bad("a number with a fraction"))
    }
    fn visit_borrowed_str<E: Error>(self, v: &'de str) -> Result<F<T>, E> {
        if T::SHAPE == Shape::Text {
            return T::deserialize(BorrowedStrDeserializer::new(v)).map(F::Ok);
        }
        Ok(F::Bad("a string"))
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<F<T>, E> {
        if T::SHAPE == Shape::Text {
            return T::deserialize(StrDeserializer::new(v)).map(F::Ok);
        }
        Ok(F::Bad("a string"))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<F<T>, A::Error> {
        if T::SHAPE == Shape::List {
            return T::deserialize(SeqAccessDeserializer::new(seq)).map(F::Ok);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(F::Bad("a list"))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<F<T>, A::Error> {
        if T::SHAPE == Shape::Object {
            return T::deserialize(MapAccessDeserializer::new(map)).map(F::Ok);
        }
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(F::Bad("an object"))
    }
}

impl<'de, T: Deserialize<'de> + Shaped> Deserialize<'de> for F<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(FieldVisitor(PhantomData))
    }
}

/// Declares a struct read from a JSON object: unknown members are skipped, of equal members the last wins.
macro_rules! wire {
    ($($(#[$m:meta])* $name:ident { $($field:ident: $ty:ty = $key:literal),* $(,)? })*) => {$(
        $(#[$m])*
        #[derive(Default)]
        pub(crate) struct $name<'a> {
            $(pub(crate) $field: $ty,)*
            pub(crate) _borrow: core::marker::PhantomData<&'a ()>,
        }
        impl $crate::snapshot::lenient::Shaped for $name<'_> {
            const SHAPE: $crate::snapshot::lenient::Shape = $crate::snapshot::lenient::Shape::Object;
        }
        impl<'a> serde::Deserialize<'a> for $name<'a> {
            fn deserialize<D: serde::Deserializer<'a>>(d: D) -> Result<Self, D::Error> {
                struct V;
                impl<'a> serde::de::Visitor<'a> for V {
                    type Value = $name<'a>;
                    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                        f.write_str("an object")
                    }
                    fn visit_map<A: serde::de::MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                        let mut out = $name::default();
                        while let Some(key) = map.next_key::<$crate::snapshot::lenient::S<'a>>()? {
                            match &*key {
                                $($key => out.$field = map.next_value()?,)*
                                _ => { map.next_value::<serde::de::IgnoredAny>()?; }
                            }
                        }
                        Ok(out)
                    }
                }
                d.deserialize_map(V)
            }
        }
    )*};
}
pub(crate) use wire;

/// A JSON object of strings, in the order written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs<'a>(pub(crate) Vec<(S<'a>, F<S<'a>>)>);

impl Shaped for Pairs<'_> {
    const SHAPE: Shape = Shape::Object;
}

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut out = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    out.push(entry);
                }
                Ok(Pairs(out))
            }
        }
        d.deserialize_map(V)
    }
}
