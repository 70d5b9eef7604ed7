//! Reading fields: the value, or a remark that names its path.

use crate::model::issue::{Issue, IssueKind};
use crate::snapshot::lenient::{F, S, Shaped};
use crate::snapshot::wire::{Condition, List, Ref};
use crate::text::{Interner, Sym};
use crate::types::Tri;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A path, kept as a chain on the stack and written out only where there is something to say.
#[derive(Clone, Copy)]
pub(crate) struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Step,
}

#[derive(Clone, Copy)]
enum Step {
    Root,
    Key(&'static str),
    Index(usize),
}

impl<'p> At<'p> {
    pub(crate) fn root() -> At<'static> {
        At { parent: None, step: Step::Root }
    }
    pub(crate) fn key(&'p self, key: &'static str) -> At<'p> {
        At { parent: Some(self), step: Step::Key(key) }
    }
    pub(crate) fn index(&'p self, index: usize) -> At<'p> {
        At { parent: Some(self), step: Step::Index(index) }
    }
}

impl core::fmt::Display for At<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match (self.step, self.parent.map(|p| p.step)) {
            (Step::Root, _) => Ok(()),
            (Step::Key(k), Some(Step::Root) | None) => f.write_str(k),
            (Step::Key(k), _) => write!(f, ".{k}"),
            (Step::Index(i), _) => write!(f, "[{i}]"),
        }
    }
}

/// What lowering writes to.
pub(crate) struct Cx<'n> {
    pub(crate) names: &'n mut Interner,
    pub(crate) issues: Vec<Issue>,
    /// metadata.generation, -1 where absent: what a condition must have observed to be current.
    pub(crate) generation: i64,
}

impl Cx<'_> {
    pub(crate) fn issue(&mut self, kind: IssueKind, at: &At<'_>, found: &str, wanted: impl Into<Cow<'static, str>>) {
        self.issues.push(Issue { kind, field: at.to_string(), found: String::from(found), wanted: wanted.into() });
    }
    pub(crate) fn bad(&mut self, at: &At<'_>, found: &str, wanted: impl Into<Cow<'static, str>>) {
        self.issue(IssueKind::BadField, at, found, wanted);
    }

    /// A field, with a remark where its type is wrong.
    pub(crate) fn field<'f, T: Shaped>(&mut self, at: &At<'_>, f: &'f F<T>) -> Option<&'f T> {
        if let F::Bad(found) = f {
            self.bad(at, found, T::SHAPE.name());
        }
        f.ok()
    }
    /// An interned string; empty where absent.
    pub(crate) fn sym(&mut self, at: &At<'_>, f: &F<S<'_>>) -> Sym {
        match self.field(at, f) {
            Some(text) => self.names.intern(text),
            None => Sym::NONE,
        }
    }
    /// An interned string with a default for absent (not for empty).
    pub(crate) fn sym_or(&mut self, at: &At<'_>, f: &F<S<'_>>, default: &str) -> Sym {
        match self.field(at, f) {
            Some(text) => self.names.intern(text),
            None => self.names.intern(default),
        }
    }
    /// A port: 0 where absent or out of range.
    pub(crate) fn port(&mut self, at: &At<'_>, f: &F<i64>) -> u16 {
        let Some(value) = self.field(at, f).copied() else { return 0 };
        match u16::try_from(value) {
            Ok(port) if port > 0 => port,
            _ => {
                self.bad(at, &format!("{value}"), "a port from 1 to 65535");
                0
            }
        }
    }
    /// The elements of a list that are what they should be, with their index; the others are remarked on first.
    pub(crate) fn list<'f, T: Shaped>(&mut self, at: &At<'_>, list: &'f List<T>) -> impl Iterator<Item = (usize, &'f T)> + use<'f, T> {
        let items = self.field(at, list).map_or(&[][..], |l| l);
        for (i, item) in items.iter().enumerate() {
            match item {
                F::Ok(_) => {}
                F::Absent => self.bad(&at.index(i), "null", T::SHAPE.name()),
                F::Bad(found) => self.bad(&at.index(i), found, T::SHAPE.name()),
            }
        }
        items.iter().enumerate().filter_map(|(i, f)| Some((i, f.ok()?)))
    }
    /// A reference's group, kind, namespace and name, with these defaults.
    pub(crate) fn object(&mut self, at: &At<'_>, r: &Ref<'_>, group: &str, kind: &str, ns: Sym) -> crate::model::gateway::ObjectName {
        let name = self.sym(&at.key("name"), &r.name);
        if name.is_none() {
            self.issue(IssueKind::Missing, &at.key("name"), "nothing", "the name of an object");
        }
        let namespace = self.sym(&at.key("namespace"), &r.namespace);
        crate::model::gateway::ObjectName {
            group: self.sym_or(&at.key("group"), &r.group, group),
            kind: self.sym_or(&at.key("kind"), &r.kind, kind),
            ns: if namespace.is_some() { namespace } else { ns },
            name,
        }
    }
}

/// A condition of a type: its status, whether it is current (rule 45), and its reason.
pub(crate) fn condition<'f>(conditions: &'f List<Condition<'_>>, kind: &str, generation: i64) -> Option<(Tri, bool, &'f str)> {
    let found = conditions.ok()?.iter().filter_map(F::ok).find(|c| c.kind.ok().is_some_and(|k| &**k == kind))?;
    let status = match found.status.ok().map(|s| &**s) {
        Some("True") => Tri::True,
        Some("False") => Tri::False,
        _ => Tri::Unknown,
    };
    let current = found.observed.ok().copied().unwrap_or(-1) == generation || (found.observed == F::Absent && generation < 0);
    Some((status, current, found.reason.ok().map_or("", |r| r)))
}

/// The status of a current condition; Unknown where absent or stale (rules 45 and 47).
pub(crate) fn current(conditions: &List<Condition<'_>>, kind: &str, generation: i64) -> Tri {
    match condition(conditions, kind, generation) {
        Some((status, true, _)) => status,
        _ => Tri::Unknown,
    }
}
