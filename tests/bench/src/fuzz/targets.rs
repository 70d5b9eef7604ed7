//! What inputs are thrown at, and what must hold for each of them.

use super::{Seen, Target, cases};
use crate::change::{Batch, Sequence, Step, check_history, profiles};
use crate::workload::{Seed, hash};
use gatescope_core::layout::{LayoutOptions, Parts, layout};
use gatescope_core::matcher::{Incoming, Matcher, Place, Scratch, Verdict};
use gatescope_core::types::{Outcome, Report, Request};
use gatescope_core::{Engine, ProfileChoice, Settings};
use serde_json::{Value, json};

fn settings(input: &[u8]) -> Settings {
    let all = profiles();
    let h = hash(input);
    let profile = ProfileChoice::parse(&all[(h >> 8) as usize % all.len()]).unwrap();
    Settings { profile: if h & 1 == 0 { ProfileChoice::Auto } else { profile }, complete: h & 2 == 0, tenant_label: (h & 4 == 0).then(|| "tenant".to_owned()) }
}

/// What tells a report from others: the findings, reasons and states that it has.
pub fn seen(report: &Report) -> Seen {
    let mut out: Seen = Vec::new();
    let mut note = |parts: &[&str]| out.push(hash(parts.join("\n").as_bytes()));
    for f in &report.findings {
        note(&["finding", &f.code, &f.subject.kind, f.field.as_deref().unwrap_or("").trim_end_matches(|c: char| c.is_ascii_digit() || c == ']')]);
    }
    for e in &report.exposures {
        let reasons = e.reasons.join(" ");
        note(&["row", &format!("{:?} {:?}", e.state, e.action), &reasons, &e.route.kind]);
    }
    for l in &report.listeners {
        note(&["listener", &format!("{:?}", l.programmed), &l.reasons.join(" "), &l.protocol]);
    }
    for a in &report.attachments {
        note(&["attachment", &a.reason, &a.resolved_refs_reason, a.cause.as_deref().unwrap_or("")]);
    }
    out
}

/// What must hold of an engine, whatever was read.
fn sound(engine: &mut Engine) -> Result<Report, String> {
    let report = engine.report();
    let bytes = engine.report_json();
    let again: Report = serde_json::from_slice(&bytes).map_err(|e| format!("the report cannot be read back: {e}"))?;
    if again != report {
        return Err("the report is not what its JSON says".into());
    }
    let columns = engine.columns();
    let rows = gatescope_core::report::columns::Columns::decode(&columns).map_err(|e| format!("columns: {e:?}"))?.len();
    if rows != report.exposures.len() {
        return Err(format!("{rows} rows in columns, {} in the report", report.exposures.len()));
    }
    drop(layout(Parts::from(&report), &LayoutOptions::default()));
    engine.rebuild();
    if engine.report() != report {
        return Err("a rebuild says something else".into());
    }
    Ok(report)
}

/// Whether a text is JSON through and through: what is loaded, and what is refused, must agree with it.
fn well_formed(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    serde_json::Deserializer::from_slice(text).into_iter::<serde::de::IgnoredAny>().all(|v| v.is_ok())
}

fn decode(input: &[u8]) -> Result<Seen, String> {
    let mut engine = Engine::new(settings(input));
    let loaded = engine.load(input);
    engine.settle();
    match &loaded {
        Ok(_) if !well_formed(input) => return Err("serde_json does not take this text".into()),
        Ok(_) => {}
        Err(e) => {
            // These are about what is read, and not about JSON.
            let of_content = ["expected a Kubernetes object", "recursion limit", "unicode", "surrogate", "out of range"];
            if well_formed(input) && !of_content.iter().any(|m| e.message.contains(m)) {
                return Err(format!("serde_json takes this text: {e:?}"));
            }
            let lines = input.iter().filter(|b| **b == b'\n').count() + 1;
            if e.line > lines || (e.line == 0) != (e.column == 0) {
                return Err(format!("an error has no such place: {e:?}"));
            }
        }
    }
    let report = sound(&mut engine)?;
    let mut out = seen(&report);
    out.push(hash(loaded.map_or_else(|e| e.message, |_| String::new()).as_bytes()));
    Ok(out)
}

/// Reads any JSON text or several: objects, lists, snapshots, and what is none of these.
pub fn decoding() -> Target {
    let seeds = cases().into_iter().map(|objects| json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string().into_bytes());
    Target { name: "decode", seeds: seeds.collect(), json: true, run: decode }
}

