use super::*;
use crate::render::test_row as row;
use serde_json::{Value, json};

fn report(rows: &[Value]) -> Report {
    let mut report: Report = serde_json::from_value(json!({
        "schema": "x", "summary": {"exposed": 0, "shadowed": 0, "blocked": 0, "unknown": 0, "gateways": 0, "findings": {"error": 0, "warning": 0, "info": 0}},
        "gateways": [], "listenerSets": [], "listeners": [], "attachments": [], "exposures": [], "policies": [], "mesh": [], "findings": []
    }))
    .unwrap();
    report.exposures = rows.iter().cloned().map(row).collect();
    report
}

fn route(ns: &str, name: &str) -> Value {
    json!({"kind": "HTTPRoute", "namespace": ns, "name": name})
}

fn backend(name: &str) -> Value {
    json!({"group": "", "kind": "Service", "namespace": "shop", "name": name, "port": 80})
}

fn of(before: &[Value], after: &[Value]) -> Diff {
    Diff::of(&report(before), &report(after))
}

#[test]
fn equal_reports_do_not_differ() {
    let diff = of(
        &[json!({})],
        &[
            json!({"id": "e-2", "listener": {"owner": {"kind": "Gateway", "namespace": "infra", "name": "edge"}, "name": "renamed", "port": 443, "protocol": "HTTPS"}}),
        ],
    );
    assert!(diff.is_empty());
    assert_eq!(diff.summary.unchanged, 1);
}

#[test]
fn opened_and_closed() {
    let diff = of(&[json!({"path": {"type": "Exact", "value": "/a"}})], &[json!({"path": {"type": "Exact", "value": "/b"}})]);
    assert_eq!((diff.opened.len(), diff.closed.len(), diff.moved.len()), (1, 1, 0));
    let diff = of(&[json!({"state": "blocked", "reasons": ["BackendNotFound"]})], &[json!({})]);
    assert_eq!((diff.opened.len(), diff.closed.len()), (1, 0));
}

#[test]
fn moved_to_another_backend_or_route() {
    let diff = of(&[json!({})], &[json!({"backend": backend("web-v2")})]);
    assert_eq!((diff.moved.len(), diff.takeovers.len()), (1, 0));
    let diff = of(&[json!({})], &[json!({"route": route("shop", "other")})]);
    assert_eq!((diff.moved.len(), diff.takeovers.len()), (1, 0));
    // A trailing slash of a prefix says nothing.
    let diff = of(&[json!({"path": {"type": "PathPrefix", "value": "/a/"}})], &[json!({"path": {"type": "PathPrefix", "value": "/a"}})]);
    assert!(diff.is_empty());
}

#[test]
fn shares_alone_are_no_move() {
    let two = |a: i32, b: i32| [json!({"backend": backend("a"), "weight": a}), json!({"backend": backend("b"), "weight": b})];
    let diff = of(&two(9, 1), &two(1, 1));
    assert_eq!((diff.moved.len(), diff.reweighted.len()), (0, 1));
}

#[test]
fn a_host_taken_by_another_namespace() {
    let evil = |change: Value| {
        let mut row = json!({"route": route("evil", "x")});
        row.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        row
    };
    // The whole way.
    let diff = of(&[json!({})], &[json!({"state": "shadowed", "shadowedBy": "e-2"}), evil(json!({"id": "e-2"}))]);
    assert_eq!((diff.takeovers.len(), diff.moved.len()), (1, 1));
    assert!(diff.moved[0].takeover);
    // A path of its host.
    let diff = of(&[json!({})], &[json!({}), evil(json!({"path": {"type": "Exact", "value": "/login"}}))]);
    assert_eq!((diff.takeovers.len(), diff.opened.len()), (1, 1));
    assert_eq!(diff.takeovers[0].ways, ["https://shop.example.com/login exact"]);
    // One host out of its wildcard.
    let diff = of(&[json!({"hostname": "*.example.com"})], &[json!({"hostname": "*.example.com"}), evil(json!({"hostname": "pay.example.com"}))]);
    assert_eq!(diff.takeovers.len(), 1);
    assert_eq!(diff.takeovers[0].from[0].name, "web");
    // A host of its own is no takeover.
    let diff = of(&[json!({})], &[json!({}), evil(json!({"hostname": "evil.example.com"}))]);
    assert_eq!((diff.takeovers.len(), diff.opened.len()), (0, 1));
}

#[test]
fn unknown_is_neither_open_nor_closed() {
    let diff = of(&[json!({})], &[json!({"state": "unknown", "cause": "NotCollected(Service)"})]);
    assert_eq!((diff.closed.len(), diff.uncertain.len()), (0, 1));
}
