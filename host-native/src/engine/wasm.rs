//! The module in wasmtime, kept alive: what traps, runs too long or wants too much memory costs an instance, and the
//! next one is brought to where the last one was.

use super::held::{Held, Step};
use super::instance::{Instance, Plain, Verb};
use super::{Cause, Failure, Health, Resolver, Runtime};
use gatescope_core::layout::{Layout, LayoutOptions};
use gatescope_core::report::columns::Columns;
use gatescope_core::types::{Answer, Delta, Explanation, Exposure, ObjectRef, Report, Request};
use gatescope_core::{Change, InputError, ProfileChoice, Settings};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::time::Duration;

/// What an instance may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory.
    pub memory: usize,
    /// Time of one call.
    pub deadline: Duration,
    /// Keep the snapshot, so that a lost instance can be made anew. A program that ends with its first failure needs none.
    pub hold: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory: 2 << 30, deadline: Duration::from_secs(30), hold: true }
    }
}

/// The wasm engine.
#[derive(Debug)]
pub struct Wasm {
    runtime: Runtime,
    settings: Settings,
    limits: Limits,
    live: Option<Instance>,
    held: Held,
    /// Changes that the module failed on, and that no later change made good.
    left_out: Vec<LeftOut>,
    /// Of earlier instances; the revision never falls.
    base: u64,
    revision: u64,
    health: Health,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SettingsOut<'a> {
    profile: &'a str,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_label: Option<&'a str>,
}

/// A change that is not in force.
#[derive(Debug)]
struct LeftOut {
    why: String,
    /// The objects it was about; when newer ones of all of them are in force, it is made good.
    objects: BTreeSet<u128>,
}

#[derive(Deserialize)]
struct Loaded {
    objects: usize,
}

#[derive(Deserialize)]
struct Settled {
    revision: u64,
}

#[derive(Deserialize)]
struct Applied {
    delta: Delta,
    errors: Vec<Unread>,
}

#[derive(Deserialize)]
struct Unread {
    message: String,
    line: usize,
    column: usize,
    objects: usize,
}

/// A group, kind, namespace and name on the wire.
#[derive(Serialize)]
struct Gone<'a> {
    group: &'a str,
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
}

/// Exposures of one call: each call has a table of strings of its own.
const TOGETHER: u32 = 2048;

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(unfit)
}

fn columns(bytes: &[u8]) -> Result<Columns, Failure> {
    Columns::decode(bytes).map_err(unfit)
}

fn unfit(why: impl std::fmt::Display) -> Failure {
    Failure::new(Cause::Module, format!("the module's answer is not of the form that this gatescope reads: {why}"))
        .hint("use a module of this gatescope's age: `gatescope module -o FILE` writes one")
}

