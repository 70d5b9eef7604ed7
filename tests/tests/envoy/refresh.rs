//! The exporter as the source: followed while it changes, missed while it is down, doubted where it talks nonsense.

use super::scene::{Scene, added, config, fetching, hosts, list, objects, status, to};
use gatescope_tests::cli::Folder;
use gatescope_tests::envoy::Protocol::{Grpc, Http1};
use gatescope_tests::envoy::{free_port, plugin_file, scripted};
use gatescope_tests::exporter::{Exporter, eventually};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[test]
fn a_live_exporter_is_followed_and_its_last_word_is_kept() {
    let folder = Folder::with(&[("cluster.json", list(&objects()).to_string().as_bytes())]);
    let exporter = Exporter::start(&["-f", &folder.arg(), "--complete", "--engine", "native"]).ready();
    let mut scene = Scene::new();
    scene.exporter(exporter.address.port());
    let port = scene.listen(&plugin_file(false), &fetching(json!({"mode": "deny", "staleAfterSeconds": 3, "complete": false})).to_string(), hosts());
    let running = scene.start();
    let answers = |target: &str| status(&running.ask(&to(port, Http1, target, target)));
    running.counted("gatescope_proxy_fetch_total", &["result=\"updated\""], 1.0);
    running.denies(port);
    assert_eq!((answers("/cart"), answers("/new"), answers("/admin")), (200, 404, 404));
    running.counted("gatescope_proxy_fetch_total", &["result=\"not-modified\""], 2.0);
    // A team adds a route.
    let all: Vec<Value> = objects().into_iter().chain([added()]).collect();
    std::fs::write(folder.path().join("cluster.json"), list(&all).to_string()).unwrap();
    let began = Instant::now();
    eventually("the new route is declared", || (answers("/new") == 200).then_some(()));
    println!("a change reached the proxy within {:.1} s, looking every second", began.elapsed().as_secs_f32());
    assert_eq!(answers("/admin"), 404);
    let updated = running.envoy.sum("gatescope_proxy_fetch_total", &["result=\"updated\""]);
    assert!((2.0..=4.0).contains(&updated), "one for each snapshot that differed, and not one for each look: {updated}");
    assert_eq!(running.envoy.sum("gatescope_proxy_config_total", &["result=\"ok\""]), updated);
    // The exporter goes: what it said holds, and denies nothing any more once it is outdated.
    drop(exporter);
    running.counted("gatescope_proxy_fetch_total", &["result=\"unreachable\""], 1.0);
    assert_eq!((answers("/new"), answers("/cart")), (200, 200));
    eventually("nothing is denied", || (answers("/admin") == 200).then_some(()));
    assert_eq!(status(&running.ask(&to(port, Http1, "/new", "kept"))), 200);
    assert_eq!(running.line("kept")["verdict"], "declared");
    running.counted("gatescope_proxy_outdated_total", &[], 1.0);
}

#[test]
fn without_an_exporter_traffic_passes() {
    let mut scene = Scene::new();
    scene.exporter(free_port());
    let port = scene.listen(&plugin_file(false), &fetching(json!({"mode": "deny"})).to_string(), hosts());
    let lost = scene.listen(&plugin_file(false), &fetching(json!({"mode": "deny", "exporter": {"cluster": "no-such-cluster"}})).to_string(), hosts());
    let running = scene.start();
    running.counted("gatescope_proxy_fetch_total", &["result=\"unreachable\""], 4.0);
    for port in [port, lost] {
        assert_eq!(status(&running.ask(&to(port, Http1, "/admin", "a"))), 200);
        assert_eq!(status(&running.ask(&to(port, Grpc, "/hello.Hello/Secret", "b"))), 200);
    }
    assert_eq!(running.line("a")["verdict"], "unjudged");
    assert_eq!(running.counted("gatescope_proxy_unjudged_total", &["reason=\"no-snapshot\""], 4.0), 4.0);
}

/// What a real exporter does not say: a scripted one does.
#[test]
fn nonsense_is_counted_and_the_last_good_word_holds() {
    let good = list(&objects()).to_string();
    let answer: Arc<Mutex<(u16, String)>> = Arc::new(Mutex::new((200, good)));
    let mut scene = Scene::new();
    let told = Arc::clone(&answer);
    let port = scene.runtime().block_on(scripted(Arc::new(Mutex::new(move |_: &str, _: &_| {
        let (status, body) = told.lock().unwrap().clone();
        (status, vec![], body.into_bytes())
    }))));
    scene.exporter(port);
    let port = scene.listen(&plugin_file(false), &fetching(json!({"mode": "deny", "maxSnapshotBytes": 100_000})).to_string(), hosts());
    let running = scene.start();
    running.counted("gatescope_proxy_fetch_total", &["result=\"updated\""], 1.0);
    running.denies(port);
    let other = objects().into_iter().filter(|o| o["kind"] != "Gateway").collect::<Vec<_>>();
    let truncated = list(&objects()).to_string();
    for (status, body, result) in [
        (200, "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [".to_owned(), "unreadable"),
        (200, truncated[..truncated.len() / 2].to_owned(), "unreadable"),
        (200, String::new(), "unreadable"),
        (200, "<html>a login page</html>".to_owned(), "unreadable"),
        (200, list(&other).to_string(), "unreadable"),
        (200, format!("{{\"kind\":\"List\",\"items\":[],\"x\":\"{}\"}}", "y".repeat(200_000)), "too-large"),
        (403, "who are you".to_owned(), "refused"),
        (503, "not ready".to_owned(), "unreachable"),
        (304, String::new(), "not-modified"),
    ] {
        let having = format!("result=\"{result}\"");
        let before = running.envoy.sum("gatescope_proxy_fetch_total", &[&having]);
        *answer.lock().unwrap() = (status, body);
        running.counted("gatescope_proxy_fetch_total", &[&having], before + 1.0);
        assert_eq!(self::status(&running.ask(&to(port, Http1, "/cart", "ok"))), 200, "{result}");
        assert_eq!(self::status(&running.ask(&to(port, Http1, "/admin", "no"))), 404, "{result}: the last good snapshot still denies");
    }
}

