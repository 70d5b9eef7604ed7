//! Every path, its filters, and how answers are coded.

use super::{demo, example};
use gatescope_tests::cli::{Folder, run};
use serde_json::Value;
use std::io::Read as _;

const FILTERS: [(&str, &[&str]); 6] = [
    ("state=blocked,unknown", &["--state", "blocked,unknown"]),
    ("host=shop.northwind.example", &["--host", "shop.northwind.example"]),
    ("namespace=search", &["-n", "search"]),
    ("gateway=edge", &["--gateway", "edge"]),
    ("route=search/jobs", &["--route", "search/jobs"]),
    ("host=shop.northwind.example&state=exposed", &["--host", "shop.northwind.example", "--state", "exposed"]),
];

fn resolved(more: &[&str]) -> String {
    let example = example();
    let mut args = vec!["resolve", "-f", &example, "--complete", "-o", "json"];
    args.extend(more);
    run(&args, b"").stdout
}

#[test]
fn the_report_is_that_of_the_command_line() {
    for engine in ["wasm", "native"] {
        let exporter = demo(&["--engine", engine]);
        assert_eq!(exporter.get("/api/v1/report?runtime=false").text(), resolved(&[]), "{engine}: byte for byte");
        let report = exporter.json("/api/v1/report");
        assert_eq!(report["runtime"]["engine"]["kind"], engine);
        assert_eq!(super::bare(report.clone()), serde_json::from_str::<Value>(&resolved(&[])).unwrap());
        let compact = exporter.get("/api/v1/report?compact=true");
        assert_eq!((compact.text().lines().count(), super::bare(compact.json())), (1, super::bare(report)));
        for (query, flags) in FILTERS {
            let wanted = resolved(flags);
            let got = exporter.get(&format!("/api/v1/report?runtime=false&{query}")).text();
            assert_eq!(got, wanted, "{engine} {query}");
            assert_ne!(wanted, resolved(&[]), "{query} must take something out");
        }
    }
}

#[test]
fn every_part_is_a_member_of_the_report() {
    let exporter = demo(&[]);
    for query in ["", "?state=blocked", "?gateway=edge&state=exposed"] {
        let report = exporter.json(&format!("/api/v1/report{query}"));
        for part in ["summary", "gateways", "listenerSets", "listeners", "attachments", "exposures", "policies", "mesh", "findings", "runtime"] {
            if part == "runtime" && !query.is_empty() {
                continue;
            }
            assert_eq!(exporter.json(&format!("/api/v1/{part}{query}")), report[part], "{part}{query}");
        }
    }
}

#[test]
fn the_snapshot_leads_to_the_same_report() {
    for engine in ["wasm", "native"] {
        for complete in [true, false] {
            let example = example();
            let mut args = vec!["-f", example.as_str(), "--engine", engine];
            args.extend(complete.then_some("--complete"));
            let exporter = gatescope_tests::exporter::Exporter::start(&args).ready();
            let snapshot = exporter.get("/api/v1/snapshot");
            assert_eq!(snapshot.json()["schema"], "gatescope/snapshot/v1");
            let report = exporter.get("/api/v1/report?runtime=false").text();
            let folder = Folder::with(&[("snapshot.json", &snapshot.body)]);
            let file = folder.file("snapshot.json");
            let mut args = vec!["resolve", "-f", &file, "-o", "json"];
            assert_eq!(run(&args, b"").stdout, report, "{engine} complete: {complete}");
            args.extend(complete.then_some("--complete"));
            assert_eq!(run(&args, b"").stdout, report, "{engine} complete: {complete}, told again");
            // An exporter of the exporter's snapshot says the same, and gives out the same snapshot.
            let second = gatescope_tests::exporter::Exporter::start(&["-f", &file, "--engine", engine]).ready();
            assert_eq!(second.get("/api/v1/report?runtime=false").text(), report);
            assert_eq!(second.get("/api/v1/snapshot").text(), snapshot.text());
        }
    }
}

#[test]
fn no_key_leaves_the_exporter() {
    let text = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"namespace":"a","name":"s","managedFields":[{"x":"MANAGED"}]},"data":{"tls.crt":"eA==","tls.key":"U0VDUkVUS0VZ","token":"VE9LRU4="}}"#;
    let folder = Folder::with(&[("a.json", text.as_bytes())]);
    let exporter = gatescope_tests::exporter::Exporter::start(&["-f", &folder.arg()]).ready();
    let text = exporter.get("/api/v1/snapshot").text();
    assert!(text.contains("tls.crt") && !["U0VDUkVUS0VZ", "VE9LRU4=", "MANAGED"].iter().any(|s| text.contains(s)), "{text}");
}

#[test]
fn a_gateways_slice_gives_its_rows() {
    let exporter = demo(&[]);
    let gateways = exporter.json("/api/v1/gateways");
    let whole = exporter.get("/api/v1/snapshot").body.len();
    for gateway in gateways.as_array().unwrap() {
        let (ns, name) = (gateway["namespace"].as_str().unwrap(), gateway["name"].as_str().unwrap());
        let path = format!("/api/v1/gateways/{ns}/{name}/snapshot");
        let slice = exporter.get(&path);
        assert_eq!(slice.status, 200);
        assert!(slice.body.len() < whole, "{name}: a part, and not everything");
        let etag = slice.header("etag").to_owned();
        assert_eq!(exporter.ask("GET", &path, &[("if-none-match", &etag)]).status, 304);
        let folder = Folder::with(&[("slice.json", &slice.body)]);
        let flag = format!("{ns}/{name}");
        let rows = run(&["resolve", "-f", &folder.file("slice.json"), "--complete", "-o", "json", "--gateway", &flag], b"").json();
        let wanted = exporter.json(&format!("/api/v1/exposures?gateway={ns}/{name}"));
        assert_eq!(rows["exposures"], wanted, "{ns}/{name}");
    }
    let none = exporter.get("/api/v1/gateways/infra/egde/snapshot");
    assert_eq!(none.status, 404);
    assert!(none.json()["hint"].as_str().unwrap().contains("edge"), "{}", none.text());
}

