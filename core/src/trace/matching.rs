//! Whether a match takes a request (rules 34, 35 and 37): the same code for a trace and for a compiled matcher.

use super::pattern::Pattern;
use crate::model::host;
use crate::model::kinds::Kind;
use crate::model::route::{Match, PathKind, ValueMatch, What};
use crate::profile::{Flag, Profile};
use crate::text::{Interner, Sym};
use crate::types::Request;
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// Where a request's headers are looked up.
pub trait Headers {
    /// The value of a header, several lines of it joined by commas; `name` is in lower case.
    fn header(&self, name: &str) -> Option<Cow<'_, str>>;
}

impl Headers for BTreeMap<String, String> {
    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| Cow::Borrowed(v.as_str()))
    }
}

/// Where regular expressions are held.
pub(crate) trait Regexes {
    /// Whether the whole value matches; an expression that does not compile matches nothing.
    fn matches(&self, expression: Sym, value: &str) -> bool;
}

/// Compiles an expression each time it is asked for.
pub(super) struct Afresh<'n>(pub(super) &'n Interner);

impl Regexes for Afresh<'_> {
    fn matches(&self, expression: Sym, value: &str) -> bool {
        Pattern::new(self.0.get(expression)).is_ok_and(|p| p.matches(value))
    }
}

/// What a profile changes about matching.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    grpc_takes_http: bool,
    first_query_value: bool,
}

impl Manner {
    pub(crate) fn of(profile: &Profile) -> Self {
        Self { grpc_takes_http: profile.has(Flag::GrpcTakesHttp), first_query_value: profile.has(Flag::FirstQueryValue) }
    }
}

/// A request, taken apart without a copy.
pub(crate) struct Asked<'r, H> {
    /// Folded, without port.
    pub(crate) host: Cow<'r, str>,
    pub(crate) path: &'r str,
    pub(crate) method: &'r str,
    /// Raw.
    query: &'r str,
    headers: &'r H,
}

impl<'r> Asked<'r, BTreeMap<String, String>> {
    pub(super) fn of(request: &'r Request) -> Self {
        let target = request.path.as_deref().unwrap_or("/");
        let mut asked = Self::new(request.host.as_deref().unwrap_or(""), target, request.method.as_deref().unwrap_or("GET"), &request.headers);
        if let Some(query) = request.query.as_deref() {
            asked.query = query;
        }
        asked
    }
}

impl<'r, H: Headers> Asked<'r, H> {
    /// `target` is the path with its query, as in a request line.
    pub(crate) fn new(host: &'r str, target: &'r str, method: &'r str, headers: &'r H) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = path.split('#').next().unwrap_or(path);
        Self { host: host::of_request(host), path: if path.is_empty() { "/" } else { path }, method, query, headers }
    }

    /// Whether a match of a route of this kind takes the request.
    pub(crate) fn matches(&self, names: &Interner, regexes: &impl Regexes, manner: Manner, kind: Kind, m: &Match) -> bool {
        let one = |v: &ValueMatch, found: &str| if v.regex { regexes.matches(v.value, found) } else { names.get(v.value) == found };
        // A request is gRPC by its content type; a GRPCRoute takes no other, unless the controller does not look.
        (m.method.is_none() || names.get(m.method) == self.method)
            && self.what(names, regexes, m)
            && (kind != Kind::GrpcRoute || manner.grpc_takes_http || self.is_grpc())
            && m.headers().iter().all(|v| self.headers.header(names.get(v.name)).is_some_and(|found| one(v, &found)))
            && m.query().iter().all(|v| {
                let mut found = self.parameters(names.get(v.name));
                if manner.first_query_value { found.next().is_some_and(|f| one(v, &f)) } else { found.any(|f| one(v, &f)) }
            })
    }

    fn what(&self, names: &Interner, regexes: &impl Regexes, m: &Match) -> bool {
        match m.what {
            What::Any => true,
            What::Path { kind, value } => match kind {
                PathKind::Exact => self.path == names.get(value),
                PathKind::Prefix => prefix(names.get(value), self.path),
                PathKind::Regex => regexes.matches(value, self.path),
            },
            What::Grpc { service, method, .. } if service.is_none() && method.is_none() => true,
            What::Grpc { regex, service, method } => {
                let Some((s, m)) = self.path.strip_prefix('/').and_then(|p| p.split_once('/')) else { return false };
                let one = |wanted: Sym, found: &str| wanted.is_none() || if regex { regexes.matches(wanted, found) } else { names.get(wanted) == found };
                one(service, s) && one(method, m)
            }
        }
    }

    fn is_grpc(&self) -> bool {
        self.headers.header("content-type").is_some_and(|v| is_grpc(&v))
    }

    /// The decoded values of a query parameter, in order.
    fn parameters<'q>(&self, name: &'q str) -> impl Iterator<Item = Cow<'r, str>> + use<'r, 'q, H> {
        let pairs = self.query.split('&').filter(|p| !p.is_empty()).map(|p| p.split_once('=').unwrap_or((p, "")));
        pairs.filter(move |(k, _)| decode(k) == name).map(|(_, v)| decode(v))
    }
}

/// Rule 35: by path element, case-sensitive, a trailing `/` ignored.
pub(crate) fn prefix(prefix: &str, path: &str) -> bool {
    let bare = prefix.strip_suffix('/').unwrap_or(prefix);
    path.strip_prefix(bare).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `application/grpc`, also with `+proto` and the like.
fn is_grpc(content_type: &str) -> bool {
    let bare = content_type.split(';').next().unwrap_or("").trim();
    bare.strip_prefix("application/grpc").is_some_and(|rest| rest.is_empty() || rest.starts_with('+'))
}

/// Percent-decoding; what does not decode stays as it is.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        match b {
            b'+' => out.push(b' '),
            b'%' => {
                let mut look = bytes.clone();
                let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
                match (hex(look.next()), hex(look.next())) {
                    (Some(h), Some(l)) => {
                        out.push(u8::try_from(h.saturating_mul(16).saturating_add(l)).unwrap_or(b'%'));
                        bytes = look;
                    }
                    _ => out.push(b'%'),
                }
            }
            b => out.push(b),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_35_prefixes_go_by_element() {
        assert!(prefix("/abc", "/abc") && prefix("/abc", "/abc/d") && prefix("/abc/", "/abc"));
        assert!(!prefix("/abc", "/abcd") && !prefix("/abc", "/ABC"));
        assert!(prefix("/", "/x") && prefix("/", "/"));
    }

    #[test]
    fn rule_37_grpc_is_told_by_its_content_type() {
        assert!(is_grpc("application/grpc") && is_grpc("application/grpc+proto") && is_grpc("application/grpc; x=1"));
        assert!(!is_grpc("application/grpc-web") && !is_grpc("application/json"));
    }

    #[test]
    fn queries_are_decoded() {
        assert_eq!(decode("a%20b+c%zz"), "a b c%zz");
    }
}
