//! The real exporter through the faults of a real API server: what it says at `/readyz`, of its sources and in its metrics
//! while they last, that it goes on answering, and that it heals by itself.

use crate::faults::{fragile, route};
use gatescope_tests::cli;
use gatescope_tests::cluster::{ADMIN, Channel, Cluster, EXPORTER, EXPORTER_USER, RELEASES, Release, cold, eventually, samples};
use gatescope_tests::exporter::Exporter;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const ROUTES: &str = "HTTPRoute.gateway.networking.k8s.io";
const SOON: Duration = Duration::from_secs(60);

fn start(cluster: &Cluster, token: &str) -> Exporter {
    Exporter::start(&["--kubeconfig", &cluster.kubeconfig(token).display().to_string()])
}

/// A source of `/api/v1/runtime`.
fn source(exporter: &Exporter, kind: &str) -> Value {
    let runtime = exporter.json("/api/v1/runtime");
    runtime["sources"].as_array().unwrap().iter().find(|s| s["kind"] == kind).cloned().unwrap_or_default()
}

fn await_source(exporter: &Exporter, kind: &str, right: impl Fn(&Value) -> bool) -> Value {
    eventually(kind, SOON, || match source(exporter, kind) {
        state if right(&state) => Ok(state),
        state => Err(state.to_string()),
    })
}

/// The value of a series, by its whole name.
fn metric(exporter: &Exporter, series: &str) -> Option<f64> {
    let text = exporter.get("/metrics").text();
    text.lines().find_map(|l| l.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

fn equals_cold(what: &str, exporter: &Exporter, kubeconfig: &Path) {
    eventually(what, SOON, || {
        let mut served = exporter.json("/api/v1/report");
        served.as_object_mut().unwrap().remove("runtime");
        let cold: Value = serde_json::from_str(&cold(kubeconfig)?).unwrap();
        if served == cold { Ok(()) } else { Err(format!("served {served}\ncold {cold}")) }
    });
}

/// The rows of a route that `/metrics` shows.
fn rows(exporter: &Exporter, name: &str) -> usize {
    exporter.get("/metrics").text().lines().filter(|l| l.starts_with("gatescope_exposure_info{") && l.contains(&format!("route=\"{name}\""))).count()
}

#[test]
fn a_server_that_comes_late_goes_away_and_comes_back() {
    let mut cluster = fragile();
    let admin = cluster.kubeconfig(ADMIN);
    cluster.kill_server();
    let exporter = start(&cluster, ADMIN);
    let state = await_source(&exporter, ROUTES, |s| s["cause"].is_string());
    assert!(state["cause"].as_str().unwrap().contains("cannot be reached") && state["synced"] == false, "{state}");
    // Past the time after which it no longer waits for those who do not answer.
    std::thread::sleep(Duration::from_secs(16));
    let ready = exporter.get("/readyz");
    assert!(ready.status == 503 && ready.text().contains(&format!("degraded {ROUTES}")), "{}", ready.text());
    assert_eq!((exporter.get("/healthz").status, exporter.get("/metrics").status, exporter.get("/").status), (200, 200, 200));
    cluster.start_server(&[]);
    let exporter = exporter.ready();
    equals_cold("after a late start", &exporter, &admin);
    let before = exporter.get("/api/v1/report?runtime=false").text();
    let count = rows(&exporter, "web");
    assert!(count > 0);

    cluster.kill_server();
    await_source(&exporter, ROUTES, |s| s["cause"].as_str().is_some_and(|c| c.contains("cannot be reached")));
    let ready = exporter.get("/readyz");
    assert!(ready.status == 200 && ready.text().contains(&format!("degraded {ROUTES}")), "it serves what it knows: {}", ready.text());
    assert_eq!(exporter.get("/api/v1/report?runtime=false").text(), before, "what was known stays");
    assert_eq!(rows(&exporter, "web"), count);
    let restarts = metric(&exporter, &format!("gatescope_watch_restarts_total{{kind=\"{ROUTES}\"}}")).unwrap();
    cluster.start_server(&[]);
    let revision = exporter.json("/api/v1/runtime")["revision"].clone();
    await_source(&exporter, ROUTES, |s| s["cause"].is_null() && s["synced"] == true);
    eventually("all sources are well", SOON, || {
        let text = exporter.get("/readyz").text();
        if text.contains("degraded") { Err(text) } else { Ok(()) }
    });
    assert_eq!(exporter.get("/api/v1/report?runtime=false").text(), before);
    assert_eq!(exporter.json("/api/v1/runtime")["revision"], revision, "a list that says nothing new tells nothing");
    assert!(metric(&exporter, &format!("gatescope_watch_restarts_total{{kind=\"{ROUTES}\"}}")).unwrap() > restarts - 1.0);
    cluster.admin().put(&route("back-again"));
    equals_cold("a new route", &exporter, &admin);
    cluster.admin().delete(&route("back-again"));
    equals_cold("and without it", &exporter, &admin);
}

#[test]
fn a_definition_that_goes_and_comes_back() {
    let cluster = fragile();
    let (api, admin) = (cluster.admin(), cluster.kubeconfig(ADMIN));
    const KIND: &str = "UDPRoute.gateway.networking.k8s.io";
    let exporter = start(&cluster, ADMIN).ready();
    equals_cold("at first", &exporter, &admin);
    assert_eq!(metric(&exporter, &format!("gatescope_source_synced{{kind=\"{KIND}\"}}")), Some(1.0));
    let release = Release::read(RELEASES.last().unwrap(), Channel::Experimental);
    api.delete(release.objects().iter().find(|o| o["spec"]["names"]["kind"] == "UDPRoute").unwrap());
    let state = await_source(&exporter, KIND, |s| s["synced"] == false && s["cause"].as_str().is_some_and(|c| c.starts_with("not served")));
    assert_eq!(state["objects"], 0);
    equals_cold("without the definition", &exporter, &admin);
    let ready = exporter.get("/readyz");
    let told = ready.text().lines().any(|l| l.starts_with("not served: ") && l.contains(KIND));
    assert!(ready.status == 200 && told, "{}", ready.text());
    eventually("its metrics", SOON, || match metric(&exporter, &format!("gatescope_source_objects{{kind=\"{KIND}\"}}")) {
        None | Some(0.0) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    release.install(&api);
    await_source(&exporter, KIND, |s| s["synced"] == true && s["cause"].is_null());
    api.put(&samples(&api).into_iter().find(|s| s.object["kind"] == "UDPRoute").unwrap().object);
    equals_cold("with it again", &exporter, &admin);
    assert!(!exporter.get("/readyz").text().contains(KIND));
}

#[test]
fn a_kind_that_is_forbidden_until_it_is_granted() {
    let cluster = fragile();
    let api = cluster.admin();
    let role = |resources: Value| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "some"}, "rules": [
            {"apiGroups": ["gateway.networking.k8s.io"], "resources": resources, "verbs": ["get", "list", "watch"]},
            {"apiGroups": ["", "discovery.k8s.io"], "resources": ["namespaces", "endpointslices"], "verbs": ["get", "list", "watch"]}]})
    };
    api.put(&role(json!(["gatewayclasses", "gateways", "httproutes"])));
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "some"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "some"}, "subjects": [{"kind": "User", "name": EXPORTER_USER}]});
    api.put(&binding);
    // The Service of the route may not be looked at: the verdict is unknown, and says why; the exporter is ready.
    let exporter = start(&cluster, EXPORTER).ready();
    let ready = exporter.get("/readyz").text();
    assert!(ready.contains("degraded Service: forbidden: "), "{ready}");
    let states = |exporter: &Exporter| {
        let rows = exporter.json("/api/v1/exposures?route=HTTPRoute/shop/web");
        rows.as_array().unwrap().iter().map(|r| format!("{} {}", r["state"].as_str().unwrap(), r["cause"])).collect::<Vec<_>>()
    };
    let unknown = states(&exporter);
    assert!(!unknown.is_empty() && unknown.iter().all(|s| s.starts_with("unknown") && s.contains("Forbidden")), "{unknown:?}");
    assert_eq!(metric(&exporter, "gatescope_source_synced{kind=\"Service\"}"), Some(0.0));
    let mut more = role(json!(["*"]));
    more["rules"][1]["resources"] = json!(["*"]);
    api.put(&more);
    await_source(&exporter, "Service", |s| s["synced"] == true && s["cause"].is_null());
    eventually("the verdict", SOON, || {
        let now = states(&exporter);
        if !now.is_empty() && now.iter().all(|s| s.starts_with("exposed")) { Ok(()) } else { Err(format!("{now:?}")) }
    });
    eventually("the metric", SOON, || match metric(&exporter, "gatescope_source_synced{kind=\"Service\"}") {
        Some(1.0) => Ok(()),
        other => Err(format!("{other:?}")),
    });
    api.delete(&binding);
    api.delete(&role(json!([])));
}

