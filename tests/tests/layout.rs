//! The layout of every case: nothing hidden, nothing twice, an order that a new route does not disturb, and folding
//! that counts what it folds. `cargo test --release --test layout -- --nocapture` prints how long a pass takes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use gatescope_core::Engine;
use gatescope_core::layout::{Column, Fold, Key, Layout, LayoutOptions, Parts, layout};
use gatescope_core::types::{Exposure, Report, Tri};
use gatescope_tests::case::{self, Choice};
use gatescope_tests::run;
use std::collections::{BTreeMap, BTreeSet};

fn reports() -> Vec<(String, Report)> {
    let loaded = case::load();
    if let Some(skipped) = &loaded.skipped {
        println!("{skipped}");
    }
    let of = |case: &case::Case| {
        let resolved = run::resolve(case, &Choice::Auto)?.unwrap_or_else(|e| panic!("{}: {e}", case.name));
        Some((format!("{}/{}", case.suite, case.name), resolved.report))
    };
    loaded.cases.iter().filter_map(of).collect()
}

fn laid(report: &Report, fold: Fold) -> Layout {
    layout(Parts::from(report), &LayoutOptions { fold, ..LayoutOptions::default() })
}

/// What must hold of any layout.
fn sound(name: &str, report: &Report, l: &Layout) {
    let mut rows = l.rows.clone();
    rows.sort_unstable();
    let all: Vec<u32> = (0..u32::try_from(report.exposures.len()).unwrap()).collect();
    assert_eq!(rows, all, "{name}: every row once");
    assert_eq!(l.counts.rows() as usize, report.exposures.len(), "{name}");
    let keys: BTreeSet<Key> = l.nodes.iter().map(|n| n.key).collect();
    assert_eq!(keys.len(), l.nodes.len(), "{name}: keys are unique");
    assert!(l.nodes.is_sorted_by_key(|n| n.y), "{name}: y never falls");
    for (i, n) in l.nodes.iter().enumerate() {
        assert!(n.height >= l.row && n.y + n.height <= l.height, "{name}: {n:?}");
        let cell = l.columns[n.column.index()];
        assert_eq!(n.x, cell.x, "{name}");
        if let Some(parent) = n.parent {
            let p = &l.nodes[parent as usize];
            assert!((parent as usize) < i && p.column < n.column, "{name}: {n:?}");
            assert!(p.y <= n.y && n.y + n.height <= p.y + p.height, "{name}: a subtree is within its parent");
            assert!(p.first_row <= n.first_row && n.first_row + n.rows <= p.first_row + p.rows, "{name}");
        }
        let mine = &l.rows[n.first_row as usize..(n.first_row + n.rows) as usize];
        assert_eq!(n.counts.rows() as usize, mine.len(), "{name}: {n:?}");
        for e in mine.iter().map(|r| &report.exposures[*r as usize]) {
            assert!(holds(n.column, &n.label, n.folded > 0, e), "{name}: {} does not belong to {n:?}", e.id);
        }
    }
    let mut leaves: Vec<(u32, u32)> = Vec::new();
    for (i, n) in l.nodes.iter().enumerate() {
        if l.nodes.get(i + 1).is_none_or(|next| next.parent != Some(u32::try_from(i).unwrap())) {
            leaves.push((n.y, n.height));
        }
    }
    assert!(leaves.windows(2).all(|w| w[0].0 + w[0].1 <= w[1].0), "{name}: leaves do not overlap");
    assert_eq!(l.edges.iter().filter(|e| !e.cross).count(), l.nodes.iter().filter(|n| n.parent.is_some()).count(), "{name}");
}

fn holds(column: Column, label: &str, folded: bool, e: &Exposure) -> bool {
    let route = format!("{}/{}", e.route.namespace.as_deref().unwrap_or_default(), e.route.name);
    match column {
        Column::Gateway => label == format!("{}/{}", e.gateway.namespace, e.gateway.name),
        Column::Listener => label == format!("{} :{}", e.listener.name, e.listener.port).trim_start(),
        Column::Hostname if !folded => label == e.hostname || (label == "every host" && e.hostname == "*"),
        Column::Route if !folded => label == route,
        _ => true,
    }
}

