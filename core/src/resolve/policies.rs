//! Rule 41: BackendTLSPolicies.

use super::Facts;
use super::certs::Certificates;
use super::verdict::Verdict;
use crate::model::Kind;
use crate::model::backend::{Target, TlsPolicy};
use crate::text::Sym;
use alloc::vec::Vec;

impl Facts<'_> {
    /// Oldest first, then by name.
    fn older(&self, a: &TlsPolicy, b: &TlsPolicy) -> core::cmp::Ordering {
        (a.meta.created, self.text(a.meta.ns), self.text(a.meta.name)).cmp(&(b.meta.created, self.text(b.meta.ns), self.text(b.meta.name)))
    }

    /// The policies of an object, the oldest first.
    fn policies_on(&self, group: Sym, kind: Sym, ns: Sym, name: Sym) -> Vec<(&TlsPolicy, &Target)> {
        let handles = self.store.policies_of.get(&(ns, name)).into_iter().flatten();
        let mut out: Vec<(&TlsPolicy, &Target)> = Vec::new();
        for policy in handles.filter_map(|h| self.store.policies.get(*h)) {
            out.extend(policy.targets.iter().filter(|t| t.object.group == group && t.object.kind == kind && t.object.name == name).map(|t| (&**policy, t)));
        }
        crate::sort::by(&mut out, |(a, _), (b, _)| self.older(a, b));
        out
    }

    /// Whether a policy's own fields hold: its CA bundles, or the system's.
    pub(crate) fn policy_valid(&self, policy: &TlsPolicy) -> (Verdict, Certificates) {
        if policy.well_known && policy.validation.ca.is_empty() {
            return (Verdict::Yes, Certificates::default());
        }
        let from = self.referrer(Kind::BackendTlsPolicy, policy.meta.ns);
        let ca = self.ca_bundles(from, &policy.validation, None);
        let verdict = match (ca.unusable, ca.cause) {
            (true, _) => Verdict::No("NoValidCACertificate"),
            (false, Some(cause)) => Verdict::Unknown(cause),
            (false, None) => Verdict::Yes,
        };
        (verdict, ca)
    }

    /// The verdict on one target of a policy.
    pub(crate) fn policy_accepted(&self, policy: &TlsPolicy, target: &Target) -> (Verdict, Certificates) {
        let o = &target.object;
        let first = self.policies_on(o.group, o.kind, o.ns, o.name).into_iter().find(|(_, t)| t.section == target.section);
        if first.is_some_and(|(p, _)| p.meta.name != policy.meta.name) {
            return (Verdict::No("Conflicted"), Certificates::default());
        }
        self.policy_valid(policy)
    }

    /// The policy that wins a target.
    pub(crate) fn policy_in_force(&self, target: &Target) -> Option<&TlsPolicy> {
        let o = &target.object;
        self.policies_on(o.group, o.kind, o.ns, o.name).into_iter().find(|(_, t)| t.section == target.section).map(|(p, _)| p)
    }

    /// The policy in force for a Service's port: by section first, then the whole Service.
    pub(crate) fn policy_for(&self, ns: Sym, service: Sym, port_name: Sym) -> Option<&TlsPolicy> {
        let all = self.policies_on(Sym::NONE, self.words.service, ns, service);
        let of = |section: Sym| all.iter().find(|(_, t)| t.section == section).map(|(p, _)| *p);
        (if port_name.is_some() { of(port_name) } else { None }).or_else(|| of(Sym::NONE))
    }
}
