//! The role: applied to a real API server, with the exporter running under it and under nothing else.

use super::{documents, one, render};
use gatescope::informer::watched;
use gatescope_tests::cluster::{ADMIN, Channel, Cluster, RELEASES, Release, cold, eventually, samples};
use gatescope_tests::exporter::Exporter;
use gatescope_tests::paths;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A token that the server gave for a ServiceAccount.
pub(super) fn token(cluster: &Cluster, namespace: &str, name: &str) -> String {
    let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}});
    let answer = cluster.admin().post(&format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token"), &request).unwrap();
    answer["status"]["token"].as_str().unwrap().to_owned()
}

/// A kubeconfig of a ServiceAccount, with a token that the server gave for it.
fn account(cluster: &Cluster, namespace: &str, name: &str) -> (PathBuf, String) {
    let token = token(cluster, namespace, name);
    (cluster.kubeconfig_with(name, &json!({"token": token})), token)
}

/// Whether the cluster lets a ServiceAccount do this.
fn may(cluster: &Cluster, user: &str, verb: &str, group: &str, resource: &str) -> bool {
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": ["system:serviceaccounts", "system:authenticated"], "resourceAttributes": {"verb": verb, "group": group, "resource": resource, "namespace": "shop"}}});
    cluster.admin().post("/apis/authorization.k8s.io/v1/subjectaccessreviews", &review).unwrap()["status"]["allowed"] == true
}

fn apply(cluster: &Cluster, objects: &[Value]) {
    let api = cluster.admin();
    for object in objects.iter().filter(|o| o["kind"] != "ServiceMonitor") {
        let answer = api.put(object);
        assert!(answer["metadata"]["uid"].is_string(), "{answer}");
    }
}

