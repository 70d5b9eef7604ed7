//! Objects of every kind are created, changed and deleted under a running informer.

use crate::shared;
use gatescope::informer::Options;
use gatescope_tests::cluster::{ADMIN, Follower, samples};
use serde_json::Value;

#[test]
fn every_kind_is_followed() {
    let cluster = shared();
    let (api, kubeconfig) = (cluster.admin(), cluster.kubeconfig(ADMIN));
    let follower = Follower::start(&kubeconfig, Options::default());
    follower.settled();
    follower.equals_cold("an empty cluster", &kubeconfig);
    let all = samples(&api);
    for sample in &all {
        api.put(&sample.object);
        follower.equals_cold(&format!("after creating {}", name(&sample.object)), &kubeconfig);
    }
    let report: Value = serde_json::from_str(&follower.report()).unwrap();
    let states: Vec<&Value> = report["exposures"].as_array().unwrap().iter().map(|e| &e["state"]).collect();
    assert!(states.len() >= 6 && states.iter().all(|s| *s == "exposed"), "{states:?}");
    for sample in &all {
        api.patch(&sample.object, "", &sample.change).unwrap();
        follower.equals_cold(&format!("after changing {}", name(&sample.object)), &kubeconfig);
    }
    for sample in all.iter().rev().filter(|s| s.object["kind"] != "Namespace") {
        api.delete(&sample.object);
        follower.equals_cold(&format!("after deleting {}", name(&sample.object)), &kubeconfig);
    }
    follower.look(|h| assert_eq!(h.sources.values().map(|s| s.bad_objects).sum::<u64>(), 0));
    assert!(follower.stop());
}

fn name(object: &Value) -> String {
    format!("{}/{}", object["kind"].as_str().unwrap(), object["metadata"]["name"].as_str().unwrap())
}
