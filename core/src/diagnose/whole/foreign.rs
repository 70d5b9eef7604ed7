//! Objects of kinds that the resolver does not read.

use crate::diagnose::Info;
use crate::diagnose::text::closest;
use crate::engine::Engine;
use crate::model::Kind;
use crate::text::Sym;
use crate::types::{Finding, ObjectRef, Severity, Text};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0003",
    name: "unknown-kind",
    severity: Severity::Info,
    title: "an object is of a kind that is not read here",
    meaning: "Only that it exists counts, for references to it; what it does to requests is not known.",
    remedy: "Nothing, unless the kind or its group is misspelt.",
    rules: &[],
};

/// One finding a kind: its first object by name, and how many there are.
pub(crate) fn notice(engine: &Engine, group: Sym, kind: Sym, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let Some(objects) = facts.foreign.of(group, kind) else { return };
    let count = objects.len();
    let (group, kind, ns, name) = (facts.text(group), facts.text(kind), facts.text(objects.first.0), facts.text(objects.first.1));
    let subject = ObjectRef { kind: Text::Owned(kind.to_string()), namespace: (!ns.is_empty()).then(|| ns.to_string()), name: name.to_string() };
    let near = Kind::ALL.iter().copied().find(|k| k.name().eq_ignore_ascii_case(kind)).or_else(|| {
        let name = closest(kind, Kind::ALL.iter().map(|k| k.name()))?;
        Kind::ALL.iter().copied().find(|k| k.name() == name && k.group() == group)
    });
    let of = |group: &str| if group.is_empty() { String::from("the core group") } else { format!("group `{group}`") };
    let message = format!(
        "kind `{kind}` of {} is not read here, so {} ignored",
        of(group),
        if count == 1 { String::from("the object is") } else { format!("its {count} objects are") }
    );
    let hint = match near {
        Some(k) if k.name() == kind => format!("the `{kind}` that is read is of {}", of(k.group())),
        Some(k) => format!("did you mean `{}`?", k.name()),
        None => String::from("only references to it look whether it exists"),
    };
    out.push(INFO.about(subject, message).hint(hint).done());
}
