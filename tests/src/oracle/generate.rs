//! Small clusters and requests that meet often: few labels, paths, headers and days.

use super::world::{Listener, Match, Request, Route, Rule, World};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use std::collections::BTreeSet;

/// One label.
pub fn label() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "shop", "example"])
}

/// A hostname as users write them: `*` (none), exact or wildcard, now and then in capitals.
pub fn hostname() -> impl Strategy<Value = String> {
    // Half of them are of one family, so that they meet.
    let family = || select(vec!["example", "a.example", "b.a.example"]).prop_map(str::to_owned);
    let name = || prop_oneof![family(), vec(label(), 1..4).prop_map(|labels| labels.join("."))];
    prop_oneof![
        1 => Just("*".to_owned()),
        4 => name(),
        3 => name().prop_map(|n| format!("*.{n}")),
        1 => name().prop_map(|n| n.to_uppercase()),
    ]
}

fn listeners() -> impl Strategy<Value = Vec<Listener>> {
    vec((hostname(), select(vec![80_u16, 80, 8080])), 1..5).prop_map(|all| {
        let mut seen = BTreeSet::new();
        all.into_iter()
            .filter(|(host, port)| seen.insert((host.to_lowercase(), *port)))
            .enumerate()
            .map(|(at, (hostname, port))| Listener { name: format!("l{at}"), port, hostname })
            .collect()
    })
}

fn pairs(names: [&'static str; 2]) -> impl Strategy<Value = Vec<(String, String)>> {
    (subsequence(names.to_vec(), 0..=2), select(vec!["1", "1", "2"]), 0..3_u8)
        .prop_map(|(names, value, some)| if some == 0 { (names, value) } else { (Vec::new(), value) })
        .prop_map(|(names, value)| names.into_iter().map(|n| (n.to_owned(), value.to_owned())).collect())
}

fn path() -> impl Strategy<Value = String> {
    select(vec!["/", "/", "/a", "/a/", "/a/b", "/ab", "/a/b/c"]).prop_map(str::to_owned)
}

fn one_match() -> impl Strategy<Value = Match> {
    let method = option::weighted(0.3, select(vec!["GET", "POST"]).prop_map(str::to_owned));
    (prop::bool::weighted(0.3), path(), method, pairs(["x-env", "X-Tier"]), pairs(["q", "r"])).prop_map(|(exact, path, method, headers, query)| {
        // Whether `Exact /a/` meets `Exact /a` is no question for a generator: rule-35 has it as a case.
        let exact = exact && (path == "/" || !path.ends_with('/'));
        Match { exact, path, method, headers, query }
    })
}

fn rule() -> impl Strategy<Value = Rule> {
    (vec(one_match(), 1..3), prop::bool::weighted(0.15)).prop_map(|(matches, broken)| Rule { matches, broken })
}

fn route() -> impl Strategy<Value = Route> {
    (
        select(vec!["a", "a-b"]),
        select(vec!["x", "y", "z"]),
        option::weighted(0.6, 1_u8..3),
        option::weighted(0.2, select(vec!["l0", "l1"]).prop_map(str::to_owned)),
        vec(hostname().prop_filter("a route writes names", |h| h != "*"), 0..3),
        vec(rule(), 1..3),
    )
        .prop_map(|(namespace, name, day, section, hostnames, rules)| Route {
            namespace: namespace.into(),
            name: name.into(),
            day,
            section,
            hostnames,
            rules,
        })
}

/// A cluster.
pub fn world() -> impl Strategy<Value = World> {
    (listeners(), vec(route(), 1..5)).prop_map(|(listeners, routes)| {
        let mut seen = BTreeSet::new();
        let routes = routes.into_iter().filter(|r| seen.insert(r.full_name())).collect();
        World { listeners, routes }
    })
}

/// A host of a request: mostly one that the cluster's hostnames cover, now and then in capitals or with a port.
fn host(world: &World) -> impl Strategy<Value = String> + use<> {
    let written = world.listeners.iter().map(|l| &l.hostname).chain(world.routes.iter().flat_map(|r| &r.hostnames));
    let mut known: Vec<String> = written.filter(|h| *h != "*").map(|h| h.replace('*', "a")).collect();
    known.push("shop.example".into());
    let random = vec(label(), 1..5).prop_map(|labels| labels.join("."));
    (prop_oneof![5 => select(known), 1 => random], 0..8_u8).prop_map(|(host, how)| match how {
        0 => host.to_uppercase(),
        1 => format!("{host}:8443"),
        2 => format!("b.{host}"),
        _ => host,
    })
}

fn request(world: &World) -> impl Strategy<Value = Request> + use<> {
    let path = select(vec!["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/a/x", "/b"]).prop_map(str::to_owned);
    let method = select(vec!["GET", "POST"]).prop_map(str::to_owned);
    let all = |names: [&'static str; 2]| select(vec!["1", "2", "3"]).prop_map(move |v| names.iter().map(|n| ((*n).to_owned(), v.to_owned())).collect());
    (select(vec![80_u16, 80, 8080]), host(world), path, method, all(["X-ENV", "x-tier"]), all(["q", "r"]))
        .prop_map(|(port, host, path, method, headers, query)| Request { port, host, path, method, headers, query })
}

/// A cluster, and requests to it.
pub fn traffic() -> impl Strategy<Value = (World, Vec<Request>)> {
    world().prop_flat_map(|world| {
        let requests = vec(request(&world), 12);
        (Just(world), requests)
    })
}
