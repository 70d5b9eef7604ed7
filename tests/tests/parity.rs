//! One resolver, four hosts: native, wasmtime, Node over wasm-bindgen and Node over the raw ABI give the same bytes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    clippy::print_stdout
)]

use gatescope::engine::{Limits, ModuleFile, Native, Resolver, Runtime, Wasm};
use gatescope_core::layout::LayoutOptions;
use gatescope_core::report::columns::Columns;
use gatescope_core::types::{Attachment, Exposure, ObjectRef, Report, Request, Tri};
use gatescope_core::{Change, Settings};
use gatescope_tests::cli::Folder;
use gatescope_tests::{case, judge, module, paths, run};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::sync::LazyLock;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let file = ModuleFile::read(&module::package().join("gatescope.wasm")).unwrap();
    Runtime::new(file).unwrap()
});

/// A case under one profile.
struct Pass {
    name: String,
    settings: Settings,
    text: String,
    requests: Vec<Request>,
}

/// Every case of `../shared/cases` and ours, under every profile that it names.
fn passes() -> Vec<Pass> {
    let loaded = case::load();
    assert!(loaded.broken.is_empty(), "{:?}", loaded.broken);
    if let Some(said) = &loaded.skipped {
        println!("{said}");
    }
    let mut out = Vec::new();
    for case in &loaded.cases {
        for pass in &case.passes {
            let Some(settings) = run::settings(case, &pass.choice) else { continue };
            out.push(Pass {
                name: format!("{}/{} ({})", case.suite, case.name, pass.profile),
                settings,
                text: run::text(case, &case.objects),
                requests: pass.expect.requests.iter().map(judge::request).collect(),
            });
        }
    }
    assert!(!out.is_empty(), "no case to run");
    out
}

fn wire(settings: &Settings) -> Value {
    json!({"profile": settings.profile.text(), "complete": settings.complete})
}

fn loaded(mut engine: Box<dyn Resolver>, text: &str) -> Box<dyn Resolver> {
    engine.load(text.as_bytes()).unwrap();
    engine.settle().unwrap();
    engine
}

fn both(settings: &Settings) -> [Box<dyn Resolver>; 2] {
    [Box::new(Native::new(settings.clone())), Box::new(Wasm::new(&RUNTIME, settings, Limits::default()).unwrap())]
}

