//! What goes wrong with an API server: it is told, nothing is lost meanwhile, and it heals by itself.

use gatescope::informer::{Options, Timing};
use gatescope_tests::cluster::{ADMIN, Channel, Cluster, EXPORTER, EXPORTER_USER, Fault, Follower, Proxy, RELEASES, Release, eventually, samples};
use gatescope_tests::long;
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

const ROUTES: &str = "HTTPRoute.gateway.networking.k8s.io";
const SOON: Duration = Duration::from_secs(30);

/// A cluster that may be broken, for one test at a time; each leaves it whole, with the samples in it.
pub(crate) fn fragile() -> MutexGuard<'static, Cluster> {
    static CLUSTER: OnceLock<Mutex<Cluster>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| {
        let cluster = Cluster::start();
        let api = cluster.admin();
        Release::read(RELEASES.last().unwrap(), Channel::Experimental).install(&api);
        for sample in samples(&api) {
            api.put(&sample.object);
        }
        Mutex::new(cluster)
    });
    cluster.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits that a test can wait for.
fn quick() -> Options {
    Options { timing: Timing { forbidden: Duration::from_millis(500), longest: Duration::from_secs(1), ..Timing::default() }, ..Options::default() }
}

/// A route with nothing special about it.
pub(crate) fn route(name: &str) -> Value {
    json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"namespace": "shop", "name": name},
        "spec": {"parentRefs": [{"name": "edge", "namespace": "infra", "sectionName": "http"}], "hostnames": [format!("{name}.example.com")],
                 "rules": [{"backendRefs": [{"name": "web", "port": 8080}]}]}})
}

/// What was told after the first so many, sorted. A server that starts may write its own Service and EndpointSlice anew.
fn told_since(follower: &Follower, before: usize) -> Vec<String> {
    let mut told = follower.look(|h| h.told[before..].to_vec());
    told.retain(|t| !t.ends_with(" kubernetes"));
    told.sort();
    told
}

#[test]
fn a_server_that_is_killed_and_started_again() {
    let mut cluster = fragile();
    let kubeconfig = cluster.kubeconfig(ADMIN);
    let follower = Follower::start(&kubeconfig, quick());
    follower.settled();
    let before = follower.equals_cold("at first", &kubeconfig);
    let told = follower.look(|h| h.told.len());
    cluster.kill_server();
    let state = follower.await_source(ROUTES, SOON, |s| s.cause.is_some());
    assert!(state.cause.as_ref().unwrap().contains("cannot be reached") && state.synced, "{state:?}");
    assert_eq!(follower.report(), before, "what was known stays");
    std::thread::sleep(if long() { Duration::from_secs(60) } else { Duration::from_secs(1) });
    cluster.start_server(&[]);
    let began = Instant::now();
    follower.await_source(ROUTES, SOON, |s| s.cause.is_none());
    println!("healed {:?} after the server was ready", began.elapsed());
    follower.equals_cold("after the restart", &kubeconfig);
    assert_eq!(told_since(&follower, told), [""; 0], "a list that says nothing new tells nothing");
    cluster.admin().put(&route("after-kill"));
    follower.equals_cold("a new route", &kubeconfig);
    assert!(follower.report().contains("after-kill"));
    cluster.admin().delete(&route("after-kill"));
    assert!(follower.stop());
}

#[test]
fn a_server_that_is_paused() {
    let mut cluster = fragile();
    let kubeconfig = cluster.kubeconfig(ADMIN);
    let mut options = quick();
    options.timing.idle = Duration::from_secs(2);
    let follower = Follower::start(&kubeconfig, options);
    follower.settled();
    // What a watch told shows that it is open: one that is still asked for is waited for longer.
    cluster.admin().put(&route("before-pause"));
    let before = follower.equals_cold("at first", &kubeconfig);
    assert!(before.contains("before-pause"));
    cluster.server().signal("STOP");
    std::thread::sleep(if long() { Duration::from_secs(60) } else { Duration::from_secs(4) });
    let state = follower.source(ROUTES).unwrap();
    assert!(state.cause.as_ref().is_some_and(|c| c.contains("silent")), "{state:?}");
    assert_eq!(follower.report(), before, "what was known stays");
    cluster.server().signal("CONT");
    cluster.admin().put(&route("after-pause"));
    follower.await_source(ROUTES, Duration::from_secs(60), |s| s.cause.is_none());
    follower.equals_cold("after the pause", &kubeconfig);
    assert!(follower.report().contains("after-pause"));
    for name in ["before-pause", "after-pause"] {
        cluster.admin().delete(&route(name));
    }
    assert!(follower.stop());
}

