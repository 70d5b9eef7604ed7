//! The whole report, in its total order: never that of the input, of handles or of hashing.

use super::{parts, rows};
use crate::engine::Engine;
use crate::resolve::rows::{Row, Sources};
use crate::text::Sym;
use crate::types::{Attachment, Exposure, Finding, FindingCounts, Gateway, Listener, ListenerSet, MeshRoute, Policy, REPORT_SCHEMA, Report, Severity, Summary};
use alloc::vec::Vec;
use serde::ser::SerializeSeq as _;
use serde::{Serialize, Serializer};

/// Everything.
pub(crate) fn report(engine: &Engine) -> Report {
    let mut out = frame(engine);
    out.exposures = exposures(engine, |_| true);
    out
}

/// Everything but the rows, which are most of it.
pub(crate) fn frame(engine: &Engine) -> Report {
    without_rows(engine, false)
}

/// The same with the attachments of those routes alone that have a disputed one.
pub(crate) fn brief(engine: &Engine) -> Report {
    without_rows(engine, true)
}

fn without_rows(engine: &Engine, disputed: bool) -> Report {
    let facts = engine.facts();
    let mut gateways: Vec<(u32, &crate::resolve::gateway::GatewayState)> =
        facts.store.gateways.iter().filter_map(|(h, _)| Some((h, engine.gateway_state(h)?))).collect();
    crate::sort::by(&mut gateways, |(_, a), (_, b)| (facts.text(a.ns), facts.text(a.name)).cmp(&(facts.text(b.ns), facts.text(b.name))));
    let mut out = Report {
        schema: REPORT_SCHEMA.into(),
        summary: Summary::default(),
        gateways: Vec::with_capacity(gateways.len()),
        listener_sets: Vec::new(),
        listeners: Vec::new(),
        attachments: Vec::new(),
        exposures: Vec::new(),
        policies: parts::policies(&facts),
        mesh: Vec::new(),
        findings: crate::diagnose::all(engine),
    };
    for (handle, state) in &gateways {
        if let Some(model) = facts.store.gateways.get(*handle) {
            out.gateways.push(parts::gateway(&facts, model, state));
        }
        out.listener_sets.extend(parts::listener_sets(&facts, state));
        out.listeners.extend(state.listeners.iter().zip(0_u32..).map(|(l, i)| parts::listener(engine, *handle, state, l, i)));
    }
    crate::sort::natural(&mut out.listener_sets);
    for (handle, route) in facts.store.routes.iter() {
        out.mesh.extend(parts::mesh(&facts, route));
        if let Some(state) = engine.route_state(handle)
            && (!disputed || state.attachments(route).any(|(p, v)| parts::is_disputed(engine, route, p, v)))
        {
            out.attachments.extend(state.attachments(route).map(|(p, v)| parts::attachment(engine, route, p, v, false)));
        }
    }
    crate::sort::natural(&mut out.mesh);
    crate::sort::by(&mut out.attachments, |a, b| (&a.route, &a.parent_ref).cmp(&(&b.route, &b.parent_ref)));
    out.summary = summary(engine);
    out.summary.findings = count(&out.findings);
    out
}

/// Counts, without a look at any row.
pub(crate) fn summary(engine: &Engine) -> Summary {
    let [exposed, shadowed, blocked, unknown] = engine.row_counts();
    let gateways = engine.facts().store.gateways.len();
    let (routes, whole) = (engine.route_findings(), engine.notes().counts());
    let findings = FindingCounts {
        error: routes.error.saturating_add(whole.error),
        warning: routes.warning.saturating_add(whole.warning),
        info: routes.info.saturating_add(whole.info),
    };
    Summary { exposed, shadowed, blocked, unknown, gateways, findings }
}

pub(crate) fn count(findings: &[crate::types::Finding]) -> FindingCounts {
    let of = |s: Severity| findings.iter().filter(|f| f.severity == s).count();
    FindingCounts { error: of(Severity::Error), warning: of(Severity::Warning), info: of(Severity::Info) }
}

/// A block of rows that stand together in the order.
struct Block<'a> {
    key: (&'a str, &'a str, u16, u32, Vec<&'a str>, bool, crate::model::Kind, &'a str, &'a str),
    route: u32,
    claim: usize,
    host: Sym,
}

/// The rows of the routes that `wanted` names, in order: gateway, port, listener, host from its last label, route, rule, match, backend.
pub(crate) fn exposures(engine: &Engine, wanted: impl Fn(u32) -> bool) -> Vec<Exposure> {
    let mut out = Vec::new();
    each(engine, wanted, &mut |sources, row| out.push(rows::exposure(sources, row)));
    out
}

