//! Invariants 2 and 4 over every case: the report follows what the objects say, not the order in which they
//! came nor how; its arrays are totally ordered and its ids unique.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

use gatescope_core::{Change, Engine};
use gatescope_tests::case::{self, Case, Choice};
use gatescope_tests::order::Dice;
use gatescope_tests::run;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

type Check = fn(&Case) -> Result<(), String>;

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let args = Arguments::from_args();
    let loaded = case::load();
    let checks: [(&str, Check); 5] = [("shuffled", shuffled), ("again", again), ("one by one", one_by_one), ("unique", unique), ("stable order", stable_order)];
    let mut trials = Vec::new();
    // Where an object comes twice the last one counts, and what is no object cannot be handed over alone: these
    // two are about the order itself.
    let about_order = ["finding-gs0001-unreadable-object", "finding-gs0005-duplicate-object"];
    for case in loaded.cases.into_iter().filter(|c| !about_order.contains(&c.name.as_str())).map(Arc::new) {
        for (name, check) in checks {
            let case = Arc::clone(&case);
            let title = format!("{name}/{}/{}", case.suite, case.name);
            let test = move || run::guarded(|| check(&case)).and_then(|r| r).map_err(Failed::from);
            trials.push(Trial::test(title, test));
        }
    }
    let conclusion = libtest_mimic::run(&args, trials);
    if let Some(skipped) = loaded.skipped {
        println!("{skipped}");
    }
    conclusion.exit();
}

fn engine(case: &Case) -> Engine {
    Engine::new(run::settings(case, &Choice::Auto).unwrap())
}

fn report(case: &Case, objects: &[Box<RawValue>]) -> String {
    let mut engine = engine(case);
    engine.load(run::text(case, objects).as_bytes()).unwrap();
    engine.settle();
    json(&engine)
}

fn json(engine: &Engine) -> String {
    serde_json::to_string(&engine.report()).unwrap()
}

fn same(what: &str, a: &str, b: &str) -> Result<(), String> {
    if a == b {
        return Ok(());
    }
    let at = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| text.get(at.saturating_sub(200)..).unwrap_or(text).chars().take(400).collect::<String>();
    Err(format!("{what}: the reports differ from byte {at} on\n  one:   {}\n  other: {}", around(a), around(b)))
}

/// Invariant 4: objects in another order, the same bytes.
fn shuffled(case: &Case) -> Result<(), String> {
    let want = report(case, &case.objects);
    let mut objects = case.objects.clone();
    objects.reverse();
    same("reversed", &want, &report(case, &objects))?;
    let mut dice = Dice::seeded(&case.name);
    for round in 0..3 {
        dice.shuffle(&mut objects);
        same(&format!("shuffle {round}"), &want, &report(case, &objects))?;
    }
    Ok(())
}

/// The same input, the same bytes: in another engine, and from the same engine twice.
fn again(case: &Case) -> Result<(), String> {
    let mut engine = engine(case);
    engine.load(run::text(case, &case.objects).as_bytes()).unwrap();
    engine.settle();
    let want = json(&engine);
    same("asked twice", &want, &json(&engine))?;
    engine.settle();
    same("settled twice", &want, &json(&engine))?;
    same("another engine", &want, &report(case, &case.objects))
}

/// Invariant 2: applied one by one in another order, with a detour (an object is deleted and comes back),
/// the same bytes. For complete cases; a compact snapshot says of all its kinds at once that they were collected.
fn one_by_one(case: &Case) -> Result<(), String> {
    if case.lists.collected.is_some() {
        return Ok(());
    }
    let mut engine = engine(case);
    let mut objects = case.objects.clone();
    let mut dice = Dice::seeded(&case.name);
    dice.shuffle(&mut objects);
    for object in &objects {
        apply(&mut engine, Change::Json(object.get().as_bytes()))?;
    }
    let want = report(case, &case.objects);
    same("one by one", &want, &json(&engine))?;
    for _ in 0..objects.len().min(4) {
        let Some(object) = objects.get(dice.below(objects.len())) else { continue };
        let value: Value = serde_json::from_str(object.get()).unwrap();
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let api = text("/apiVersion");
        let delete = Change::Delete {
            group: api.split_once('/').map_or("", |(group, _)| group),
            kind: text("/kind"),
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
        };
        apply(&mut engine, delete)?;
        let rest: Vec<_> = objects.iter().filter(|o| o.get() != object.get()).cloned().collect();
        same(&format!("without {delete:?}"), &report(case, &rest), &json(&engine))?;
        apply(&mut engine, Change::Json(object.get().as_bytes()))?;
        same(&format!("{delete:?} came back"), &want, &json(&engine))?;
    }
    Ok(())
}

fn apply(engine: &mut Engine, change: Change<'_>) -> Result<(), String> {
    let (_, errors) = engine.apply(&[change]);
    if errors.is_empty() { Ok(()) } else { Err(format!("{errors:?}")) }
}

/// No id twice, and no row twice in any array.
fn unique(case: &Case) -> Result<(), String> {
    let report: Value = serde_json::from_str(&report(case, &case.objects)).unwrap();
    let mut ids = BTreeSet::new();
    for exposure in report["exposures"].as_array().unwrap() {
        let id = exposure["id"].as_str().unwrap();
        if !id.strip_prefix("e-").is_some_and(|hex| hex.len() == 16 && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
            return Err(format!("not an id: {id}"));
        }
        if !ids.insert(id.to_owned()) {
            return Err(format!("id twice: {exposure}"));
        }
    }
    for exposure in report["exposures"].as_array().unwrap() {
        if let Some(by) = exposure["shadowedBy"].as_str()
            && !ids.contains(by)
        {
            return Err(format!("shadowedBy names no row: {exposure}"));
        }
    }
    for (part, rows) in parts(&report) {
        let mut seen = BTreeSet::new();
        if let Some(twice) = rows.iter().find(|row| !seen.insert(row.to_string())) {
            return Err(format!("{part}: row twice: {twice}"));
        }
    }
    Ok(())
}

fn parts(report: &Value) -> Vec<(&String, &Vec<Value>)> {
    report.as_object().unwrap().iter().filter_map(|(part, rows)| Some((part, rows.as_array()?))).collect()
}

/// Totally ordered: rows that stand in the reports of two snapshots stand there in the same order.
fn stable_order(case: &Case) -> Result<(), String> {
    let whole: Value = serde_json::from_str(&report(case, &case.objects)).unwrap();
    let mut dice = Dice::seeded(&case.name);
    for _ in 0..3 {
        let mut objects = case.objects.clone();
        if !objects.is_empty() {
            objects.remove(dice.below(objects.len()));
        }
        let less: Value = serde_json::from_str(&report(case, &objects)).unwrap();
        for (part, rows) in parts(&whole) {
            let at: HashMap<String, usize> = rows.iter().enumerate().map(|(at, row)| (row.to_string(), at)).collect();
            let positions: Vec<usize> = less[part].as_array().unwrap().iter().filter_map(|row| at.get(&row.to_string()).copied()).collect();
            if !positions.is_sorted() {
                return Err(format!("{part}: rows changed their order with another object gone: {positions:?}"));
            }
        }
    }
    Ok(())
}
