//! What goes over the boundary as JSON, and what both surfaces do with it.

use crate::ABI_VERSION;
use gatescope_core::types::{Delta, ObjectRef, Request};
use gatescope_core::{Change, Engine, InputError, ProfileChoice, Settings, diagnose, layout};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// [`Settings`] on the wire. A setting that this build does not know is an error: leaving it out would give other answers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
struct SettingsIn {
    profile: String,
    complete: bool,
    tenant_label: Option<String>,
}

impl Default for SettingsIn {
    fn default() -> Self {
        Self { profile: "auto".into(), complete: false, tenant_label: None }
    }
}

/// Why there is no answer.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    /// `input`, `not-found`, `argument` or `lost`.
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// 1-based; 0 where unknown.
    pub(crate) line: usize,
    /// 1-based; 0 where unknown.
    pub(crate) column: usize,
    /// With `input`: how many objects were read before it, and are in force.
    pub(crate) objects: usize,
}

impl Refusal {
    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self { code: "argument", message: message.into(), line: 0, column: 0, objects: 0 }
    }
    fn json(what: &str, e: &serde_json::Error) -> Self {
        Self { line: e.line(), column: e.column(), ..Self::argument(format!("{what}: {e}")) }
    }
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { code: "not-found", ..Self::argument(message) }
    }
    pub(crate) fn input(e: InputError) -> Self {
        Self { code: "input", message: e.message, line: e.line, column: e.column, objects: e.objects }
    }
}

/// An unreadable change.
#[derive(Serialize)]
pub(crate) struct ErrorOut {
    pub(crate) message: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) objects: usize,
}

impl From<InputError> for ErrorOut {
    fn from(e: InputError) -> Self {
        Self { message: e.message, line: e.line, column: e.column, objects: e.objects }
    }
}

#[derive(Serialize)]
pub(crate) struct Applied {
    pub(crate) delta: Delta,
    /// Changes that could not be read; the others are in force.
    pub(crate) errors: Vec<ErrorOut>,
}

/// An object to delete.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Gone {
    #[serde(default)]
    group: String,
    kind: String,
    #[serde(default)]
    namespace: String,
    name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    version: &'static str,
    abi: u32,
    profiles: Vec<&'static str>,
    /// Built for tests: it has exports that fail on purpose.
    faults: bool,
}

#[derive(Serialize)]
struct FindingInfo {
    code: &'static str,
    name: &'static str,
    severity: gatescope_core::types::Severity,
    title: &'static str,
    meaning: &'static str,
    remedy: &'static str,
    rules: &'static [u8],
}

/// Any of our values as JSON: none of them fails to be written.
pub(crate) fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

pub(crate) fn about() -> Vec<u8> {
    json(&About { version: env!("CARGO_PKG_VERSION"), abi: ABI_VERSION, profiles: ProfileChoice::names(), faults: cfg!(feature = "faults") })
}

pub(crate) fn catalogue() -> Vec<u8> {
    let all = diagnose::CATALOGUE.iter().map(|i| FindingInfo {
        code: i.code,
        name: i.name,
        severity: i.severity,
        title: i.title,
        meaning: i.meaning,
        remedy: i.remedy,
        rules: i.rules,
    });
    json(&all.collect::<Vec<_>>())
}

/// No bytes are the defaults.
pub(crate) fn settings(bytes: &[u8]) -> Result<Settings, Refusal> {
    let given: SettingsIn = if bytes.is_empty() { SettingsIn::default() } else { serde_json::from_slice(bytes).map_err(|e| Refusal::json("settings", &e))? };
    Ok(Settings { profile: profile(&given.profile)?, complete: given.complete, tenant_label: given.tenant_label })
}

/// `auto`, a profile's name, or one with flags added and removed.
pub(crate) fn profile(text: &str) -> Result<ProfileChoice, Refusal> {
    ProfileChoice::parse(text).map_err(|e| Refusal::argument(format!("profile `{text}`: {e}; there are {}", ProfileChoice::names().join(", "))))
}

/// A change as it came.
pub(crate) enum Step<'a> {
    Json(&'a [u8]),
    Delete { group: String, kind: String, namespace: String, name: String },
}

