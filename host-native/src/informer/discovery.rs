//! What the server serves of what we want to watch, newest version preferred.

use super::client::Connection;
use super::fault::{Class, Fault};
use super::table::{Watched, groups};
use futures::future::join_all;
use kube::core::{ApiResource, GroupVersionKind};
use serde::Deserialize;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// How a kind is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Served {
    pub version: String,
    /// The name in paths.
    pub plural: String,
    pub namespaced: bool,
    /// How often its definition changed: what was read under another schema may lack fields of this one.
    pub schema: u32,
}

/// What is known of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Served(Served),
    /// The server does not have it.
    Absent,
    /// Its group could not be asked about: what was known stays.
    Unknown(Fault),
}

#[derive(Deserialize)]
struct GroupList {
    #[serde(default)]
    groups: Vec<Group>,
}
#[derive(Deserialize)]
struct Group {
    name: String,
    #[serde(default)]
    versions: Vec<GroupVersion>,
}
#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}
#[derive(Deserialize)]
struct ResourceList {
    #[serde(default)]
    resources: Vec<Resource>,
}
#[derive(Deserialize)]
struct Resource {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
    #[serde(default)]
    verbs: Vec<String>,
}

/// A kind's name in paths, as Kubernetes makes it: for kinds that discovery does not list yet.
pub(super) fn plural(watched: &Watched) -> String {
    let version = watched.versions.first().copied().unwrap_or_default();
    ApiResource::from_gvk(&GroupVersionKind::gvk(watched.group, version, watched.kind)).plural
}

/// Asks the server about every kind; the answers are in the table's order. Fails where the server cannot be asked
/// at all; a group that fails alone (a broken aggregated API) is [`Target::Unknown`].
pub(super) async fn discover(connection: &Connection, watched: &[Watched]) -> Result<Vec<Target>, Fault> {
    let text = connection.get("/apis").await?;
    let list: GroupList = serde_json::from_slice(&text).map_err(|e| Fault::new(Class::Passing, format!("`/apis` is not understood: {e}")))?;
    let wanted = groups(watched);
    // The versions that we know are asked about also where they are not listed: a server lists what is new only after a
    // while, and right after its start not even what it has long had.
    let mut versions: BTreeSet<(&str, &str)> = BTreeSet::from([("", "v1")]);
    versions.extend(watched.iter().flat_map(|w| w.versions.iter().map(|v| (w.group, *v))).filter(|(group, _)| !group.is_empty()));
    versions
        .extend(list.groups.iter().filter(|g| wanted.contains(g.name.as_str())).flat_map(|g| g.versions.iter().map(|v| (g.name.as_str(), v.version.as_str()))));
    let path = |(group, version): (&str, &str)| if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
    let paths: Vec<(&str, &str, String)> = versions.into_iter().map(|of| (of.0, of.1, path(of))).collect();
    let answers = join_all(paths.iter().map(|(_, _, path)| resources(connection, path))).await;
    let mut served: BTreeMap<(&str, &str), Result<Vec<Resource>, Fault>> = BTreeMap::new();
    for ((group, version, _), answer) in paths.iter().zip(answers) {
        served.insert((group, version), answer);
    }
    Ok(watched.iter().map(|w| target(w, &served)).collect())
}

