//! The resolver against the naive oracle, on generated clusters, through JSON in and rows out.
#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc
)]

use gatescope_core::types::{self, GatewayRef, Outcome, State};
use gatescope_core::{ProfileChoice, Settings};
use gatescope_tests::hosts;
use gatescope_tests::oracle::generate;
use gatescope_tests::oracle::hostname::Host;
use gatescope_tests::oracle::precedence::Fate;
use gatescope_tests::oracle::world::{Request, World};
use gatescope_tests::run::{self, Resolved};
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::collections::BTreeMap;

fn config() -> Config {
    // A failure is written back as a case of our own, not as a seed.
    Config { failure_persistence: None, ..Config::default() }
}

fn standard(text: &str) -> Resolved {
    let settings = Settings { profile: ProfileChoice::Named("standard".into()), complete: true, ..Settings::default() };
    run::resolve_text(settings, text).unwrap()
}

/// Every host of one to four labels over three words.
fn universe() -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    let mut out = Vec::new();
    for _ in 0..4 {
        all = all.iter().flat_map(|host| ["a", "b", "shop"].iter().map(|l| [&[(*l).to_owned()], host.as_slice()].concat())).collect();
        out.extend(all.iter().cloned());
    }
    out
}

proptest! {
    #![proptest_config(config())]

    /// Rule 12: the intersection is the one that the oracle finds, and covers the hosts that both cover.
    #[test]
    fn hostnames_meet_as_the_oracle_says(listener in generate::hostname(), route in generate::hostname()) {
        let got = hosts::intersection(&listener, &route).unwrap();
        let (l, r) = (Host::read(&listener), Host::read(&route));
        prop_assert_eq!(&got, &l.meet(&r).map(|h| h.write()));
        let met = got.map(|h| Host::read(&h));
        for host in universe() {
            let both = l.covers(&host) && r.covers(&host);
            prop_assert_eq!(both, met.as_ref().is_some_and(|m| m.covers(&host)), "{:?}", host);
        }
    }

    /// Rules 12, 17, 35, 36: the route, rule and match that answer a request.
    #[test]
    fn requests_are_answered_as_the_oracle_says((world, requests) in generate::traffic()) {
        let text = world.json().to_string();
        let resolved = standard(&text);
        for request in &requests {
            let got = answered(&resolved.trace(&ask(request)).unwrap());
            prop_assert_eq!(&got, &wanted(&world, request), "{:?}\n{}", request, &text);
        }
    }

    /// Rules 12, 17, 36: which rows there are, and the state of each.
    #[test]
    fn rows_are_those_of_the_oracle(world in generate::world()) {
        let text = world.json().to_string();
        prop_assert_eq!(rows(&standard(&text)), oracle_rows(&world), "{}", &text);
    }

    /// Rules 13 and 43: which routes each listener counts.
    #[test]
    fn attached_routes_are_counted_as_the_oracle_does(world in generate::world()) {
        let text = world.json().to_string();
        let report = standard(&text).report;
        for listener in &world.listeners {
            let candidates = world.candidates();
            let mut routes: Vec<String> =
                candidates.iter().filter(|c| c.listener.name == listener.name).map(|c| c.route.full_name()).collect();
            routes.sort();
            routes.dedup();
            let row = report.listeners.iter().find(|l| l.name == listener.name).unwrap();
            prop_assert_eq!(row.attached_routes, routes.len(), "{}\n{}", listener.name, &text);
        }
    }
}

/// The oracle itself is held against the table that other projects published.
#[test]
fn the_oracle_agrees_with_the_published_rows() {
    for row in gatescope_tests::case::hostnames().unwrap().iter().filter(|r| !r.invalid) {
        let met = Host::read(&row.listener).meet(&Host::read(&row.route)).map(|h| h.write());
        assert_eq!(met, row.result, "{} x {}", row.listener, row.route);
    }
}

fn ask(request: &Request) -> types::Request {
    types::Request {
        gateway: GatewayRef { namespace: "infra".into(), name: "edge".into() },
        port: Some(request.port),
        host: Some(request.host.clone()),
        path: Some(request.path.clone()),
        method: Some(request.method.clone()),
        headers: request.headers.iter().cloned().collect(),
        query: request.query_string(),
        ..types::Request::default()
    }
}

fn answered(answer: &types::Answer) -> String {
    match answer.outcome {
        Outcome::NoMatch | Outcome::NoListener => "nobody".into(),
        outcome => {
            let route = answer.route.as_ref().map(|r| format!("{}/{}", r.namespace.as_deref().unwrap_or(""), r.name));
            let broken = outcome == Outcome::Error;
            format!("{route:?} rule {:?} match {:?} broken {broken}", answer.rule, answer.match_index)
        }
    }
}

fn wanted(world: &World, request: &Request) -> String {
    match world.answer(request) {
        None => "nobody".into(),
        Some(c) => {
            let (route, rule, index) = (Some(c.route.full_name()), Some(c.rule), Some(c.index));
            format!("{route:?} rule {rule:?} match {index:?} broken {}", c.broken)
        }
    }
}

type Rows = BTreeMap<(String, String, String, usize, usize), Fate>;

fn rows(resolved: &Resolved) -> Rows {
    let mut out = Rows::new();
    for e in &resolved.report.exposures {
        let route = format!("{}/{}", e.route.namespace.as_deref().unwrap_or(""), e.route.name);
        let fate = match e.state {
            State::Exposed => Fate::Exposed,
            State::Shadowed => Fate::Shadowed,
            _ if e.reasons.iter().any(|r| r == "ListenerIsolation") => Fate::Isolated,
            _ => Fate::Broken,
        };
        let key = (e.listener.name.clone(), e.hostname.clone(), route, e.rule, e.match_index);
        assert!(out.insert(key, fate).is_none(), "the same row twice: {e:?}");
    }
    out
}

fn oracle_rows(world: &World) -> Rows {
    let key = |c: &gatescope_tests::oracle::precedence::Candidate<'_>| (c.listener.name.clone(), c.host.write(), c.route.full_name(), c.rule, c.index);
    world.fates().iter().map(|(c, fate)| (key(c), *fate)).collect()
}
