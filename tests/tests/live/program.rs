//! The program itself against a real API server: kubeconfigs, every verb without `-f`, snapshots, and the exporter.

use crate::shared;
use gatescope_tests::cli::{self, program};
use gatescope_tests::cluster::{ADMIN, EXPORTER, Follower, Process, eventually, samples};
use gatescope_tests::exporter::Exporter;
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;

fn path(path: &std::path::Path) -> String {
    path.display().to_string()
}

#[test]
fn kubeconfigs_as_kubectl_reads_them() {
    let cluster = shared();
    let yaml = cluster.dir().join("yaml.kubeconfig");
    std::fs::write(
        &yaml,
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: a\nclusters:\n- name: c\n  cluster:\n    server: {}\n    certificate-authority: {}\nusers:\n- name: u\n  user:\n    token: {ADMIN}\ncontexts:\n- name: a\n  context: {{cluster: c, user: u}}\n",
            cluster.url(),
            path(&cluster.ca())
        ),
    )
    .unwrap();
    let exec = json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "interactiveMode": "Never", "args": ["-c",
        format!("echo '{{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"{ADMIN}\"}}}}'")]}});
    let certificate = json!({"client-certificate": path(&cluster.dir().join("client.crt")), "client-key": path(&cluster.dir().join("client.key"))});
    let file = cluster.dir().join("token-file");
    std::fs::write(&file, format!("{ADMIN}\n")).unwrap();
    let all = [
        ("YAML", yaml),
        ("JSON", cluster.kubeconfig(ADMIN)),
        ("exec", cluster.kubeconfig_with("exec", &exec)),
        ("certificate", cluster.kubeconfig_with("certificate", &certificate)),
        ("token file", cluster.kubeconfig_with("file", &json!({"tokenFile": path(&file)}))),
    ];
    for (what, kubeconfig) in all {
        let run = cli::run(&["snapshot", "--kubeconfig", &path(&kubeconfig)], b"");
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{what}");
        let snapshot = run.json();
        assert_eq!(snapshot["schema"], "gatescope/snapshot/v1");
        assert!(snapshot["collected"].as_array().unwrap().iter().any(|k| k == "HTTPRoute.gateway.networking.k8s.io"), "{what}: {snapshot}");
        assert!(snapshot["objects"].as_array().unwrap().iter().any(|o| o["kind"] == "Namespace"), "{what}");
    }
    let from_environment = Command::new(program()).arg("snapshot").env("KUBECONFIG", cluster.kubeconfig(ADMIN)).output().unwrap();
    assert!(from_environment.status.success());
}

