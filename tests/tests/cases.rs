//! Every case, ours and those that other projects published, against the resolver.
//!
//! `GATESCOPE_ONLY=substring` narrows to cases whose `suite/name` contains it; `GATESCOPE_VERBOSE=1` prints
//! every mismatch in one line each. `-- -q` spares the list of tests.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use gatescope_tests::case::{self, Case, Choice, Hosts, Pass};
use gatescope_tests::deviation::{self, Deviation};
use gatescope_tests::judge::{self, Kind, Verdict};
use gatescope_tests::table::Table;
use gatescope_tests::{paths, run};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// What the run gathers beside the verdict of each test.
#[derive(Default)]
struct Gathered {
    table: Table,
    mismatches: Vec<String>,
    deviated: usize,
    unknown_profiles: BTreeSet<String>,
    not_run: usize,
}

type Shared = Arc<Mutex<Gathered>>;

fn main() {
    // The panics are caught and told with the case; their backtraces are noise.
    std::panic::set_hook(Box::new(|_| {}));
    let args = Arguments::from_args();
    let listing = args.list;
    let gathered = Shared::default();
    let (trials, skipped) = trials(&gathered);
    let conclusion = libtest_mimic::run(&args, trials);
    if !listing {
        print(&mut gathered.lock().unwrap(), skipped);
    }
    conclusion.exit();
}

fn trials(gathered: &Shared) -> (Vec<Trial>, Option<String>) {
    let loaded = case::load();
    let mut trials = Vec::new();
    let deviations = match deviation::load() {
        Ok(deviations) => Arc::new(deviations),
        Err(why) => {
            trials.push(failing("deviations.json", why));
            Arc::default()
        }
    };
    if std::env::var_os("GATESCOPE_ONLY").is_none() && loaded.skipped.is_none() {
        let names: BTreeSet<&str> = loaded.cases.iter().map(|c| c.name.as_str()).collect();
        for stale in deviations.iter().filter(|d| !names.contains(d.case.as_str())) {
            trials.push(failing("deviations.json", format!("no such case: {stale:?}")));
        }
    }
    for (path, why) in loaded.broken {
        trials.push(failing(&path, why));
    }
    match case::hostnames() {
        Ok(rows) => trials.extend(rows.into_iter().enumerate().map(|(at, row)| hostname_trial(at, row, gathered))),
        Err(why) => trials.push(failing("hostnames.json", why)),
    }
    for case in loaded.cases {
        let (gathered, deviations) = (Arc::clone(gathered), Arc::clone(&deviations));
        trials.push(Trial::test(format!("{}/{}", case.suite, case.name), move || {
            let wrong: Vec<String> = case.passes.iter().flat_map(|p| pass(&case, p, &deviations, &gathered)).collect();
            outcome(&wrong)
        }));
    }
    trials.push(Trial::test("own/every rule has a case", || outcome(&rules_without_a_case())));
    if loaded.skipped.is_some() {
        trials.push(Trial::test("shared cases", || Ok(())).with_ignored_flag(true));
    }
    (trials, loaded.skipped)
}

/// Rules 1 to 48 are each shown by a case of our own.
fn rules_without_a_case() -> Vec<String> {
    let has = |rule: &u8| {
        let prefix = format!("rule-{rule:02}-");
        let mut folders = std::fs::read_dir(paths::own_cases()).into_iter().flatten().flatten();
        folders.any(|f| f.file_name().to_string_lossy().starts_with(&prefix) && f.path().join("case.json").is_file())
    };
    (1..=48).filter(|rule| !has(rule)).map(|rule: u8| format!("no case tests/cases/rule-{rule:02}-…")).collect()
}

fn failing(name: &str, why: String) -> Trial {
    Trial::test(name, move || Err(Failed::from(why)))
}

fn outcome(wrong: &[String]) -> Result<(), Failed> {
    const SHOWN: usize = 12;
    if wrong.is_empty() {
        return Ok(());
    }
    if verbose() {
        return Err(Failed::from(format!("{} mismatches, listed below", wrong.len())));
    }
    let more = wrong.len().saturating_sub(SHOWN);
    let mut text: Vec<String> = wrong.iter().take(SHOWN).cloned().collect();
    if more > 0 {
        text.push(format!("and {more} more (GATESCOPE_VERBOSE=1)"));
    }
    Err(Failed::from(text.join("\n")))
}

fn verbose() -> bool {
    std::env::var_os("GATESCOPE_VERBOSE").is_some()
}