fn apply(input: &[u8]) -> Result<Seen, String> {
    let Ok(value) = serde_json::from_slice::<Value>(input) else { return Ok(Seen::new()) };
    let Some(list) = value.as_array() else { return Ok(Seen::new()) };
    let step = |v: &Value| match v["delete"].as_array() {
        Some(key) if key.len() == 4 && key.iter().all(Value::is_string) => Step::Delete([0, 1, 2, 3].map(|i| key[i].as_str().unwrap_or("").to_owned())),
        // Which object it is does not matter here: everything is applied again for the reference.
        _ => Step::Put(Default::default(), v.to_string()),
    };
    let batches = list.iter().take(12).map(|batch| match batch {
        Value::Array(steps) => Batch::Steps(steps.iter().take(24).map(step).collect()),
        Value::String(profile) => Batch::Choose(ProfileChoice::parse(profile).unwrap_or_default()),
        other => Batch::Steps(vec![step(other)]),
    });
    let sequence = Sequence { settings: settings(input), batches: batches.collect() };
    check_history(&sequence).map(|report| seen(&report))
}

/// Changes in batches: each of them must leave what all of them at once would, and say what it did.
pub fn sequences() -> Target {
    let mut seeds = Vec::new();
    for (i, objects) in cases().into_iter().enumerate() {
        let mut seed = Seed::new(i as u64 + 1);
        let mut objects: Vec<Value> = objects.as_array().cloned().unwrap_or_default();
        for at in (1..objects.len()).rev() {
            objects.swap(at, seed.below(at + 1));
        }
        let key = |o: &Value| {
            let group = o["apiVersion"].as_str().and_then(|a| a.split_once('/')).map_or("", |(g, _)| g);
            json!({"delete": [group, o["kind"], o["metadata"]["namespace"].as_str().unwrap_or(""), o["metadata"]["name"]]})
        };
        let third = (objects.len() / 3).max(1);
        let mut batches: Vec<Value> = objects.chunks(third).map(|c| json!(c)).collect();
        batches.push(json!(objects.iter().step_by(2).map(key).collect::<Vec<_>>()));
        batches.push(json!("istio"));
        batches.push(json!(objects.iter().step_by(2).collect::<Vec<_>>()));
        seeds.push(json!(batches).to_string().into_bytes());
    }
    Target { name: "apply", seeds, json: true, run: apply }
}

/// Rule 16 by labels.
fn valid(host: &str) -> bool {
    if host == "*" {
        return true;
    }
    let rest = host.strip_prefix("*.").unwrap_or(host);
    let label = |l: &str| (1..=63).contains(&l.len()) && l.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_'));
    let labels: Vec<&str> = rest.split('.').collect();
    let number = |l: &&str| l.len() < 4 && l.parse::<u8>().is_ok();
    rest.len() <= 253 && labels.iter().all(|l| label(l)) && !(labels.len() == 4 && labels.iter().all(number))
}

/// Rule 12 by labels: whether all hosts of `inner` are hosts of `outer`.
fn within(inner: &str, outer: &str) -> bool {
    let labels = |h: &str| h.split('.').rev().map(str::to_owned).collect::<Vec<_>>();
    let (inner, outer) = (labels(inner), labels(outer));
    match outer.last().map(String::as_str) {
        Some("*") => {
            let stem = &outer[..outer.len() - 1];
            // `*` as a label stands for one label or more.
            inner.len() > stem.len() && inner.starts_with(stem)
        }
        _ => inner == outer,
    }
}

