//! GS0710: where a profile and the standard answer differently; one finding for each object and flag.

use super::Info;
use crate::profile::{Flag, Profile};
use crate::types::{Finding, ObjectRef, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0710",
    name: "departure",
    severity: Severity::Info,
    title: "the controller departs from the standard here",
    meaning: "What is reachable depends on the controller: with another class of Gateway the answer for this object changes.",
    remedy: "Nothing, while the class stays; before a move, `gatescope diff --profile A --to B` shows all that changes.",
    rules: &[],
};

/// Both answers for the objects of one finding.
pub(crate) struct Answers {
    /// Who is affected, in words.
    pub(crate) who: String,
    pub(crate) here: String,
    pub(crate) standard: String,
}

/// The finding for an object and a flag.
pub(crate) fn say(subject: ObjectRef, profile: &Profile, flag: Flag, a: &Answers, field: &str, related: Option<ObjectRef>, out: &mut Vec<Finding>) {
    let (label, evidence) = (flag.label(), flag.evidence());
    let message = format!("`{label}`: {} {} under `{}`, and {} under `standard`", a.who, a.here, profile.name, a.standard);
    let hint = format!(
        "`{}`: {}; `standard`: {} ({} {})",
        profile.name,
        evidence.does,
        evidence.standard,
        if evidence.rule.contains(',') { "rules" } else { "rule" },
        evidence.rule
    );
    let draft = INFO.about(subject, message).hint(hint).field(field);
    out.push(match related {
        Some(other) => draft.related(other).done(),
        None => draft.done(),
    });
}

/// The first of some flags that a profile has.
pub(crate) fn first(profile: &Profile, flags: &[Flag]) -> Option<Flag> {
    flags.iter().copied().find(|f| profile.has(*f))
}
