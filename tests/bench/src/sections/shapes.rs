//! Clusters of other shapes: W2 to W5, W7 and W8.

use super::Scale;
use crate::alloc::count;
use crate::figure::Figure;
use crate::measure::{Event, apply, best, engine, events, time};
use crate::shapes;
use gatescope_core::Engine;
use std::time::Duration;

/// W2: one Gateway, `*.example.com`: every route with hosts of its own, and all on one host.
pub fn hot_spot(scale: Scale) -> Vec<Figure> {
    count(false);
    let mut out = Vec::new();
    for (name, shared) in [("own hosts", false), ("one host", true)] {
        let mut small = Duration::MAX;
        for n in [1_000, 10_000].into_iter().filter(|n| *n <= scale.most) {
            let texts = shapes::hot_spot(n, shared);
            let cold = best(3, || {
                let mut engine = Engine::new(crate::measure::settings());
                texts.iter().for_each(|t| _ = engine.load(t.as_bytes()).unwrap());
                time(|| engine.settle()).0
            });
            let mut engine = engine(&texts);
            let e = events(&mut engine, 5, |round| (0..300).map(|k| Event::Put(shapes::hot_route((k * 37) % n, shared, round + 2))).collect());
            out.push(Figure::time("W2", format!("cold resolve, {name}, {}k", n / 1000), cold));
            out.push(Figure::time("W2", format!("event p50, {name}, {}k", n / 1000), e.p50));
            if n == 1_000 {
                small = e.p50;
            } else {
                out.push(Figure::new("W2", format!("event p50, {name}, 10k / 1k"), e.p50.as_secs_f64() / small.as_secs_f64(), "×"));
                out.push(e.ratio_figure("W2", &format!("rows recomputed per row affected, {name}")));
            }
        }
    }
    out
}

/// W3: 2,500 ListenerSets on one Gateway, with 40,000 routes.
pub fn listener_sets(scale: Scale) -> Vec<Figure> {
    count(false);
    let (sets, routes) = (2_500.min(scale.most / 16), 40_000.min(scale.most));
    let texts = shapes::listener_sets(sets, routes);
    let mut engine = Engine::new(crate::measure::settings());
    texts.iter().for_each(|t| _ = engine.load(t.as_bytes()).unwrap());
    let cold = time(|| engine.settle()).0;
    let e = events(&mut engine, 5, |round| (0..300).map(|k| Event::Put(shapes::set_route((k * 37) % routes, sets, round + 2))).collect());
    let s = events(&mut engine, 3, |round| (0..5).map(|k| Event::Put(shapes::listener_set(k * 7, round + 1))).collect());
    vec![
        Figure::time("W3", "cold resolve", cold).note(format!("{sets} ListenerSets, {routes} routes")),
        Figure::time("W3", "event p50, a route", e.p50),
        e.ratio_figure("W3", "rows recomputed per row affected, a route"),
        Figure::time("W3", "event p50, a ListenerSet", s.p50).note("its Gateway's listeners are judged again"),
    ]
}

/// W4: 10,000 namespaces behind a selector, 1,000 of them relabelled.
pub fn namespaces(scale: Scale) -> Vec<Figure> {
    count(false);
    let n = 10_000.min(scale.most);
    let mut engine = engine(&shapes::namespaces(n));
    let e = events(&mut engine, 2, |round| (0..n / 10).map(|k| Event::Put(shapes::namespace(k * 7 % n, round % 2 == 1))).collect());
    vec![Figure::time("W4", "event p50, a relabelled Namespace", e.p50), e.ratio_figure("W4", "rows recomputed per row affected")]
}

/// W5: 1,000 ReferenceGrants created and deleted.
pub fn grants(scale: Scale) -> Vec<Figure> {
    count(false);
    let n = 1_000.min(scale.most);
    let mut engine = engine(&shapes::grants(n));
    let e = events(&mut engine, 4, |round| {
        let gone = |k: usize| Event::Gone(["gateway.networking.k8s.io", "ReferenceGrant"], format!("team-{k}"), "open".to_owned());
        (0..n).map(|k| if round % 2 == 0 { Event::Put(shapes::grant(k)) } else { gone(k) }).collect()
    });
    vec![Figure::time("W5", "event p50, a ReferenceGrant", e.p50), e.ratio_figure("W5", "rows recomputed per row affected")]
}

/// W7: a Gateway with 500, 5,000 and all routes deleted and created again.
pub fn gateways(scale: Scale) -> Vec<Figure> {
    count(false);
    let mut out = Vec::new();
    let (mut gone, mut back): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    for n in [500, 5_000, 20_000].into_iter().filter(|n| *n <= scale.most) {
        let texts = shapes::hot_spot(n, false);
        let mut engine = engine(&texts);
        let delete = Event::Gone(["gateway.networking.k8s.io", "Gateway"], "infra".to_owned(), "edge".to_owned());
        let create = Event::Put(shapes::hot_gateway());
        let (mut away, mut again) = (Duration::MAX, Duration::MAX);
        for _ in 0..5 {
            away = away.min(time(|| apply(&mut engine, &delete)).0);
            again = again.min(time(|| apply(&mut engine, &create)).0);
        }
        let per_route = |t: Duration| t.div_f64(n as f64);
        out.push(Figure::time("W7", format!("Gateway deleted, per route of {n}"), per_route(away)).note("each loses its rows and gains a finding"));
        out.push(Figure::time("W7", format!("Gateway created, per route of {n}"), per_route(again)));
        gone.push(per_route(away).as_secs_f64());
        back.push(per_route(again).as_secs_f64());
    }
    let growth = |name: &str, series: &[f64]| Figure::new("W7", format!("Gateway {name}, per route, all / 500"), series.last().unwrap() / series[0], "×");
    out.push(growth("deleted", &gone).at_most(2.0).note("flat"));
    out.push(growth("created", &back).note("every row is written out for the delta"));
    out
}

/// W8: a route at the schema's maximum.
pub fn largest_route(_: Scale) -> Vec<Figure> {
    count(false);
    let base = shapes::hot_spot(0, false);
    let text = shapes::largest_route(1);
    let mut engine = engine(&base);
    let opened = apply(&mut engine, &Event::Put(text.clone())).opened.len();
    let e = events(&mut engine, 3, |round| (0..3).map(|k| Event::Put(shapes::largest_route(round * 3 + k + 2))).collect());
    vec![
        Figure::new("W8", "rows of one route", opened as f64, "").exactly(32_768.0).note(format!("{} KB of JSON", text.len() / 1000)),
        Figure::time("W8", "event p50", e.p50).note("all of them change, and are written out"),
        Figure::time("W8", "per row", e.p50.div_f64(32_768.0)),
        e.ratio_figure("W8", "rows recomputed per row affected"),
    ]
}
