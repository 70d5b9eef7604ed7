//! JSON text to wire objects, one at a time: nothing is held but the object at hand.
//!
//! Takes an object, a list, lists of lists, several documents in a row, and the compact snapshot. Where a
//! kind stands before its `spec` (as every printer of Kubernetes writes it) the spec is read in one pass.

use super::lenient::{F, S};
use super::wire::{self, Raw};
use crate::model::kinds::Kind;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a text holds, as it comes by.
pub(crate) enum Item<'a> {
    Object(Box<Object<'a>>),
    /// An element of a list that is no object.
    Stray(&'static str),
    /// The lists of a compact snapshot.
    Coverage(Coverage<'a>),
}

/// An object before it is judged.
#[derive(Default)]
pub(crate) struct Object<'a> {
    pub(crate) api_version: F<S<'a>>,
    pub(crate) kind: F<S<'a>>,
    pub(crate) meta: F<wire::Meta<'a>>,
    pub(crate) spec: Part<'a>,
    pub(crate) status: Part<'a>,
    pub(crate) data: Raw<'a>,
    pub(crate) endpoints: Raw<'a>,
    pub(crate) string_data: Raw<'a>,
}

impl Object<'_> {
    /// Group and version of its apiVersion.
    pub(crate) fn group_version(&self) -> (&str, &str) {
        let text = self.api_version.ok().map_or("", |v| v);
        text.split_once('/').unwrap_or(("", text))
    }
    pub(crate) fn known(&self) -> Option<Kind> {
        Kind::of(self.group_version().0, self.kind.ok()?)
    }
}

/// The lists of a compact snapshot (report.md, Snapshot).
#[derive(Default)]
pub(crate) struct Coverage<'a> {
    pub(crate) collected: wire::List<S<'a>>,
    pub(crate) forbidden: wire::List<S<'a>>,
    pub(crate) absent: wire::List<S<'a>>,
}

macro_rules! parts {
    ($($name:ident $ty:ty, [$($spec:ident)*] [$($status:ident)*])*) => {
        /// A spec or status, read as its kind wants it.
        #[derive(Default)]
        pub(crate) enum Part<'a> {
            #[default]
            Absent,
            /// The kind was not known yet.
            Raw(&'a serde_json::value::RawValue),
            $($name($ty),)*
        }
        impl<'a> Part<'a> {
            fn read<'de: 'a, D: Deserializer<'de>>(kind: Kind, status: bool, d: D) -> Result<Part<'de>, D::Error> {
                match (kind, status) {
                    $($((Kind::$spec, false) => Deserialize::deserialize(d).map(Part::$name),)*
                      $((Kind::$status, true) => Deserialize::deserialize(d).map(Part::$name),)*)*
                    _ => IgnoredAny::deserialize(d).map(|_| Part::Absent),
                }
            }
            /// Reads a part that came before its kind.
            pub(crate) fn settle(&mut self, kind: Kind, status: bool) -> Result<(), serde_json::Error> {
                if let Part::Raw(raw) = self {
                    // The same reader as of the whole text: another one would be all of this code once more.
                    *self = Part::read(kind, status, &mut serde_json::Deserializer::from_slice(raw.get().as_bytes()))?;
                }
                Ok(())
            }
        }
    };
}

// What is large and rare is boxed: an object on its way should be small enough for an allocator's fast lists.
parts! {
    Class F<wire::ClassSpec<'a>>, [GatewayClass] []
    ClassStatus F<wire::ClassStatus<'a>>, [] [GatewayClass]
    Gateway Box<F<wire::GatewaySpec<'a>>>, [Gateway] []
    GatewayStatus F<wire::GatewayStatus<'a>>, [] [Gateway ListenerSet XListenerSet]
    ListenerSet Box<F<wire::ListenerSetSpec<'a>>>, [ListenerSet XListenerSet] []
    Route F<wire::RouteSpec<'a>>, [HttpRoute GrpcRoute TlsRoute TcpRoute UdpRoute] []
    RouteStatus F<wire::RouteStatus<'a>>, [] [HttpRoute GrpcRoute TlsRoute TcpRoute UdpRoute]
    Grant F<wire::GrantSpec<'a>>, [ReferenceGrant] []
    Service F<wire::ServiceSpec<'a>>, [Service ServiceImport] []
    XBackend F<wire::XBackendSpec<'a>>, [XBackend] []
    Policy Box<F<wire::PolicySpec<'a>>>, [BackendTlsPolicy] []
    Bundle F<wire::BundleSpec<'a>>, [ClusterTrustBundle] []
}

struct MetaSeed(Option<Kind>);

impl<'de> DeserializeSeed<'de> for MetaSeed {
    type Value = F<wire::Meta<'de>>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        if self.0.is_none_or(|k| matches!(k, Kind::Gateway | Kind::Namespace | Kind::EndpointSlice)) {
            return F::deserialize(d);
        }
        Ok(match F::<wire::SlimMeta<'de>>::deserialize(d)? {
            F::Absent => F::Absent,
            F::Bad(found) => F::Bad(found),
            F::Ok(m) => {
                let (labels, annotations, _borrow) = (None, None, core::marker::PhantomData);
                F::Ok(wire::Meta { name: m.name, namespace: m.namespace, created: m.created, generation: m.generation, labels, annotations, _borrow })
            }
        })
    }
}

struct PartSeed(Option<Kind>, bool);