/// However long a server was away, nobody waits long once it is back: by then each source alone would wait for minutes.
#[test]
fn waits_end_when_the_server_is_back() {
    let cluster = fragile();
    let proxy = Proxy::start(&cluster.kubeconfig(ADMIN));
    let between = cluster.kubeconfig_at("proxy", proxy.url(), &json!({}));
    let timing = Timing { longest: Duration::from_secs(300), discovery: Duration::from_secs(300), ..Timing::default() };
    let follower = Follower::start(&between, Options { timing, ..Options::default() });
    follower.settled();
    // At first discovery is asked again for twenty seconds, and would notice by itself.
    std::thread::sleep(Duration::from_secs(21));
    let down = || follower.look(|h| h.sources.values().filter(|s| s.cause.is_some()).map(|s| s.kind.clone()).collect::<Vec<_>>());
    let absent = down();
    proxy.set(Fault::Cut);
    follower.await_source(ROUTES, SOON, |s| s.cause.is_some());
    std::thread::sleep(Duration::from_secs(15));
    assert!(down().len() > absent.len() + 5, "{:?}", down());
    proxy.set(Fault::None);
    let began = Instant::now();
    eventually("all are well again", Duration::from_secs(5), || if down() == absent { Ok(()) } else { Err(format!("{:?}", down())) });
    println!("all healed {:?} after the server was back", began.elapsed());
    assert!(follower.stop());
}

#[test]
fn a_history_that_is_compacted() {
    let mut cluster = fragile();
    let proxy = Proxy::start(&cluster.kubeconfig(ADMIN));
    let between = cluster.kubeconfig_at("proxy", proxy.url(), &json!({}));
    let api = cluster.admin();
    api.put(&route("old"));
    let follower = Follower::start(&between, quick());
    follower.settled();
    let kubeconfig = cluster.kubeconfig(ADMIN);
    follower.equals_cold("at first", &kubeconfig);
    let before = follower.look(|h| h.told.len());
    proxy.set(Fault::Cut);
    follower.await_source(ROUTES, SOON, |s| s.cause.is_some());
    // While it cannot look: one comes, one goes, one changes; and the history of that goes too.
    api.put(&route("new"));
    api.delete(&route("old"));
    api.patch(&route("new"), "", &json!({"spec": {"hostnames": ["newer.example.com"]}})).unwrap();
    cluster.compact();
    cluster.kill_server();
    cluster.start_server(&[]);
    proxy.set(Fault::None);
    follower.await_source(ROUTES, SOON, |s| s.cause.is_none());
    follower.equals_cold("after the compaction", &kubeconfig);
    assert_eq!(told_since(&follower, before), ["delete HTTPRoute old", "put HTTPRoute new"], "the new list is compared with what is known");
    cluster.admin().delete(&route("new"));
    assert!(follower.stop());
}

