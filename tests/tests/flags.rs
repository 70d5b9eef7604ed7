//! The smallest manifests that show each departure of a controller (`tests/flags`), answered by the built program; and the
//! page that shows them (`docs/controllers.md`, `BLESS=1` writes it).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test may fail")]

use gatescope_core::profile::{FlagInfo, ProfileInfo, flags, profiles};
use gatescope_tests::cli::{Folder, run};
use gatescope_tests::paths;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

/// A flag with the manifest that shows it.
struct Shown {
    flag: FlagInfo,
    /// A profile that has it.
    holder: ProfileInfo,
    file: PathBuf,
    text: String,
}

impl Shown {
    fn header(&self, key: &str) -> Option<&str> {
        self.text.lines().find_map(|l| l.strip_prefix("# ")?.strip_prefix(key)?.strip_prefix(": "))
    }
    fn ask(&self) -> &str {
        self.header("ask").unwrap_or_else(|| panic!("{} does not say what to ask", self.file.display()))
    }
    fn manifest(&self) -> String {
        self.text.lines().filter(|l| !l.starts_with("# ")).fold(String::new(), |out, l| out + l + "\n")
    }
    fn answer(&self, manifest: &str, profile: &str) -> String {
        let mut args = vec!["-f", "-", "--profile", profile, "-o", "json"];
        if self.header("plain").is_none() {
            args.push("--complete");
        }
        let words: Vec<&str> = self.ask().split(' ').collect();
        let run = |verb: &str, more: &[&str]| -> Value { run(&[&[verb][..], &args[..], more].concat(), manifest.as_bytes()).json() };
        match words.as_slice() {
            ["request", rest @ ..] => {
                let folder = Folder::with(&[("requests.json", json!([request(rest)]).to_string().as_bytes())]);
                served(&run("trace", &["--requests", &folder.file("requests.json")])[0])
            }
            ["attachment", route] => {
                let report = run("resolve", &[]);
                let list = report["attachments"].as_array().unwrap().iter().filter(|a| object(&a["route"]) == *route);
                let words = list.map(|a| {
                    let text = |k: &str| a[k].as_str().unwrap_or("?").to_owned();
                    let refs = match text("resolvedRefs").as_str() {
                        "True" => "ResolvedRefs=True".to_owned(),
                        other => format!("ResolvedRefs={other} ({})", text("resolvedRefsReason")),
                    };
                    format!("Accepted={} ({}), {refs}", text("accepted"), text("reason"))
                });
                words.collect::<Vec<_>>().join("; ")
            }
            ["listener", owner, name] => {
                let report = run("resolve", &[]);
                let Some(found) = listener(&report, owner, name) else { return "no such listener".to_owned() };
                let reasons: Vec<&str> = found["reasons"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
                let state = match found["programmed"].as_bool() {
                    Some(true) => "programmed",
                    Some(false) => "not programmed",
                    None => "unknown",
                };
                if reasons.is_empty() { state.to_owned() } else { format!("{state} ({})", reasons.join(", ")) }
            }
            ["attached", owner, name] => {
                let report = run("resolve", &[]);
                let Some(found) = listener(&report, owner, name) else { return "no such listener".to_owned() };
                format!("attachedRoutes {}", found["attachedRoutes"])
            }
            ["finding", code] => {
                let report = run("resolve", &[]);
                let n = report["findings"].as_array().unwrap().iter().filter(|f| f["code"] == *code).count();
                if n == 0 { "no such finding".to_owned() } else { format!("{code}: {}", gatescope_core::diagnose::info(code).unwrap().title) }
            }
            other => panic!("{}: there is no asking for {other:?}", self.file.display()),
        }
    }
}

fn listener<'a>(report: &'a Value, owner: &str, name: &str) -> Option<&'a Value> {
    report["listeners"].as_array().unwrap().iter().find(|l| object(&l["owner"]) == owner && l["name"] == name)
}

fn object(o: &Value) -> String {
    format!("{}/{}/{}", o["kind"].as_str().unwrap(), o["namespace"].as_str().unwrap(), o["name"].as_str().unwrap())
}

