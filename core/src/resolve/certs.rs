//! Rule 28: certificates of listeners, and the CA bundles that client certificates are checked with.

use super::Facts;
use super::grants::{REF_NOT_PERMITTED, Referrer};
use super::verdict::{Cause, Reason, Verdict};
use crate::model::Kind;
use crate::model::gateway::{ListenerStatus, ObjectName, Validation};
use crate::types::Tri;
use alloc::vec::Vec;

/// What the certificates of a listener come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Certificates {
    pub(crate) reasons: Vec<Reason>,
    /// None of them can be used.
    pub(crate) unusable: bool,
    /// A certificateRef lacks its grant.
    pub(crate) ungranted: bool,
    pub(crate) cause: Option<Cause>,
    pub(crate) assumes: Vec<ObjectName>,
}

impl Certificates {
    fn reason(&mut self, reason: Reason) {
        if !self.reasons.contains(&reason) {
            self.reasons.push(reason);
        }
    }
}

impl Facts<'_> {
    /// Judges certificateRefs; one usable certificate is enough.
    pub(crate) fn certificates(&self, from: Referrer, refs: &[ObjectName], said: Option<&ListenerStatus>) -> Certificates {
        let mut out = Certificates::default();
        let mut usable = false;
        for r in refs {
            if (r.group, r.kind) != (crate::text::Sym::NONE, self.words.secret) {
                out.reason(Reason::Is("InvalidCertificateRef"));
                continue;
            }
            // The grant comes first, so that existence does not leak.
            match self.permitted(from, *r) {
                Verdict::No(reason) => {
                    out.ungranted = true;
                    out.reason(Reason::Is(reason));
                    continue;
                }
                Verdict::Unknown(cause) => {
                    match said.map(|s| s.resolved) {
                        Some(Tri::True) => usable = true,
                        _ => out.cause = Some(cause),
                    }
                    continue;
                }
                Verdict::Yes => {}
            }
            match self.store.material(Kind::Secret, r.ns, r.name) {
                Some(secret) if secret.certificate => usable = true,
                Some(_) => out.reason(Reason::Is("InvalidCertificateRef")),
                None if self.missing(Kind::Secret).is_none() => out.reason(Reason::Is("InvalidCertificateRef")),
                // Not collected: the listener's own current condition decides, else it is presumed good.
                None => match said.filter(|s| s.resolved == Tri::False) {
                    Some(said) => out.reason(Reason::Said(said.resolved_reason)),
                    None => {
                        usable = true;
                        out.assumes.push(*r);
                    }
                },
            }
        }
        out.unusable = !usable && out.cause.is_none();
        if usable {
            out.cause = None;
        }
        out
    }

    /// Judges the CA bundles of a validation; no good one is `NoValidCACertificate`.
    pub(crate) fn ca_bundles(&self, from: Referrer, validation: &Validation, said: Option<&ListenerStatus>) -> Certificates {
        let mut out = Certificates::default();
        let mut usable = false;
        for r in &validation.ca {
            let words = self.words;
            let kind = match (r.group, r.kind) {
                (g, k) if g.is_none() && k == words.config_map => Kind::ConfigMap,
                (g, k) if g.is_none() && k == words.secret => Kind::Secret,
                // Some write the core group for it; there is no such kind, so nothing else can be meant.
                (g, k) if (g == words.certificates || g.is_none()) && k == words.trust_bundle => Kind::ClusterTrustBundle,
                _ => {
                    out.reason(Reason::Is("InvalidCACertificateKind"));
                    continue;
                }
            };
            // Rule 27: a cluster-scoped bundle needs no grant.
            let ns = if kind == Kind::ClusterTrustBundle { crate::text::Sym::NONE } else { r.ns };
            let permitted = if kind == Kind::ClusterTrustBundle { Verdict::Yes } else { self.permitted(from, *r) };
            match permitted {
                Verdict::No(_) => {
                    out.reason(Reason::Is(REF_NOT_PERMITTED));
                    continue;
                }
                Verdict::Unknown(cause) => {
                    match said.map(|s| s.resolved) {
                        Some(Tri::True) => usable = true,
                        _ => out.cause = Some(cause),
                    }
                    continue;
                }
                Verdict::Yes => {}
            }
            match self.store.material(kind, ns, r.name) {
                Some(bundle) if bundle.ca => usable = true,
                Some(_) => out.reason(Reason::Is("InvalidCACertificateRef")),
                None if self.missing(kind).is_none() => out.reason(Reason::Is("InvalidCACertificateRef")),
                None => match said.filter(|s| s.resolved == Tri::False) {
                    Some(said) => out.reason(Reason::Said(said.resolved_reason)),
                    None => {
                        usable = true;
                        out.assumes.push(*r);
                    }
                },
            }
        }
        if usable {
            out.cause = None;
        } else if out.cause.is_none() {
            out.unusable = true;
            out.reason(Reason::Is("NoValidCACertificate"));
        }
        out
    }
}
