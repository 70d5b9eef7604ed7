//! A sequence of batches, checked: after each the report equals the one resolved from scratch, and the delta is the
//! difference of the reports around it.

use gatescope_core::types::{Exposure, Finding, Report};
use gatescope_core::{Change, Engine, ProfileChoice, Settings};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Group, kind, namespace and name.
pub type ObjectKey = [String; 4];

/// One change.
#[derive(Clone, Debug)]
pub enum Step {
    /// An object comes, or says something else.
    Put(ObjectKey, String),
    /// An object goes.
    Delete(ObjectKey),
    /// A snapshot without objects says which kinds were looked at.
    Cover(String),
}

/// Changes that are applied together.
#[derive(Clone, Debug)]
pub enum Batch {
    /// To the objects.
    Steps(Vec<Step>),
    /// To the settings.
    Choose(ProfileChoice),
}

/// Settings, and what happens.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// The settings at the start.
    pub settings: Settings,
    /// One by one.
    pub batches: Vec<Batch>,
}

/// A sequence as it is kept in `tests/bench/cases/sequences/`.
pub fn readable(sequence: &Sequence) -> Value {
    let step = |s: &Step| match s {
        Step::Put(_, text) | Step::Cover(text) => serde_json::from_str(text).unwrap(),
        Step::Delete(key) => json!({"delete": key}),
    };
    let batch = |b: &Batch| match b {
        Batch::Steps(steps) => json!(steps.iter().map(step).collect::<Vec<Value>>()),
        Batch::Choose(choice) => json!({"choose": choice.text()}),
    };
    let s = &sequence.settings;
    json!({"profile": s.profile.text(), "complete": s.complete, "tenantLabel": s.tenant_label, "batches": sequence.batches.iter().map(batch).collect::<Vec<Value>>()})
}

impl Sequence {
    /// Reads what [`readable`] wrote.
    pub fn read(value: &Value) -> Self {
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        let choice = |v: &Value| ProfileChoice::parse(v.as_str().unwrap_or("auto")).unwrap();
        let step = |v: &Value| {
            if let Some(key) = v["delete"].as_array() {
                return Step::Delete([0, 1, 2, 3].map(|i| text(&key[i])));
            }
            if v.get("schema").is_some() {
                return Step::Cover(v.to_string());
            }
            let group = v["apiVersion"].as_str().and_then(|a| a.split_once('/')).map_or("", |(g, _)| g);
            let meta = &v["metadata"];
            Step::Put([group.to_owned(), text(&v["kind"]), text(&meta["namespace"]), text(&meta["name"])], v.to_string())
        };
        let batch = |v: &Value| match v.get("choose") {
            Some(c) => Batch::Choose(choice(c)),
            None => Batch::Steps(v.as_array().unwrap().iter().map(step).collect()),
        };
        Self {
            settings: Settings {
                profile: choice(&value["profile"]),
                complete: value["complete"].as_bool().unwrap_or(false),
                tenant_label: value["tenantLabel"].as_str().map(str::to_owned),
            },
            batches: value["batches"].as_array().unwrap().iter().map(batch).collect(),
        }
    }
}

/// What there is after some steps: the objects, and which kinds were looked at, in order.
#[derive(Default)]
struct Held {
    objects: BTreeMap<ObjectKey, String>,
    covers: Vec<String>,
}

impl Held {
    fn fresh(&self, settings: &Settings) -> Engine {
        let mut engine = Engine::new(settings.clone());
        for text in self.covers.iter().chain(self.objects.values()) {
            engine.load(text.as_bytes()).unwrap();
        }
        engine.settle();
        engine
    }
    fn note(&mut self, step: &Step) {
        match step {
            Step::Put(key, text) => drop(self.objects.insert(key.clone(), text.clone())),
            Step::Delete(key) => drop(self.objects.remove(key)),
            Step::Cover(text) => self.covers.push(text.clone()),
        }
    }
}

fn change(step: &Step) -> Change<'_> {
    match step {
        Step::Put(_, text) | Step::Cover(text) => Change::Json(text.as_bytes()),
        Step::Delete([group, kind, namespace, name]) => Change::Delete { group, kind, namespace, name },
    }
}

fn text(report: &Report) -> String {
    serde_json::to_string_pretty(report).unwrap()
}

/// The first line that differs, with what stands around it.
fn difference(a: &str, b: &str) -> String {
    let (left, right): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    let at = left.iter().zip(&right).position(|(x, y)| x != y).unwrap_or(left.len().min(right.len()));
    let around = |l: &[&str]| l[at.saturating_sub(12).min(l.len())..(at + 6).min(l.len())].join("\n");
    format!("--- incremental\n{}\n--- rebuilt\n{}", around(&left), around(&right))
}