fn text(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// Settings as `gatescope_engine_new` takes them.
pub(super) fn settings_text(settings: &Settings) -> Vec<u8> {
    let Settings { profile, complete, tenant_label } = settings;
    text(&SettingsOut { profile: profile.text(), complete: *complete, tenant_label: tenant_label.as_deref() })
}

/// The frames of `gatescope_apply`.
pub(super) fn frames(changes: &[Change<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    for change in changes {
        let (what, body) = match change {
            Change::Json(json) => (1_u32, std::borrow::Cow::Borrowed(*json)),
            Change::Delete { group, kind, namespace, name } => (2, text(&Gone { group, kind, namespace, name }).into()),
        };
        out.extend_from_slice(&what.to_le_bytes());
        out.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&body);
    }
    out
}

impl Wasm {
    /// An empty engine in a new instance.
    pub fn new(runtime: &Runtime, settings: &Settings, limits: Limits) -> Result<Self, Failure> {
        let settings = settings.clone();
        let mut new = Self {
            runtime: runtime.clone(),
            settings,
            limits,
            live: None,
            held: Held::default(),
            left_out: Vec::new(),
            base: 0,
            revision: 0,
            health: Health::default(),
        };
        new.live = Some(new.instance()?);
        Ok(new)
    }

    /// The module that runs.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    fn instance(&self) -> Result<Instance, Failure> {
        let mut instance = Instance::new(&self.runtime, self.limits.memory, self.limits.deadline)?;
        instance.open(&settings_text(&self.settings))?;
        Ok(instance)
    }

    /// Brings a new instance to the held snapshot.
    fn rebuild(&mut self) -> Result<(), Failure> {
        self.live = None;
        let mut instance = self.instance()?;
        let mut revision = 0;
        self.held.replay(&mut |step| {
            let done = match step {
                Step::Load(text) => instance.verb(Verb::Load, text, |_| Ok(())),
                Step::Settle => instance.plain(Plain::Settle, json::<Settled>).map(|s| revision = s.revision),
                Step::Apply(change) => instance.verb(Verb::Apply, &frames(&[change]), json::<Applied>).map(|a| revision = a.delta.revision),
            };
            // What was unreadable before is unreadable now.
            done.or_else(|f| if f.lost() { Err(f) } else { Ok(()) })
        })?;
        // The instance counts from its own start; the answer is another one all the same.
        self.revision = self.revision.saturating_add(1);
        self.base = self.revision.saturating_sub(revision);
        self.live = Some(instance);
        self.health.rebuilds = self.health.rebuilds.saturating_add(1);
        Ok(())
    }

    /// Tries again where there is no instance: after a change of the limits, or later.
    pub fn revive(&mut self) -> Result<(), Failure> {
        if self.live.is_none() { self.rebuild() } else { Ok(()) }
    }

    /// Runs a call; where it costs the instance, makes a new one.
    fn run<T>(&mut self, call: impl FnOnce(&mut Instance) -> Result<T, Failure>) -> Result<T, Failure> {
        if self.live.is_none() && self.limits.hold {
            self.rebuild().map_err(|f| self.down(&f))?;
        }
        let Some(live) = self.live.as_mut() else {
            return Err(Failure::new(Cause::Trap, "the module's instance was lost by an earlier failure"));
        };
        let failure = match call(live) {
            Ok(out) => return Ok(out),
            Err(f) if !f.lost() => return Err(f),
            Err(f) => f,
        };
        let count = match failure.cause {
            Cause::Deadline => &mut self.health.deadlines,
            Cause::Memory => &mut self.health.memory_caps,
            _ => &mut self.health.traps,
        };
        *count = count.saturating_add(1);
        self.live = None;
        if self.limits.hold
            && let Err(again) = self.rebuild()
        {
            let _ = self.down(&again);
        }
        Err(failure)
    }

    /// A delta as this engine counts, and not the instance.
    fn counted(&mut self, mut delta: Delta) -> Delta {
        delta.from = self.base.saturating_add(delta.from);
        delta.revision = self.base.saturating_add(delta.revision);
        self.revision = delta.revision;
        delta
    }

    fn down(&mut self, why: &Failure) -> Failure {
        self.live = None;
        let message = format!("the module cannot be brought back to its snapshot: {}", why.message);
        Failure { message, ..why.clone() }
    }

    /// A change that the module failed on is not in force: answers are those of before.
    fn leave_out(&mut self, failure: Failure, objects: BTreeSet<u128>) -> Failure {
        if failure.lost() {
            self.left_out.push(LeftOut { why: failure.message.clone(), objects });
        }
        failure
    }

    /// Objects that are in force again.
    fn made_good(&mut self, changes: &[Change<'_>]) {
        if self.left_out.is_empty() {
            return;
        }
        let now = self.held.keys(changes);
        for left in &mut self.left_out {
            left.objects.retain(|o| !now.contains(o));
        }
        self.left_out.retain(|l| !l.objects.is_empty());
    }
}

impl Resolver for Wasm {
    fn kind(&self) -> &'static str {
        "wasm"
    }

    fn load(&mut self, text: &[u8]) -> Result<usize, Failure> {
        let loaded = self.run(|i| i.verb(Verb::Load, text, json::<Loaded>));
        match &loaded {
            Err(f) if f.lost() || f.cause == Cause::Module => {}
            _ if self.limits.hold => self.held.load(text),
            _ => {}
        }
        loaded.map(|l| l.objects).map_err(|f| {
            let objects = self.held.keys(&[Change::Json(text)]);
            self.leave_out(f, objects)
        })
    }

    fn settle(&mut self) -> Result<(), Failure> {
        let settled = match self.live.as_mut().map(|i| i.plain(Plain::Settle, json::<Settled>)) {
            // What was loaded cannot be resolved: without it, the next instance can live.
            Some(Err(failure)) if failure.lost() => {
                let objects = self.held.abandon();
                self.run::<()>(|_| Err(failure)).map_err(|f| self.leave_out(f, objects))?;
                return Ok(());
            }
            Some(settled) => settled?,
            None => self.run(|i| i.plain(Plain::Settle, json::<Settled>))?,
        };
        self.revision = self.base.saturating_add(settled.revision);
        self.held.settle();
        Ok(())
    }

    fn apply(&mut self, changes: &[Change<'_>]) -> Result<(Delta, Vec<InputError>), Failure> {
        let frames = frames(changes);
        let applied = self.run(|i| i.verb(Verb::Apply, &frames, json::<Applied>)).map_err(|f| {
            let objects = self.held.keys(changes);
            self.leave_out(f, objects)
        })?;
        if self.limits.hold {
            self.held.apply(changes);
        }
        self.made_good(changes);
        let delta = self.counted(applied.delta);
        let errors = applied.errors.into_iter().map(|e| InputError { message: e.message, line: e.line, column: e.column, objects: e.objects });
        Ok((delta, errors.collect()))
    }

    fn choose(&mut self, choice: &ProfileChoice) -> Result<Delta, Failure> {
        let before = std::mem::replace(&mut self.settings.profile, choice.clone());
        match self.run(|i| i.verb(Verb::Profile, choice.text().as_bytes(), json::<Delta>)) {
            Ok(delta) => Ok(self.counted(delta)),
            Err(failure) => {
                // An instance that was made anew has the new profile already.
                self.settings.profile = before;
                self.live = None;
                Err(failure)
            }
        }
    }

    fn revision(&self) -> u64 {
        self.revision
    }

    fn report(&mut self) -> Result<Report, Failure> {
        self.run(|i| i.plain(Plain::Report, json))
    }

    fn report_json(&mut self) -> Result<Vec<u8>, Failure> {
        self.run(|i| i.plain(Plain::Report, |bytes| Ok(bytes.to_vec())))
    }

    fn brief(&mut self) -> Result<Report, Failure> {
        self.run(|i| i.verb(Verb::Part, b"brief", json))
    }

    fn exposures(&mut self, each: &mut dyn FnMut(Vec<Exposure>)) -> Result<(), Failure> {
        let mut next = Some(0);
        while let Some(from) = next {
            let some = self.run(|i| i.exposures(from, TOGETHER, columns))?;
            if some.next().is_some_and(|next| next <= from) {
                return Err(Failure::new(Cause::Module, "the module's exposures come to no end"));
            }
            let mut rows = 0..some.len();
            while !rows.is_empty() {
                let part: Option<Vec<Exposure>> = rows.by_ref().take(super::AT_ONCE as usize).map(|row| some.exposure(row)).collect();
                each(part.ok_or_else(|| unfit("columns that do not fit together"))?);
            }
            next = some.next();
        }
        Ok(())
    }

    fn columns(&mut self) -> Result<Vec<u8>, Failure> {
        self.run(|i| i.plain(Plain::Columns, |bytes| Ok(bytes.to_vec())))
    }

    fn explain(&mut self, subject: &ObjectRef) -> Result<Option<Explanation>, Failure> {
        let wanted = text(subject);
        match self.run(|i| i.verb(Verb::Explain, &wanted, json)) {
            Ok(found) => Ok(Some(found)),
            // The subject is always well-formed: it is not there.
            Err(f) if f.cause == Cause::Argument => Ok(None),
            Err(f) => Err(f),
        }
    }

    fn names(&mut self, kind: &str) -> Result<Vec<(String, String)>, Failure> {
        self.run(|i| i.verb(Verb::Names, kind.as_bytes(), json))
    }

    fn trace(&mut self, requests: &[Request]) -> Result<Vec<Answer>, Failure> {
        let requests = text(&requests);
        self.run(|i| i.verb(Verb::Trace, &requests, json))
    }

    fn trace_everywhere(&mut self, request: &Request) -> Result<Vec<Answer>, Failure> {
        let request = text(request);
        self.run(|i| i.verb(Verb::TraceEverywhere, &request, json))
    }

    fn layout(&mut self, options: &LayoutOptions) -> Result<Layout, Failure> {
        let options = text(options);
        self.run(|i| i.verb(Verb::Layout, &options, json))
    }

    fn held(&self) -> Option<&Held> {
        self.limits.hold.then_some(&self.held)
    }

    fn health(&self) -> Health {
        let stale = self.left_out.last().map(|last| match self.left_out.len() {
            1 => format!("a change is left out: {}", last.why),
            n => format!("{n} changes are left out, the last one because {}", last.why),
        });
        Health {
            left_out: self.left_out.len(),
            stale: stale.or_else(|| self.live.is_none().then(|| "the module's instance is lost".to_owned())),
            down: self.live.is_none(),
            memory: self.live.as_ref().map_or(0, Instance::memory),
            held: if self.limits.hold { self.held.bytes() } else { 0 },
            ..self.health.clone()
        }
    }
}
