//! What the plugin says of a request, what Envoy does with it and what a trace answers are the same: every HTTP and
//! HTTPS request of the cases `conf*` and `live*`, through one Envoy a suite.

use gatescope_core::types::{Answer, Outcome};
use gatescope_tests::case::{self, Case, Pass};
use gatescope_tests::envoy::{Ask, Bootstrap, Chain, Envoy, Got, Hcm, Plane, Protocol, Upstream, ask, filter, free_port, planes, plugin_file};
use gatescope_tests::{judge, paths, run};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A request on its way, with what a trace says of it.
struct Sent {
    what: String,
    ask: Ask,
    answer: Answer,
    /// As the case itself wants it.
    backend: Option<String>,
}

#[derive(Default)]
struct Suite {
    bootstrap: Bootstrap,
    requests: Vec<Sent>,
    /// Why a request could not be sent, and how many.
    left_out: BTreeMap<String, usize>,
    gateways: usize,
}

impl Suite {
    fn leave_out(&mut self, why: &str) {
        *self.left_out.entry(why.to_owned()).or_default() += 1;
    }

    /// One resolution of a case: its Gateways become Envoy listeners, its requests are addressed to them.
    fn add(&mut self, case: &Case, pass: &Pass, log: &Path, wasm: &Path) {
        let Some(resolved) = run::resolve(case, &pass.choice) else { return };
        let resolved = resolved.unwrap();
        let objects: Vec<Value> = case.objects.iter().map(|o| serde_json::from_str(o.get()).unwrap()).collect();
        let settings = run::settings(case, &pass.choice).unwrap();
        let profile = match &settings.profile {
            gatescope_core::ProfileChoice::Auto => "auto",
            gatescope_core::ProfileChoice::Named(name) => name,
        };
        let mut ports: BTreeMap<(String, String, u16), Result<u16, String>> = BTreeMap::new();
        let wanted: Vec<_> = pass.expect.requests.iter().map(|r| (r, judge::request(r))).collect();
        let asked = |namespace: &str, name: &str| wanted.iter().any(|(_, r)| r.gateway.namespace == namespace && r.gateway.name == name);
        for plane in planes(&resolved.report, &objects) {
            match plane {
                Ok(plane) if asked(&plane.gateway.namespace, &plane.gateway.name) && !plane.chains.is_empty() => {
                    let local = free_port();
                    let config = json!({
                        "gateway": plane.gateway,
                        "snapshot": serde_json::value::RawValue::from_string(run::text(case, &case.objects)).unwrap(),
                        "complete": settings.complete,
                        "profile": profile,
                        "ports": {local.to_string(): plane.port},
                        "responseHeader": "x-gatescope-exposure",
                    });
                    self.listen(&plane, local, &config.to_string(), log, wasm);
                    self.gateways += 1;
                    ports.insert((plane.gateway.namespace, plane.gateway.name, plane.port), Ok(local));
                }
                Ok(_) => {}
                Err((gateway, why)) => {
                    for port in resolved.report.listeners.iter().filter(|l| l.gateway == gateway).map(|l| l.port) {
                        ports.insert((gateway.namespace.clone(), gateway.name.clone(), port), Err(why.clone()));
                    }
                }
            }
        }
        for (want, request) in wanted {
            let scheme = request.scheme.clone().unwrap_or_else(|| "http".into());
            if !matches!(scheme.as_str(), "http" | "https") {
                self.leave_out(&format!("scheme {scheme}: no HTTP filter sees it"));
                continue;
            }
            let mut request = request;
            if request.port.is_none() {
                let of = |l: &&gatescope_core::types::Listener| l.gateway == request.gateway && (*l.protocol == *"HTTPS") == (scheme == "https");
                request.port = resolved.trace(&request).unwrap().listener.map(|l| l.port).or(resolved.report.listeners.iter().find(of).map(|l| l.port));
            }
            let answer = resolved.trace(&request).unwrap();
            let Some(port) = request.port else {
                self.leave_out("no listener of the scheme: nothing to connect to");
                continue;
            };
            let local = match ports.get(&(request.gateway.namespace.clone(), request.gateway.name.clone(), port)) {
                Some(Ok(local)) => *local,
                Some(Err(why)) => {
                    self.leave_out(why);
                    continue;
                }
                None => {
                    self.leave_out("no listener of the port is programmed: nothing to connect to");
                    continue;
                }
            };
            let host = request.host.clone().unwrap_or_else(|| "192.0.2.10".into());
            let target = match (&request.path, &request.query) {
                (path, Some(query)) => format!("{}?{query}", path.as_deref().unwrap_or("/")),
                (path, None) => path.clone().unwrap_or_else(|| "/".into()),
            };
            let grpc = request.headers.iter().any(|(k, v)| k.eq_ignore_ascii_case("content-type") && v.starts_with("application/grpc"));
            // Every third plain request goes by HTTP/2.
            let protocol = match (grpc, self.requests.len() % 3) {
                (true, _) => Protocol::Grpc,
                (false, 0) => Protocol::Http2,
                (false, _) => Protocol::Http1,
            };
            let mut headers = request.headers.clone();
            headers.insert("x-case".into(), self.requests.len().to_string());
            let bare = host.split(':').next().unwrap_or("").to_owned();
            self.requests.push(Sent {
                what: format!("{}/{} {}: {scheme}://{host}:{port}{target}", case.suite, case.name, pass.profile),
                ask: Ask {
                    port: local,
                    sni: (scheme == "https").then_some(bare),
                    protocol,
                    host,
                    target,
                    method: request.method.clone().unwrap_or_else(|| if grpc { "POST" } else { "GET" }.into()),
                    headers,
                },
                answer,
                backend: want.backend.as_ref().map(|b| format!("{}/{}", b.namespace, b.name)),
            });
        }
    }