impl<'de> DeserializeSeed<'de> for PartSeed {
    type Value = Part<'de>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Part<'de>, D::Error> {
        match self.0 {
            Some(kind) => Part::read(kind, self.1, d),
            None => Ok(<Raw<'de>>::deserialize(d)?.map_or(Part::Absent, Part::Raw)),
        }
    }
}

/// Reads one JSON text; `sink` gets everything in order. What came before an error was delivered.
pub(crate) fn decode<'a>(text: &'a [u8], sink: &mut dyn FnMut(Item<'a>)) -> Result<(), crate::InputError> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut de = serde_json::Deserializer::from_slice(text);
    let mut objects = 0_usize;
    let mut count = |item: Item<'a>| {
        if matches!(item, Item::Object(_)) {
            objects = objects.saturating_add(1);
        }
        sink(item);
    };
    let mut result = Ok(());
    while de.end().is_err() {
        match (Doc { sink: &mut count, element: false }).deserialize(&mut de) {
            Ok(Some(object)) => count(Item::Object(object)),
            Ok(None) => {}
            Err(e) => {
                result = Err(e);
                break;
            }
        }
    }
    result.map_err(|e| input_error(&e, objects))
}

fn input_error(e: &serde_json::Error, objects: usize) -> crate::InputError {
    let text = e.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    let message = match e.classify() {
        serde_json::error::Category::Eof => String::from("the JSON ends in the middle of a value"),
        _ => String::from(text.get(..end).unwrap_or(&text)),
    };
    // serde_json counts a line break as column 0 of the next line.
    let column = if e.line() == 0 { 0 } else { e.column().max(1) };
    crate::InputError { message, line: e.line(), column, objects }
}

/// A document, or an element of a list; an object is returned, the elements of a list go to the sink.
struct Doc<'s, 'a> {
    sink: &'s mut dyn FnMut(Item<'a>),
    element: bool,
}

impl<'de> DeserializeSeed<'de> for Doc<'_, 'de> {
    type Value = Option<Box<Object<'de>>>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl Doc<'_, '_> {
    fn stray<T, E: Error>(self, what: &'static str) -> Result<Option<T>, E> {
        if self.element {
            (self.sink)(Item::Stray(what));
            return Ok(None);
        }
        Err(E::custom(format!("expected a Kubernetes object, found {what}")))
    }
}

impl<'de> Visitor<'de> for Doc<'_, 'de> {
    type Value = Option<Box<Object<'de>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a Kubernetes object")
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        self.stray("a boolean")
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        self.stray("a number")
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        self.stray("a number")
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        self.stray("a number")
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        self.stray("a string")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let orphans = elements(seq, self.sink)?;
        for orphan in orphans {
            (self.sink)(Item::Object(orphan));
        }
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = Box::new(Object::default());
        let mut coverage = Coverage::default();
        let mut schema = false;
        let mut orphans = None;
        while let Some(key) = map.next_key::<S<'de>>()? {
            match &*key {
                "apiVersion" => object.api_version = map.next_value()?,
                "kind" => object.kind = map.next_value()?,
                "metadata" => object.meta = map.next_value_seed(MetaSeed(object.known()))?,
                "spec" => object.spec = map.next_value_seed(PartSeed(object.known(), false))?,
                "status" => object.status = map.next_value_seed(PartSeed(object.known(), true))?,
                "data" => object.data = map.next_value()?,
                "stringData" => object.string_data = map.next_value()?,
                "endpoints" => object.endpoints = map.next_value()?,
                "items" | "objects" => orphans = map.next_value_seed(Elements(self.sink))?,
                "schema" => {
                    let value: F<S<'de>> = map.next_value()?;
                    schema = value.ok().is_some_and(|s| s.starts_with("gatescope/snapshot/"));
                }
                "collected" => coverage.collected = map.next_value()?,
                "forbidden" => coverage.forbidden = map.next_value()?,
                "absent" => coverage.absent = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if schema {
            (self.sink)(Item::Coverage(coverage));
        }
        let Some(orphans) = orphans else {
            return Ok(if schema { None } else { Some(object) });
        };
        // The items of a typed list carry no kind of their own (`kubectl get --raw`).
        for mut orphan in orphans {
            if let (F::Absent, F::Ok(kind)) = (&orphan.kind, &object.kind)
                && let Some(kind) = kind.strip_suffix("List")
                && !kind.is_empty()
            {
                orphan.kind = F::Ok(S(String::from(kind).into()));
                orphan.api_version = object.api_version.clone();
            }
            (self.sink)(Item::Object(orphan));
        }
        Ok(None)
    }
}

struct Elements<'s, 'a>(&'s mut dyn FnMut(Item<'a>));

impl<'de> DeserializeSeed<'de> for Elements<'_, 'de> {
    type Value = Option<Vec<Box<Object<'de>>>>;
    fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Self::Value, D::Error> {
        d.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Elements<'_, 'de> {
    type Value = Option<Vec<Box<Object<'de>>>>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Some(Vec::new()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        elements(seq, self.0).map(Some)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Delivers the elements of a list; those without a kind of their own are returned.
#[expect(clippy::vec_box, reason = "objects are large, and travel boxed everywhere else")]
fn elements<'de, A: SeqAccess<'de>>(mut seq: A, sink: &mut dyn FnMut(Item<'de>)) -> Result<Vec<Box<Object<'de>>>, A::Error> {
    let mut orphans = Vec::new();
    while let Some(object) = seq.next_element_seed(Doc { sink: &mut *sink, element: true })? {
        match object {
            Some(object) if object.kind == F::Absent => orphans.push(object),
            Some(object) => sink(Item::Object(object)),
            None => {}
        }
    }
    Ok(orphans)
}

#[cfg(all(test, target_pointer_width = "64"))]
mod tests {
    use super::*;

    #[test]
    fn an_object_on_its_way_is_small() {
        assert!(size_of::<Object<'_>>() <= 512, "{}", size_of::<Object<'_>>());
    }
}
