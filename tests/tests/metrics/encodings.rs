//! The bytes of a scrape: gzip, zstd, OpenMetrics, and what promtool says.

use super::*;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

/// Series of the process differ from scrape to scrape.
fn steady(bytes: Vec<u8>) -> Vec<String> {
    String::from_utf8(bytes).unwrap().lines().filter(|l| !l.starts_with("process_")).map(str::to_owned).collect()
}

#[test]
fn codings_decode_to_the_plain_text() {
    let objects = example();
    let mut metrics = metrics(&objects, MetricsConfig::default());
    let exposition = metrics.scrape();
    for format in [Format::Text, Format::OpenMetrics] {
        let plain = steady(exposition.bytes(format, Encoding::Identity));
        let gzip = exposition.bytes(format, Encoding::Gzip);
        // One member, whose checksum and length hold: `GzDecoder` stops after the first and looks at both.
        let mut decoder = flate2::bufread::GzDecoder::new(gzip.as_slice());
        let mut text = Vec::new();
        decoder.read_to_end(&mut text).unwrap();
        assert!(decoder.into_inner().is_empty(), "nothing follows the member");
        assert_eq!(steady(text), plain);
        let zstd = exposition.bytes(format, Encoding::Zstd);
        assert_eq!(steady(zstd::stream::decode_all(zstd.as_slice()).unwrap()), plain);
        assert!(gzip.len() * 4 < plain.iter().map(String::len).sum());
        for encoding in [Encoding::Identity, Encoding::Gzip, Encoding::Zstd] {
            let parts = exposition.parts(format, encoding);
            let length = parts.length();
            assert_eq!(parts.map(|p| p.len()).sum::<usize>(), length);
        }
    }
}

#[test]
fn parts_that_did_not_change_are_shared() {
    let mut engine = Engine::new(settings());
    let route = |i: usize, service: &str| {
        let mut route = super::routes::small(|_| {}).swap_remove(2);
        route["metadata"]["name"] = serde_json::json!(format!("route-{i:04}"));
        route["spec"]["hostnames"] = serde_json::json!([format!("host-{i}.example.com")]);
        route["spec"]["rules"][0]["backendRefs"][0]["name"] = serde_json::json!(service);
        route.to_string()
    };
    for object in super::routes::small(|_| {}) {
        engine.load(object.to_string().as_bytes()).unwrap();
    }
    for i in 0..2_000 {
        engine.load(route(i, "one").as_bytes()).unwrap();
    }
    engine.settle();
    let mut metrics = Metrics::new(MetricsConfig::default());
    metrics.reset(&engine.report());
    let parts = |m: &mut Metrics| m.scrape().parts(Format::Text, Encoding::Gzip).map(|p| (p.as_ptr() as usize, p)).collect::<BTreeMap<_, _>>();
    let before = parts(&mut metrics);
    assert!(before.len() > 20, "{}", before.len());
    assert!(std::sync::Arc::ptr_eq(&metrics.scrape(), &metrics.scrape()));
    let text = route(250, "two");
    let (delta, _) = engine.apply(&[gatescope_core::Change::Json(text.as_bytes())]);
    assert!(!delta.opened.is_empty());
    metrics.apply(&delta, &engine.frame());
    let after = parts(&mut metrics);
    let same = after.iter().filter(|(at, p)| before.get(*at) == Some(p)).count();
    // One or two chunks of each row metric, what counts rows, and the edges of the body.
    assert!(after.len() - same <= 9, "{} of {} are new", after.len() - same, after.len());
}

#[test]
fn openmetrics_is_as_strict_as_its_text() {
    let mut metrics = metrics(&example(), MetricsConfig::default());
    let text = String::from_utf8(metrics.scrape().bytes(Format::OpenMetrics, Encoding::Identity)).unwrap();
    assert!(text.ends_with("\n# EOF\n") && text.matches("# EOF").count() == 1);
    let (mut families, mut current) = (std::collections::BTreeSet::new(), None::<(String, String)>);
    let mut points = std::collections::BTreeSet::new();
    for line in text.lines().filter(|l| *l != "# EOF") {
        assert!(!line.is_empty());
        if let Some(head) = line.strip_prefix("# TYPE ") {
            let (name, kind) = head.split_once(' ').unwrap();
            assert!(["gauge", "counter", "histogram", "info"].contains(&kind), "{line}");
            assert!(families.insert(name.to_owned()), "a family twice: {name}");
            current = Some((name.to_owned(), kind.to_owned()));
            continue;
        }
        let (name, kind) = current.clone().expect("a type first");
        if let Some(help) = line.strip_prefix("# HELP ") {
            assert!(help.starts_with(&format!("{name} ")), "{line}");
            continue;
        }
        assert!(!line.starts_with('#'), "{line}");
        let series = super::line(line);
        let suffixes: &[&str] = match kind.as_str() {
            "counter" => &["_total"],
            "info" => &["_info"],
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        assert!(suffixes.iter().any(|s| series.name == format!("{name}{s}")), "{line} in {name} {kind}");
        assert!(kind != "info" || series.value == 1.0);
        assert!(kind != "counter" || series.value >= 0.0);
        assert!(points.insert((series.name, series.labels)), "a series twice: {line}");
    }
    assert!(families.len() > 20);
}

/// What promtool says, and nothing else: labels that the drop-in (`rootDomain`) and users' label keys impose.
pub const EXCEPTIONS: &[&str] = &[
    "kuadrant_dnsrecord_created label names should be written in 'snake_case' not 'camelCase'",
    "kuadrant_dnsrecord_status label names should be written in 'snake_case' not 'camelCase'",
    "kuadrant_dnsrecord_status_root_domain_owners label names should be written in 'snake_case' not 'camelCase'",
];

/// Complaints of `promtool check metrics`.
pub fn promtool(text: &str) -> Vec<String> {
    let program = super::tool::path("promtool");
    let mut child = Command::new(program).args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    let lines: Vec<String> = said.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect();
    assert!(out.status.success() || !lines.is_empty(), "{out:?}");
    lines
}

#[test]
fn promtool_is_content() {
    let clean = promtool(&text(&metrics(&example(), MetricsConfig::default()).scrape()));
    assert_eq!(clean, [""; 0]);
    let mut said = promtool(&text(&metrics(&super::objects::objects(), MetricsConfig::default()).scrape()));
    said.dedup();
    assert_eq!(said, EXCEPTIONS);
    // It would have said something.
    assert_eq!(promtool("# TYPE a counter\na 1\n").len(), 2, "no help, no _total");
}
