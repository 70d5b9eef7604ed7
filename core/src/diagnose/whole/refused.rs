//! What was no object, or had no name.

use crate::diagnose::Info;
use crate::engine::Engine;
use crate::types::{Finding, ObjectRef, Severity, Text};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INFO: Info = Info {
    code: "GS0001",
    name: "unreadable-object",
    severity: Severity::Error,
    title: "an object cannot be placed",
    meaning: "Without a kind, an apiVersion and a name nothing can be made of it: it is left out, and all others are read.",
    remedy: "Write apiVersion, kind and metadata.name.",
    rules: &[],
};

pub(crate) fn notice(engine: &Engine, out: &mut Vec<Finding>) {
    for refusal in engine.refused() {
        let kind = if refusal.kind.is_empty() { Text::Borrowed("unknown") } else { Text::Owned(refusal.kind.clone()) };
        let namespace = (!refusal.namespace.is_empty()).then(|| refusal.namespace.clone());
        let subject = ObjectRef { kind, namespace, name: refusal.name.clone() };
        let message = format!("an object was left out: {}", refusal.why);
        let mut draft = INFO.about(subject, message).hint(String::from("write apiVersion, kind and metadata.name"));
        if refusal.name.is_empty() && !refusal.kind.is_empty() {
            draft = draft.field(String::from("metadata.name"));
        }
        out.push(draft.done());
    }
}