/// The role names every kind that is watched, and no other.
#[test]
fn the_role_is_what_is_watched() {
    let objects = render(&[]).unwrap();
    let rules = one(&objects, "ClusterRole", "gatescope")["rules"].as_array().unwrap().clone();
    let texts = |v: &Value| v.as_array().unwrap().iter().map(|t| t.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let mut granted = BTreeSet::new();
    for rule in &rules {
        assert!(texts(&rule["verbs"]).iter().all(|v| ["get", "list", "watch"].contains(&v.as_str())), "only reading: {rule}");
        for group in texts(&rule["apiGroups"]) {
            granted.extend(texts(&rule["resources"]).into_iter().map(|r| format!("{r}.{group}")));
        }
    }
    // Plurals as the API has them: the chart's are checked against the server where it serves the kind.
    let plural = |kind: &str| match kind {
        "GatewayClass" => "gatewayclasses".to_owned(),
        "XMesh" => "xmeshes".to_owned(),
        kind if kind.ends_with("Policy") => format!("{}ies", kind.to_lowercase().trim_end_matches('y')),
        kind => format!("{}s", kind.to_lowercase()),
    };
    let mut wanted: BTreeSet<String> = watched().iter().map(|w| format!("{}.{}", plural(w.kind), w.group)).collect();
    wanted.insert("customresourcedefinitions.apiextensions.k8s.io".into());
    assert_eq!(granted, wanted);
    assert!(!granted.contains("secrets."));
}

/// A cluster with an object of every kind and the plain manifests, and these.
pub(super) fn installed(channel: Channel) -> (Cluster, Vec<Value>) {
    let cluster = Cluster::start();
    let api = cluster.admin();
    Release::read(RELEASES.last().unwrap(), channel).install(&api);
    for sample in samples(&api) {
        api.put(&sample.object);
    }
    let objects = documents(&std::fs::read_to_string(paths::workspace().join("deploy/manifests/gatescope.yaml")).unwrap());
    apply(&cluster, &objects);
    (cluster, objects)
}

/// The plain manifests: the exporter sees all that an administrator sees but Secrets, and may do nothing else.
#[test]
fn the_exporter_runs_under_the_manifests_role() {
    let (cluster, _) = installed(Channel::Experimental);
    let (kubeconfig, _) = account(&cluster, "gatescope", "gatescope");
    let exporter = Exporter::start(&["--kubeconfig", &kubeconfig.display().to_string()]).ready();
    let admin = cluster.kubeconfig(ADMIN);
    equals(&exporter, &admin);
    let runtime = exporter.json("/api/v1/runtime");
    for source in runtime["sources"].as_array().unwrap() {
        let cause = source["cause"].as_str().unwrap_or("not served");
        assert!(source["synced"] == true || cause.starts_with("not served"), "{source}");
    }
    // It follows, CRDs too.
    let user = "system:serviceaccount:gatescope:gatescope";
    for (verb, group, resource) in [
        ("get", "", "secrets"),
        ("list", "", "secrets"),
        ("get", "", "configmaps"),
        ("list", "", "pods"),
        ("create", "", "services"),
        ("update", "gateway.networking.k8s.io", "gateways"),
        ("patch", "gateway.networking.k8s.io", "httproutes/status"),
        ("create", "authentication.k8s.io", "tokenreviews"),
    ] {
        assert!(!may(&cluster, user, verb, group, resource), "{verb} {resource}");
    }
    assert!(may(&cluster, user, "watch", "gateway.networking.k8s.io", "httproutes"));
}

pub(super) fn equals(exporter: &Exporter, kubeconfig: &Path) {
    eventually("the report is the administrator's", Duration::from_secs(20), || {
        let mut served = exporter.json("/api/v1/report");
        served.as_object_mut().unwrap().remove("runtime");
        let cold: Value = serde_json::from_str(&cold(kubeconfig)?).unwrap();
        if served == cold { Ok(()) } else { Err(format!("served {served}\ncold {cold}")) }
    });
}

/// With certificates and token auth, as the chart grants them: the Secret of a listener is read and no other thing
/// of it kept, and only readers whom the cluster knows are let in.
#[test]
fn certificates_and_tokens_under_the_charts_role() {
    let cluster = Cluster::start();
    let api = cluster.admin();
    Release::read(RELEASES.last().unwrap(), Channel::Standard).install(&api);
    api.namespace("gatescope", &json!({}));
    api.namespace("infra", &json!({}));
    let gateway = |secret: &str| {
        json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway", "metadata": {"namespace": "infra", "name": "edge"},
            "spec": {"gatewayClassName": "test", "listeners": [{"name": "https", "port": 443, "protocol": "HTTPS", "hostname": "shop.example.com", "tls": {"certificateRefs": [{"name": secret}]}}]}})
    };
    api.put(&json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "GatewayClass", "metadata": {"name": "test"}, "spec": {"controllerName": "example.com/c"}}));
    api.put(&gateway("wild"));
    let pem = |name: &str| std::fs::read_to_string(cluster.dir().join(name)).unwrap();
    let secret = |name: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": {"namespace": "infra", "name": name},
            "stringData": {"tls.crt": pem("client.crt"), "tls.key": pem("client.key"), "other": "very-secret"}})
    };
    api.put(&secret("wild"));
    api.put(&secret("unreferenced"));
    apply(&cluster, &render(&["certificates=true", "access.kubernetesAuth=true", "serviceMonitor.enabled=true"]).unwrap());
    let (kubeconfig, _) = account(&cluster, "gatescope", "gatescope");
    let exporter = Exporter::start(&["--kubeconfig", &kubeconfig.display().to_string(), "--certificates", "--kubernetes-auth"]).ready();

    for name in ["scraper", "stranger"] {
        api.put(&json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "gatescope", "name": name}}));
    }
    let (_, good) = account(&cluster, "gatescope", "scraper");
    let (_, bad) = account(&cluster, "gatescope", "stranger");
    let ask = |path: &str, header: &str| exporter.ask("GET", path, &[("authorization", header)]);
    assert_eq!(ask("/metrics", &format!("Bearer {good}")).status, 403, "not bound yet");
    api.put(&json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "scraper"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "gatescope-reader"},
        "subjects": [{"kind": "ServiceAccount", "namespace": "gatescope", "name": "scraper"}]}));
    eventually("the grant", Duration::from_secs(20), || match ask("/metrics", &format!("Bearer {good}")).status {
        200 => Ok(()),
        other => Err(other.to_string()),
    });
    for (header, status) in
        [(format!("Bearer {bad}"), 403), ("Bearer nonsense".to_owned(), 401), ("Bearer ".to_owned(), 401), ("Basic eDp5".to_owned(), 401), (String::new(), 401)]
    {
        assert_eq!(ask("/metrics", &header).status, status, "{header}");
    }
    assert!(exporter.get("/metrics").header("www-authenticate").starts_with("Bearer "));
    assert_eq!(exporter.get("/readyz").status, 200);

    let json = |path: &str| ask(path, &format!("Bearer {good}")).text();
    let snapshot = json("/api/v1/snapshot");
    let parsed: Value = serde_json::from_str(&snapshot).unwrap();
    let secrets: Vec<&Value> = parsed["objects"].as_array().unwrap().iter().filter(|o| o["kind"] == "Secret").collect();
    assert_eq!(secrets.len(), 1, "only what is referred to is read");
    assert!(!snapshot.contains("tls.key") && !snapshot.contains("dmVyeS1zZWNyZXQ") && snapshot.contains("tls.crt"));
    let listeners: Value = serde_json::from_str(&json("/api/v1/listeners")).unwrap();
    assert_eq!((&listeners[0]["programmed"], listeners[0].get("assumes").map_or(0, |a| a.as_array().unwrap().len())), (&json!(true), 0));
    // What only a clock can tell stands beside the report: this one is for no hostname at all.
    let runtime: Value = serde_json::from_str(&json("/api/v1/runtime")).unwrap();
    let findings: Vec<&str> = runtime["findings"].as_array().unwrap().iter().map(|f| f["code"].as_str().unwrap()).collect();
    assert_eq!(findings, ["GS0803"], "{runtime}");
    // Without the Secret the listener is out of service, and says why.
    api.put(&gateway("gone"));
    eventually("the missing Secret", Duration::from_secs(20), || {
        let listeners = json("/api/v1/listeners");
        if listeners.contains("InvalidCertificateRef") { Ok(()) } else { Err(listeners) }
    });
}