#[test]
fn a_kind_that_is_forbidden_until_it_is_granted() {
    let cluster = fragile();
    let api = cluster.admin();
    let role = |resources: Value| {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reader"}, "rules": [
            {"apiGroups": ["gateway.networking.k8s.io", "gateway.networking.x-k8s.io"], "resources": resources, "verbs": ["get", "list", "watch"]},
            {"apiGroups": ["", "discovery.k8s.io"], "resources": ["namespaces", "services", "endpointslices"], "verbs": ["get", "list", "watch"]}]})
    };
    let some = json!([
        "gatewayclasses",
        "gateways",
        "tlsroutes",
        "tcproutes",
        "udproutes",
        "grpcroutes",
        "listenersets",
        "backendtlspolicies",
        "xbackends",
        "xmeshes",
        "referencegrants"
    ]);
    api.put(&role(some));
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "reader"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"}, "subjects": [{"kind": "User", "name": EXPORTER_USER}]});
    api.put(&binding);
    let kubeconfig = cluster.kubeconfig(EXPORTER);
    let follower = Follower::start(&kubeconfig, quick());
    follower.settled();
    let state = follower.await_source(ROUTES, SOON, |s| s.cause.is_some());
    assert!(state.cause.as_ref().unwrap().starts_with("forbidden: ") && !state.synced, "{state:?}");
    follower.look(|h| assert_eq!(h.coverage.as_ref().unwrap().forbidden, [ROUTES]));
    let report = follower.equals_cold("while it is forbidden", &kubeconfig);
    assert!(!report.contains(r#""kind":"HTTPRoute","namespace":"shop","name":"web""#));
    api.put(&role(json!(["*"])));
    follower.await_source(ROUTES, SOON, |s| s.cause.is_none() && s.synced);
    let report = follower.equals_cold("once it is granted", &kubeconfig);
    assert!(report.contains(r#""kind":"HTTPRoute","namespace":"shop","name":"web""#));
    api.delete(&binding);
    api.delete(&role(json!([])));
    assert!(follower.stop());
}

#[test]
fn a_definition_that_goes_and_comes_back() {
    let cluster = fragile();
    let (api, kubeconfig) = (cluster.admin(), cluster.kubeconfig(ADMIN));
    const KIND: &str = "UDPRoute.gateway.networking.k8s.io";
    let follower = Follower::start(&kubeconfig, quick());
    follower.settled();
    let release = Release::read(RELEASES.last().unwrap(), Channel::Experimental);
    let crd = release.objects().iter().find(|o| o["spec"]["names"]["kind"] == "UDPRoute").unwrap();
    let began = Instant::now();
    api.delete(crd);
    follower.await_source(KIND, SOON, |s| !s.synced && s.objects == 0 && s.cause.as_ref().is_some_and(|c| c.starts_with("not served")));
    println!("gone after {:?}", began.elapsed());
    follower.look(|h| assert!(h.coverage.as_ref().unwrap().absent.contains(&KIND.to_owned())));
    follower.equals_cold("without the definition", &kubeconfig);
    let began = Instant::now();
    release.install(&api);
    follower.await_source(KIND, SOON, |s| s.synced && s.cause.is_none());
    println!("back after {:?}", began.elapsed());
    let sample = samples(&api).into_iter().find(|s| s.object["kind"] == "UDPRoute").unwrap();
    api.put(&sample.object);
    let report = follower.equals_cold("with it again", &kubeconfig);
    assert!(report.contains("\"UDPRoute\""));
    assert!(follower.stop());
}

#[test]
fn objects_that_no_schema_kept_out() {
    let cluster = fragile();
    let (api, kubeconfig) = (cluster.admin(), cluster.kubeconfig(ADMIN));
    const KIND: &str = "TLSRoute.gateway.networking.k8s.io";
    let follower = Follower::start(&kubeconfig, quick());
    follower.settled();
    let release = Release::read(RELEASES.last().unwrap(), Channel::Experimental);
    let good = release.objects().iter().find(|o| o["spec"]["names"]["kind"] == "TLSRoute").unwrap();
    let mut loose = good.clone();
    for version in loose["spec"]["versions"].as_array_mut().unwrap() {
        version["schema"] = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
        version["additionalPrinterColumns"] = json!([]);
    }
    let mut latest = api.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tlsroutes.gateway.networking.k8s.io").unwrap();
    latest["spec"]["versions"] = loose["spec"]["versions"].clone();
    replace(&api, &latest);
    let odd = |name: &str, spec: Value| json!({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "TLSRoute", "metadata": {"namespace": "shop", "name": name}, "spec": spec});
    let odds = [
        odd("text", json!("broken")),
        odd("shapes", json!({"rules": 7, "hostnames": {"a": 1}, "parentRefs": [3, "x", {"name": 5}]})),
        odd("nothing", json!(null)),
    ];
    for object in &odds {
        eventually("a loose schema takes it", SOON, || api.apply(object).map_err(|e| e["message"].to_string()));
    }
    api.put(&route("beside-the-odd"));
    let report = follower.equals_cold("with odd objects", &kubeconfig);
    let report: Value = serde_json::from_str(&report).unwrap();
    for name in ["text", "shapes"] {
        assert!(report["findings"].as_array().unwrap().iter().any(|f| f["subject"]["name"] == name), "a finding about {name}: {}", report["findings"]);
    }
    let state = follower.await_source(KIND, SOON, |s| s.bad_objects == 1);
    assert!(state.cause.is_none() && state.synced, "the others are followed: {state:?}");
    for object in &odds {
        api.delete(object);
    }
    api.delete(&route("beside-the-odd"));
    follower.equals_cold("without them", &kubeconfig);
    let mut latest = api.get("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tlsroutes.gateway.networking.k8s.io").unwrap();
    latest["spec"]["versions"] = good["spec"]["versions"].clone();
    replace(&api, &latest);
    assert!(follower.stop());
}

/// Puts a definition as it is, which a merge would not.
fn replace(api: &gatescope_tests::cluster::Api, crd: &Value) {
    let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{}", crd["metadata"]["name"].as_str().unwrap());
    let (code, text) = api.send("PUT", &path, "application/json", crd.to_string().into_bytes()).unwrap();
    assert_eq!(code, 200, "{}", String::from_utf8_lossy(&text));
}

#[test]
fn a_token_that_is_no_longer_good_until_it_is_renewed() {
    let mut cluster = fragile();
    let api = cluster.admin();
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"namespace": "default", "name": "watcher"}});
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "watcher"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "namespace": "default", "name": "watcher"}]});
    let file = cluster.dir().join("watcher.token");
    let renew = |api: &gatescope_tests::cluster::Api| {
        api.put(&account);
        let request = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 600}});
        let answer = api.post("/api/v1/namespaces/default/serviceaccounts/watcher/token", &request).unwrap();
        std::fs::write(&file, answer["status"]["token"].as_str().unwrap()).unwrap();
    };
    renew(&api);
    api.put(&binding);
    let own = cluster.kubeconfig_with("watcher", &json!({"tokenFile": file.display().to_string()}));
    let follower = Follower::start(&own, quick());
    follower.settled();
    let kubeconfig = cluster.kubeconfig(ADMIN);
    let before = follower.equals_cold("at first", &kubeconfig);
    // The account goes, and its tokens with it; the watches end with the server.
    api.delete(&account);
    cluster.kill_server();
    cluster.start_server(&[]);
    let state = follower.await_source(ROUTES, SOON, |s| s.cause.as_ref().is_some_and(|c| c.contains("401")));
    assert_eq!(follower.report(), before, "what was known stays: {state:?}");
    let api = cluster.admin();
    renew(&api);
    let began = Instant::now();
    follower.await_source(ROUTES, SOON, |s| s.cause.is_none());
    println!("healed {:?} after the token was renewed", began.elapsed());
    api.put(&route("after-renewal"));
    follower.equals_cold("with the new token", &kubeconfig);
    api.delete(&route("after-renewal"));
    api.delete(&binding);
    api.delete(&account);
    assert!(follower.stop());
}