fn hostname(input: &[u8]) -> Result<Seen, String> {
    let text = String::from_utf8_lossy(input);
    let (a, b) = text.split_once('\n').unwrap_or((&text, ""));
    let api = "gateway.networking.k8s.io/v1";
    let cluster = json!([
        {"apiVersion": api, "kind": "GatewayClass", "metadata": {"name": "c"}, "spec": {"controllerName": "example.net/c"}},
        {"apiVersion": api, "kind": "Gateway", "metadata": {"namespace": "n", "name": "g"},
         "spec": {"gatewayClassName": "c", "listeners": [{"name": "l", "port": 80, "protocol": "HTTP", "hostname": a}]}},
        {"apiVersion": api, "kind": "HTTPRoute", "metadata": {"namespace": "n", "name": "r"},
         "spec": {"parentRefs": [{"name": "g"}], "hostnames": [b], "rules": [{"backendRefs": [{"name": "s", "port": 80}]}]}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "n", "name": "s"}, "spec": {"ports": [{"port": 80}]}},
    ])
    .to_string();
    let mut engine = Engine::new(Settings { complete: true, profile: ProfileChoice::Named("standard".into()), tenant_label: None });
    engine.load(cluster.as_bytes()).map_err(|e| format!("{e:?}"))?;
    engine.settle();
    let report = sound(&mut engine)?;
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    if a.is_empty() || b.is_empty() {
        return Ok(seen(&report));
    }
    let want = match (valid(&a) && valid(&b), within(&b, &a), within(&a, &b)) {
        (true, true, _) => Some(b.as_str()),
        (true, false, true) => Some(a.as_str()),
        _ => None,
    };
    let got: Vec<&str> = report.exposures.iter().map(|e| e.hostname.as_str()).collect();
    if got != want.into_iter().collect::<Vec<_>>() {
        return Err(format!("listener `{a}`, route `{b}`: rows for {got:?}, by labels {want:?}"));
    }
    if let Some(host) = want {
        let host = host.replacen('*', "x", 1);
        let request = Request { gateway: report.exposures[0].gateway.clone(), host: Some(host.clone()), ..Request::default() };
        let answer = engine.trace(&request);
        if answer.outcome != Outcome::Forward {
            return Err(format!("listener `{a}`, route `{b}`: a request for `{host}` is {:?}", answer.outcome));
        }
    }
    let mut out = seen(&report);
    out.push(hash(format!("{} {} {:?}", valid(&a), valid(&b), want.map(|w| w.starts_with('*'))).as_bytes()));
    Ok(out)
}