#[test]
fn trace_and_explain_are_those_of_the_command_line() {
    let exporter = demo(&[]);
    let example = example();
    let cli = |args: &[&str]| run(&[args, &["-f", &example, "--complete", "-o", "json"]].concat(), b"").json();
    for url in ["https://shop.northwind.example/cart", "https://nobody.example/"] {
        assert_eq!(exporter.json(&format!("/api/v1/trace?url={url}")), cli(&["trace", url]), "{url}");
    }
    assert_eq!(
        exporter.json("/api/v1/trace?url=https://shop.northwind.example/cart&gateway=edge&method=POST&header=x-canary:%201"),
        cli(&["trace", "https://shop.northwind.example/cart", "--gateway", "edge", "-X", "POST", "-H", "x-canary: 1"])
    );
    assert_eq!(exporter.json("/api/v1/explain/HTTPRoute/search/jobs"), cli(&["explain", "HTTPRoute/search/jobs"]));
    assert_eq!(exporter.json("/api/v1/explain/httproutes/jobs"), cli(&["explain", "HTTPRoute/search/jobs"]));
    for (path, status, hint) in [
        ("/api/v1/trace", 400, "url="),
        ("/api/v1/trace?url=ftp://a/", 400, "http"),
        ("/api/v1/trace?url=http://a/&gateway=egde", 404, "edge"),
        ("/api/v1/explain/HTTPRoute/search/jbos", 404, "jobs"),
        ("/api/v1/explain/HTTPRuote/search/jobs", 400, "HTTPRoute"),
        ("/api/v1/exposures?gateway=egde", 404, "edge"),
        ("/api/v1/exposures?gatway=edge", 400, "gateway"),
        ("/api/v1/exposures?state=exposd", 400, "exposed"),
        ("/api/v1/exposure", 404, "/api/v1/exposures"),
        ("/api/v1/report?runtime=perhaps", 400, ""),
        ("/wasm/gatescope-proxi.wasm", 404, ""),
        ("/api/v1/events?feed=deltass", 400, "deltas"),
    ] {
        let answer = exporter.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/json"), "{path}: {}", answer.text());
        let body = answer.json();
        assert!(body["error"].is_string() && body["hint"].as_str().unwrap_or_default().contains(hint), "{path}: {body}");
    }
}

#[test]
fn targets_are_urls_that_are_served() {
    let exporter = demo(&[]);
    let targets = exporter.json("/api/v1/targets");
    let targets = targets.as_array().unwrap();
    assert!(targets.len() > 10);
    for group in targets {
        let url = group["targets"][0].as_str().unwrap();
        assert!(!url.contains('*'), "{url}");
        if url.starts_with("http") {
            let answers = exporter.json(&format!("/api/v1/trace?url={url}"));
            let served = answers.as_array().unwrap().iter().any(|a| a["outcome"] == "forward" || a["outcome"] == "redirect");
            assert!(served, "{url}: {answers}");
        }
    }
}

#[test]
fn layout_module_and_landing_page() {
    let exporter = demo(&[]);
    assert!(exporter.json("/api/v1/layout")["nodes"].as_array().unwrap().len() > 50);
    assert!(exporter.json("/api/v1/layout?gateway=edge")["nodes"].as_array().unwrap().len() > 10);
    let version = run(&["version"], b"").stdout;
    let sum = version.split("sha256 ").nth(1).unwrap().trim();
    let module = exporter.get("/wasm/gatescope.wasm");
    assert_eq!((module.header("content-type"), module.header("x-content-sha256")), ("application/wasm", sum));
    assert!(module.header("cache-control").contains("immutable"));
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&module.body);
    assert_eq!(digest.iter().map(|b| format!("{b:02x}")).collect::<String>(), sum);
    assert_eq!(exporter.ask("GET", "/wasm/gatescope.wasm", &[("if-none-match", module.header("etag"))]).status, 304);
    let page = exporter.get("/");
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").starts_with("text/html"));
}

#[test]
fn answers_are_coded_as_asked() {
    let exporter = demo(&[]);
    for path in ["/api/v1/report?runtime=false", "/api/v1/snapshot", "/wasm/gatescope.wasm"] {
        let plain = exporter.get(path);
        assert_eq!(plain.header("content-encoding"), "");
        let gzip = exporter.ask("GET", path, &[("accept-encoding", "gzip")]);
        assert_eq!((gzip.header("content-encoding"), gzip.header("vary")), ("gzip", "accept-encoding"));
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(gzip.body.as_slice()).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain.body);
        assert!(gzip.body.len() < plain.body.len());
        let zstd = exporter.ask("GET", path, &[("accept-encoding", "zstd")]);
        assert_eq!(zstd.header("content-encoding"), "zstd");
        assert!(zstd.body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    }
    for path in ["/", "/metrics", "/healthz", "/readyz", "/api/v1/report", "/api/v1/exposures", "/wasm/gatescope.wasm"] {
        let head = exporter.ask("HEAD", path, &[]);
        assert_eq!((head.status, head.body.len()), (200, 0), "{path}");
        assert_eq!(head.header("x-content-type-options"), "nosniff", "{path}");
        assert!(head.header("content-security-policy").contains("default-src 'none'"), "{path}");
        let post = exporter.ask("POST", path, &[("content-length", "0")]);
        assert_eq!(post.status, 405, "{path}");
        assert!(post.json()["hint"].as_str().unwrap().contains("GET"));
    }
}