/// `METHOD URL [name:value]`, or `udp:PORT`.
fn request(words: &[&str]) -> Value {
    let gateway = json!({"namespace": "demo", "name": "edge"});
    if let Some(port) = words[0].strip_prefix("udp:") {
        return json!({"gateway": gateway, "scheme": "udp", "port": port.parse::<u16>().unwrap()});
    }
    let (scheme, rest) = words[1].split_once("://").unwrap();
    let (host, rest) = rest.split_once('/').unwrap();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let headers: Value = words[2..].iter().filter_map(|h| h.split_once(':')).map(|(k, v)| (k.to_owned(), json!(v))).collect::<serde_json::Map<_, _>>().into();
    json!({"gateway": gateway, "scheme": scheme, "host": host, "path": format!("/{path}"), "method": words[0], "query": query, "headers": headers})
}

fn served(answer: &Value) -> String {
    match (answer["outcome"].as_str().unwrap(), &answer["route"]) {
        ("forward" | "redirect", route) => format!("{}, rule {}", object(route), answer["rule"]),
        ("error", route) if route.is_object() => format!("{} from {}, rule {}", answer["status"], object(route), answer["rule"]),
        ("no-match", _) => "404, no route matches".to_owned(),
        ("no-listener", _) => "no listener takes it".to_owned(),
        (other, _) => other.to_owned(),
    }
}

fn shown() -> Vec<Shown> {
    let profiles = profiles();
    let one = |flag: FlagInfo| {
        let file = paths::tests().join("flags").join(format!("{}.yaml", flag.name));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("every flag is shown by a manifest: {}: {e}", file.display()));
        let holder = profiles.iter().find(|p| p.flags.contains(&flag.id)).expect("a profile has it").clone();
        Shown { flag, holder, file, text }
    };
    flags().into_iter().map(one).collect()
}