/// Two hostnames, of a listener and of a route: their intersection is that of a naive oracle, and it is served.
pub fn hostnames() -> Target {
    let mut hosts: Vec<String> = Vec::new();
    let mut collect = |v: &Value| {
        let spec = &v["spec"];
        let own = spec["hostnames"].as_array().into_iter().flatten();
        let listeners = spec["listeners"].as_array().into_iter().flatten().map(|l| &l["hostname"]);
        hosts.extend(own.chain(listeners).filter_map(Value::as_str).map(str::to_owned));
    };
    cases().iter().flat_map(|c| c.as_array().cloned().unwrap_or_default()).for_each(|o| collect(&o));
    let long = format!("{}.{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61));
    hosts.extend(["*", "*.com", "a.b.c.d", "1.2.3.4", "*.*", "A.Example.com", "x.example.com.", "x_y.example.com", &long].map(str::to_owned));
    hosts.push(format!("*.{}", &long[2..]));
    hosts.sort();
    hosts.dedup();
    let pairs = hosts.iter().zip(hosts.iter().cycle().skip(1)).chain(hosts.iter().zip(&hosts));
    Target { name: "hostname", seeds: pairs.map(|(a, b)| format!("{a}\n{b}").into_bytes()).collect(), json: false, run: hostname }
}

fn matching(input: &[u8]) -> Result<Seen, String> {
    let text = String::from_utf8_lossy(input);
    let mut parts = text.split('\n');
    let mut part = || parts.next().unwrap_or("");
    let (kind, path, header, query) = (part(), part(), part(), part());
    let (asked, value, raw, host) = (part(), part(), part(), part());
    let kind = match kind {
        "e" => "Exact",
        "p" => "PathPrefix",
        _ => "RegularExpression",
    };
    let mut one = json!({"path": {"type": kind, "value": path}});
    if !header.is_empty() {
        one["headers"] = json!([{"type": "RegularExpression", "name": "X-A", "value": header}]);
    }
    if !query.is_empty() {
        one["queryParams"] = json!([{"type": "RegularExpression", "name": "q", "value": query}]);
    }
    let api = "gateway.networking.k8s.io/v1";
    let rule = |m: Value| json!({"matches": [m], "backendRefs": [{"name": "s", "port": 80}]});
    let cluster = json!([
        {"apiVersion": api, "kind": "GatewayClass", "metadata": {"name": "c"}, "spec": {"controllerName": "example.net/c"}},
        {"apiVersion": api, "kind": "Gateway", "metadata": {"namespace": "n", "name": "g"},
         "spec": {"gatewayClassName": "c", "listeners": [{"name": "l", "port": 80, "protocol": "HTTP"}]}},
        {"apiVersion": api, "kind": "HTTPRoute", "metadata": {"namespace": "n", "name": "r"},
         "spec": {"parentRefs": [{"name": "g"}], "rules": [rule(one), rule(json!({"path": {"value": "/a"}})), rule(json!({"method": "GET", "path": {"type": "Exact", "value": "/a/b"}}))]}},
        {"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "n", "name": "s"}, "spec": {"ports": [{"port": 80}]}},
    ])
    .to_string();
    let mut engine = Engine::new(Settings { complete: true, ..settings(input) });
    engine.load(cluster.as_bytes()).map_err(|e| format!("{e:?}"))?;
    engine.settle();
    let report = sound(&mut engine)?;
    let matcher = Matcher::compile(&engine, "n", "g", 1_000).map_err(|e| format!("{e:?}"))?;
    let mut request = Request { port: Some(80), scheme: Some("http".into()), host: Some(host.to_owned()), path: Some(asked.to_owned()), ..Request::default() };
    request.gateway =
        report.gateways.first().map(|g| gatescope_core::types::GatewayRef { namespace: g.namespace.clone(), name: g.name.clone() }).unwrap_or_default();
    request.query = (!raw.is_empty()).then(|| raw.to_owned());
    request.headers.insert("x-a".into(), value.to_owned());
    let traced = engine.trace(&request);
    let target = if raw.is_empty() { asked.to_owned() } else { format!("{asked}?{raw}") };
    let place = matcher.places().iter().position(|p| *p == Place { port: 80, tls: false });
    let verdict = place.map(|place| {
        let incoming = Incoming { place, sni: None, host, target: &target, method: "GET", headers: &request.headers };
        matcher.judge(&mut Scratch::default(), &incoming)
    });
    let got = match verdict {
        None | Some(Verdict::NoListener) => (Outcome::NoListener, None),
        Some(Verdict::NoMatch) => (Outcome::NoMatch, None),
        Some(Verdict::Unknown(_)) => (Outcome::Unknown, None),
        Some(Verdict::Exhausted) => return Ok(seen(&report)),
        Some(Verdict::Served(i)) => matcher.served(i).map(|s| (s.outcome, Some(s.rule))).ok_or("a winner without words")?,
    };
    let want = (traced.outcome, traced.rule);
    // A path with `?` in it reads as path and query to one of them only.
    if !asked.contains(['?', '#']) && got.0 != want.0 && got.1.map(|r| r as usize) != want.1 {
        return Err(format!("the trace says {want:?}, the matcher {got:?}, of {request:?}"));
    }
    let mut out = seen(&report);
    out.push(hash(format!("{:?} {:?}", want.0, want.1).as_bytes()));
    Ok(out)
}

/// Regular expressions and other matches, and a request: trace and matcher say the same of it.
pub fn matches() -> Target {
    let mut seeds: Vec<String> = Vec::new();
    let regexes =
        ["(a*)*b", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(x+x+)+y", "[0-9]{1,64}", "(?i)abc", "\\w+\\d*", "(?:a{1000}){1000}", "/v[0-9]+/.*", "(", "a**"];
    for (i, regex) in regexes.iter().enumerate() {
        let value = ["aaaaaaaaaaaaaaaaaaaaaaaa", "/v1/x", "ABC", "12345"][i % 4];
        seeds.push(format!("r\n{regex}\n\n\n/{value}\n\n\nexample.com"));
        seeds.push(format!("p\n/\n{regex}\n{regex}\n/a/b\n{value}\nq={value}&q=%20\nexample.com:80"));
    }
    for object in cases().iter().flat_map(|c| c.as_array().cloned().unwrap_or_default()) {
        for m in object["spec"]["rules"].as_array().into_iter().flatten().flat_map(|r| r["matches"].as_array().cloned().unwrap_or_default()) {
            let (kind, path) = (m["path"]["type"].as_str().unwrap_or("PathPrefix"), m["path"]["value"].as_str().unwrap_or("/"));
            let letter = match kind {
                "Exact" => "e",
                "RegularExpression" => "r",
                _ => "p",
            };
            let of = |list: &Value| list[0]["value"].as_str().unwrap_or("").to_owned();
            let (header, query) = (of(&m["headers"]), of(&m["queryParams"]));
            seeds.push(format!("{letter}\n{path}\n{header}\n{query}\n{path}\n{header}\nq={query}\nexample.com"));
        }
    }
    seeds.sort();
    seeds.dedup();
    Target { name: "match", seeds: seeds.into_iter().map(String::into_bytes).collect(), json: false, run: matching }
}
