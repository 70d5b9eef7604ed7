//! Narrows a report to what was asked for: by namespace, gateway, route, host and state.

use crate::host;
use gatescope_core::types::{Exposure, GatewayRef, ListenerSet, ObjectRef, Report, Severity, State, Summary, Tri};
use std::collections::BTreeSet;

/// What to keep; everything by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub namespace: Option<String>,
    pub gateway: Option<Named>,
    pub route: Option<Named>,
    pub host: Option<String>,
    pub states: Vec<State>,
}

/// `[KIND/][NAMESPACE/]NAME`, lower-case kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub kind: Option<String>,
    pub namespace: Option<String>,
    pub name: String,
}

impl Named {
    /// `KIND/NAMESPACE/NAME`, `NAMESPACE/NAME` or `NAME`.
    pub(crate) fn parse(text: &str) -> Self {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [kind, namespace, name] => Self { kind: Some(kind.to_lowercase()), namespace: Some((*namespace).into()), name: (*name).into() },
            [namespace, name] => Self { kind: None, namespace: Some((*namespace).into()), name: (*name).into() },
            _ => Self { kind: None, namespace: None, name: text.into() },
        }
    }

    pub(crate) fn is(&self, kind: &str, namespace: &str, name: &str) -> bool {
        self.name == name && self.namespace.as_ref().is_none_or(|n| n == namespace) && self.kind.as_ref().is_none_or(|k| k.eq_ignore_ascii_case(kind))
    }

    fn is_ref(&self, r: &ObjectRef) -> bool {
        self.is(&r.kind, r.namespace.as_deref().unwrap_or_default(), &r.name)
    }
}