#[test]
fn every_case_is_drawn_whole() {
    for (name, report) in reports() {
        let open = laid(&report, Fold::default());
        sound(&name, &report, &open);
        assert_eq!(open.folded, 0);
        let drawn: BTreeSet<u32> = open.nodes.iter().filter_map(|n| n.attachment).collect();
        for (i, a) in report.attachments.iter().enumerate() {
            let with_rows = report.exposures.iter().any(|e| e.route == a.route && a.listeners.contains(&e.listener.name));
            assert_eq!(drawn.contains(&u32::try_from(i).unwrap()), !with_rows, "{name}: {a:?}");
            assert!(with_rows || a.accepted != Tri::False || open.counts.refused > 0);
        }
        for g in &report.gateways {
            assert!(open.nodes.iter().any(|n| n.column == Column::Gateway && n.label == format!("{}/{}", g.namespace, g.name)), "{name}");
        }
        let listeners = open.nodes.iter().filter(|n| n.column == Column::Listener).count();
        assert!(listeners >= report.listeners.len(), "{name}: every listener has its node");

        for fold in [
            Fold { namespaces: true, ..Fold::default() },
            Fold { host_labels: 2, ..Fold::default() },
            Fold { namespaces: true, host_labels: 1, ..Fold::default() },
            Fold { columns: vec![Column::Listener], ..Fold::default() },
            Fold { columns: vec![Column::Class], ..Fold::default() },
            Fold { closed: open.nodes.iter().step_by(3).map(|n| n.key).collect(), ..Fold::default() },
        ] {
            let folded = laid(&report, fold.clone());
            sound(&name, &report, &folded);
            assert_eq!(folded.counts, open.counts, "{name}: folding hides no count");
            assert_eq!(folded.folded > 0, folded.nodes.iter().any(|n| n.folded > 0), "{name}");
            let by_key: BTreeMap<Key, &str> = open.nodes.iter().map(|n| (n.key, n.label.as_str())).collect();
            for n in folded.nodes.iter().filter(|n| n.folded == 0) {
                assert_eq!(by_key.get(&n.key), Some(&n.label.as_str()), "{name}: keys stay");
            }
            if fold.namespaces || fold.host_labels > 0 {
                let groups: Vec<Key> = folded.nodes.iter().filter(|n| n.folded > 0).map(|n| n.key).collect();
                let again = laid(&report, Fold { open: groups.clone(), ..fold.clone() });
                sound(&name, &report, &again);
                let named: BTreeSet<Key> = again.nodes.iter().filter_map(|n| n.group).collect();
                assert_eq!(named, groups.into_iter().collect(), "{name}: members name their group");
            }
        }

        let shared = layout(Parts::from(&report), &LayoutOptions { share_backends: true, ..LayoutOptions::default() });
        sound_shared(&name, &report, &shared);
        let json = serde_json::to_string(&open).unwrap();
        assert_eq!(serde_json::from_str::<Layout>(&json).unwrap(), open, "{name}");
    }
}

fn sound_shared(name: &str, report: &Report, l: &Layout) {
    let mut rows = l.rows.clone();
    rows.sort_unstable();
    rows.dedup();
    assert_eq!(rows.len(), report.exposures.len(), "{name}");
    let labels: Vec<&str> = l.nodes.iter().filter(|n| n.column == Column::Backend && n.object.is_some()).map(|n| n.label.as_str()).collect();
    let unique: BTreeSet<(String, String)> = report
        .exposures
        .iter()
        .filter_map(|e| e.backend.as_ref())
        .map(|b| (format!("{}{}", b.group, b.kind), format!("{}/{}:{:?}", b.namespace, b.name, b.port)))
        .collect();
    assert_eq!(labels.len(), unique.len(), "{name}: a backend stands once");
    let total: u32 = l.nodes.iter().filter(|n| n.column == Column::Backend).map(|n| n.counts.rows()).sum();
    assert_eq!(total as usize, report.exposures.len(), "{name}");
}

/// Without one route the others stand in the same order, with the same keys.
#[test]
fn a_route_more_moves_no_other() {
    for (name, report) in reports() {
        let whole = laid(&report, Fold::default());
        let routes: BTreeSet<_> = report.exposures.iter().map(|e| &e.route).collect();
        for route in routes.into_iter().take(3) {
            let mut less = report.clone();
            less.exposures.retain(|e| e.route != *route);
            less.attachments.retain(|a| a.route != *route);
            let less = laid(&less, Fold::default());
            let kept: BTreeSet<Key> = less.nodes.iter().map(|n| n.key).collect();
            let order = |l: &Layout| l.nodes.iter().map(|n| n.key).filter(|k| kept.contains(k)).collect::<Vec<_>>();
            assert_eq!(order(&whole), order(&less), "{name} without {route:?}");
        }
    }
}

