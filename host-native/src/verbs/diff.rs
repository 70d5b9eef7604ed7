//! `diff`: two inputs, manifests laid over one, or one under two profiles.

use super::{Context, Engine, load_input, load_into, open, overlay, settings};
use crate::cli::{Diff as Args, DiffFormat};
use crate::diff::{Diff, name_causes};
use crate::fail::Fail;
use crate::render;
use gatescope_core::types::Report;

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Fail> {
    let Sides { mut before, mut after, code, profiles } = sides(context, args)?;
    let filter = super::resolve::filter(&args.scope, &args.filters);
    // A name may exist on one side only.
    if super::resolve::check(&filter, &before).is_err() {
        super::resolve::check(&filter, &after)?;
    }
    filter.apply(&mut before);
    filter.apply(&mut after);
    if profiles.is_some() {
        // The objects' status is the present controller's, and departures are told by the flags.
        for report in [&mut before, &mut after] {
            report.findings.retain(|f| !f.code.starts_with("GS06") && f.code != "GS0710");
        }
    }
    let mut diff = Diff::of(&before, &after);
    if let Some(mut engine) = profiles {
        let progress = crate::progress::Progress::start();
        let mut tried = 0_usize;
        name_causes(&mut diff, &before, &after, &mut |choice| {
            tried = tried.saturating_add(1);
            progress.stage(|| format!("looking for what moves each way in: profile {tried}, `{}`", choice.text()));
            engine.choose(choice)?;
            Ok(engine.report()?)
        })?;
    }
    match args.output {
        DiffFormat::Table => context.print(&render::diff_table(context.out, &diff))?,
        DiffFormat::Json => context.json(&diff)?,
        DiffFormat::Markdown => context.print(&render::diff_markdown(&diff))?,
    }
    if code != 0 {
        return Ok(code);
    }
    Ok(u8::from(args.exit_code && !diff.is_empty()))
}

/// The two reports.
struct Sides {
    before: Report,
    after: Report,
    code: u8,
    /// Where both are of the same objects under two profiles: what resolves them under a third.
    profiles: Option<Engine>,
}

fn sides(context: &Context, args: &Args) -> Result<Sides, Fail> {
    match (args.paths.as_slice(), args.with.is_empty(), &args.to) {
        ([before, after], true, None) => {
            if !args.input.file.is_empty() {
                return Err(Fail::usage("diff takes either BEFORE and AFTER, or -f with --with or --to"));
            }
            if before == "-" && after == "-" {
                return Err(Fail::usage("standard input can be only one of the two sides"));
            }
            let settings = settings(&args.input)?;
            let mut code = 0;
            let mut side = |path: &String| -> Result<Report, Fail> {
                let mut engine = open(&args.input, settings.clone())?;
                code = code.max(load_into(context, std::slice::from_ref(path), &mut [&mut engine])?);
                Ok(engine.report()?)
            };
            let (a, b) = (side(before)?, side(after)?);
            Ok(Sides { before: a, after: b, code, profiles: None })
        }
        ([], false, None) => {
            let mut engine = open(&args.input, settings(&args.input)?)?;
            let code = load_input(context, &args.input, &mut [&mut engine])?;
            let before = engine.report()?;
            let code = code.max(overlay(context, &args.with, &mut engine)?);
            Ok(Sides { before, after: engine.report()?, code, profiles: None })
        }
        ([], true, Some(to)) => {
            let mut engine = open(&args.input, settings(&args.input)?)?;
            let code = load_input(context, &args.input, &mut [&mut engine])?;
            let before = engine.report()?;
            engine.choose(to)?;
            Ok(Sides { before, after: engine.report()?, code, profiles: Some(engine) })
        }
        ([_], true, None) => {
            Err(Fail::usage("diff needs two sides, and there is only one").hint("gatescope diff BEFORE AFTER, or gatescope diff -f BEFORE --with CHANGES"))
        }
        ([], true, None) => Err(Fail::usage("diff needs two sides")
            .hint("gatescope diff BEFORE AFTER, or gatescope diff -f CLUSTER --with CHANGES, or gatescope diff -f CLUSTER --profile A --to B")),
        _ => Err(Fail::usage("diff takes one of: BEFORE AFTER, --with, --to").hint("compare one thing at a time")),
    }
}