impl Filter {
    /// Whether it keeps everything.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn row(&self, e: &Exposure) -> bool {
        let ns = |n: &String| e.gateway.namespace == *n || e.route.namespace.as_ref() == Some(n);
        self.namespace.as_ref().is_none_or(ns)
            && self.gateway.as_ref().is_none_or(|g| g.is("Gateway", &e.gateway.namespace, &e.gateway.name))
            && self.route.as_ref().is_none_or(|r| r.is_ref(&e.route))
            && self.host.as_ref().is_none_or(|h| asks_for_host(e) && (host::covers(&e.hostname, h) || host::covers(h, &e.hostname)))
            && (self.states.is_empty() || self.states.contains(&e.state))
    }

    /// Whether it asks for certain rows, so that objects without any are no answer.
    fn by_row(&self) -> bool {
        self.route.is_some() || self.host.is_some() || !self.states.is_empty()
    }

    /// Takes out of `report` what was not asked for, and counts again. The rest stays in its order.
    pub(crate) fn apply(&self, report: &mut Report) {
        if self.is_empty() {
            return;
        }
        report.exposures.retain(|e| self.row(e));
        let with_rows: BTreeSet<GatewayRef> = report.exposures.iter().map(|e| e.gateway.clone()).collect();
        let listeners_with_rows: BTreeSet<(ObjectRef, String)> = report.exposures.iter().map(|e| (e.listener.owner.clone(), e.listener.name.clone())).collect();
        let routes_with_rows: BTreeSet<ObjectRef> = report.exposures.iter().map(|e| e.route.clone()).collect();
        let sets: Vec<(String, String, GatewayRef)> = report.listener_sets.iter().map(|s| (s.namespace.clone(), s.name.clone(), s.gateway.clone())).collect();

        report.attachments.retain(|a| {
            let parent = &a.parent_ref;
            let gateway = sets
                .iter()
                .find(|(ns, name, _)| parent.kind.ends_with("ListenerSet") && *ns == parent.namespace && *name == parent.name)
                .map_or((parent.namespace.as_str(), parent.name.as_str()), |(_, _, g)| (g.namespace.as_str(), g.name.as_str()));
            let in_namespace = |n: &String| a.route.namespace.as_ref() == Some(n) || parent.namespace == *n || gateway.0 == n;
            let refused = match a.accepted {
                Tri::True => routes_with_rows.contains(&a.route),
                Tri::False => self.host.is_none() && (self.states.is_empty() || self.states.contains(&State::Blocked)),
                Tri::Unknown => self.host.is_none() && (self.states.is_empty() || self.states.contains(&State::Unknown)),
            };
            self.namespace.as_ref().is_none_or(in_namespace)
                && self.gateway.as_ref().is_none_or(|g| g.is("Gateway", gateway.0, gateway.1))
                && self.route.as_ref().is_none_or(|r| r.is_ref(&a.route))
                && (!self.by_row() || refused)
        });

        let gateway = |ns: &str, name: &str| {
            let here = with_rows.iter().any(|g| g.namespace == ns && g.name == name);
            let in_namespace = self.namespace.as_ref().is_none_or(|n| n == ns);
            let named = self.gateway.as_ref().is_none_or(|g| g.is("Gateway", ns, name));
            here || (!self.by_row() && in_namespace && named)
        };
        report.gateways.retain(|g| gateway(&g.namespace, &g.name));
        let set_has_rows = |s: &ListenerSet| {
            listeners_with_rows.iter().any(|(o, _)| o.kind.ends_with("ListenerSet") && o.namespace.as_ref() == Some(&s.namespace) && o.name == s.name)
        };
        report.listener_sets.retain(|s| {
            set_has_rows(s)
                || !self.by_row() && gateway(&s.gateway.namespace, &s.gateway.name)
                || (!self.by_row() && self.gateway.is_none() && self.namespace.as_ref() == Some(&s.namespace))
        });
        report.listeners.retain(|l| {
            let here = listeners_with_rows.contains(&(l.owner.clone(), l.name.clone()));
            let in_namespace = self.namespace.as_ref().is_none_or(|n| l.owner.namespace.as_ref() == Some(n) || l.gateway.namespace == *n);
            here || (!self.by_row() && in_namespace && gateway(&l.gateway.namespace, &l.gateway.name))
        });
        report.mesh.retain(|m| {
            self.gateway.is_none()
                && self.host.is_none()
                && self.states.is_empty()
                && self.namespace.as_ref().is_none_or(|n| m.route.namespace.as_ref() == Some(n) || m.service.namespace.as_ref() == Some(n))
                && self.route.as_ref().is_none_or(|r| r.is_ref(&m.route))
        });
        let kept = self.kept(report);
        report.policies.retain(|p| kept.contains(&p.target) || (self.gateway.is_none() && !self.by_row() && self.namespace.as_ref() == Some(&p.namespace)));
        report.findings.retain(|f| {
            let in_namespace = || !self.by_row() && self.gateway.is_none() && self.namespace.is_some() && f.subject.namespace == self.namespace;
            kept.contains(&f.subject) || in_namespace() || f.related.iter().any(|r| kept.contains(r) && !is_shared(r))
        });
        report.summary = count(report);
    }

    /// The objects that the kept rows and attachments speak of.
    fn kept(&self, report: &Report) -> BTreeSet<ObjectRef> {
        let mut kept = BTreeSet::new();
        for e in &report.exposures {
            kept.insert(e.route.clone());
            kept.insert(e.listener.owner.clone());
            kept.insert(gateway_object(&e.gateway));
            if let Some(b) = &e.backend {
                kept.insert(ObjectRef { kind: b.kind.clone().into(), namespace: Some(b.namespace.clone()), name: b.name.clone() });
            }
        }
        kept.extend(report.attachments.iter().map(|a| a.route.clone()));
        if !self.by_row() {
            kept.extend(report.gateways.iter().map(|g| ObjectRef { kind: "Gateway".into(), namespace: Some(g.namespace.clone()), name: g.name.clone() }));
            kept.extend(report.listener_sets.iter().map(|s| ObjectRef {
                kind: "ListenerSet".into(),
                namespace: Some(s.namespace.clone()),
                name: s.name.clone(),
            }));
        }
        kept
    }
}

/// TCP and UDP know no hosts: `*` of theirs is no answer for one.
fn asks_for_host(e: &Exposure) -> bool {
    !matches!(e.listener.protocol.as_ref(), "TCP" | "UDP")
}

/// A Gateway's related findings are those of everybody who uses it.
fn is_shared(r: &ObjectRef) -> bool {
    matches!(r.kind.as_ref(), "Gateway" | "GatewayClass" | "Namespace" | "ListenerSet" | "XListenerSet")
}

pub(crate) fn gateway_object(g: &GatewayRef) -> ObjectRef {
    ObjectRef { kind: "Gateway".into(), namespace: Some(g.namespace.clone()), name: g.name.clone() }
}

/// The counts of what is in the report.
fn count(report: &Report) -> Summary {
    let rows = |state: State| report.exposures.iter().filter(|e| e.state == state).count();
    let mut summary = Summary {
        exposed: rows(State::Exposed),
        shadowed: rows(State::Shadowed),
        blocked: rows(State::Blocked),
        unknown: rows(State::Unknown),
        gateways: report.gateways.len(),
        ..Summary::default()
    };
    let findings = |severity: Severity| report.findings.iter().filter(|f| f.severity == severity).count();
    summary.findings.error = findings(Severity::Error);
    summary.findings.warning = findings(Severity::Warning);
    summary.findings.info = findings(Severity::Info);
    summary
}
