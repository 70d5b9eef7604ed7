//! `diff`: two inputs, manifests laid over one, or one under two profiles.

use super::{Context, load_input, load_into, open, overlay, settings};
use crate::cli::{Diff as Args, DiffFormat};
use crate::diff::Diff;
use crate::fail::Fail;
use crate::render;
use gatescope_core::types::Report;

pub(crate) fn run(context: &Context, args: &Args) -> Result<u8, Fail> {
    let (mut before, mut after, code) = sides(context, args)?;
    let filter = super::resolve::filter(&args.scope, &args.filters);
    // A name may exist on one side only.
    if super::resolve::check(&filter, &before).is_err() {
        super::resolve::check(&filter, &after)?;
    }
    filter.apply(&mut before);
    filter.apply(&mut after);
    let diff = Diff::of(&before, &after);
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
fn sides(context: &Context, args: &Args) -> Result<(Report, Report, u8), Fail> {
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
            Ok((a, b, code))
        }
        ([], false, None) => {
            let mut engine = open(&args.input, settings(&args.input)?)?;
            let code = load_input(context, &args.input, &mut [&mut engine])?;
            let before = engine.report()?;
            let code = code.max(overlay(context, &args.with, &mut engine)?);
            Ok((before, engine.report()?, code))
        }
        ([], true, Some(to)) => {
            let from = settings(&args.input)?;
            let mut a = open(&args.input, from.clone())?;
            let mut b = open(&args.input, gatescope_core::Settings { profile: to.clone(), ..from })?;
            let code = load_input(context, &args.input, &mut [&mut a, &mut b])?;
            Ok((a.report()?, b.report()?, code))
        }
        ([_], true, None) => {
            Err(Fail::usage("diff needs two sides, and there is only one").hint("gatescope diff BEFORE AFTER, or gatescope diff -f BEFORE --with CHANGES"))
        }
        ([], true, None) => Err(Fail::usage("diff needs two sides")
            .hint("gatescope diff BEFORE AFTER, or gatescope diff -f CLUSTER --with CHANGES, or gatescope diff -f CLUSTER --profile A --to B")),
        _ => Err(Fail::usage("diff takes one of: BEFORE AFTER, --with, --to").hint("compare one thing at a time")),
    }
}