/// report.md: `resolve -f` of the exporter's own snapshot gives the bytes of its report.
#[test]
fn the_report_is_what_resolve_makes_of_the_snapshot() {
    let cluster = fragile();
    for engine in ["native", "wasm"] {
        let kubeconfig = cluster.kubeconfig(ADMIN).display().to_string();
        let exporter = Exporter::start(&["--kubeconfig", &kubeconfig, "--engine", engine, "--cluster", "test", "--tenant-label", "team"]).ready();
        let own = exporter.get("/api/v1/report?runtime=false").text();
        let snapshot = exporter.get("/api/v1/snapshot").text();
        assert!(snapshot.contains("\"cluster\":\"test\""));
        let run = cli::run(&["resolve", "-f", "-", "-o", "json", "--tenant-label", "team"], snapshot.as_bytes());
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert!(run.stdout == own, "{engine}: the bytes differ");
        assert!(own.contains("\"HTTPRoute\""));
        let mut whole = exporter.json("/api/v1/report");
        assert!(whole["runtime"]["sources"].as_array().unwrap().len() > 20);
        whole.as_object_mut().unwrap().remove("runtime");
        assert_eq!(serde_json::from_str::<Value>(&own).unwrap(), whole);
    }
}

/// Two replicas need nothing of each other: they say the same, and one goes on where the other ends.
#[test]
fn two_replicas_say_the_same() {
    let cluster = fragile();
    let api = cluster.admin();
    let (one, two) = (start(&cluster, ADMIN).ready(), start(&cluster, ADMIN).ready());
    let shown = |exporter: &Exporter| {
        let text = exporter.get("/metrics").text();
        let mut lines: Vec<String> =
            text.lines().filter(|l| l.starts_with("exposed_route_info{") || l.starts_with("gatescope_exposure_info{")).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    api.put(&route("replicated"));
    eventually("both have it", SOON, || {
        let (a, b) = (shown(&one), shown(&two));
        if a == b && a.iter().any(|l| l.contains("replicated")) { Ok(()) } else { Err(format!("{} and {} rows", a.len(), b.len())) }
    });
    assert_eq!(one.get("/api/v1/report?runtime=false").text(), two.get("/api/v1/report?runtime=false").text());
    let (code, took, log) = one.signal("TERM");
    assert!(code == Some(0) && took < Duration::from_secs(20), "{took:?}: {log}");
    api.delete(&route("replicated"));
    eventually("the other goes on", SOON, || if shown(&two).iter().any(|l| l.contains("replicated")) { Err("still there".into()) } else { Ok(()) });
}