impl Step<'_> {
    fn change(&self) -> Change<'_> {
        match self {
            Self::Json(text) => Change::Json(text),
            Self::Delete { group, kind, namespace, name } => Change::Delete { group, kind, namespace, name },
        }
    }
}

/// The frames of `gatescope_apply`: what to do, length, bytes.
pub(crate) fn steps(mut bytes: &[u8]) -> Result<Vec<Step<'_>>, Refusal> {
    let cut = || Refusal::argument("the changes are cut off: each is two numbers of 32 bits, what and length, and as many bytes");
    let mut out = Vec::new();
    while !bytes.is_empty() {
        let (what, rest) = bytes.split_first_chunk::<4>().ok_or_else(cut)?;
        let (len, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let (text, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize).ok_or_else(cut)?;
        bytes = rest;
        out.push(match u32::from_le_bytes(*what) {
            1 => Step::Json(text),
            2 => {
                let Gone { group, kind, namespace, name } = serde_json::from_slice(text).map_err(|e| Refusal::json("an object to delete", &e))?;
                Step::Delete { group, kind, namespace, name }
            }
            other => return Err(Refusal::argument(format!("`{other}` is no kind of change: 1 is JSON, 2 a deletion"))),
        });
    }
    Ok(out)
}

pub(crate) fn load(engine: &mut Engine, text: &[u8]) -> Result<usize, InputError> {
    let loaded = engine.load(text);
    #[cfg(feature = "faults")]
    crate::faults::marked(text);
    loaded
}

