//! Takes JSON texts apart into objects, as the resolver does: lists of lists, typed lists, many documents, compact
//! snapshots.

use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// Something that a text holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// An object with a kind and a name.
    Object(Object<'a>),
    /// What makes only a finding: an object without a kind or a name, an element of a list that is no object.
    Other(String),
    /// The lists of a compact snapshot, as a snapshot without objects.
    Lists(String),
}

/// An object, and what names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object<'a> {
    /// Without a version; empty for the core group.
    pub group: String,
    /// As written.
    pub kind: String,
    /// As written; empty where there is none.
    pub namespace: String,
    /// As written.
    pub name: String,
    /// The whole object as JSON; items of typed lists with their kind.
    pub text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Doc<'a> {
    #[serde(borrow, default, rename = "apiVersion")]
    api_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    #[serde(borrow, default)]
    schema: Option<&'a RawValue>,
    #[serde(borrow, default)]
    collected: Option<&'a RawValue>,
    #[serde(borrow, default)]
    absent: Option<&'a RawValue>,
    #[serde(borrow, default)]
    forbidden: Option<&'a RawValue>,
    #[serde(borrow, default, alias = "objects")]
    items: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Meta<'a> {
    #[serde(borrow, default)]
    namespace: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
}

fn text<'a>(raw: Option<&'a RawValue>) -> Option<Cow<'a, str>> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    serde_json::from_str::<Text<'a>>(raw?.get()).ok().map(|t| t.0)
}

/// Calls `each` for every piece in order. `None` where the text is not JSON to its end, or has a shape that is better
/// left to the resolver; pieces before that were told.
pub fn split<'a>(json: &'a [u8], each: &mut dyn FnMut(Piece<'a>)) -> Option<()> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    // One document, as nearly always: one pass finds its parts and its end.
    if let Ok(text) = core::str::from_utf8(json)
        && let Ok(parts) = serde_json::from_str::<Doc<'a>>(text)
    {
        return self::parts(text.trim_ascii(), parts, None, each);
    }
    for doc in serde_json::Deserializer::from_slice(json).into_iter::<&RawValue>() {
        self::doc(doc.ok()?, None, each)?;
    }
    Some(())
}

fn doc<'a>(raw: &'a RawValue, of: Option<(&str, &str)>, each: &mut dyn FnMut(Piece<'a>)) -> Option<()> {
    parts(raw.get(), serde_json::from_str(raw.get()).ok()?, of, each)
}

fn parts<'a>(raw: &'a str, doc: Doc<'a>, of: Option<(&str, &str)>, each: &mut dyn FnMut(Piece<'a>)) -> Option<()> {
    let kind = text(doc.kind);
    let api_version = text(doc.api_version);
    if let Some(items) = doc.items {
        let item_kind = kind.as_deref().and_then(|k| k.strip_suffix("List")).filter(|k| !k.is_empty());
        let of = item_kind.map(|k| (api_version.as_deref().unwrap_or_default(), k));
        for item in items {
            if item.get().starts_with('{') {
                self::doc(item, of, each)?;
            } else {
                each(Piece::Other(format!("[{}]", item.get())));
            }
        }
    }
    if let Some(schema) = doc.schema {
        let list = |raw: Option<&RawValue>| raw.map_or("[]", RawValue::get).to_owned();
        each(Piece::Lists(format!(
            "{{\"schema\":{},\"collected\":{},\"absent\":{},\"forbidden\":{},\"objects\":[]}}",
            schema.get(),
            list(doc.collected),
            list(doc.absent),
            list(doc.forbidden)
        )));
        return Some(());
    }
    if raw.contains("\"items\"") && kind.as_deref().is_some_and(|k| k.ends_with("List")) {
        return Some(());
    }
    let meta: Option<Meta<'a>> = doc.metadata.and_then(|m| serde_json::from_str(m.get()).ok());
    // The items of a typed list carry no kind of their own.
    let (whole, api_version, kind) = match (kind, of) {
        (Some(kind), _) => (Cow::Borrowed(raw), api_version.unwrap_or_default(), kind),
        (None, Some((api_version, kind))) => {
            let quoted = |t: &str| serde_json::to_string(t).unwrap_or_default();
            let rest = raw.strip_prefix('{')?;
            let comma = if rest.trim_start().starts_with('}') { "" } else { "," };
            let whole = format!("{{\"apiVersion\":{},\"kind\":{}{comma}{rest}", quoted(api_version), quoted(kind));
            (Cow::Owned(whole), Cow::Owned(api_version.to_owned()), Cow::Owned(kind.to_owned()))
        }
        (None, None) => {
            each(Piece::Other(raw.to_owned()));
            return Some(());
        }
    };
    let name = meta.as_ref().and_then(|m| m.name.as_deref()).filter(|n| !n.is_empty()).map(str::to_owned);
    let Some(name) = name else {
        each(Piece::Other(whole.into_owned()));
        return Some(());
    };
    let group = api_version.split_once('/').map_or("", |(g, _)| g).to_owned();
    let namespace = meta.and_then(|m| m.namespace).unwrap_or_default().into_owned();
    each(Piece::Object(Object { group, kind: kind.into_owned(), namespace, name, text: whole }));
    Some(())
}