/// Through a fault-injecting proxy: the real server does not run out of patience on demand.
#[test]
fn a_server_that_asks_to_wait() {
    let cluster = fragile();
    let proxy = Proxy::start(&cluster.kubeconfig(ADMIN));
    let between = cluster.kubeconfig_at("proxy", proxy.url(), &json!({}));
    let kubeconfig = cluster.kubeconfig(ADMIN);
    let follower = Follower::start(&between, quick());
    follower.settled();
    follower.equals_cold("at first", &kubeconfig);
    proxy.set(Fault::Cut);
    follower.await_source(ROUTES, SOON, |s| s.cause.is_some());
    proxy.set(Fault::Status(429));
    follower.await_source(ROUTES, SOON, |s| s.cause.as_ref().is_some_and(|c| c.contains("429")));
    let (sources, from) = (follower.look(|h| h.sources.len() as u64), proxy.refused());
    std::thread::sleep(Duration::from_secs(3));
    let asked = proxy.refused() - from;
    assert!(asked <= 5 * sources, "Retry-After is heeded: {asked} requests of {sources} sources in 3 s");
    cluster.admin().put(&route("after-429"));
    proxy.set(Fault::None);
    follower.await_source(ROUTES, SOON, |s| s.cause.is_none());
    follower.equals_cold("after 429s", &kubeconfig);
    cluster.admin().delete(&route("after-429"));
    assert!(follower.stop());
}

/// As many events as the server can make; the bench has the exact rate.
#[test]
fn a_storm_of_events() {
    let cluster = fragile();
    let kubeconfig = cluster.kubeconfig(ADMIN);
    let api = cluster.admin();
    let follower = Follower::start(&kubeconfig, quick());
    follower.settled();
    for i in 0..40 {
        api.put(&route(&format!("storm-{i}")));
    }
    let seconds = if long() { 60 } else { 3 };
    let began = Instant::now();
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..4)
            .map(|w| {
                let api = cluster.admin();
                scope.spawn(move || {
                    let mut n = 0;
                    while began.elapsed() < Duration::from_secs(seconds) {
                        let object = route(&format!("storm-{}", (w * 10) + n % 10));
                        // A spec, a status, and what does not count, in turn.
                        let (part, patch) = match n % 3 {
                            0 => ("", json!({"spec": {"hostnames": [format!("h{}.example.com", n % 7)]}})),
                            1 => ("/status", json!({"status": {"parents": [{"controllerName": "example.com/controller", "parentRef": {"name": "edge", "namespace": "infra", "sectionName": "http"},
                                "conditions": [{"type": "Accepted", "status": if n % 2 == 0 { "True" } else { "False" }, "reason": "Accepted", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z"}]}]}})),
                            _ => ("", json!({"metadata": {"finalizers": [format!("example.com/{}", n % 2)]}})),
                        };
                        api.patch(&object, part, &patch).unwrap();
                        n += 1;
                    }
                    n
                })
            })
            .collect();
        workers.into_iter().map(|w| w.join().unwrap()).collect()
    });
    let events: usize = counts.iter().sum();
    follower.equals_cold("after the storm", &kubeconfig);
    println!("{} events a second for {seconds} s", events as u64 / seconds);
    for i in 0..40 {
        let object = route(&format!("storm-{i}"));
        api.patch(&object, "", &json!({"metadata": {"finalizers": []}})).unwrap();
        api.delete(&object);
    }
    follower.equals_cold("and after it was cleaned up", &kubeconfig);
    assert!(follower.stop());
}
