//! How things are written in one line.

use crate::case::{Parent, Request};
use gatescope_core::types::ObjectRef;

pub(super) fn object(o: &ObjectRef) -> String {
    match &o.namespace {
        Some(namespace) => format!("{}/{namespace}/{}", o.kind, o.name),
        None => format!("{}/{}", o.kind, o.name),
    }
}

pub(super) fn parent(p: &Parent) -> String {
    let section = p.section_name.as_ref().map(|s| format!("#{s}")).unwrap_or_default();
    let port = p.port.map(|p| format!(":{p}")).unwrap_or_default();
    format!("{}/{}/{}{section}{port}", p.kind, p.namespace, p.name)
}

pub(super) fn request(r: &Request) -> String {
    let port = r.port.map(|p| format!(":{p}")).unwrap_or_default();
    let query = r.query.as_ref().map(|q| format!("?{q}")).unwrap_or_default();
    let headers: String = r.headers.iter().map(|(k, v)| format!(" {k}:{v}")).collect();
    format!(
        "{} {}://{}{port}{}{query}{headers} at {}/{}",
        r.method.as_deref().unwrap_or("GET"),
        r.scheme.as_deref().unwrap_or("http"),
        r.host.as_deref().unwrap_or(""),
        r.path.as_deref().unwrap_or("/"),
        r.gateway.namespace,
        r.gateway.name,
    )
}

pub(super) fn set<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let mut items: Vec<String> = items.into_iter().map(|i| i.as_ref().to_owned()).collect();
    items.sort();
    items.dedup();
    format!("[{}]", items.join(","))
}