    fn listen(&mut self, plane: &Plane, local: u16, config: &str, log: &Path, wasm: &Path) {
        let certificate = paths::tests().join("data/envoy");
        let chain = |c: &Chain| {
            let hcm = Hcm { filters: vec![filter(wasm, config)], virtual_hosts: c.virtual_hosts.iter().map(|v| v.json()).collect(), log: Some(log.into()) };
            let mut out = json!({"filters": [hcm.json()]});
            if c.tls {
                out["transport_socket"] = json!({"name": "tls", "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                    "common_tls_context": {
                        "alpn_protocols": ["h2", "http/1.1"],
                        "tls_certificates": [{
                            "certificate_chain": {"filename": certificate.join("server.crt")},
                            "private_key": {"filename": certificate.join("server.key")},
                        }],
                    },
                }});
                out["filter_chain_match"] = json!({"transport_protocol": "tls", "server_names": c.server_names});
            } else if plane.chains.len() > 1 {
                out["filter_chain_match"] = json!({"transport_protocol": "raw_buffer"});
            }
            out
        };
        self.bootstrap.listener(local, plane.chains.iter().map(chain).collect());
    }
}

/// Lines of the access log by the request's number.
fn logged(path: &Path, wanted: usize) -> BTreeMap<usize, Value> {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        let out: BTreeMap<usize, Value> = lines.filter_map(|l| Some((l["case"].as_str()?.parse().ok()?, l))).collect();
        if out.len() >= wanted || Instant::now() > until {
            return out;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What is wrong with an answer, if anything.
fn wrong(sent: &Sent, got: &Got, line: &Value) -> Option<String> {
    let text = |field: &str| line[field].as_str().unwrap_or("-").to_owned();
    let answer = &sent.answer;
    let verdict = match answer.outcome {
        Outcome::Forward | Outcome::Redirect | Outcome::Error => "declared",
        Outcome::NoMatch | Outcome::NoListener => "undeclared",
        Outcome::Unknown => "unknown",
    };
    let exposure = answer.exposure.clone().unwrap_or_else(|| "-".into());
    if (text("verdict"), text("exposure")) != (verdict.into(), exposure.clone()) {
        return Some(format!("plugin: {} {}, trace: {verdict} {exposure}", text("verdict"), text("exposure")));
    }
    if text("drift") != "-" {
        return Some(format!("drift {}: Envoy chose {}, trace: {:?} rule {:?}", text("drift"), text("envoy_route"), answer.route, answer.rule));
    }
    if got.headers.get("x-gatescope-exposure").map_or("-", String::as_str) != exposure {
        return Some(format!("response header: {:?}", got.headers));
    }
    // Envoy's own answers to gRPC are gRPC's: UNIMPLEMENTED stands for 404.
    let status = match got.headers.get("grpc-status").map(String::as_str) {
        None | Some("0") => got.status,
        Some("12") => 404,
        Some(_) => 500,
    };
    let hits = |status: u16| Some(status) == answer.status.or(Some(500));
    let fits = match answer.outcome {
        Outcome::Forward => {
            let usable =
                |b: &str| answer.backends.is_empty() || answer.backends.iter().any(|w| b == format!("{}/{}:{}", w.namespace, w.name, w.port.unwrap_or(0)));
            let backend = got.headers.get("x-backend").map_or("", String::as_str);
            let failed = answer.error_share.is_some() && status == 500;
            let as_case_says = sent.backend.as_ref().is_none_or(|b| answer.backends.len() != 1 || backend.starts_with(b.as_str()));
            failed || (status == 200 && usable(backend) && as_case_says)
        }
        Outcome::Redirect | Outcome::Error => hits(status),
        Outcome::NoMatch | Outcome::NoListener => status == 404,
        Outcome::Unknown => true,
    };
    (!fits).then(|| format!("Envoy answered {} {:?}, trace: {answer:?}", got.status, got.headers.get("x-backend")))
}

/// Runs the cases of some suites under some profiles through one Envoy.
fn agree(suites: &[&str], profiles: &[&str]) {
    let loaded = case::load();
    if let Some(why) = &loaded.skipped {
        println!("{why}");
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let upstream = runtime.block_on(Upstream::start());
    let wasm = plugin_file(false);
    let log: PathBuf = std::env::temp_dir().join(format!("gatescope-access-{}-{}.log", std::process::id(), free_port()));
    let mut suite = Suite::default();
    suite.bootstrap.cluster("http1", upstream.http1, false);
    suite.bootstrap.cluster("http2", upstream.http2, true);
    for case in loaded.cases.iter().filter(|c| suites.contains(&c.suite.as_str())) {
        for pass in case.passes.iter().filter(|p| profiles.contains(&p.profile.as_str())) {
            suite.add(case, pass, &log, &wasm);
        }
    }
    let started = Instant::now();
    let envoy = Envoy::start(suite.bootstrap.json(), &[]);
    println!("{suites:?} {profiles:?}: {} ports of Gateways, Envoy live after {:.1} s", suite.gateways, started.elapsed().as_secs_f32());
    let got: Vec<Result<Got, String>> = runtime.block_on(async {
        let mut out = Vec::new();
        for chunk in suite.requests.chunks(16) {
            let all: Vec<_> = chunk
                .iter()
                .map(|s| {
                    let a = s.ask.clone();
                    tokio::spawn(async move { ask(&a).await })
                })
                .collect();
            for one in all {
                out.push(one.await.unwrap());
            }
        }
        out
    });
    let answered = started.elapsed();
    let lines = logged(&log, got.iter().filter(|g| g.is_ok()).count());
    let (mut agreed, mut served, mut failures) = (0_usize, 0_usize, Vec::new());
    for (i, (sent, got)) in suite.requests.iter().zip(&got).enumerate() {
        match (got, lines.get(&i)) {
            (Ok(got), Some(line)) => match wrong(sent, got, line) {
                None => {
                    agreed += 1;
                    served += usize::from(sent.answer.exposure.is_some());
                }
                Some(why) => failures.push(format!("{} [{:?}]\n    {why}", sent.what, sent.ask)),
            },
            // Nobody takes the server name, or plain text: Envoy closes the connection, and no filter sees a request.
            (Err(_), None) if matches!(sent.answer.outcome, Outcome::NoListener | Outcome::NoMatch) => {
                *suite.left_out.entry("no filter chain takes it: the connection is closed".into()).or_default() += 1;
            }
            (Err(why), _) => failures.push(format!("{}\n    {why}", sent.what)),
            (Ok(got), None) => failures.push(format!("{}\n    {got:?}, and no line in the access log", sent.what)),
        }
    }
    println!(
        "  {agreed} requests agree ({served} served by an exposure), {} disagree; answered after {:.1} s, {:.1} s in all",
        failures.len(),
        answered.as_secs_f32(),
        started.elapsed().as_secs_f32()
    );
    for (why, count) in &suite.left_out {
        println!("  not configurable: {count}: {why}");
    }
    assert!(failures.is_empty(), "{} disagree, the first:\n  {}\n{}", failures.len(), failures[..failures.len().min(10)].join("\n  "), tail(&envoy.log()));
    assert!(agreed > 50, "only {agreed} requests were asked");
    let counted = envoy.sum("gatescope_proxy_requests_total", &[]);
    assert!(counted >= served as f64, "{counted} counted, {served} served");
    let _ = std::fs::remove_file(&log);
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

#[test]
fn conformance_cases() {
    agree(&["conf"], &["auto"]);
}

#[test]
fn live_cases_of_envoy_gateway() {
    agree(&["live-eg"], &["envoy-gateway"]);
}

#[test]
fn live_cases_of_istio() {
    agree(&["live-istio"], &["istio"]);
}

#[test]
fn live_cases_under_the_standard() {
    agree(&["live-eg"], &["standard"]);
}