/// The resources of a group's version; none where it went away in between.
async fn resources(connection: &Connection, path: &str) -> Result<Vec<Resource>, Fault> {
    match connection.get(path).await {
        Ok(text) => {
            let list: ResourceList = serde_json::from_slice(&text).map_err(|e| Fault::new(Class::Passing, format!("`{path}` is not understood: {e}")))?;
            Ok(list.resources)
        }
        Err(fault) if fault.class == Class::NotFound => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

fn target(watched: &Watched, served: &BTreeMap<(&str, &str), Result<Vec<Resource>, Fault>>) -> Target {
    let mut found: Vec<(&str, &Resource)> = Vec::new();
    let mut fault = None;
    for ((_, version), answer) in served.iter().filter(|((group, _), _)| *group == watched.group) {
        match answer {
            Ok(resources) => {
                let can = |r: &&Resource| r.kind == watched.kind && !r.name.contains('/') && ["list", "watch"].iter().all(|v| r.verbs.iter().any(|h| h == v));
                found.extend(resources.iter().find(can).map(|r| (*version, r)));
            }
            Err(e) => fault = Some(e.clone()),
        }
    }
    let known = |v: &str| watched.versions.iter().position(|k| *k == v);
    let best = found.into_iter().min_by(|(a, _), (b, _)| match (known(a), known(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => priority(b).cmp(&priority(a)),
    });
    match (best, fault) {
        (Some((version, r)), _) => Target::Served(Served { version: version.to_owned(), plural: r.name.clone(), namespaced: r.namespaced, schema: 0 }),
        (None, Some(fault)) => Target::Unknown(fault),
        (None, None) => Target::Absent,
    }
}

/// Kubernetes' order of versions: stable before beta before alpha, then the larger numbers.
fn priority(version: &str) -> (u8, u32, u32) {
    let Some(rest) = version.strip_prefix('v') else { return (0, 0, 0) };
    let number = |t: &str| t.parse::<u32>().unwrap_or(0);
    for (stage, rank) in [("alpha", 1), ("beta", 2)] {
        if let Some((major, minor)) = rest.split_once(stage) {
            return (rank, number(major), number(minor));
        }
    }
    if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return (0, 0, 0);
    }
    (3, number(rest), 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::informer::table::watched;

    fn served(versions: &[(&'static str, &'static str, &str)]) -> BTreeMap<(&'static str, &'static str), Result<Vec<Resource>, Fault>> {
        let verbs = vec!["get".into(), "list".into(), "watch".into()];
        let mut out: BTreeMap<_, Result<Vec<Resource>, Fault>> = BTreeMap::new();
        for (group, version, kind) in versions {
            let r = Resource { name: format!("{}s", kind.to_lowercase()), kind: (*kind).into(), namespaced: true, verbs: verbs.clone() };
            out.entry((*group, *version)).or_insert_with(|| Ok(Vec::new())).as_mut().unwrap().push(r);
        }
        out
    }
    fn pick(kind: &str, served: &BTreeMap<(&str, &str), Result<Vec<Resource>, Fault>>) -> Target {
        target(watched().iter().find(|w| w.kind == kind).unwrap(), served)
    }

    #[test]
    fn the_newest_that_we_know_then_the_newest_at_all() {
        const G: &str = "gateway.networking.k8s.io";
        let version = |t: Target| match t {
            Target::Served(s) => s.version,
            other => panic!("{other:?}"),
        };
        assert_eq!(version(pick("TLSRoute", &served(&[(G, "v1alpha2", "TLSRoute"), (G, "v1alpha3", "TLSRoute")]))), "v1alpha3");
        assert_eq!(version(pick("TLSRoute", &served(&[(G, "v1alpha2", "TLSRoute"), (G, "v2", "TLSRoute"), (G, "v1", "TLSRoute")]))), "v1");
        assert_eq!(version(pick("HTTPRoute", &served(&[(G, "v2beta1", "HTTPRoute"), (G, "v2", "HTTPRoute"), (G, "v3alpha1", "HTTPRoute")]))), "v2");
        assert_eq!(pick("HTTPRoute", &served(&[(G, "v1", "TLSRoute"), ("x", "v1", "HTTPRoute")])), Target::Absent);
    }

    #[test]
    fn plurals_as_the_definitions_have_them() {
        let of = |kind: &str| plural(watched().iter().find(|w| w.kind == kind).unwrap());
        assert_eq!([of("BackendTLSPolicy"), of("GatewayClass"), of("UDPRoute")], ["backendtlspolicies", "gatewayclasses", "udproutes"]);
    }

    #[test]
    fn a_group_that_fails_is_not_absent() {
        let mut all = served(&[]);
        all.insert(("kuadrant.io", "v1"), Err(Fault::new(Class::Passing, "503")));
        assert!(matches!(pick("AuthPolicy", &all), Target::Unknown(_)));
        assert_eq!(pick("DNSRecord", &served(&[])), Target::Absent);
    }
}
