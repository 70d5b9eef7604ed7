//! The examples of deploy/ run as they are, but for their ports.

use super::scene::{Scene, fetching, hosts, list, objects, status, to};
use gatescope_tests::cli::{Folder, run};
use gatescope_tests::envoy::Protocol::Http1;
use gatescope_tests::envoy::{Envoy, Upstream, ask, free_port};
use gatescope_tests::exporter::{Exporter, eventually};
use gatescope_tests::paths;
use serde_json::{Value, json};

fn read(file: &str) -> String {
    std::fs::read_to_string(paths::workspace().join("deploy").join(file)).unwrap()
}

#[test]
fn the_plain_envoy() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let upstream = runtime.block_on(Upstream::start());
    let declared = paths::workspace().join("deploy/envoy/declared.yaml");
    let folder = Folder::with(&[]);
    let wasm = folder.file("gatescope-proxy.wasm");
    let written = run(&["module", "--proxy", "-o", &wasm], b"");
    assert_eq!(written.code, Some(0), "{written:?}");
    let (admin, edge) = (free_port(), free_port());
    let url = format!("http://127.0.0.1:{admin}");
    let args = ["-f", declared.to_str().unwrap(), "--complete", "--envoy-stats", &url, "--envoy-stats-interval", "1", "--never-hit-after", "1"];
    let exporter = Exporter::start(&args).ready();
    // The ports and the file's name are those of the example; the objects say 10080, and the plugin finds the only listener.
    let mut text = read("envoy/envoy.yaml");
    for (from, to) in [
        ("port_value: 9901", format!("port_value: {admin}")),
        ("port_value: 10080", format!("port_value: {edge}")),
        ("port_value: 8080", format!("port_value: {}", exporter.address.port())),
        ("port_value: 8000", format!("port_value: {}", upstream.http1)),
        ("filename: gatescope-proxy.wasm", format!("filename: {wasm}")),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, &to);
    }
    let envoy = Envoy::start_at(serde_saphyr::from_str(&text).unwrap(), &[], Some(admin));
    let get = |target: &str| runtime.block_on(ask(&to(edge, Http1, target, "x"))).unwrap();
    let id = eventually("the first answer that names its exposure", || get("/cart").headers.get("x-gatescope-exposure").cloned());
    let report = run(&["resolve", "-f", declared.to_str().unwrap(), "--complete", "-o", "json"], b"").json();
    let row = report["exposures"].as_array().unwrap().iter().find(|e| e["path"]["value"] == "/cart").unwrap();
    assert_eq!(row["id"], id.as_str());
    let admin = get("/admin");
    assert_eq!((status(&admin), admin.headers.get("x-gatescope-exposure")), (200, None));
    let logged = |text: &str| eventually(text, || envoy.log().lines().find(|l| l.contains(text)).map(str::to_owned));
    let line: Value = serde_json::from_str(&logged("\"/admin\"")).unwrap();
    assert_eq!((&line["verdict"], &line["exposure"], &line["route"]), (&json!("undeclared"), &Value::Null, &Value::Null), "{line}");
    let line: Value = serde_json::from_str(&logged(&id)).unwrap();
    assert_eq!(
        (&line["verdict"], &line["route"], &line["backend"]),
        (&json!("declared"), &json!("HTTPRoute/shop/web"), &json!("Service/shop/cart:8000")),
        "{line}"
    );
    let joined = eventually("what the README says", || {
        let traffic = exporter.json("/api/v1/traffic");
        let codes: Vec<String> = traffic["findings"].as_array()?.iter().filter_map(|f| Some(f["code"].as_str()?.to_owned())).collect();
        (codes == ["GS0812", "GS0811"]).then_some(traffic)
    });
    assert_eq!(joined["sources"][0]["url"], url.as_str());
    if std::env::var_os("GATESCOPE_SHOW").is_some() {
        println!("{line:#}\n{joined:#}\n{}", envoy.metrics("gatescope_").join("\n"));
        println!(
            "{}",
            exporter.get("/metrics").text().lines().filter(|l| l.contains("exposure_requests") || l.contains("last_seen")).collect::<Vec<_>>().join("\n")
        );
    }
}

