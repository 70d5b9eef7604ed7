//! What the chart renders, whatever the values.

use super::{chart_folder, helm, one, render};
use gatescope_tests::cli;
use gatescope_tests::paths;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn lint_is_content() {
    let said = helm(&["lint", "--strict", &chart_folder().display().to_string()]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
}

#[test]
fn values_that_make_no_sense_are_refused() {
    for (set, says) in [
        ("replica=1", "replica"),
        ("replicas=-1", "replicas"),
        ("access.clientCA=true", "tlsSecret"),
        ("image.digest=latest", "digest"),
        ("config.listen=:1", "listen"),
        ("config.kubernetes-auth=true", "kubernetes-auth"),
        ("serviceMonitor.interval=often", "interval"),
        ("networkPolicy.apiServerPorts[0]=0", "apiServerPorts"),
        ("terminationGracePeriodSeconds=5", "terminationGracePeriodSeconds"),
    ] {
        let refused = render(&[set]).expect_err(set);
        assert!(refused.contains(says), "{set}: {refused}");
    }
}

/// Every value, all at once: it renders, and the file of options is one that the program takes.
#[test]
fn everything_at_once() {
    let objects = render(&[
        "replicas=3",
        "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "config.cluster=production",
        "config.max-series-per-namespace=20000",
        "config.metric-denylist={gatewayapi_*_labels}",
        "extraArgs={--log-level=debug}",
        "extraEnv[0].name=ENABLE_OTEL",
        "extraEnv[0].value=true",
        "certificates=true",
        "access.kubernetesAuth=true",
        "access.tlsSecret=serving",
        "access.clientCA=true",
        "access.basicAuthSecret=users",
        "serviceMonitor.enabled=true",
        "serviceMonitor.labels.release=prometheus",
        "serviceMonitor.bearerTokenSecret.name=token",
        "serviceMonitor.bearerTokenSecret.key=token",
        "networkPolicy.apiServerCIDRs={192.0.2.1/32}",
        "networkPolicy.from[0].namespaceSelector.matchLabels.name=monitoring",
        "priorityClassName=system-cluster-critical",
        "nodeSelector.a=b",
    ])
    .unwrap();
    let kinds: Vec<&str> = objects.iter().map(|o| o["kind"].as_str().unwrap()).collect();
    for kind in ["Deployment", "Service", "ServiceMonitor", "NetworkPolicy", "PodDisruptionBudget", "ConfigMap", "ClusterRole", "ServiceAccount"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    assert_eq!(one(&objects, "ServiceMonitor", "gatescope")["spec"]["endpoints"][0]["honorLabels"], true);
    let container = &one(&objects, "Deployment", "gatescope")["spec"]["template"]["spec"]["containers"][0];
    assert!(container["image"].as_str().unwrap().contains("@sha256:"));
    // The program takes every argument: mounts are files that are not here, so only their names are looked at.
    let folder = cli::Folder::with(&[("gatescope.yaml", one(&objects, "ConfigMap", "gatescope")["data"]["gatescope.yaml"].as_str().unwrap().as_bytes())]);
    let args: Vec<String> = container["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap().to_owned()).collect();
    let args: Vec<String> =
        args.into_iter().map(|a| if a.starts_with("--config=") { format!("--config={}", folder.file("gatescope.yaml")) } else { a }).collect();
    let mut args: Vec<&str> = args.iter().map(String::as_str).collect();
    args.push("--print-config");
    let printed = cli::run(&args, b"");
    assert_eq!(printed.code, Some(0), "{printed:?}");
    for line in [
        "cluster: \"production\"",
        "max-series-per-namespace: 20000",
        "certificates: true",
        "kubernetes-auth: true",
        "tls-client-ca: \"/etc/gatescope-tls/ca.crt\"",
    ] {
        assert!(printed.stdout.lines().any(|l| l == line), "{line}: {}", printed.stdout);
    }
    let mounts: BTreeSet<&str> = container["volumeMounts"].as_array().unwrap().iter().map(|m| m["mountPath"].as_str().unwrap()).collect();
    assert_eq!(mounts, BTreeSet::from(["/etc/gatescope", "/etc/gatescope-tls", "/etc/gatescope-users", "/tmp"]));
}

/// What the "restricted" Pod security standard asks for.
#[test]
fn the_pod_is_restricted() {
    let objects = render(&[]).unwrap();
    let pod = &one(&objects, "Deployment", "gatescope")["spec"]["template"]["spec"];
    let container = &pod["containers"][0];
    assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["securityContext"]["seccompProfile"], json!({"type": "RuntimeDefault"}));
    assert_eq!(container["securityContext"], json!({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}}));
    for absent in ["hostNetwork", "hostPID", "hostIPC"] {
        assert_eq!(pod[absent], Value::Null);
    }
    // One replica needs no budget: it would only stand in the way of draining a node.
    assert!(objects.iter().all(|o| o["kind"] != "PodDisruptionBudget" && o["kind"] != "ServiceMonitor"));
}

#[test]
fn the_plain_manifests_are_what_the_chart_renders() {
    let folder = cli::Folder::with(&[]);
    let script = paths::workspace().join("deploy/manifests/render");
    let said = Command::new(script).env("OUT", folder.path().join("gatescope.yaml")).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let rendered = std::fs::read_to_string(folder.path().join("gatescope.yaml")).unwrap();
    let committed = std::fs::read_to_string(paths::workspace().join("deploy/manifests/gatescope.yaml")).unwrap();
    assert!(rendered == committed, "run deploy/manifests/render and commit what it writes");
}
