//! The compiled matcher says of every request what a trace says: all requests of all cases under all their profiles,
//! and many more made of the hostnames and matches of each case.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::panic)]

use gatescope_core::matcher::{Incoming, Matcher, Place, Scratch, Verdict};
use gatescope_core::types::{Answer, Outcome, Report, Request};
use gatescope_tests::{case, judge, run};
use std::collections::BTreeMap;

/// What a matcher says, in a trace's words.
fn ask(matcher: &Matcher, scratch: &mut Scratch, request: &Request) -> Result<(Outcome, Option<String>), String> {
    let tls = request.scheme.as_deref() == Some("https");
    let place = Place { port: request.port.unwrap(), tls };
    let Some(place) = matcher.places().iter().position(|p| *p == place) else { return Ok((Outcome::NoListener, None)) };
    let mut target = request.path.clone().unwrap_or_else(|| "/".into());
    if let Some(query) = &request.query {
        target = format!("{target}?{query}");
    }
    let incoming = Incoming {
        place,
        sni: None,
        host: request.host.as_deref().unwrap_or(""),
        target: &target,
        method: request.method.as_deref().unwrap_or("GET"),
        headers: &request.headers,
    };
    Ok(match matcher.judge(scratch, &incoming) {
        Verdict::NoMatch => (Outcome::NoMatch, None),
        Verdict::NoListener => (Outcome::NoListener, None),
        Verdict::Unknown(_) => (Outcome::Unknown, None),
        Verdict::Exhausted => return Err("exhausted".into()),
        Verdict::Served(index) => {
            let served = matcher.served(index).ok_or("no words")?;
            (served.outcome, Some(format!("e-{:016x} {} rule {} match {}", served.id, served.route, served.rule, served.match_index)))
        }
    })
}

fn traced(answer: &Answer) -> (Outcome, Option<String>) {
    let named = || {
        let r = answer.route.as_ref()?;
        let route = format!("{}/{}/{}", r.kind, r.namespace.as_deref().unwrap_or(""), r.name);
        Some(format!("{} {route} rule {} match {}", answer.exposure.as_ref()?, answer.rule?, answer.match_index?))
    };
    (answer.outcome, named())
}

/// Requests that a report's own rows suggest, and near misses.
fn suggested(report: &Report) -> Vec<Request> {
    let mut out = Vec::new();
    for e in report.exposures.iter().filter(|e| matches!(&*e.listener.protocol, "HTTP" | "HTTPS")) {
        let scheme = if e.listener.protocol == "HTTP" { "http" } else { "https" };
        let hosts = match e.hostname.strip_prefix('*') {
            Some("") => vec!["other.test".to_owned(), String::new()],
            Some(suffix) => vec![format!("a{suffix}"), format!("a.B{suffix}:8080"), suffix[1..].to_owned()],
            None => vec![e.hostname.clone()],
        };
        let value = |v: &gatescope_core::types::ValueMatch| v.value.replace(['^', '$'], "").replace(".*", "x").replace("[0-9]+", "7");
        let paths = match (&e.path, &e.grpc) {
            (Some(p), _) => {
                let text = p.value.replace(".*", "x").replace("[0-9]+", "7");
                vec![text.clone(), format!("{text}/more"), format!("{text}z"), "/".into()]
            }
            (None, Some(g)) => {
                let part = |t: &Option<String>| t.clone().unwrap_or_else(|| "any".into());
                vec![format!("/{}/{}", part(&g.service), part(&g.method)), "/no.such/Method".into()]
            }
            (None, None) => vec!["/".into()],
        };
        let headers: BTreeMap<String, String> = e.headers.iter().map(|h| (h.name.to_uppercase(), value(h))).collect();
        let query: Vec<String> = e.query_params.iter().map(|q| format!("{}={}", q.name, value(q).replace(' ', "%20"))).collect();
        for host in hosts {
            for path in &paths {
                let plain = Request {
                    gateway: e.gateway.clone(),
                    port: Some(e.listener.port),
                    scheme: Some(scheme.into()),
                    host: Some(host.clone()),
                    path: Some(path.clone()),
                    ..Request::default()
                };
                let mut full = plain.clone();
                full.method.clone_from(&e.method);
                full.headers = headers.clone();
                full.query = (!query.is_empty()).then(|| query.join("&"));
                if e.route.kind == "GRPCRoute" {
                    full.headers.insert("Content-Type".into(), "application/grpc+proto".into());
                }
                out.push(plain);
                out.push(full);
            }
        }
    }
    out
}

#[test]
fn the_matcher_agrees_with_the_trace() {
    let loaded = case::load();
    assert_eq!(loaded.broken, []);
    let (mut asked, mut served, mut wrong) = (0_usize, 0_usize, Vec::new());
    for case in &loaded.cases {
        for pass in &case.passes {
            let Some(resolved) = run::resolve(case, &pass.choice) else { continue };
            let resolved = resolved.unwrap();
            let mut matchers: BTreeMap<(String, String), Matcher> = BTreeMap::new();
            for g in &resolved.report.gateways {
                let matcher = Matcher::compile(resolved.engine(), &g.namespace, &g.name, 1_000_000).unwrap();
                matchers.insert((g.namespace.clone(), g.name.clone()), matcher);
            }
            let mut scratch = Scratch::default();
            let written = pass.expect.requests.iter().map(judge::request);
            for mut request in written.chain(suggested(&resolved.report)) {
                if !matches!(request.scheme.as_deref(), None | Some("http" | "https")) {
                    continue;
                }
                let Some(matcher) = matchers.get(&(request.gateway.namespace.clone(), request.gateway.name.clone())) else { continue };
                let tls = request.scheme.as_deref() == Some("https");
                if request.port.is_none() {
                    // A trace picks the first listener that serves the scheme; a proxy knows the port.
                    request.port =
                        resolved.trace(&request).unwrap().listener.map(|l| l.port).or(matcher.places().iter().find(|p| p.tls == tls).map(|p| p.port));
                }
                if request.port.is_none() {
                    continue;
                }
                let want = traced(&resolved.trace(&request).unwrap());
                let got = ask(matcher, &mut scratch, &request).unwrap();
                asked += 1;
                served += usize::from(got.1.is_some());
                // The outcome of what is served may be unknown; who serves it is the same.
                let same = want == got || (want.0 == Outcome::Unknown && want.1.is_none() && got.0 == Outcome::Unknown);
                if !same {
                    wrong.push(format!("{}/{} {}: {request:?}\n  trace   {want:?}\n  matcher {got:?}", case.suite, case.name, pass.profile));
                }
            }
        }
    }
    println!("{asked} requests, {served} of them served, {} disagree", wrong.len());
    assert!(wrong.is_empty(), "{} of {asked} disagree, the first:\n{}", wrong.len(), wrong[..wrong.len().min(8)].join("\n"));
    assert!(loaded.skipped.is_some() || asked > 20_000, "only {asked} requests");
}
