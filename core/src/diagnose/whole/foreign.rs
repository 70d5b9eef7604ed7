//! Objects of kinds that the resolver does not read.

use crate::diagnose::Info;
use crate::diagnose::text::closest;
use crate::engine::Engine;
use crate::model::Kind;
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

pub(crate) fn notice(engine: &Engine, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    // In no order; findings are sorted.
    for key in facts.foreign.keys() {
        let text = |s| facts.text(s).to_string();
        let subject = ObjectRef { kind: Text::Owned(text(key.kind)), namespace: key.ns.is_some().then(|| text(key.ns)), name: text(key.name) };
        let (kind, group) = (facts.text(key.kind), facts.text(key.group));
        let near = Kind::ALL.iter().copied().find(|k| k.name().eq_ignore_ascii_case(kind)).or_else(|| {
            let name = closest(kind, Kind::ALL.iter().map(|k| k.name()))?;
            Kind::ALL.iter().copied().find(|k| k.name() == name && k.group() == group)
        });
        let of = |group: &str| if group.is_empty() { String::from("the core group") } else { format!("group `{group}`") };
        let message = format!("kind `{kind}` of {} is not read here, so the object is ignored", of(group));
        let hint = match near {
            Some(k) if k.name() == kind => format!("the `{kind}` that is read is of {}", of(k.group())),
            Some(k) => format!("did you mean `{}`?", k.name()),
            None => String::from("only references to it look whether it exists"),
        };
        out.push(INFO.about(subject, message).hint(hint).done());
    }
}
