//! `check`: findings as a gate for CI.

use super::{Context, Engine, load_input, open, overlay, settings};
use crate::check::{Baseline, Deny, Outcome, sarif};
use crate::cli::{Check as Args, CheckFormat};
use crate::diff::Diff;
use crate::fail::Fail;
use crate::input::places;
use crate::render;
use gatescope_core::types::Report;
use std::collections::BTreeSet;

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Fail> {
    let deny = Deny::parse(&args.deny)?;
    if deny.asks("takeover") && args.with.is_empty() {
        return Err(
            Fail::usage("--deny takeover needs --with: a takeover is what a change does").hint("gatescope check -f CLUSTER --with CHANGES --deny takeover")
        );
    }
    let mut baseline = match &args.baseline {
        Some(path) => Baseline::read(path)?,
        None => Baseline::default(),
    };
    let settings = settings(&args.input)?;
    let mut engine = open(&args.input, settings)?;
    let mut code = load_input(context, &args.input, &mut [&mut engine])?;
    let filter = super::resolve::filter(&args.scope, &args.filters);
    let report = |engine: &mut Engine| -> Result<Report, Fail> {
        let mut report = engine.report()?;
        filter.apply(&mut report);
        Ok(report)
    };
    let mut before = None;
    if !args.with.is_empty() {
        before = Some(report(&mut engine)?);
        code = code.max(overlay(context, &args.with, &mut engine)?);
    }
    super::resolve::check(&filter, &engine.report()?)?;
    let after = report(&mut engine)?;

    let mut findings = after.findings.clone();
    findings.extend(deny.findings(&after));
    let mut known = BTreeSet::new();
    if let Some(before) = &before {
        if !args.all {
            known.extend(before.findings.iter().cloned());
            known.extend(deny.findings(before));
        }
        findings.extend(deny.takeovers(&Diff::of(before, &after)));
    }
    let mut outcome = Outcome::of(findings, &known, args.fail_on, &deny, &mut baseline);
    locate(&mut outcome, args);
    match args.output {
        CheckFormat::Table => context.print(&render::check(context.out, &outcome))?,
        CheckFormat::Json => context.json(&outcome)?,
        CheckFormat::Sarif => {
            let fallback = args.with.iter().chain(&args.input.file).find(|f| *f != "-").map_or("stdin", String::as_str);
            context.json(&sarif(&outcome, fallback))?;
        }
    }
    if code != 0 {
        return Ok(code);
    }
    Ok(u8::from(!outcome.passed))
}

/// Looks up where the findings stand; the manifests of `--with` come last and so win.
fn locate(outcome: &mut Outcome, args: &Args) {
    const REVIEWABLE: u64 = 32 << 20;
    let limit = if args.output == CheckFormat::Sarif { u64::MAX } else { REVIEWABLE };
    let wanted: BTreeSet<places::Wanted> = outcome.findings.iter().map(|j| (j.finding.subject.clone(), j.finding.field.clone())).collect();
    let files: Vec<String> = args.input.file.iter().chain(&args.with).filter(|f| *f != "-").cloned().collect();
    if wanted.is_empty() || files.is_empty() {
        return;
    }
    let found = places::find(&files, &wanted, limit);
    outcome.locate(|f| found.get(&(f.subject.clone(), f.field.clone())).cloned());
}
