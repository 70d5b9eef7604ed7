//! Certificates of listeners that cannot be used.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::{listener_field, listener_text, name_of, named};
use crate::engine::Engine;
use crate::model::Kind;
use crate::model::gateway::ObjectName;
use crate::resolve::gateway::{GatewayState, LState, Owner};
use crate::resolve::grants::REF_NOT_PERMITTED;
use crate::resolve::verdict::Reason;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INVALID: Info = Info {
    code: "GS0302",
    name: "certificate-invalid",
    severity: Severity::Error,
    title: "a listener has no usable certificate",
    meaning: "The listener is not programmed: routes stay attached to it, and nothing is served.",
    remedy: "Create the Secret with a certificate in `tls.crt`, correct the reference, or add a ReferenceGrant in the Secret's namespace.",
    rules: &[25, 28],
};

pub(crate) static ONE_INVALID: Info = Info {
    code: "GS0314",
    name: "certificate-ref-invalid",
    severity: Severity::Warning,
    title: "one of a listener's certificates cannot be used",
    meaning: "The listener is served with its other certificates; clients that need this one get a wrong name.",
    remedy: "Create the Secret, correct the reference, or remove it.",
    rules: &[25, 28],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (engine, facts, state) = (on.engine, &on.facts, on.state);
    for (l, model) in on.listeners(|l| !(l.certificates.reasons.is_empty() || l.passthrough && l.protocol.has_tls())) {
        let (owner, text) = listener_text(facts, state, l);
        let field = format!("{}.tls", listener_field(l.index));
        let certificates = model.tls.as_deref().map_or(&[][..], |t| &t.certificates);
        if certificates.is_empty() {
            if l.certificates.reasons.contains(&Reason::Is("InvalidCertificateRef")) && !model.tls.as_deref().is_some_and(|t| t.options) {
                let message = format!("{text} is of protocol `{}` and names no certificate", facts.text(l.protocol_text));
                out.push(INVALID.about(owner, message).hint("name a Secret in `tls.certificateRefs`").field(format!("{field}.certificateRefs")).done());
            }
            continue;
        }
        let (kind, home) = holder(state, l);
        let from = facts.referrer(kind, home);
        let said = said(engine, state, l);
        let usable = certificates.iter().any(|c| !facts.certificates(from, core::slice::from_ref(c), said).unusable);
        for (i, c) in certificates.iter().enumerate() {
            let one = facts.certificates(from, core::slice::from_ref(c), said);
            let Some(reason) = one.reasons.first() else { continue };
            let target = named(facts, c);
            let (message, hint) = words(engine, kind, c, *reason, &text);
            let info = if usable { &ONE_INVALID } else { &INVALID };
            out.push(info.about(owner.clone(), message).hint(hint).field(format!("{field}.certificateRefs[{i}]")).related(target).done());
        }
    }
}

/// Kind and namespace of who holds a listener.
fn holder(state: &GatewayState, l: &LState) -> (Kind, crate::text::Sym) {
    match l.owner {
        Owner::Gateway => (Kind::Gateway, state.ns),
        Owner::Set(i) => state.sets.get(i as usize).map_or((Kind::ListenerSet, l.home), |s| (s.kind, s.ns)),
    }
}

/// What the controller says of the listener.
fn said<'e>(engine: &'e Engine, state: &GatewayState, l: &LState) -> Option<&'e crate::model::gateway::ListenerStatus> {
    let (list, _) = super::listener_statuses(&engine.facts(), state, l)?;
    list.get(l.index as usize).filter(|s| s.name == l.name).or_else(|| list.iter().find(|s| s.name == l.name))
}

fn words(engine: &Engine, kind: Kind, c: &ObjectName, reason: Reason, text: &str) -> (String, String) {
    let facts = engine.facts();
    let target = name_of(&named(&facts, c));
    match reason {
        Reason::Is(REF_NOT_PERMITTED) => {
            let ns = facts.text(c.ns);
            (
                format!("{text} may not refer to {target}: namespace `{ns}` does not permit it"),
                format!("create a ReferenceGrant in namespace `{ns}` from {} to Secret `{}`", kind.name(), facts.text(c.name)),
            )
        }
        Reason::Said(said) => (
            format!("{target} cannot be used by {text}: its controller reports `{}`", facts.text(said)),
            String::from("the Secret was not collected, so the controller's word counts"),
        ),
        Reason::Is(_) if (c.group, c.kind) != (crate::text::Sym::NONE, facts.words.secret) => {
            (format!("{text} names `{}` as its certificate, which is no Secret", facts.text(c.kind)), String::from("name a Secret of the core group"))
        }
        Reason::Is(_) if facts.store.material(Kind::Secret, c.ns, c.name).is_some() => (
            format!("{target}, the certificate of {text}, holds no PEM certificate in `tls.crt`"),
            String::from("put certificate and key into `tls.crt` and `tls.key`"),
        ),
        Reason::Is(_) => {
            let near = crate::diagnose::text::closest(facts.text(c.name), crate::diagnose::text::names_in(&facts, Kind::Secret, c.ns));
            let hint = near.map_or_else(|| String::from("create it, maybe with cert-manager, or correct the reference"), |n| format!("did you mean `{n}`?"));
            (format!("{target}, the certificate of {text}, does not exist"), hint)
        }
    }
}