fn sha(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

#[test]
fn every_host_gives_the_same_bytes() {
    let passes = passes();
    let lines: Vec<String> = passes.iter().map(|p| json!({"settings": wire(&p.settings), "text": p.text, "requests": p.requests}).to_string()).collect();
    let (bindgen, raw) = std::thread::scope(|s| {
        let bindgen = s.spawn(|| module::node("bindgen", &lines));
        let raw = s.spawn(|| module::node("raw", &lines));
        (bindgen.join().unwrap(), raw.join().unwrap())
    });
    let mut wrong = Vec::new();
    for (i, pass) in passes.iter().enumerate() {
        let [native, wasm] = both(&pass.settings);
        let (mut native, mut wasm) = (loaded(native, &pass.text), loaded(wasm, &pass.text));
        let mut differs = |host: &str, what: &str| wrong.push(format!("{}: {host}: {what}", pass.name));
        let report = native.report_json().unwrap();
        if serde_json::to_vec(&native.report().unwrap()).unwrap() != report {
            differs("native", "the streamed report is not the report");
        }
        if wasm.report_json().unwrap() != report {
            differs("wasmtime", "the report");
        }
        let traces = native.trace(&pass.requests).unwrap();
        // Shares are fractions; as JSON they are the same.
        if serde_json::to_string(&wasm.trace(&pass.requests).unwrap()).unwrap() != serde_json::to_string(&traces).unwrap() {
            differs("wasmtime", "the traces");
        }
        let traces: Value = serde_json::to_value(&traces).unwrap();
        for (host, got) in [("Node, wasm-bindgen", &bindgen[i]), ("Node, raw ABI", &raw[i])] {
            if let Some(error) = got["error"].as_str() {
                differs(host, error);
            } else {
                if got["sha256"] != sha(&report).as_str() {
                    differs(host, "the report");
                }
                if got["columns"] != true {
                    differs(host, "the columns");
                }
                if got["traces"] != traces {
                    differs(host, "the traces");
                }
            }
        }
        let report = native.report().unwrap();
        briefs(&pass.name, &report, &native.brief().unwrap());
        let exposures = report.exposures;
        for engine in [&mut native, &mut wasm] {
            let columns = Columns::decode(&engine.columns().unwrap()).unwrap();
            let rows: Vec<_> = (0..columns.len()).map(|i| columns.exposure(i).unwrap()).collect();
            if rows != exposures {
                differs(engine.kind(), "the columns");
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    println!("{} cases and profiles, four hosts: the same bytes", passes.len());
}

/// A brief has all of a frame, but for the attachments of routes with none that its controller refuses or computes otherwise.
fn briefs(name: &str, report: &Report, brief: &Report) {
    let disputed = |a: &&Attachment| a.drift || a.reported.as_ref().is_some_and(|r| r.current && r.accepted == Tri::False);
    let routes: BTreeSet<_> = report.attachments.iter().filter(disputed).map(|a| &a.route).collect();
    let attachments = report.attachments.iter().filter(|a| routes.contains(&a.route)).cloned().collect();
    let want = Report { attachments, exposures: Vec::new(), ..report.clone() };
    assert_eq!(*brief, want, "{name}");
}

#[test]
fn exposures_come_in_pieces() {
    let mut text = br#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"name":"g","namespace":"a"},"spec":{"gatewayClassName":"c","listeners":[{"name":"h","port":80,"protocol":"HTTP"}]}}"#.to_vec();
    for i in 0..1_500 {
        text.extend(format!(r#"{{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{{"name":"r{i}","namespace":"a"}},"spec":{{"hostnames":["h{i}.example.com"],"parentRefs":[{{"name":"g"}}],"rules":[{{}},{{"matches":[{{"path":{{"value":"/a"}}}}]}}]}}}}"#).into_bytes());
    }
    let by_id = |mut rows: Vec<Exposure>| {
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        rows
    };
    let mut core = gatescope_core::Engine::default();
    core.load(&text).unwrap();
    core.settle();
    let want = by_id(core.report().exposures);
    assert_eq!(want.len(), 3_000);
    for most in [1, 7, 2_999, 3_000, usize::MAX] {
        let (mut rows, mut next, mut calls) = (Vec::new(), Some(0), 0);
        while let Some(from) = next {
            let (some, after) = core.exposures_from(from, most);
            assert!(some.len() <= most.saturating_add(1), "no more than the last route makes of it");
            rows.extend(some);
            (next, calls) = (after, calls + 1);
        }
        assert_eq!(by_id(rows), want);
        assert!(calls >= 3_000 / most.saturating_add(1));
        let (mut rows, mut next) = (Vec::new(), Some(0));
        while let Some(from) = next {
            let some = Columns::decode(&core.columns_from(from, most)).unwrap();
            rows.extend((0..some.len()).map(|row| some.exposure(row).unwrap()));
            next = some.next();
        }
        assert_eq!(by_id(rows), want, "as columns");
    }
    for engine in both(&Settings::default()) {
        let mut engine = loaded(engine, std::str::from_utf8(&text).unwrap());
        let (mut rows, mut pieces) = (Vec::new(), 0);
        engine
            .exposures(&mut |some| {
                rows.extend(some);
                pieces += 1;
            })
            .unwrap();
        assert_eq!(by_id(rows), want, "{}", engine.kind());
        assert!(pieces > 1, "{}", engine.kind());
    }
}

#[test]
fn every_other_verb_answers_alike() {
    for pass in passes().iter().step_by(9) {
        let [native, wasm] = both(&pass.settings);
        let (mut native, mut wasm) = (loaded(native, &pass.text), loaded(wasm, &pass.text));
        assert_eq!(native.brief(), wasm.brief(), "{}", pass.name);
        assert_eq!(native.layout(&LayoutOptions::default()), wasm.layout(&LayoutOptions::default()), "{}", pass.name);
        for kind in ["Gateway", "HTTPRoute", "Service", "NoSuchKind"] {
            let names = native.names(kind).unwrap();
            assert_eq!(names, wasm.names(kind).unwrap(), "{}: {kind}", pass.name);
            for (namespace, name) in names.iter().take(3) {
                let subject = ObjectRef { kind: kind.to_owned().into(), namespace: Some(namespace.clone()), name: name.clone() };
                assert_eq!(native.explain(&subject), wasm.explain(&subject), "{}: {subject:?}", pass.name);
            }
        }
        let nobody = ObjectRef { kind: "HTTPRoute".into(), namespace: Some("no".into()), name: "body".into() };
        assert_eq!(wasm.explain(&nobody), Ok(None));
    }
}

#[test]
fn changes_answer_alike_and_so_does_an_instance_made_anew() {
    let settings = Settings { complete: true, ..Settings::default() };
    let [mut native, mut wasm] = both(&settings);
    let passes = passes();
    let texts: Vec<&Pass> = passes.iter().filter(|p| p.name.starts_with("own/")).step_by(5).take(20).collect();
    assert!(!texts.is_empty());
    for pass in texts {
        let changes = [
            Change::Json(pass.text.as_bytes()),
            Change::Delete { group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: "shop", name: "web" },
            Change::Json(b"{\"kind\": "),
        ];
        assert_eq!(native.apply(&changes), wasm.apply(&changes), "{}", pass.name);
    }
    assert_eq!(native.revision(), wasm.revision());
    assert_eq!(native.report_json(), wasm.report_json());
}

#[test]
fn bad_input_is_told_with_its_place() {
    for engine in both(&Settings::default()).iter_mut() {
        let failure = engine.load(b"[{\"kind\":\"Gateway\",\n \"metadata\": ]").unwrap_err();
        let gatescope::engine::Cause::Input(e) = &failure.cause else { panic!("{failure:?}") };
        assert_eq!((e.line, e.column > 0), (2, true), "{failure:?}");
        assert!(!failure.lost());
        engine.settle().unwrap();
        engine.report().unwrap();
    }
}

#[test]
fn what_the_host_embeds_is_what_the_browser_is_given() {
    let pkg = ModuleFile::read(&module::package().join("gatescope.wasm")).unwrap();
    assert_eq!(pkg.sha256(), sha(&std::fs::read(module::package().join("gatescope.wasm")).unwrap()));
    let embedded = ModuleFile::embedded().expect("gatescope was built before wasm/build: build it again");
    assert_eq!(embedded.sha256(), pkg.sha256(), "gatescope embeds another build of the module than wasm/pkg: build it again");
    let assets = std::fs::read_dir(paths::workspace().join("web-ui/dist/assets")).expect("the page is not built: run `web-ui/build`");
    let served: Vec<_> = assets.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "wasm")).collect();
    assert_eq!(served.len(), 1, "{served:?}");
    assert_eq!(sha(&std::fs::read(&served[0]).unwrap()), pkg.sha256(), "the page was built with another module: run `web-ui/build`");
}

/// The program of another language, started as its README says: every row in one line, and an error in plain words.
#[test]
fn the_embedders_example_prints_what_is_exposed() {
    let program = paths::workspace().join("deploy/embed-node/gatescope.mjs");
    let wasm = module::package().join("gatescope.wasm");
    let run = |wasm: &std::path::Path, snapshot: &std::path::Path| {
        let out = std::process::Command::new("node").arg(&program).args([wasm, snapshot]).output().expect("node runs");
        (out.status.success(), String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
    };
    let passes = passes();
    let pass = passes.iter().filter(|p| p.settings.complete).max_by_key(|p| p.text.len()).unwrap();
    let settings = Settings { complete: true, ..Settings::default() };
    let report = loaded(Box::new(Native::new(settings)), &pass.text).report().unwrap();
    let mut expected = String::new();
    for e in &report.exposures {
        let e = serde_json::to_value(e).unwrap();
        let word = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let (l, b) = (&e["listener"], &e["backend"]);
        let port = b["port"].as_u64().map(|p| p.to_string()).unwrap_or_default();
        let to = if b.is_null() { word(&e["action"]) } else { format!("{}/{}:{port}", word(&b["namespace"]), word(&b["name"])) };
        let reasons = e["reasons"].as_array().unwrap().iter().fold(String::new(), |all, r| all + " " + &word(r));
        let (state, protocol, host, path) = (word(&e["state"]), word(&l["protocol"]), word(&e["hostname"]), word(&e["path"]["value"]));
        expected += &format!("{state} {protocol} {host}:{}{path} -> {to}{reasons}\n", l["port"]);
    }
    assert!(!expected.is_empty(), "{} has no rows", pass.name);
    let folder = Folder::with(&[("dump.json", pass.text.as_bytes()), ("bad.json", b"{\"kind\":\n oops}"), ("x.wasm", b"\0asm\x01\0\0\0")]);
    let file = |name: &str| folder.path().join(name);
    assert_eq!(run(&wasm, &file("dump.json")), (true, expected, String::new()));
    let (ok, _, said) = run(&wasm, &file("bad.json"));
    assert!(!ok && said.contains("(line 2, column"), "{said}");
    let (ok, _, said) = run(&file("x.wasm"), &file("dump.json"));
    assert!(!ok && said.contains("this program speaks version 1 of the module ABI, the module none"), "{said}");
}

/// docs/module-abi.md names what there is, and nothing else.
#[test]
fn the_page_of_the_abi_lists_every_function() {
    let list = "const m = new WebAssembly.Module(require('fs').readFileSync(process.argv[1]));\
        console.log(WebAssembly.Module.exports(m).map((e) => e.name).filter((n) => n.startsWith('gatescope_')).join('\\n'))";
    let out = std::process::Command::new("node").args(["-e", list]).arg(module::package().join("gatescope.wasm")).output().expect("node runs");
    let exported: BTreeSet<String> = String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect();
    let page = std::fs::read_to_string(paths::workspace().join("docs/module-abi.md")).unwrap();
    let table = page.lines().filter(|l| l.starts_with("| `gatescope_")).filter_map(|l| l.split('|').nth(1));
    let named: BTreeSet<String> =
        table.flat_map(|cell| cell.split('`').filter(|w| w.starts_with("gatescope_"))).map(|w| w.split('(').next().unwrap().to_owned()).collect();
    assert_eq!(exported, named);
}

/// Types come from the core's own; `any` would be a hole in them.
#[test]
fn the_types_have_no_holes() {
    let types = std::fs::read_to_string(module::package().join("gatescope.d.ts")).unwrap();
    let code = types.lines().filter(|l| !l.trim_start().starts_with(['*', '/']));
    for line in code {
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric()).collect();
        assert!(!words.contains(&"any"), "{line}");
    }
    for name in ["Report", "Exposure", "Delta", "Answer", "Explanation", "Layout", "Settings"] {
        assert!(types.contains(&format!("export interface {name} ")), "{name}");
    }
}