/// One resolution of a case; returns what is wrong.
fn pass(case: &Case, pass: &Pass, deviations: &[Deviation], gathered: &Shared) -> Vec<String> {
    let tag = format!("{}/{} {}", case.suite, case.name, pass.profile);
    let Some(resolved) = run::resolve(case, &pass.choice) else {
        let mut all = gathered.lock().unwrap();
        all.not_run += 1;
        all.unknown_profiles.insert(pass.profile.clone());
        return Vec::new();
    };
    let resolved = match resolved {
        Ok(resolved) => resolved,
        Err(why) => {
            let mut all = gathered.lock().unwrap();
            for (kind, asserted) in judge::count(&pass.expect) {
                all.table.add(&case.suite, &pass.profile, kind, 0, asserted);
            }
            let line = format!("{tag}  {why}");
            all.mismatches.push(line.clone());
            return vec![line];
        }
    };
    let verdicts = judge::judge(&pass.expect, &resolved);
    let mut wrong = Vec::new();
    if let Choice::AutoIfKnown(profile) = &pass.choice {
        let named = resolved.report.gateways.iter().any(|g| g.profile == *profile);
        if !named && !resolved.report.gateways.is_empty() {
            wrong.push(format!("{tag}  no Gateway is resolved under profile {profile}"));
        }
    }
    let mut all = gathered.lock().unwrap();
    for verdict in &verdicts {
        let listed = deviations.iter().any(|d| d.covers(&case.name, &pass.profile, verdict));
        all.table.add(&case.suite, &pass.profile, verdict.kind, usize::from(verdict.agreed), 1);
        all.deviated += usize::from(listed && !verdict.agreed);
        match (verdict.agreed, listed) {
            (true, true) => wrong.push(format!("{tag}  {}  is listed in deviations.json, but agrees", verdict.what())),
            (false, false) => wrong.push(line(&tag, verdict)),
            _ => {}
        }
    }
    let stale = |d: &&Deviation| d.case == case.name && d.profile == pass.profile && !verdicts.iter().any(|v| d.covers(&case.name, &pass.profile, v));
    for d in deviations.iter().filter(stale) {
        wrong.push(format!("{tag}  deviations.json lists what the case does not assert: {}", d.what));
    }
    all.mismatches.extend(wrong.iter().cloned());
    wrong
}

fn line(tag: &str, v: &Verdict) -> String {
    let label = v.label.as_ref().map(|l| format!(" [{l}]")).unwrap_or_default();
    let clue = if v.clue.is_empty() { String::new() } else { format!("\n      clue: {}", v.clue) };
    format!("{tag}  {}{label}\n      want: {}\n      got:  {}{clue}", v.what(), v.want, v.got)
}

/// A Gateway with that listener hostname and an HTTPRoute with that route hostname.
fn hostname_trial(at: usize, row: Hosts, gathered: &Shared) -> Trial {
    let gathered = Arc::clone(gathered);
    Trial::test(format!("hostnames/{at:02} {} x {}", row.listener, row.route), move || {
        let got = gatescope_tests::hosts::intersection(&row.listener, &row.route);
        let want = Ok(row.result.clone());
        let mut all = gathered.lock().unwrap();
        all.table.add("hostnames", "auto", Kind::Hostnames, usize::from(got == want), 1);
        if got == want {
            return Ok(());
        }
        let invalid = if row.invalid { " (invalid)" } else { "" };
        let line = format!(
            "hostnames.json row {at}{invalid}  {} x {}\n      want: {want:?}\n      got:  {got:?}\n      clue: {}",
            row.listener, row.route, row.source
        );
        all.mismatches.push(line.clone());
        Err(Failed::from(line))
    })
}

fn print(gathered: &mut Gathered, skipped: Option<String>) {
    if verbose() {
        gathered.mismatches.sort();
        for line in &gathered.mismatches {
            println!("{line}");
        }
    }
    println!("\nagreed/asserted, per suite, profile and kind\n{}", gathered.table);
    println!("deviations on purpose: {} (tests/deviations.json)", gathered.deviated);
    if gathered.not_run > 0 {
        let names: Vec<&str> = gathered.unknown_profiles.iter().map(String::as_str).collect();
        println!("NOT RUN: {} resolutions under profiles that the resolver does not have yet: {}", gathered.not_run, names.join(", "));
    }
    if let Some(skipped) = skipped {
        println!("{skipped}");
    }
}