/// Both copies of the tags say the same, and every example has them all.
#[test]
fn the_tags_are_the_same_everywhere() {
    let tags: Value = serde_json::from_str(&read("envoy/stats-tags.json")).unwrap();
    let plain: Value = serde_saphyr::from_str(&read("envoy/envoy.yaml")).unwrap();
    assert_eq!(plain["stats_config"], tags["stats_config"]);
    let gateway: Vec<Value> = serde_saphyr::from_multiple(&read("envoy-gateway/gatescope.yaml")).unwrap();
    let patches = gateway[1]["spec"]["bootstrap"]["jsonPatches"].as_array().unwrap();
    let patched = patches.iter().find(|p| p["path"] == "/stats_config/stats_tags").unwrap();
    assert_eq!(patched["value"], tags["stats_config"]["stats_tags"]);
}

/// As Envoy Gateway and Istio load it: by URL, with its sum.
#[test]
fn the_exporter_serves_the_plugin_itself() {
    let folder = Folder::with(&[("cluster.json", list(&objects()).to_string().as_bytes())]);
    let exporter = Exporter::start(&["-f", &folder.arg(), "--complete"]).ready();
    let wasm = exporter.get("/wasm/gatescope-proxy.wasm");
    assert_eq!((wasm.status, wasm.header("content-type")), (200, "application/wasm"));
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&wasm.body);
    let sum: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(wasm.header("x-content-sha256"), sum);
    assert!(wasm.header("cache-control").contains("immutable"));
    assert_eq!(std::fs::read(gatescope_tests::envoy::plugin_file(false)).unwrap(), wasm.body, "the newest build is embedded");
    let written = folder.file("out.wasm");
    assert_eq!(run(&["module", "--proxy", "-o", &written], b"").code, Some(0));
    assert_eq!(std::fs::read(&written).unwrap(), wasm.body);
    let mut scene = Scene::new();
    scene.exporter(exporter.address.port());
    let uri = format!("http://localhost:{}/wasm/gatescope-proxy.wasm", exporter.address.port());
    let code = json!({"remote": {"http_uri": {"uri": uri, "cluster": "exporter", "timeout": "10s"}, "sha256": sum, "retry_policy": {"num_retries": 3}}});
    let port = scene.listen_code(code, &fetching(json!({})).to_string(), hosts());
    let running = scene.start();
    eventually("the plugin is loaded and has fetched", || running.ask(&to(port, Http1, "/cart", "x")).headers.get("x-gatescope-exposure").cloned());
}

/// The manifests for controllers: configurations are the plugin's, the objects are decoded; with the controllers' CRDs at hand
/// (GATESCOPE_POLICY_CRDS names a folder of them) they are also validated.
#[test]
fn manifests_for_controllers_say_what_the_plugin_understands() {
    for (file, kind, config) in
        [("envoy-gateway/gatescope.yaml", "EnvoyExtensionPolicy", "/spec/wasm/0/config"), ("istio/gatescope.yaml", "WasmPlugin", "/spec/pluginConfig")]
    {
        let documents: Vec<Value> = serde_saphyr::from_multiple(&read(file)).unwrap();
        let policy = documents.iter().find(|d| d["kind"] == kind).unwrap();
        let config = policy.pointer(config).unwrap().to_string();
        let (parsed, wrong) = gatescope_proxy::config::Config::parse(config.as_bytes());
        assert!(wrong.is_empty(), "{file}: {wrong:?}");
        assert!(parsed.exporter.is_some_and(|e| e.cluster.contains("gatescope")), "{file}");
        for document in &documents {
            super::schema::check(file, document);
        }
    }
}
