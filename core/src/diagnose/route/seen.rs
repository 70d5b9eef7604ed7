//! What findings remember of a route's rows while these are visited; nothing is kept of rows that are in order.

use crate::attach::HostPair;
use crate::model::gateway::Protocol;
use crate::profile::{Flag, Profile};
use crate::resolve::Facts;
use crate::resolve::precedence::Candidate;
use crate::resolve::rows::Row;
use crate::types::{Action, Reach, State};
use alloc::vec::Vec;

/// What was worth remembering.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Matches that another match takes the requests of: where, rule and match, and the winner.
    pub(crate) shadowed: Vec<Lost>,
    /// Hostnames that another listener owns whole.
    pub(crate) isolated: Vec<(At, u32)>,
    /// Served in clear text on an external address.
    pub(crate) cleartext: Vec<At>,
    /// Served on an external address for a wildcard, or for every host.
    pub(crate) wildcard: Vec<At>,
    /// Served on a listener that other listeners lie inside of (profiles that leave such hosts open).
    pub(crate) open: Vec<At>,
}

/// A hostname of a route on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) gateway: u32,
    pub(crate) listener: u32,
    pub(crate) pair: HostPair,
}

/// A match that lost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lost {
    pub(crate) at: At,
    pub(crate) rule: usize,
    pub(crate) m: usize,
    pub(crate) winner: Candidate,
}

impl Seen {
    /// Looks at one row.
    pub(crate) fn row(&mut self, facts: &Facts<'_>, row: &Row<'_>) {
        let at = || At { gateway: row.claim.gateway, listener: row.claim.listener, pair: row.pair };
        if let Some(winner) = row.shadowed_by {
            let (rule, m) = (row.rule_index, row.match_index);
            if self.shadowed.last().is_none_or(|l| (l.at, l.rule, l.m) != (at(), rule, m)) {
                self.shadowed.push(Lost { at: at(), rule, m, winner });
            }
        }
        if let Some(owner) = row.owned_by {
            push(&mut self.isolated, (at(), owner));
        }
        if row.state != State::Exposed {
            return;
        }
        if row.gateway.reach == Reach::External {
            let to_https = row.rule.filters.as_ref().is_some_and(|f| f.redirect.is_some() && f.to_https);
            if row.listener.protocol == Protocol::Http && !to_https {
                push(&mut self.cleartext, at());
            }
            // TCP and UDP have no hostnames to be careful about, and a redirect shows nothing.
            if row.action != Action::Redirect && row.listener.family().is_some() && facts.text(row.pair.host).starts_with('*') {
                push(&mut self.wildcard, at());
            }
        }
        if row.listener.protocol == Protocol::Http && !row.listener.inside.is_empty() && open(row.gateway.profile) {
            push(&mut self.open, at());
        }
    }
}

/// Rows of one place come one after the other.
fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.last() != Some(&item) {
        list.push(item);
    }
}

/// Whether hosts that the standard keeps for another listener stay open under a profile.
pub(crate) fn open(profile: &Profile) -> bool {
    profile.has(Flag::EqualHostIsolation) || profile.has(Flag::WholeHostIsolation)
}
