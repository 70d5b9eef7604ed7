//! Every release of the CRDs, both channels: installed under a running informer, an object of every kind that it serves,
//! the same rows as a cold resolve; and removed again.
//!
//! `make test` goes through all releases of the experimental channel, and the oldest, the newest and one more of the
//! standard one, which has nothing that the other has not; GATESCOPE_LONG=1 goes through all of both.

use gatescope::informer::{Options, watched};
use gatescope_tests::cluster::{ADMIN, Channel, Cluster, Follower, RELEASES, Release, samples};
use gatescope_tests::{cli, long};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

#[test]
fn every_release_of_the_crds() {
    let cluster = Cluster::start();
    let (api, kubeconfig) = (cluster.admin(), cluster.kubeconfig(ADMIN));
    let follower = Follower::start(&kubeconfig, Options::default());
    follower.settled();
    follower.look(|h| {
        let absent = &h.coverage.as_ref().unwrap().absent;
        assert!(absent.contains(&"HTTPRoute.gateway.networking.k8s.io".to_owned()), "{absent:?}");
    });
    for channel in [Channel::Standard, Channel::Experimental] {
        let mut installed: Vec<Value> = Vec::new();
        for version in RELEASES {
            if channel == Channel::Standard && !long() && !["v1.0.0", "v1.4.1", "v1.7.0"].contains(&version) {
                continue;
            }
            let began = Instant::now();
            let release = Release::read(version, channel);
            release.install(&api);
            installed.extend(release.objects().iter().cloned());
            let all = samples(&api);
            for sample in &all {
                api.put(&sample.object);
            }
            // Every kind that is served is watched, at its newest version: sooner than regular discovery would find it.
            for kind in release.kinds().iter().filter(|k| watched().iter().any(|w| w.name() == **k)) {
                let newest = all.iter().find(|s| kind.starts_with(&format!("{}.", s.object["kind"].as_str().unwrap()))).map(|s| &s.object["apiVersion"]);
                let newest = newest.unwrap_or_else(|| panic!("{}: no sample of {kind}", release.name())).as_str().unwrap().rsplit('/').next().unwrap();
                follower.await_source(kind, Duration::from_secs(20), |s| s.synced && s.version == newest && s.cause.is_none() && s.objects > 0);
            }
            let report = follower.equals_cold(release.name(), &kubeconfig);
            every_route_has_rows(release.name(), &report, &all.iter().map(|s| s.object.clone()).collect::<Vec<_>>());
            if version == "v1.7.0" {
                by_the_program(&kubeconfig.display().to_string(), &report);
            }
            println!("{}: {} kinds, {:.1} s", release.name(), release.kinds().len(), began.elapsed().as_secs_f32());
        }
        for crd in &installed {
            api.delete(crd);
        }
        for kind in ["GatewayClass", "HTTPRoute", "ReferenceGrant"] {
            follower.await_source(&format!("{kind}.gateway.networking.k8s.io"), Duration::from_secs(30), |s| s.objects == 0 && !s.synced);
        }
        let report: Value = serde_json::from_str(&follower.equals_cold("after the CRDs are gone", &kubeconfig)).unwrap();
        assert_eq!((report["gateways"].as_array().unwrap().len(), report["exposures"].as_array().unwrap().len()), (0, 0));
        api.forget();
    }
    assert!(follower.stop());
}

fn every_route_has_rows(release: &str, report: &str, objects: &[Value]) {
    let report: Value = serde_json::from_str(report).unwrap();
    let rows: BTreeSet<&str> = report["exposures"].as_array().unwrap().iter().filter_map(|e| e["route"]["kind"].as_str()).collect();
    let routes: BTreeSet<&str> = objects.iter().filter_map(|o| o["kind"].as_str()).filter(|k| k.ends_with("Route")).collect();
    assert_eq!(rows, routes, "{release}");
    let states: BTreeSet<&str> = report["exposures"].as_array().unwrap().iter().filter_map(|e| e["state"].as_str()).collect();
    assert_eq!(states, BTreeSet::from(["exposed"]), "{release}: {}", report["exposures"]);
}

/// `gatescope snapshot`, and `resolve` with and without its file, say the same.
fn by_the_program(kubeconfig: &str, report: &str) {
    let snapshot = cli::run(&["snapshot", "--kubeconfig", kubeconfig], b"");
    assert_eq!((snapshot.code, snapshot.stderr.as_str()), (Some(0), ""));
    let again = cli::run(&["snapshot", "--kubeconfig", kubeconfig], b"");
    assert_eq!(snapshot.stdout, again.stdout, "the same cluster gives the same bytes");
    let want: Value = serde_json::from_str(report).unwrap();
    let from_file = cli::run(&["resolve", "-f", "-", "-o", "json"], snapshot.stdout.as_bytes());
    assert_eq!(from_file.json(), want);
    assert_eq!(cli::run(&["resolve", "--kubeconfig", kubeconfig, "-o", "json"], b"").json(), want);
}
