//! W1 in a cluster.

use gatescope_tests::bench::workload::{Front, Names, route, surroundings};
use gatescope_tests::cluster::Cluster;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(super) const WRITERS: usize = 8;
/// Where etcd has the routes.
pub(super) const ROUTES: &str = "gateway.networking.k8s.io/httproutes";

/// What a create may carry.
pub(super) fn bare(text: &str) -> Value {
    let mut object: Value = serde_json::from_str(text).unwrap();
    for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
        object["metadata"].as_object_mut().unwrap().remove(field);
    }
    object.as_object_mut().unwrap().remove("status");
    if object["kind"] == "Service" {
        // The test server has few addresses to give.
        object["spec"]["clusterIP"] = "None".into();
    }
    object
}

/// A route of W1 as an API server keeps it.
pub(super) fn kept(i: usize, routes: usize) -> Value {
    let mut object: Value = serde_json::from_str(&route(i, routes, Names::Plain, 1)).unwrap();
    object["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    object
}

/// Writes W1 with several writers: what is around the routes through the API server, the routes into its store. How many
/// objects that were.
pub(super) fn load(cluster: &Cluster, routes: usize) -> usize {
    cluster.admin().namespace("infra", &json!({}));
    let around: Vec<Value> = surroundings(routes, Front::Https).iter().map(|t| bare(t)).collect();
    let (spaces, others): (Vec<Value>, Vec<Value>) = around.into_iter().partition(|o| o["kind"] == "Namespace");
    create(cluster, &spaces);
    create(cluster, &others);
    // As a cluster's own controller would: without it every backend has a finding.
    let slices: Vec<Value> = others.iter().filter(|o| o["kind"] == "Service").map(slice).collect();
    create(cluster, &slices);
    share(routes, || {
        let mut store = cluster.store();
        move |i| store.put(ROUTES, &kept(i, routes))
    });
    spaces.len() + others.len() + slices.len() + routes
}

/// A Service's EndpointSlice, with an endpoint that is ready.
fn slice(service: &Value) -> Value {
    let (name, namespace) = (service["metadata"]["name"].as_str().unwrap(), &service["metadata"]["namespace"]);
    json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
           "metadata": {"name": format!("{name}-1"), "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
           "addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"], "conditions": {"ready": true}}], "ports": [{"name": "http", "port": 3000}]})
}

fn create(cluster: &Cluster, objects: &[Value]) {
    share(objects.len(), || {
        let api = cluster.admin();
        move |i| {
            let object = &objects[i];
            api.post(&api.path(object).unwrap(), object).unwrap_or_else(|e| panic!("{}: {e}", object["metadata"]["name"]));
        }
    });
}

/// Work shared by several writers, each with what it made for itself.
fn share<W: FnMut(usize) + Send>(many: usize, make: impl Fn() -> W) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            let (mut write, next) = (make(), &next);
            scope.spawn(move || {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        i if i < many => write(i),
                        _ => return,
                    }
                }
            });
        }
    });
}
