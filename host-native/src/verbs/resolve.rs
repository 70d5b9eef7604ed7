//! `resolve`.

use super::{Context, Engine, live, read};
use crate::cli::{Filters, ListFormat, Resolve, Scope};
use crate::fail::Fail;
use crate::filter::{Filter, Named};
use crate::output::{Picture, laid};
use crate::{render, suggest};
use gatescope_core::types::Report;

pub(crate) fn run(context: &Context, args: &Resolve) -> Result<u8, Fail> {
    if args.watch {
        return live::watch(context, &args.input, |engine| show(context, args, engine));
    }
    let mut resolved = read(context, &args.input)?;
    show(context, args, &mut resolved.engine)?;
    Ok(resolved.code)
}

fn show(context: &Context, args: &Resolve, engine: &mut Engine) -> Result<(), Fail> {
    let mut report = engine.report()?;
    let total = report.exposures.len();
    let winners = render::Winners::of(&report.exposures);
    let filter = filter(&args.scope, &args.filters);
    check(&filter, &report)?;
    filter.apply(&mut report);
    let total = (!filter.is_empty()).then_some(total);
    match args.output {
        ListFormat::Table => context.print(&render::table(context.out, &report, &winners, total))?,
        ListFormat::Wide => context.print(&render::wide(context.out, &report, &winners, total))?,
        ListFormat::Json => context.json(&report)?,
        ListFormat::Csv => render::csv(std::io::stdout().lock(), &report.exposures, context.out.terminal)?,
        ListFormat::Mermaid => picture(context, &report, Picture::Mermaid, total)?,
        ListFormat::Dot => picture(context, &report, Picture::Dot, total)?,
        ListFormat::Svg => picture(context, &report, Picture::Svg, total)?,
    }
    Ok(())
}

/// `of` is the number of rows before the filter, where there is one.
fn picture(context: &Context, report: &Report, picture: Picture, of: Option<usize>) -> Result<(), Fail> {
    context.print(&picture.draw(&laid(report, picture, of)))
}

/// The options as a filter.
pub(crate) fn filter(scope: &Scope, filters: &Filters) -> Filter {
    Filter {
        namespace: scope.namespace.clone(),
        gateway: filters.gateway.as_deref().map(Named::parse),
        route: filters.route.as_deref().map(Named::parse),
        host: filters.host.as_ref().map(|h| h.trim_end_matches('.').to_lowercase()),
        states: filters.state.clone(),
    }
}

/// A filter on a name that is not there would show nothing, which reads as "nothing is exposed".
pub(crate) fn check(filter: &Filter, report: &Report) -> Result<(), Fail> {
    if let Some(g) = &filter.gateway {
        let names: Vec<String> = report.gateways.iter().map(|g| format!("{}/{}", g.namespace, g.name)).collect();
        let found = report.gateways.iter().any(|k| g.is("Gateway", &k.namespace, &k.name));
        found_or(found, "Gateway", g, &names)?;
    }
    if let Some(r) = &filter.route {
        let routes: std::collections::BTreeSet<_> =
            report.attachments.iter().map(|a| &a.route).chain(report.exposures.iter().map(|e| &e.route)).chain(report.mesh.iter().map(|m| &m.route)).collect();
        let found = routes.iter().any(|k| r.is(&k.kind, k.namespace.as_deref().unwrap_or_default(), &k.name));
        let names: Vec<String> = routes
            .iter()
            .map(|k| if r.kind.is_some() { render::object(k) } else { format!("{}/{}", k.namespace.as_deref().unwrap_or_default(), k.name) })
            .collect();
        found_or(found, "route", r, &names)?;
    }
    if let Some(ns) = &filter.namespace {
        let known: std::collections::BTreeSet<&str> = report
            .gateways
            .iter()
            .map(|g| g.namespace.as_str())
            .chain(report.attachments.iter().filter_map(|a| a.route.namespace.as_deref()))
            .chain(report.listener_sets.iter().map(|s| s.namespace.as_str()))
            .chain(report.findings.iter().filter_map(|f| f.subject.namespace.as_deref()))
            .collect();
        if !known.contains(ns.as_str()) {
            let near = suggest::closest(ns, known.iter().copied());
            let names: Vec<String> = known.iter().map(|n| (*n).to_owned()).collect();
            let hint = near.map_or_else(|| format!("there are {}", suggest::list(&names)), |n| format!("did you mean `{n}`?"));
            return Err(Fail::usage(format!("no gateway and no route in namespace `{ns}`")).hint(hint));
        }
    }
    Ok(())
}

fn found_or(found: bool, what: &str, wanted: &Named, names: &[String]) -> Result<(), Fail> {
    if found {
        return Ok(());
    }
    let parts: Vec<&str> = [wanted.kind.as_deref(), wanted.namespace.as_deref(), Some(wanted.name.as_str())].into_iter().flatten().collect();
    let text = parts.join("/");
    let fail = Fail::usage(format!("no {what} `{text}` in the input"));
    // A bare name is compared with bare names.
    let tail = |n: &str| n.rsplit('/').next().unwrap_or_default().to_owned();
    let near = if wanted.namespace.is_some() {
        suggest::closest(&text, names.iter().map(String::as_str))
    } else {
        names.iter().map(String::as_str).find(|n| suggest::closest(&text, [tail(n).as_str()].into_iter()).is_some())
    };
    Err(match near {
        Some(near) => fail.hint(format!("did you mean `{near}`?")),
        None if names.is_empty() => fail,
        None => fail.hint(format!("there are {}", suggest::list(names))),
    })
}
