//! Whether a match takes a request (rules 34, 35 and 37).

use super::pattern::Pattern;
use crate::model::host;
use crate::model::kinds::Kind;
use crate::model::route::{Match, PathKind, Route, ValueMatch, What};
use crate::profile::{Flag, Profile};
use crate::resolve::Facts;
use crate::types::Request;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// A request, taken apart once.
pub(super) struct Asked<'r> {
    /// Folded, without port.
    pub(super) host: Cow<'r, str>,
    path: &'r str,
    method: &'r str,
    /// Names folded.
    headers: Vec<(String, &'r str)>,
    /// In order, decoded.
    query: Vec<(String, String)>,
    grpc: bool,
}

impl<'r> Asked<'r> {
    pub(super) fn new(request: &'r Request) -> Self {
        let path = request.path.as_deref().unwrap_or("/");
        let (path, inline) = path.split_once('?').map_or((path, None), |(p, q)| (p, Some(q)));
        let path = path.split('#').next().unwrap_or(path);
        let query = request.query.as_deref().or(inline).unwrap_or("");
        let headers: Vec<(String, &str)> = request.headers.iter().map(|(k, v)| (k.to_ascii_lowercase(), v.as_str())).collect();
        let content_type = headers.iter().find(|(k, _)| k == "content-type").map_or("", |(_, v)| v);
        Self {
            host: host::of_request(request.host.as_deref().unwrap_or("")),
            path: if path.is_empty() { "/" } else { path },
            method: request.method.as_deref().unwrap_or("GET"),
            grpc: is_grpc(content_type),
            headers,
            query: query
                .split('&')
                .filter(|p| !p.is_empty())
                .map(|p| p.split_once('=').map_or((decode(p), String::new()), |(k, v)| (decode(k), decode(v))))
                .collect(),
        }
    }

    /// Whether a match of a route takes the request.
    pub(super) fn matches(&self, facts: &Facts<'_>, route: &Route, m: &Match, profile: &Profile) -> bool {
        // A request is gRPC by its content type; a GRPCRoute takes no other, unless the controller does not look.
        if route.kind == Kind::GrpcRoute && !self.grpc && !profile.has(Flag::GrpcTakesHttp) {
            return false;
        }
        let method = m.method.is_none() || facts.text(m.method) == self.method;
        let header = |v: &ValueMatch| {
            let name = facts.text(v.name);
            // Several lines of one header are one, joined by commas; here each name comes once.
            self.headers.iter().find(|(k, _)| k == name).is_some_and(|(_, found)| value(facts, v, found))
        };
        let query = |v: &ValueMatch| {
            let name = facts.text(v.name);
            let mut found = self.query.iter().filter(|(k, _)| k == name);
            if profile.has(Flag::FirstQueryValue) { found.next().is_some_and(|(_, f)| value(facts, v, f)) } else { found.any(|(_, f)| value(facts, v, f)) }
        };
        method && self.what(facts, m) && m.headers().iter().all(header) && m.query().iter().all(query)
    }

    fn what(&self, facts: &Facts<'_>, m: &Match) -> bool {
        match m.what {
            What::Any => true,
            What::Path { kind, value } => {
                let value = facts.text(value);
                match kind {
                    PathKind::Exact => self.path == value,
                    PathKind::Prefix => prefix(value, self.path),
                    PathKind::Regex => Pattern::new(value).is_ok_and(|p| p.matches(self.path)),
                }
            }
            What::Grpc { service, method, .. } if service.is_none() && method.is_none() => true,
            What::Grpc { regex, service, method } => {
                let Some((s, m)) = self.path.strip_prefix('/').and_then(|p| p.split_once('/')) else { return false };
                let one = |wanted: crate::text::Sym, found: &str| {
                    let wanted = facts.text(wanted);
                    wanted.is_empty() || if regex { Pattern::new(wanted).is_ok_and(|p| p.matches(found)) } else { wanted == found }
                };
                one(service, s) && one(method, m)
            }
        }
    }
}

fn value(facts: &Facts<'_>, v: &ValueMatch, found: &str) -> bool {
    let wanted = facts.text(v.value);
    if v.regex { Pattern::new(wanted).is_ok_and(|p| p.matches(found)) } else { wanted == found }
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
fn decode(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return String::from(text);
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
    String::from_utf8_lossy(&out).into_owned()
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