pub(crate) fn apply(engine: &mut Engine, steps: &[Step<'_>]) -> Applied {
    #[cfg(feature = "faults")]
    for step in steps {
        if let Step::Json(text) = step
            && crate::faults::is_marked(text)
        {
            // In the middle: the change is taken in, and nothing is resolved yet.
            let _ = engine.load(text);
            crate::faults::marked(text);
        }
    }
    let changes: Vec<Change<'_>> = steps.iter().map(Step::change).collect();
    let (delta, errors) = engine.apply(&changes);
    Applied { delta, errors: errors.into_iter().map(Into::into).collect() }
}

/// A part of the report by the name of its member; `frame` is the whole without exposures, `brief` what metrics need of it.
pub(crate) fn part(engine: &Engine, name: &str) -> Result<Vec<u8>, Refusal> {
    let frame = || engine.frame();
    Ok(match name {
        "frame" => json(&frame()),
        "brief" => json(&engine.brief()),
        "summary" => json(&frame().summary),
        "gateways" => json(&frame().gateways),
        "listenerSets" => json(&frame().listener_sets),
        "listeners" => json(&frame().listeners),
        "attachments" => json(&frame().attachments),
        "exposures" => json(&engine.report().exposures),
        "policies" => json(&frame().policies),
        "mesh" => json(&frame().mesh),
        "findings" => json(&frame().findings),
        _ => {
            return Err(Refusal::argument(format!(
                "the report has no part `{name}`; there are frame, brief, summary, gateways, listenerSets, listeners, attachments, exposures, policies, mesh, findings"
            )));
        }
    })
}

pub(crate) fn explain(engine: &Engine, subject: &[u8]) -> Result<Vec<u8>, Refusal> {
    let subject: ObjectRef = serde_json::from_slice(subject).map_err(|e| Refusal::json("the object", &e))?;
    let found = engine.explain(&subject);
    found.map(|e| json(&e)).ok_or_else(|| Refusal::not_found(format!("the snapshot has no {} `{}`", subject.kind, subject.name)))
}

/// Requests in, as many answers out.
pub(crate) fn trace(engine: &Engine, requests: &[u8]) -> Result<Vec<u8>, Refusal> {
    let requests: Vec<Request> = serde_json::from_slice(requests).map_err(|e| Refusal::json("the requests", &e))?;
    Ok(json(&requests.iter().map(|r| engine.trace(r)).collect::<Vec<_>>()))
}

pub(crate) fn trace_everywhere(engine: &Engine, request: &[u8]) -> Result<Vec<u8>, Refusal> {
    let request: Request = serde_json::from_slice(request).map_err(|e| Refusal::json("the request", &e))?;
    Ok(json(&engine.trace_everywhere(&request)))
}

/// No bytes are the defaults.
pub(crate) fn lay_out(engine: &Engine, options: &[u8]) -> Result<Vec<u8>, Refusal> {
    let report = engine.report();
    Ok(json(&layout::layout(layout::Parts::from(&report), &layout_options(options)?)))
}

/// The picture of some rows and attachments, by their place in the report: with what they hang from, and nothing else.
/// The answer's `rows` and `attachment` are places in the report too.
pub(crate) fn lay_out_some(engine: &Engine, options: &[u8], rows: &[u32], attachments: &[u32]) -> Result<Vec<u8>, Refusal> {
    let options = layout_options(options)?;
    let mut report = engine.report();
    report.exposures = pick(report.exposures, rows);
    report.attachments = pick(report.attachments, attachments);
    let (rows_of, gates_of) = (&report.exposures, &report.attachments);
    let set = |kind: &str| kind.ends_with("ListenerSet");
    let parents: BTreeSet<(bool, &str, &str)> =
        gates_of.iter().map(|a| (set(&a.parent_ref.kind), a.parent_ref.namespace.as_str(), a.parent_ref.name.as_str())).collect();
    let mut gateways: BTreeSet<(&str, &str)> = rows_of.iter().map(|e| (e.gateway.namespace.as_str(), e.gateway.name.as_str())).collect();
    gateways.extend(parents.iter().filter(|(set, ..)| !set).map(|(_, ns, name)| (*ns, *name)));
    let wanted_set = |ns: &str, name: &str| parents.contains(&(true, ns, name));
    gateways.extend(report.listener_sets.iter().filter(|s| wanted_set(&s.namespace, &s.name)).map(|s| (s.gateway.namespace.as_str(), s.gateway.name.as_str())));
    let mut listeners: BTreeSet<(&ObjectRef, &str)> = rows_of.iter().map(|e| (&e.listener.owner, e.listener.name.as_str())).collect();
    for l in &report.listeners {
        let owner = (set(&l.owner.kind), l.owner.namespace.as_deref().unwrap_or_default(), l.owner.name.as_str());
        let named = |a: &gatescope_core::types::Attachment| {
            let p = &a.parent_ref;
            (set(&p.kind), p.namespace.as_str(), p.name.as_str()) == owner && (p.section_name.as_deref() == Some(&l.name) || a.listeners.contains(&l.name))
        };
        if parents.contains(&owner) && gates_of.iter().any(named) {
            listeners.insert((&l.owner, l.name.as_str()));
        }
    }
    let some_gateways: Vec<_> = report.gateways.iter().filter(|g| gateways.contains(&(g.namespace.as_str(), g.name.as_str()))).cloned().collect();
    let some_sets: Vec<_> = report.listener_sets.iter().filter(|s| wanted_set(&s.namespace, &s.name)).cloned().collect();
    let some_listeners: Vec<_> = report.listeners.iter().filter(|l| listeners.contains(&(&l.owner, l.name.as_str()))).cloned().collect();
    let parts = layout::Parts { gateways: &some_gateways, listener_sets: &some_sets, listeners: &some_listeners, ..layout::Parts::from(&report) };
    let mut picture = layout::layout(parts, &options);
    let place = |i: &mut u32, of: &[u32]| *i = of.get(*i as usize).copied().unwrap_or(*i);
    picture.rows.iter_mut().for_each(|i| place(i, rows));
    picture.nodes.iter_mut().filter_map(|n| n.attachment.as_mut()).for_each(|i| place(i, attachments));
    Ok(json(&picture))
}

fn layout_options(options: &[u8]) -> Result<layout::LayoutOptions, Refusal> {
    if options.is_empty() {
        return Ok(layout::LayoutOptions::default());
    }
    serde_json::from_slice(options).map_err(|e| Refusal::json("the layout's options", &e))
}

/// The items at these places, in their order; a place that is not there gives none.
fn pick<T>(from: Vec<T>, places: &[u32]) -> Vec<T> {
    let mut from: Vec<Option<T>> = from.into_iter().map(Some).collect();
    places.iter().filter_map(|i| from.get_mut(*i as usize)?.take()).collect()
}
