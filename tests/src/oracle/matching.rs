//! Rule 35: does a match take a request?

use super::world::{Match, Request};

/// Every condition of the match holds.
pub fn takes(m: &Match, request: &Request) -> bool {
    let path = if m.exact { request.path == m.path } else { under(&request.path, &m.path) };
    let method = m.method.as_ref().is_none_or(|method| *method == request.method);
    let headers = m.headers.iter().all(|(name, value)| request.headers.iter().any(|(n, v)| n.to_lowercase() == name.to_lowercase() && v == value));
    let query = m.query.iter().all(|(name, value)| request.query.iter().any(|(n, v)| n == name && v == value));
    path && method && headers && query
}

/// By path element: the prefix's elements are the first of the path's.
fn under(path: &str, prefix: &str) -> bool {
    let elements = |text: &str| -> Vec<String> {
        let text = text.strip_suffix('/').unwrap_or(text);
        text.split('/').skip(1).map(str::to_owned).collect()
    };
    let (path, prefix) = (elements(path), elements(prefix));
    prefix.len() <= path.len() && prefix.iter().zip(&path).all(|(a, b)| a == b)
}

/// The same requests, by report.md: path type and value less a trailing `/`, method, set of headers with
/// folded names, set of query parameters.
pub fn equal(a: &Match, b: &Match) -> bool {
    fn key(m: &Match) -> impl PartialEq {
        let path = m.path.strip_suffix('/').unwrap_or(&m.path).to_owned();
        let mut headers: Vec<_> = m.headers.iter().map(|(n, v)| (n.to_lowercase(), v.clone())).collect();
        headers.sort();
        let mut query = m.query.clone();
        query.sort();
        // `Exact /a/` and `Exact /a` are different requests; only a prefix ignores the slash.
        let path = if m.exact { m.path.clone() } else { path };
        (m.exact, path, m.method.clone(), headers, query)
    }
    key(a) == key(b)
}
