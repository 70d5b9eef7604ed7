//! BackendTLSPolicies that are invalid, that lost, or that are about nothing.

use crate::diagnose::Info;
use crate::diagnose::text::{closest, name_of, named, names_in, some};
use crate::engine::Engine;
use crate::model::Kind;
use crate::report::rows::object;
use crate::resolve::verdict::Verdict;
use crate::types::{Finding, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static INVALID: Info = Info {
    code: "GS0110",
    name: "backend-tls-invalid",
    severity: Severity::Error,
    title: "a BackendTLSPolicy has no usable CA certificate",
    meaning: "The gateway cannot tell whether the backend is the right one, so requests to the targeted Service fail.",
    remedy: "Create the ConfigMap with `ca.crt`, correct the reference, or use wellKnownCACertificates.",
    rules: &[28, 41],
};

pub(crate) static CONFLICTED: Info = Info {
    code: "GS0111",
    name: "backend-tls-conflicted",
    severity: Severity::Warning,
    title: "an older BackendTLSPolicy is in force for the same target",
    meaning: "Of several policies for one Service and section the oldest counts; this one has no effect there.",
    remedy: "Remove one of the two, or set sectionName to another port of the Service.",
    rules: &[41],
};

pub(crate) static NO_TARGET: Info = Info {
    code: "GS0116",
    name: "backend-tls-without-target",
    severity: Severity::Warning,
    title: "a BackendTLSPolicy is about a Service that does not exist",
    meaning: "The policy has no effect: a Service that was meant gets requests in clear text.",
    remedy: "Correct the targetRef; a policy's targets are in its own namespace.",
    rules: &[41],
};

pub(crate) fn notice(engine: &Engine, handle: u32, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let Some(policy) = facts.store.policies.get(handle) else { return };
    let me = object(&facts, Kind::BackendTlsPolicy, policy.meta.ns, policy.meta.name);
    for (i, target) in policy.targets.iter().enumerate() {
        let (verdict, ca) = facts.policy_accepted(policy, target);
        let what = named(&facts, &target.object);
        let field = format!("spec.targetRefs[{i}]");
        match verdict {
            Verdict::No("Conflicted") => {
                let winner = facts.policy_in_force(target).map(|p| object(&facts, Kind::BackendTlsPolicy, p.meta.ns, p.meta.name));
                let by = winner.as_ref().map_or_else(|| String::from("an older policy"), name_of);
                let message = format!("{by} is older and in force for {}", name_of(&what));
                let draft =
                    CONFLICTED.about(me.clone(), message).hint("remove one of the two, or set `sectionName` to another port").field(field).related(what);
                out.push(match winner {
                    Some(winner) => draft.related(winner).done(),
                    None => draft.done(),
                });
            }
            Verdict::No(_) => {
                let reasons = some(ca.reasons.iter().map(|r| r.text(facts.names)));
                let refs = some(policy.validation.ca.iter().map(|c| format!("`{}`", name_of(&named(&facts, c)))));
                let message = if policy.validation.ca.is_empty() {
                    format!("the policy names no CA certificate, so requests to {} fail", name_of(&what))
                } else {
                    format!("no CA certificate of the policy is usable ({reasons}; {refs}), so requests to {} fail", name_of(&what))
                };
                let hint = "create the ConfigMap with a PEM certificate in `ca.crt`, or correct the reference";
                out.push(INVALID.about(me.clone(), message).hint(hint).field("spec.validation.caCertificateRefs").related(what).done());
            }
            Verdict::Yes | Verdict::Unknown(_) => {}
        }
        let Some(kind) = facts.backend_kind(target.object.group, target.object.kind) else { continue };
        if facts.store.backend(kind, target.object.ns, target.object.name).is_none() && facts.missing(kind).is_none() {
            let what = named(&facts, &target.object);
            let near = closest(&what.name, names_in(&facts, kind, target.object.ns));
            let hint = near.map_or_else(|| String::from("correct the targetRef, or remove the policy"), |n| format!("did you mean `{n}`?"));
            let message = format!("{} does not exist, so the policy has no effect", name_of(&what));
            out.push(NO_TARGET.about(me.clone(), message).hint(hint).field(format!("spec.targetRefs[{i}]")).related(what).done());
        }
    }
}