/// The rows of routes from a handle on, until there are `most`; and the handle to go on from.
pub(crate) fn exposures_from(engine: &Engine, from: u32, most: usize) -> (Vec<Exposure>, Option<u32>) {
    let mut out = Vec::new();
    let next = each_from(engine, from, most, &mut |sources, row| out.push(rows::exposure(sources, row)));
    (out, next)
}

/// Visits the same rows before they are put in words.
pub(crate) fn each_from(engine: &Engine, from: u32, most: usize, visit: &mut dyn FnMut(&Sources<'_>, &Row<'_>)) -> Option<u32> {
    let (facts, sources) = (engine.facts(), engine.sources());
    let mut met = 0_usize;
    for (handle, route) in facts.store.routes.iter_from(from) {
        if met >= most {
            return Some(handle);
        }
        if let Some(state) = engine.route_state(handle) {
            sources.each(handle, route, &state.claims, &mut |row| {
                met = met.saturating_add(1);
                visit(&sources, row);
            });
        }
    }
    None
}

/// Visits the rows of the routes that `wanted` names, in order, before they are put in words.
pub(crate) fn each(engine: &Engine, wanted: impl Fn(u32) -> bool, visit: &mut dyn FnMut(&Sources<'_>, &Row<'_>)) {
    let facts = engine.facts();
    let sources = engine.sources();
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut fates = Vec::new();
    for (handle, route) in facts.store.routes.iter().filter(|(h, _)| wanted(*h)) {
        let Some(state) = engine.route_state(handle) else { continue };
        for (i, claim) in state.claims.iter().enumerate() {
            let Some(gateway) = sources.gateway(claim.gateway) else { continue };
            let port = gateway.listener(claim.listener).map_or(0, |l| l.port);
            for pair in &claim.hosts {
                let text = facts.text(pair.host);
                let labels: Vec<&str> = text.trim_start_matches("*.").rsplit('.').collect();
                let key = (
                    facts.text(gateway.ns),
                    facts.text(gateway.name),
                    port,
                    claim.listener,
                    if text == "*" { Vec::new() } else { labels },
                    text.starts_with('*'),
                    route.kind,
                    facts.text(route.meta.ns),
                    facts.text(route.meta.name),
                );
                blocks.push(Block { key, route: handle, claim: i, host: pair.host });
            }
        }
    }
    crate::sort::by(&mut blocks, |a, b| a.key.cmp(&b.key));
    for block in &blocks {
        let (Some(route), Some(state)) = (facts.store.routes.get(block.route), engine.route_state(block.route)) else { continue };
        let Some(claim) = state.claims.get(block.claim) else { continue };
        let Some(gateway) = sources.gateway(claim.gateway) else { continue };
        fates.clear();
        fates.extend(route.rules.iter().map(|r| crate::resolve::route::RuleFate::of(&facts, route, r, gateway.profile)));
        for pair in claim.hosts.iter().filter(|p| p.host == block.host) {
            sources.host_rows(block.route, route, claim, gateway, *pair, &fates, &mut |row| visit(&sources, row));
        }
    }
}

/// The report as compact JSON. Rows are written as they are met: they never exist all at once.
pub(crate) fn json(engine: &Engine) -> Vec<u8> {
    let r = frame(engine);
    let streamed = Streamed {
        schema: &r.schema,
        summary: r.summary,
        gateways: &r.gateways,
        listener_sets: &r.listener_sets,
        listeners: &r.listeners,
        attachments: &r.attachments,
        exposures: Rows(engine),
        policies: &r.policies,
        mesh: &r.mesh,
        findings: &r.findings,
    };
    // Writing to memory does not fail, and neither does any type of a report.
    serde_json::to_vec(&streamed).unwrap_or_default()
}

/// [`Report`], member by member.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Streamed<'a> {
    schema: &'a str,
    summary: Summary,
    gateways: &'a [Gateway],
    listener_sets: &'a [ListenerSet],
    listeners: &'a [Listener],
    attachments: &'a [Attachment],
    exposures: Rows<'a>,
    policies: &'a [Policy],
    mesh: &'a [MeshRoute],
    findings: &'a [Finding],
}

struct Rows<'a>(&'a Engine);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut seq = s.serialize_seq(None)?;
        let mut result = Ok(());
        each(self.0, |_| true, &mut |sources, row| {
            if result.is_ok() {
                result = seq.serialize_element(&rows::exposure(sources, row));
            }
        });
        result?;
        seq.end()
    }
}
