//! Findings that are not about a route's own rows, kept by what they are about.

use super::Engine;
use crate::attach::{Attachment, Claim};
use crate::diagnose::whole;
use crate::index::Map;
use crate::model::Key;
use crate::resolve::gateway::Owner;
use crate::text::Sym;
use crate::types::{Finding, FindingCounts, Severity, Tri};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// What findings are about; where it changed, they are noticed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Seat {
    /// Objects that have no place.
    Refused,
    /// A kind that is not read: group and kind.
    Foreign(Sym, Sym),
    /// The text of an object that is no route.
    Object(Key),
    /// A BackendTLSPolicy.
    Policy(u32),
    /// A ListenerSet, for the Gateway that it names.
    Set(u32),
    /// A Gateway and its listeners.
    Gateway(u32),
    /// The routes of a Gateway's listener.
    Listener(u32, u32),
    /// A host of a port.
    Host { gateway: u32, port: u16, host: Sym },
    /// A route beside others, and beside its status.
    Route(u32),
}

/// Findings by seat, and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    map: Map<Seat, Box<[Finding]>>,
    counts: FindingCounts,
}

impl Notes {
    /// Replaces the findings of a seat; the old ones come back.
    fn put(&mut self, seat: Seat, findings: Vec<Finding>) -> Box<[Finding]> {
        tally(&mut self.counts, &findings, true);
        let old = if findings.is_empty() { self.map.remove(&seat) } else { self.map.insert(seat, findings.into()) };
        let old = old.unwrap_or_default();
        tally(&mut self.counts, &old, false);
        if self.map.is_empty() {
            self.map = Map::default();
        }
        old
    }
    /// Whether a seat has findings.
    pub(crate) fn has(&self, seat: Seat) -> bool {
        self.map.contains_key(&seat)
    }
    /// Every finding, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Finding> {
        self.map.values().flat_map(|f| f.iter())
    }
    pub(crate) fn counts(&self) -> FindingCounts {
        self.counts
    }
}

/// How many routes stand at a listener.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Accepted there (rule 43).
    pub(crate) accepted: u32,
    /// Attached there, or maybe.
    pub(crate) claims: u32,
    /// Of these, how many only maybe.
    pub(crate) doubtful: u32,
    /// It is in the list of listeners that are looked at again.
    moved: bool,
}

/// Adds findings to counts, or takes them off.
pub(super) fn tally(counts: &mut FindingCounts, findings: &[Finding], up: bool) {
    for f in findings {
        let count = match f.severity {
            Severity::Error => &mut counts.error,
            Severity::Warning => &mut counts.warning,
            Severity::Info => &mut counts.info,
        };
        *count = if up { count.saturating_add(1) } else { count.saturating_sub(1) };
    }
}

impl Engine {
    /// Notices the findings of a seat again.
    pub(super) fn note(&mut self, seat: Seat) {
        let new = whole::at(self, seat);
        let wanted = self.pending.before.is_some();
        let kept = if wanted { new.clone() } else { Vec::new() };
        let old = self.notes.put(seat, new);
        if let Some(before) = &mut self.pending.before
            && *old != *kept
        {
            before.findings.extend(old);
            before.noticed.extend(kept);
        }
    }

    /// Notices the findings of every seat that is pending; those of routes whose rows were computed are noticed already.
    pub(super) fn note_pending(&mut self) {
        let mut seats = core::mem::take(&mut self.pending.seats);
        for (handle, i) in core::mem::take(&mut self.pending.listeners) {
            if let Some(t) = self.tally_mut(handle, i) {
                t.moved = false;
            }
            seats.push(Seat::Listener(handle, i));
        }
        let unaccepted: Vec<Seat> = seats.iter().filter_map(|s| self.uncounted(*s)).collect();
        seats.extend(unaccepted);
        crate::sort::unstable(&mut seats);
        seats.dedup();
        for seat in seats {
            if let Seat::Route(handle) = seat
                && self.pending.rows.binary_search(&handle).is_ok()
            {
                continue;
            }
            self.note(seat);
        }
    }

    /// A Gateway whose own findings count a listener's routes (`unaccepted-listenerset`).
    fn uncounted(&self, seat: Seat) -> Option<Seat> {
        let Seat::Listener(handle, index) = seat else { return None };
        let state = self.gateway_state(handle)?;
        if !state.profile.has(crate::profile::Flag::UnacceptedSetUncounted) {
            return None;
        }
        match state.listener(index)?.owner {
            Owner::Set(i) if state.sets.get(i as usize)?.accepted.tri() == Tri::False => Some(Seat::Gateway(handle)),
            _ => None,
        }
    }

    fn tally_mut(&mut self, gateway: u32, listener: u32) -> Option<&mut Tally> {
        self.attached.get_mut(gateway as usize)?.get_mut(listener as usize)
    }

    /// Counts a route at its listeners, or counts it no more.
    pub(super) fn count_route(&mut self, attachments: &[Attachment], claims: &[Claim], up: bool) {
        let step = |n: &mut u32| *n = if up { n.saturating_add(1) } else { n.saturating_sub(1) };
        match attachments {
            [a] => {
                for l in &a.listeners {
                    if let Some(t) = a.gateway().and_then(|g| self.tally_mut(g, *l)) {
                        step(&mut t.accepted);
                    }
                }
            }
            _ => {
                for (gateway, listener) in accepted(attachments) {
                    if let Some(t) = self.tally_mut(gateway, listener) {
                        step(&mut t.accepted);
                    }
                }
            }
        }
        for claim in claims {
            let Some(t) = self.tally_mut(claim.gateway, claim.listener) else { continue };
            step(&mut t.claims);
            if claim.cause.is_some() {
                step(&mut t.doubtful);
            }
            if !core::mem::replace(&mut t.moved, true) {
                self.pending.listeners.push((claim.gateway, claim.listener));
            }
        }
    }

    /// Notes kept by seat.
    pub(crate) fn notes(&self) -> &Notes {
        &self.notes
    }
}

/// Listeners that accepted a route, each once, however many parentRefs lead there (rule 43).
fn accepted(attachments: &[Attachment]) -> Vec<(u32, u32)> {
    let mut out: Vec<(u32, u32)> = Vec::new();
    for a in attachments {
        if let Some(gateway) = a.gateway() {
            out.extend(a.listeners.iter().map(|l| (gateway, *l)));
        }
    }
    crate::sort::unstable(&mut out);
    out.dedup();
    out
}