#[test]
fn what_cannot_be_reached_is_told() {
    let cluster = shared();
    let good = path(&cluster.kubeconfig(ADMIN));
    let bad_token = path(&cluster.kubeconfig("nobody"));
    let nowhere = path(&cluster.kubeconfig_at("nowhere", "https://127.0.0.1:9", &json!({"token": ADMIN})));
    for (args, says) in [
        (vec!["resolve", "--kubeconfig", &good, "--context", "prod"], "there is no context `prod`"),
        (vec!["resolve", "--kubeconfig", "/nowhere/config"], "the kubeconfig cannot be used"),
        (vec!["snapshot", "--kubeconfig", &bad_token], "401"),
        (vec!["snapshot", "--kubeconfig", &nowhere], "cannot be reached"),
    ] {
        let run = cli::run(&args, b"");
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.stderr.contains(says) && run.stdout.is_empty(), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn every_verb_reads_the_cluster() {
    let cluster = shared();
    let api = cluster.admin();
    let all = samples(&api);
    for sample in &all {
        api.put(&sample.object);
    }
    let kubeconfig = path(&cluster.kubeconfig(ADMIN));
    let run = |args: &[&str]| {
        let mut all = args.to_vec();
        all.extend(["--kubeconfig", &kubeconfig]);
        let run = cli::run(&all, b"");
        assert!(run.code == Some(0), "{args:?}: {run:?}");
        run
    };
    assert!(run(&["resolve"]).stdout.contains("shop.example.com"));
    assert!(run(&["resolve", "-n", "shop", "--context", "other"]).stdout.contains("shop.example.com"));
    assert!(run(&["trace", "http://shop.example.com/cart"]).stdout.contains("shop/web"));
    assert!(run(&["explain", "HTTPRoute/shop/web"]).stdout.contains("edge"));
    run(&["check"]);
    run(&["diff", "--profile", "envoy-gateway", "--to", "istio"]);
    // Another namespace's objects are unknown, and not missing.
    let part = run(&["snapshot", "-n", "shop"]).json();
    assert!(part["objects"].as_array().unwrap().iter().all(|o| o["metadata"]["namespace"].is_null() || o["metadata"]["namespace"] == "shop"));
    assert!(part["collected"].as_array().unwrap().iter().all(|k| k != "Service"));
    let redacted = run(&["snapshot", "--redact"]);
    assert!(redacted.stderr.contains("look at it before you send it"));
    for word in ["shop", "example.com", "edge", "infra"] {
        assert!(!redacted.stdout.contains(word), "`{word}` remains");
    }
    let shape = |text: &str| {
        let report = cli::run(&["resolve", "-f", "-", "-o", "json"], text.as_bytes()).json();
        let mut rows: Vec<String> = report["exposures"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| format!("{} {} {} {}", e["state"], e["reasons"], e["listener"]["port"], e["route"]["kind"]))
            .collect();
        rows.sort();
        (rows, report["summary"].clone())
    };
    assert_eq!(shape(&redacted.stdout), shape(&run(&["snapshot"]).stdout));
    for sample in all.iter().rev().filter(|s| s.object["kind"] != "Namespace") {
        api.delete(&sample.object);
    }
}

#[test]
fn as_a_plugin_of_kubectl() {
    let folder = cli::Folder::with(&[]);
    let plugin = folder.path().join("kubectl-gatescope");
    std::os::unix::fs::symlink(program(), &plugin).unwrap();
    let help = Command::new(&plugin).args(["resolve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("Usage: kubectl gatescope resolve") && help.contains("  kubectl gatescope resolve -f"), "{help}");
}

#[test]
fn resolve_follows_the_cluster() {
    let cluster = shared();
    let api = cluster.admin();
    let all = samples(&api);
    let log = cluster.dir().join("watch.log");
    let kubeconfig = path(&cluster.kubeconfig(ADMIN));
    let process = Process::start(&program(), &["resolve", "--watch", "-o", "csv", "--kubeconfig", &kubeconfig], &log);
    let shown = |what: &str, count: usize| {
        eventually(what, Duration::from_secs(20), || {
            let text = std::fs::read_to_string(&log).unwrap();
            if text.matches("shop.example.com").count() >= count && !process.has_ended() { Ok(()) } else { Err(text) }
        });
    };
    for sample in &all {
        api.put(&sample.object);
    }
    shown("rows of the new route", 1);
    let route = all.iter().find(|s| s.object["kind"] == "HTTPRoute").unwrap();
    let before = std::fs::read_to_string(&log).unwrap().matches("shop.example.com").count();
    api.patch(&route.object, "", &json!({"spec": {"hostnames": ["shop.example.com", "late.example.com"]}})).unwrap();
    shown("rows after a change", before + 1);
    for sample in all.iter().rev().filter(|s| s.object["kind"] != "Namespace") {
        api.delete(&sample.object);
    }
}

/// The real exporter: its report is the cold resolve's, its snapshot gives its report, and readiness says what is degraded.
#[test]
fn the_exporter_follows_the_cluster() {
    let cluster = shared();
    let api = cluster.admin();
    let kubeconfig = path(&cluster.kubeconfig(ADMIN));
    let exporter = Exporter::start(&["--kubeconfig", &kubeconfig, "--engine", "native"]).ready();
    let all = samples(&api);
    let compare = |what: &str| {
        eventually(what, Duration::from_secs(20), || {
            let mut served = exporter.json("/api/v1/report");
            served.as_object_mut().unwrap().remove("runtime");
            let cold: Value = serde_json::from_str(&gatescope_tests::cluster::cold(std::path::Path::new(&kubeconfig))?).unwrap();
            if served == cold { Ok(()) } else { Err(format!("served {served}\ncold {cold}")) }
        });
    };
    compare("an empty cluster");
    for sample in &all {
        api.put(&sample.object);
    }
    compare("with objects");
    let snapshot = exporter.get("/api/v1/snapshot").text();
    let mut served = exporter.json("/api/v1/report");
    served.as_object_mut().unwrap().remove("runtime");
    assert_eq!(cli::run(&["resolve", "-f", "-", "-o", "json"], snapshot.as_bytes()).json(), served);
    for sample in &all {
        api.patch(&sample.object, "", &sample.change).unwrap();
    }
    compare("with changes");
    for sample in all.iter().rev().filter(|s| s.object["kind"] != "Namespace") {
        api.delete(&sample.object);
    }
    compare("empty again");
}

/// Without any right: everything is forbidden, everything unknown, and the exporter is up and says so.
#[test]
fn an_exporter_that_may_nothing() {
    let cluster = shared();
    let kubeconfig = path(&cluster.kubeconfig(EXPORTER));
    let follower = Follower::start(std::path::Path::new(&kubeconfig), gatescope::informer::Options::default());
    follower.settled();
    follower.look(|h| assert!(h.coverage.as_ref().unwrap().collected.is_empty() && h.coverage.as_ref().unwrap().forbidden.len() > 10));
    assert!(follower.stop());
    let run = cli::run(&["resolve", "--kubeconfig", &kubeconfig], b"");
    assert!(run.code == Some(0) && run.stderr.contains("may not be listed here"), "{run:?}");
    let exporter = Exporter::start(&["--kubeconfig", &kubeconfig, "--engine", "native"]);
    eventually("the exporter has settled", Duration::from_secs(20), || {
        let runtime = exporter.json("/api/v1/runtime").to_string();
        if runtime.contains("forbidden") { Ok(()) } else { Err(runtime) }
    });
    assert_eq!(exporter.get("/metrics").status, 200);
}