/// Nothing is ever refused: Envoy starts, and traffic passes.
#[test]
fn any_configuration_at_all_starts_and_passes() {
    let mut newer = list(&objects());
    newer["schema"] = json!("gatescope/snapshot/v9");
    let many: Vec<Value> = (0..300)
        .map(|i| {
            let mut route = added();
            route["metadata"]["name"] = json!(format!("r{i}"));
            route["spec"]["rules"][0]["matches"][0]["path"]["value"] = json!(format!("/r{i}"));
            route
        })
        .chain(objects())
        .collect();
    let cases: Vec<(&str, String, &str)> = vec![
        ("empty", String::new(), "invalid"),
        ("no JSON", "mode: deny".into(), "invalid"),
        ("a list", "[]".into(), "invalid"),
        ("deep", "[".repeat(100_000), "invalid"),
        ("wrong types", json!({"gateway": 7, "snapshot": [], "mode": "deny", "ports": {"x": "y"}}).to_string(), "invalid"),
        ("no gateway", json!({"mode": "deny", "snapshot": list(&objects())}).to_string(), "no-gateway"),
        ("another gateway", config(json!({"mode": "deny", "gateway": {"namespace": "a", "name": "b"}})).to_string(), "no-gateway"),
        ("nothing to read", json!({"mode": "deny", "gateway": {"namespace": "infra", "name": "edge"}}).to_string(), "no-snapshot"),
        ("a snapshot of words", config(json!({"mode": "deny", "snapshot": "words"})).to_string(), ""),
        ("too many bytes", config(json!({"mode": "deny", "maxSnapshotBytes": 100})).to_string(), "too-large"),
        ("too many exposures", config(json!({"mode": "deny", "maxExposures": 100, "snapshot": list(&many)})).to_string(), "too-large"),
    ];
    let mut scene = Scene::new();
    let ports: Vec<u16> = cases.iter().map(|(_, config, _)| scene.listen(&plugin_file(false), config, hosts())).collect();
    let unknown = scene.listen(&plugin_file(false), &config(json!({"mode": "deny", "futureMember": {"x": 1}, "snapshot": newer})).to_string(), hosts());
    let running = scene.start();
    for ((what, _, result), port) in cases.iter().zip(&ports) {
        for (protocol, target) in [(Http1, "/admin"), (Grpc, "/hello.Hello/Secret")] {
            let got = running.ask(&to(*port, protocol, target, what));
            assert_eq!(status(&got), 200, "{what}: {got:?}");
        }
        assert_ne!(running.line(what)["verdict"], "undeclared", "{what}");
        let having = if result.is_empty() { String::new() } else { format!("result=\"{result}\"") };
        running.counted("gatescope_proxy_config_total", &[&having], 1.0);
    }
    // A member of a later version is a remark, and everything else holds.
    assert_eq!(status(&running.ask(&to(unknown, Http1, "/cart", "later"))), 200);
    assert_eq!(running.line("later")["verdict"], "declared");
    assert!(running.envoy.log().contains("`futureMember`: there is no such member"), "{}", running.envoy.log());
}

/// A trap ends one VM: FAIL_RELOAD makes a new one, which knows what the old one knew.
#[test]
fn a_trap_is_one_request_and_a_reload() {
    let folder = Folder::with(&[("cluster.json", list(&objects()).to_string().as_bytes())]);
    let exporter = Exporter::start(&["-f", &folder.arg(), "--complete", "--engine", "native"]).ready();
    let mut scene = Scene::new();
    scene.exporter(exporter.address.port());
    let inline = scene.listen(&plugin_file(true), &config(json!({"mode": "deny"})).to_string(), hosts());
    let fetched = scene.listen(&plugin_file(true), &fetching(json!({"mode": "deny"})).to_string(), hosts());
    let running = scene.start();
    running.counted("gatescope_proxy_fetch_total", &["result=\"updated\""], 1.0);
    running.denies(fetched);
    for port in [inline, fetched] {
        for round in 0..2 {
            assert_eq!(status(&running.ask(&to(port, Http1, "/cart", "before"))), 200);
            let mut trap = to(port, Http1, "/cart", "trap");
            trap.headers.insert("x-gatescope-fault".into(), "1".into());
            let got = running.try_ask(&trap);
            assert!(got.as_ref().is_ok_and(|g| g.status >= 500), "{got:?}");
            let began = Instant::now();
            eventually("requests are served and judged again", || {
                let ok = status(&running.ask(&to(port, Http1, "/cart", "after"))) == 200;
                (ok && status(&running.ask(&to(port, Http1, "/admin", "after"))) == 404).then_some(())
            });
            println!("port {port}, trap {round}: judged again after {:.2} s", began.elapsed().as_secs_f32());
            std::thread::sleep(Duration::from_millis(300));
        }
    }
}