/// Both answers differ, and differ because of the flag.
#[test]
fn every_departure_is_shown() {
    let mut wrong = Vec::new();
    for s in shown() {
        let manifest = s.manifest();
        let standard = s.answer(&manifest, "standard");
        let departs = s.answer(&manifest, s.holder.name);
        let without = s.answer(&manifest, &format!("{},-{}", s.holder.name, s.flag.name));
        println!("{:<32} standard: {standard:<60} {}: {departs}", s.flag.name, s.holder.name);
        // Where our standard does as the controller does, the manifest says why.
        if s.header("same").is_some() {
            assert_eq!(standard, departs, "{}: the answers are no longer the same", s.flag.name);
        } else if standard == departs || without == departs {
            wrong.push(format!("{}: standard `{standard}`, {} `{departs}`, without the flag `{without}`", s.flag.name, s.holder.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Each departure is a finding that names the flag and both answers, and none where the flag is off. Hazards are errors.
#[test]
fn every_departure_is_a_finding() {
    const HAZARDS: [(&str, &str); 3] = [("duplicate-domain", "GS0701"), ("https-without-hostname", "GS0702"), ("unsupported-filter-drops-route", "GS0703")];
    let mut wrong = Vec::new();
    for s in shown().into_iter().filter(|s| s.header("same").is_none()) {
        let found = |profile: &str| -> usize {
            let mut args = vec!["resolve", "-f", "-", "--profile", profile, "-o", "json"];
            if s.header("plain").is_none() {
                args.push("--complete");
            }
            let report = run(&args, s.manifest().as_bytes()).json();
            let hazard = HAZARDS.iter().find(|(flag, _)| *flag == s.flag.name).map(|(_, code)| *code);
            let names = |f: &&Value| match hazard {
                Some(code) => f["code"] == code && f["severity"] == "error",
                None => {
                    let message = f["message"].as_str().unwrap();
                    f["code"] == "GS0710" && message.starts_with(&format!("`{}`: ", s.flag.label)) && message.ends_with("under `standard`")
                }
            };
            report["findings"].as_array().unwrap().iter().filter(names).count()
        };
        let (with, without) = (found(s.holder.name), found(&format!("{},-{}", s.holder.name, s.flag.name)));
        if with == 0 || without != 0 {
            wrong.push(format!("{}: {with} findings, {without} without the flag", s.flag.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without any one of its objects the manifest no longer shows the departure (where there is one).
#[test]
fn the_manifests_are_the_smallest() {
    for s in shown().into_iter().filter(|s| s.header("same").is_none()) {
        let manifest = s.manifest();
        let docs: Vec<&str> = manifest.split("---\n").collect();
        for left_out in 0..docs.len() {
            let rest: Vec<&str> = docs.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, d)| *d).collect();
            let less = rest.join("---\n");
            let asks_it =
                s.ask().split(' ').nth(1).is_some_and(|what| what.split('/').next_back().is_some_and(|name| docs[left_out].contains(&format!("name: {name}"))));
            if less.is_empty() || asks_it {
                continue;
            }
            let (standard, departs) = (s.answer(&less, "standard"), s.answer(&less, s.holder.name));
            let shows = (s.answer(&manifest, "standard"), s.answer(&manifest, s.holder.name));
            assert!((&standard, &departs) != (&shows.0, &shows.1), "{}: document {left_out} is not needed:\n{}", s.flag.name, docs[left_out]);
        }
    }
}

#[test]
fn the_page_is_what_the_program_answers() {
    let mut out = String::from(
        "# Where controllers depart from the standard\n\nTwo conformant controllers can answer the same request differently: the specification leaves some questions open, and\nimplementations differ in others. A *profile* is the list of such departures, one *flag* each, with what was measured.\n`--profile auto` picks the profile of each GatewayClass by its controllerName; an unknown controller gets `standard`.\n\nGenerated from the flags that the resolver asks; every manifest below is a test, answered by the program. What moves\nbetween two controllers on your objects: `gatescope diff -f CLUSTER --profile A --to B` names the flag behind each move.\n\n",
    );
    let profiles: Vec<ProfileInfo> = profiles().into_iter().filter(|p| !p.flags.is_empty()).collect();
    for p in &profiles {
        let _ = writeln!(out, "- **{}** (`{}`): {}.", p.name, p.controllers.join("`, `"), p.measured);
    }
    let _ = writeln!(out, "\n| flag | rule | {} | the controller |", profiles.iter().map(|p| p.name).collect::<Vec<_>>().join(" | "));
    let _ = writeln!(out, "|---|---|{}---|", "---|".repeat(profiles.len()));
    let all = shown();
    for s in &all {
        let held: Vec<&str> = profiles.iter().map(|p| if p.flags.contains(&s.flag.id) { "yes" } else { "" }).collect();
        let anchor = s.flag.name.replace('@', "");
        let _ = writeln!(out, "| [{}](#{anchor}) | {} | {} | {} |", s.flag.name, s.flag.rule, held.join(" | "), s.flag.does);
    }
    for s in &all {
        let manifest = s.manifest();
        let holders: Vec<&str> = profiles.iter().filter(|p| p.flags.contains(&s.flag.id)).map(|p| p.name).collect();
        let rules: Vec<String> = s.flag.rule.split(", ").map(|r| format!("[{r}](rules.md#rule-{r})")).collect();
        let _ = write!(
            out,
            "\n## {}\n\n{}: the controller {}.\nThe standard (rule {}): {}.\n\n",
            s.flag.name,
            holders.join(", "),
            s.flag.does,
            rules.join(", "),
            s.flag.standard
        );
        let _ = write!(out, "```yaml\n{manifest}```\n\n| {} | answer |\n|---|---|\n| standard | {} |\n", s.ask(), s.answer(&manifest, "standard"));
        for holder in &holders {
            let _ = writeln!(out, "| {holder} | {} |", s.answer(&manifest, holder));
        }
        match s.header("same") {
            Some(why) => {
                let _ = writeln!(out, "\nNo difference here: {why}.");
            }
            None => {
                let _ = writeln!(out, "\nTo have both agree: {}.", s.flag.agree);
            }
        }
    }
    out.push_str("\nA profile of one's own adds and removes flags: `--profile istio,-no-udp`, `--profile standard,+http-and-grpc`.\n");
    let path = paths::workspace().join("docs/controllers.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &out).unwrap();
    }
    assert!(std::fs::read_to_string(&path).unwrap_or_default() == out, "docs/controllers.md is out of date: run `BLESS=1 cargo test --workspace --test flags`");
}