fn by_id(report: &Report) -> BTreeMap<&str, &Exposure> {
    report.exposures.iter().map(|e| (e.id.as_str(), e)).collect()
}

/// What a sequence is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reference {
    /// A fresh engine that loads the objects that are left.
    Objects,
    /// A fresh engine that takes every change since the start at once, and then resolves all anew: right for changes
    /// of which nobody can say what object they are.
    History,
}

/// Runs a sequence; what is wrong is said with the batch after which it was.
pub fn check(sequence: &Sequence) -> Result<(), String> {
    run(sequence, Reference::Objects).map(drop)
}

/// The same for changes that may be anything; returns the last report.
pub fn check_history(sequence: &Sequence) -> Result<Report, String> {
    run(sequence, Reference::History)
}

fn run(sequence: &Sequence, reference: Reference) -> Result<Report, String> {
    let mut settings = sequence.settings.clone();
    let mut engine = Engine::new(settings.clone());
    let mut held = Held::default();
    let mut all: Vec<Change<'_>> = Vec::new();
    let mut before = engine.report();
    for (i, batch) in sequence.batches.iter().enumerate() {
        let delta = match batch {
            Batch::Choose(choice) => {
                settings.profile = choice.clone();
                engine.choose(choice.clone())
            }
            Batch::Steps(steps) => {
                let changes: Vec<Change<'_>> = steps.iter().map(change).collect();
                let (delta, errors) = engine.apply(&changes);
                assert!(errors.is_empty() || reference == Reference::History, "{errors:?}");
                steps.iter().for_each(|s| held.note(s));
                all.extend(changes);
                delta
            }
        };
        let fresh = match reference {
            Reference::Objects => held.fresh(&settings),
            Reference::History => {
                let mut fresh = Engine::new(settings.clone());
                drop(fresh.apply(&all));
                fresh.rebuild();
                fresh
            }
        };
        let (now, want) = (engine.report(), fresh.report());
        let wrong = |why: String| format!("after batch {i}: {why}");
        if now != want {
            return Err(wrong(difference(&text(&now), &text(&want))));
        }
        if engine.report_json() != fresh.report_json() {
            return Err(wrong("equal reports have different bytes".into()));
        }
        if engine.columns() != fresh.columns() {
            return Err(wrong("equal reports have different columns".into()));
        }
        compare(&delta, &before, &now).map_err(wrong)?;
        before = now;
    }
    engine.rebuild();
    if engine.report() != before {
        return Err("a rebuild says something else".into());
    }
    Ok(before)
}

/// Whether a delta is the difference of two reports.
fn compare(delta: &gatescope_core::types::Delta, before: &Report, now: &Report) -> Result<(), String> {
    let (old, new) = (by_id(before), by_id(now));
    let opened: Vec<&Exposure> = new.iter().filter(|(id, _)| !old.contains_key(*id)).map(|(_, e)| *e).collect();
    let changed: Vec<&Exposure> = new.iter().filter(|(id, e)| old.get(*id).is_some_and(|o| o != *e)).map(|(_, e)| *e).collect();
    let closed: Vec<&str> = old.keys().filter(|id| !new.contains_key(*id)).copied().collect();
    if delta.opened.iter().collect::<Vec<_>>() != opened || delta.changed.iter().collect::<Vec<_>>() != changed || delta.closed != closed {
        let ids = |list: &[&Exposure]| list.iter().map(|e| e.id.clone()).collect::<Vec<_>>();
        let got = |list: &[Exposure]| ids(&list.iter().collect::<Vec<_>>());
        return Err(format!(
            "delta: opened {:?} wanted {:?}; changed {:?} wanted {:?}; closed {:?} wanted {closed:?}",
            got(&delta.opened),
            ids(&opened),
            got(&delta.changed),
            ids(&changed),
            delta.closed
        ));
    }
    if delta.summary != now.summary {
        return Err(format!("summary of the delta {:?}, of the report {:?}", delta.summary, now.summary));
    }
    let only = |a: &'_ Report, b: &Report| -> Vec<Finding> { a.findings.iter().filter(|f| !b.findings.contains(f)).cloned().collect() };
    let (gone, came) = (only(before, now), only(now, before));
    if delta.findings.added != came || delta.findings.removed != gone {
        return Err(format!("findings of the delta: added {:?}\nwanted {came:?}\nremoved {:?}\nwanted {gone:?}", delta.findings.added, delta.findings.removed));
    }
    Ok(())
}
