//! CA certificates for client certificates, and the Gateway's own client certificate.

use super::OnGateway;
use crate::diagnose::Info;
use crate::diagnose::text::{name_of, named};
use crate::model::Kind;
use crate::model::gateway::{Gateway, ObjectName, Protocol, Validation};
use crate::report::rows::object;
use crate::resolve::Facts;
use crate::resolve::gateway::GatewayState;
use crate::resolve::grants::REF_NOT_PERMITTED;
use crate::resolve::verdict::Reason;
use crate::types::{Finding, ObjectRef, Severity};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

pub(crate) static CA: Info = Info {
    code: "GS0307",
    name: "client-ca-invalid",
    severity: Severity::Error,
    title: "a CA certificate for client certificates cannot be used",
    meaning: "Clients of that CA are refused. Where no CA certificate is left, the HTTPS listeners of the port are not programmed.",
    remedy: "Create the ConfigMap with `ca.crt`, correct the reference, or add a ReferenceGrant.",
    rules: &[27, 28],
};

pub(crate) static CLIENT: Info = Info {
    code: "GS0316",
    name: "client-certificate-invalid",
    severity: Severity::Error,
    title: "the Gateway's own client certificate cannot be used",
    meaning: "Backends that ask the gateway for a certificate refuse its connections.",
    remedy: "Create the Secret with `tls.crt` and `tls.key`, or correct the reference.",
    rules: &[27, 28],
};

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, gateway, state) = (&on.facts, on.model, on.state);
    let me = || object(facts, Kind::Gateway, state.ns, state.name);
    if let Some(frontend) = gateway.frontend.as_deref() {
        let own: Vec<u16> = frontend.ports.iter().map(|(p, _)| *p).collect();
        let https = |wanted: &dyn Fn(u16) -> bool| state.listeners.iter().any(|l| l.protocol == Protocol::Https && wanted(l.port));
        if let Some(v) = frontend.default.as_ref().filter(|_| https(&|p| !own.contains(&p))) {
            validation(facts, gateway, state, v, "spec.tls.frontend.default.validation", &me(), out);
        }
        for (i, (port, v)) in frontend.ports.iter().enumerate() {
            if let Some(v) = v.as_ref().filter(|_| https(&|p| p == *port)) {
                validation(facts, gateway, state, v, &format!("spec.tls.frontend.perPort[{i}].tls.validation"), &me(), out);
            }
        }
    }
    if let Some(c) = gateway.client_certificate.as_deref() {
        let one = facts.certificates(facts.referrer(Kind::Gateway, state.ns), core::slice::from_ref(c), None);
        if let Some(reason) = one.reasons.first() {
            let message = format!("{}, the Gateway's own client certificate, cannot be used: {}", name_of(&named(facts, c)), reason.text(facts.names));
            let hint = hint(facts, c, *reason, "`tls.crt` and `tls.key`");
            out.push(CLIENT.about(me(), message).hint(hint).field("spec.tls.backend.clientCertificateRef").related(named(facts, c)).done());
        }
    }
}

fn validation(facts: &Facts<'_>, gateway: &Gateway, state: &GatewayState, v: &Validation, field: &str, me: &ObjectRef, out: &mut Vec<Finding>) {
    let from = facts.referrer(Kind::Gateway, state.ns);
    if v.ca.is_empty() {
        let message = String::from("client certificates are asked for, and no CA certificate is named to check them with");
        out.push(CA.about(me.clone(), message).hint("name a ConfigMap with `ca.crt`").field(format!("{field}.caCertificateRefs")).done());
    }
    for (i, c) in v.ca.iter().enumerate() {
        let one = Validation { ca: alloc::boxed::Box::from([*c]), optional: v.optional };
        let said = gateway.listener_status.iter().find(|s| state.listeners.iter().any(|l| l.protocol == Protocol::Https && l.name == s.name));
        let ca = facts.ca_bundles(from, &one, said);
        let Some(reason) = ca.reasons.first() else { continue };
        let target = named(facts, c);
        let message = format!("{}, a CA certificate for clients, cannot be used: {}", name_of(&target), reason.text(facts.names));
        let hint = hint(facts, c, *reason, "a PEM certificate in `ca.crt`");
        out.push(CA.about(me.clone(), message).hint(hint).field(format!("{field}.caCertificateRefs[{i}]")).related(target).done());
    }
}

fn hint(facts: &Facts<'_>, c: &ObjectName, reason: Reason, holds: &str) -> String {
    match reason {
        Reason::Is(REF_NOT_PERMITTED) => {
            format!("create a ReferenceGrant in namespace `{}` from Gateway to {} `{}`", facts.text(c.ns), facts.text(c.kind), facts.text(c.name))
        }
        Reason::Is("InvalidCACertificateKind") => String::from("name a ConfigMap, a Secret or a ClusterTrustBundle"),
        _ => format!("create it with {holds}, or correct the reference"),
    }
}
