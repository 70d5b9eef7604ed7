//! Why a way in moves between two profiles: the flags between them are toggled one by one, and the resolver answers.

use super::way::Ways;
use super::{Change, Diff};
use crate::fail::Fail;
use gatescope_core::ProfileChoice;
use gatescope_core::profile::{FlagInfo, flags, flags_of};
use gatescope_core::types::{GatewayRef, Report};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A departure that moves something, and the way to have both controllers agree.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Flag {
    /// As `--profile` names it after a `+` or a `-`.
    pub name: String,
    /// The profile that departs here.
    pub profile: String,
    /// The rules it departs from.
    pub rule: &'static str,
    pub does: &'static str,
    pub standard: &'static str,
    /// The change to the manifests under which both agree.
    pub agree: &'static str,
    /// How many ways in it moves, alone or with others.
    pub ways: usize,
}

/// The profiles of a Gateway on both sides, and the Gateways that have them.
type Pairs = BTreeMap<(String, String), BTreeSet<GatewayRef>>;

fn pairs(before: &Report, after: &Report) -> Pairs {
    let mut out = Pairs::new();
    for (a, b) in before.gateways.iter().zip(&after.gateways) {
        if a.profile != b.profile {
            let gateway = GatewayRef { namespace: a.namespace.clone(), name: a.name.clone() };
            out.entry((a.profile.to_string(), b.profile.to_string())).or_default().insert(gateway);
        }
    }
    out
}

/// A flag between two profiles.
struct Step {
    flag: FlagInfo,
    /// What takes the first profile this step towards the second, and the second this step back.
    there: String,
    back: String,
    holder: String,
}

fn steps(from: &str, to: &str) -> Vec<Step> {
    let (a, b) = (flags_of(from), flags_of(to));
    let differ = flags().into_iter().filter(|f| a.contains(&f.id) != b.contains(&f.id));
    let step = |flag: FlagInfo| {
        let old = a.contains(&flag.id);
        let (there, back) = if old { ('-', '+') } else { ('+', '-') };
        Step { there: format!(",{there}{}", flag.name), back: format!(",{back}{}", flag.name), holder: if old { from } else { to }.to_owned(), flag }
    };
    differ.map(step).collect()
}

/// Names for every change of `diff` the flags that cause it. `resolve` gives the report of the same objects under a profile.
pub(crate) fn name(diff: &mut Diff, before: &Report, after: &Report, resolve: &mut dyn FnMut(&ProfileChoice) -> Result<Report, Fail>) -> Result<(), Fail> {
    let mut seen: BTreeMap<usize, Flag> = BTreeMap::new();
    for ((from, to), gateways) in pairs(before, after) {
        let steps = steps(&from, &to);
        let mut open: Vec<&mut Change> = [&mut diff.opened, &mut diff.closed, &mut diff.moved, &mut diff.reweighted, &mut diff.uncertain]
            .into_iter()
            .flatten()
            .filter(|c| gateways.contains(&c.gateway))
            .collect();
        let mut note = |change: &mut Change, causes: &[&Step]| {
            for step in causes {
                change.flags.push(step.flag.name.clone());
                let entry = seen.entry(step.flag.id).or_insert_with(|| Flag {
                    name: step.flag.name.clone(),
                    profile: step.holder.clone(),
                    rule: step.flag.rule,
                    does: step.flag.does,
                    standard: step.flag.standard,
                    agree: step.flag.agree,
                    ways: 0,
                });
                entry.ways = entry.ways.saturating_add(1);
            }
        };
        let mut under = |text: String| -> Result<Report, Fail> {
            let choice = ProfileChoice::parse(&text).map_err(Fail::usage)?;
            resolve(&choice)
        };
        // A flag that makes the whole difference by itself.
        for step in &steps {
            if open.is_empty() {
                break;
            }
            let report = under(format!("{from}{}", step.there))?;
            let ways = Ways::of(&report);
            open.retain_mut(|change| {
                let explained = as_after(change, &ways);
                if explained {
                    note(change, &[step]);
                }
                !explained
            });
        }
        // Flags that make it together: without any of them the answer is another one.
        let mut needed: Vec<Vec<&Step>> = open.iter().map(|_| Vec::new()).collect();
        if !open.is_empty() {
            for step in &steps {
                let report = under(format!("{to}{}", step.back))?;
                let ways = Ways::of(&report);
                for (change, needed) in open.iter().zip(&mut needed) {
                    if !as_after(change, &ways) {
                        needed.push(step);
                    }
                }
            }
        }
        // What two flags cause alike: towards the other profile step by step, the one that tips it.
        let mut left: BTreeSet<usize> = needed.iter().enumerate().filter(|(_, n)| n.is_empty()).map(|(i, _)| i).collect();
        let mut text = from.clone();
        for step in &steps {
            if left.is_empty() {
                break;
            }
            text.push_str(&step.there);
            let report = under(text.clone())?;
            let ways = Ways::of(&report);
            left.retain(|i| {
                let tipped = open.get(*i).is_some_and(|c| as_after(c, &ways));
                if let (true, Some(needed)) = (tipped, needed.get_mut(*i)) {
                    needed.push(step);
                }
                !tipped
            });
        }
        for (change, needed) in open.into_iter().zip(&needed) {
            note(change, needed);
        }
    }
    diff.flags = seen.into_values().collect();
    diff.flags.sort_by(|a, b| b.ways.cmp(&a.ways).then_with(|| a.name.cmp(&b.name)));
    Ok(())
}

/// Whether a way in is served there as it is on the second side.
fn as_after(change: &Change, there: &Ways<'_>) -> bool {
    there.get(&change.key).map(|w| &w.served) == change.after.as_ref()
}