/// The order of the input says nothing.
#[test]
fn input_order_does_not_matter() {
    for (name, report) in reports() {
        let mut other = report.clone();
        // Rows of one match keep the order of their backends; everything else is turned round.
        other.exposures.sort_by(|a, b| {
            (&b.gateway, &b.listener, &b.hostname, &b.route, b.rule, b.match_index).cmp(&(
                &a.gateway,
                &a.listener,
                &a.hostname,
                &a.route,
                a.rule,
                a.match_index,
            ))
        });
        other.gateways.reverse();
        other.listeners.reverse();
        other.listener_sets.reverse();
        other.attachments.reverse();
        other.findings.reverse();
        let plain = |report: &Report| {
            let l = laid(report, Fold { namespaces: true, ..Fold::default() });
            let rows: Vec<_> = l.rows.iter().map(|r| report.exposures[*r as usize].id.clone()).collect();
            let nodes: Vec<_> = l.nodes.into_iter().map(|n| gatescope_core::layout::Node { attachment: None, ..n }).collect();
            (rows, nodes, l.edges)
        };
        assert_eq!(plain(&report), plain(&other), "{name}");
    }
}

/// Rows speak of objects that a filter took away.
#[test]
fn parts_that_are_missing() {
    for (name, report) in reports() {
        let mut bare = report.clone();
        bare.gateways.clear();
        bare.listeners.clear();
        bare.listener_sets.clear();
        bare.findings.clear();
        sound(&name, &bare, &laid(&bare, Fold::default()));
    }
}

/// A report of 20,000 nodes: 10 gateways, each with 5 listeners of 15 hosts.
fn big() -> Report {
    let row: Exposure = serde_json::from_value(serde_json::json!({
        "id": "e-0", "state": "exposed", "reasons": [], "gateway": {"namespace": "infra", "name": "edge"},
        "listener": {"owner": {"kind": "Gateway", "namespace": "infra", "name": "edge"}, "name": "https", "port": 443, "protocol": "HTTPS", "tlsMode": "Terminate"},
        "hostname": "shop.example.com", "route": {"kind": "HTTPRoute", "namespace": "shop", "name": "web"},
        "rule": 0, "match": 0, "path": {"type": "PathPrefix", "value": "/"}, "headers": [], "queryParams": [],
        "action": "forward", "backend": {"group": "", "kind": "Service", "namespace": "shop", "name": "web", "port": 80}, "weight": 1,
        "reach": "external", "addresses": ["203.0.113.7"]
    }))
    .unwrap();
    let mut report = Engine::default().report();
    for g in 0..10 {
        for l in 0..5_u16 {
            for h in 0..15 {
                for r in 0..11_usize {
                    let mut e = row.clone();
                    e.id = format!("e-{g}-{l}-{h}-{r}");
                    e.gateway.name = format!("edge-{g}");
                    e.listener.owner.name = e.gateway.name.clone();
                    e.listener.name = format!("https-{l}");
                    e.listener.port = 443 + l;
                    e.hostname = format!("host-{h:02}.team-{}.example.com", h % 7);
                    e.route.name = format!("route-{h:02}-{}", r / 4);
                    e.rule = r % 4;
                    if let Some(b) = &mut e.backend {
                        b.name = format!("service-{r}");
                    }
                    report.exposures.push(e);
                }
            }
        }
    }
    report
}

#[test]
fn twenty_thousand_nodes_take_milliseconds() {
    let report = big();
    let mut best = f64::MAX;
    let mut nodes = 0;
    for _ in 0..15 {
        let start = std::time::Instant::now();
        let l = laid(&report, Fold::default());
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
        nodes = l.nodes.len();
    }
    let start = std::time::Instant::now();
    let folded = laid(&report, Fold { host_labels: 2, namespaces: true, ..Fold::default() });
    println!("{nodes} nodes of {} rows: {best:.2} ms; folded to {}: {:.2} ms", report.exposures.len(), folded.nodes.len(), start.elapsed().as_secs_f64() * 1e3);
    // Generous, for a busy machine and a debug build; the benchmarks have the sharp bar.
    assert!(best < 250.0, "{best} ms");
}
