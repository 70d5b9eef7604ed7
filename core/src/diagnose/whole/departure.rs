//! Listeners that a profile judges otherwise than the standard.

use super::OnGateway;
use crate::diagnose::departure::{Answers, first, say};
use crate::diagnose::text::{listener_field, listener_text, some};
use crate::model::gateway::Protocol;
use crate::profile::{Flag, Profile};
use crate::report::parts::attached_routes;
use crate::resolve::Facts;
use crate::resolve::conflicts::HOSTNAME;
use crate::resolve::gateway::LState;
use crate::resolve::verdict::Reason;
use crate::types::{Finding, ObjectRef};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// Listeners of one owner that one flag judges otherwise.
struct Group {
    names: Vec<String>,
    field: String,
}

pub(crate) fn notice(on: &OnGateway<'_>, out: &mut Vec<Finding>) {
    let (facts, state) = (&on.facts, on.state);
    let Some(standard) = state.standard.as_deref() else { return };
    let mut groups: BTreeMap<(ObjectRef, Flag, String, String), Group> = BTreeMap::new();
    let mut add = |l: &LState, flag: Flag, here: String, there: String| {
        let (owner, _) = listener_text(facts, state, l);
        let group = groups.entry((owner, flag, here, there)).or_insert_with(|| Group { names: Vec::new(), field: listener_field(l.index) });
        group.names.push(format!("`{}`", facts.text(l.name)));
    };
    for ((l, s), i) in state.listeners.iter().zip(&standard.listeners).zip(0_u32..) {
        if (l.programmed, &l.reasons) != (s.programmed, &s.reasons)
            && let Some(flag) = flag(state.profile, l, s)
        {
            add(l, flag, words(facts, l), words(facts, s));
        }
        let (here, there) = (attached_routes(on.engine, on.handle, state, l, i), on.engine.attached_to(on.handle, i));
        if here != there {
            add(l, Flag::UnacceptedSetUncounted, format!("counts `{here}` routes"), format!("counts `{there}`"));
        }
    }
    for ((owner, flag, here, there), group) in groups {
        let who = format!("{} {}", if group.names.len() == 1 { "listener" } else { "each of the listeners" }, some(group.names.iter()));
        say(owner, state.profile, flag, &Answers { who, here, standard: there }, &group.field, None, out);
    }
}

/// Which flag makes the difference.
fn flag(profile: &Profile, l: &LState, s: &LState) -> Option<Flag> {
    if l.conflict != s.conflict {
        // In conflict either way, be it for another reason.
        if l.programmed == s.programmed {
            return None;
        }
        let hidden = l.certificate_bad.then_some(Flag::ConflictHiddenByCertificate);
        let by_reason: &[Flag] = match (s.conflict, l.protocol) {
            (Some(HOSTNAME), _) | (_, Protocol::Tcp | Protocol::Udp) => &[Flag::ConflictFirstWins, Flag::ConflictHiddenByCertificate, Flag::ConflictByHostname],
            _ => &[Flag::ConflictByHostname, Flag::ConflictFirstWins, Flag::ConflictHiddenByCertificate],
        };
        return hidden.filter(|f| profile.has(*f)).or_else(|| first(profile, by_reason));
    }
    let has = |l: &LState, reason: &'static str| l.reasons.contains(&Reason::Is(reason));
    if has(l, "UnsupportedProtocol") {
        let flags: &[Flag] = if l.protocol == Protocol::Udp { &[Flag::NoUdp] } else { &[Flag::UnsupportedProtocolProgrammed] };
        return first(profile, flags);
    }
    if has(l, "InvalidRouteKinds") && l.programmed != s.programmed {
        return first(profile, &[Flag::InvalidKindsNotServed, Flag::InvalidKindsProgrammed]);
    }
    first(profile, &[Flag::NoValidCa])
}

fn words(facts: &Facts<'_>, l: &LState) -> String {
    let state = match l.programmed {
        Some(true) => "is programmed",
        Some(false) => "is not programmed",
        None => "may be programmed",
    };
    if l.reasons.is_empty() {
        return String::from(state);
    }
    let state = if l.programmed == Some(true) { "is programmed, yet not accepted" } else { state };
    format!("{state} ({})", some(l.reasons.iter().map(|r| r.text(facts.names))))
}
