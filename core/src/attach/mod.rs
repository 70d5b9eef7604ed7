//! One route, one parentRef, judged against the parent's listeners: one gate per reason (rules 1 to 15).

pub(crate) mod gates;

use crate::index::Map;
use crate::model::few::Few;
use crate::model::host;
use crate::model::kinds::Kind;
use crate::model::route::{ParentKind, ParentRef, Route};
use crate::profile::Flag;
use crate::resolve::Facts;
use crate::resolve::gateway::{Family, GatewayState, LState, Standing};
use crate::resolve::shadow::Place;
use crate::resolve::verdict::{Cause, Verdict};
use crate::text::Sym;
use crate::types::Tri;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Reasons of a refused attachment.
pub(crate) const NO_MATCHING_PARENT: &str = "NoMatchingParent";
pub(crate) const NOT_ALLOWED: &str = "NotAllowedByListeners";
pub(crate) const NO_HOSTNAME: &str = "NoMatchingListenerHostname";

/// A question asked of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GateKind {
    Parent,
    AllowedListeners,
    Section,
    Port,
    Protocol,
    Kind,
    Namespace,
    Hostname,
}

impl GateKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            GateKind::Parent => "parent",
            GateKind::AllowedListeners => "allowed-listeners",
            GateKind::Section => "section",
            GateKind::Port => "port",
            GateKind::Protocol => "protocol",
            GateKind::Kind => "kind",
            GateKind::Namespace => "namespace",
            GateKind::Hostname => "hostname",
        }
    }
}

/// A hostname of an attachment: the intersection, and the route's own that gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct HostPair {
    pub(crate) host: Sym,
    pub(crate) written: Sym,
}

/// A verdict on one parentRef.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attachment {
    /// The parentRef as its index in the route, or itself where it is implicit (rule 6).
    index: u16,
    implied: Option<Box<ParentRef>>,
    pub(crate) accepted: Tri,
    word: Word,
    pub(crate) cause: Option<Cause>,
    /// Handle of the Gateway that serves it, [`NOBODY`] where none is known.
    gateway: u32,
    /// Listeners that took it.
    pub(crate) listeners: Few<u32>,
}

/// No Gateway.
const NOBODY: u32 = u32::MAX;

/// The reason of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Accepted,
    Pending,
    NoMatchingParent,
    NotAllowed,
    NoHostname,
}

impl Attachment {
    pub(crate) fn reason(&self) -> &'static str {
        match self.word {
            Word::Accepted => "Accepted",
            Word::Pending => "Pending",
            Word::NoMatchingParent => NO_MATCHING_PARENT,
            Word::NotAllowed => NOT_ALLOWED,
            Word::NoHostname => NO_HOSTNAME,
        }
    }
    /// Handle of the Gateway that serves it.
    pub(crate) fn gateway(&self) -> Option<u32> {
        (self.gateway != NOBODY).then_some(self.gateway)
    }
    /// The parentRef that it is about.
    pub(crate) fn parent<'a>(&'a self, route: &'a Route) -> Option<&'a ParentRef> {
        self.implied.as_deref().or_else(|| route.parents.get(usize::from(self.index)))
    }
    /// Notes the parentRef that it is about.
    pub(crate) fn about(mut self, route: &Route, p: &ParentRef) -> Self {
        match route.parents.iter().position(|o| o == p).and_then(|i| u16::try_from(i).ok()) {
            Some(index) => self.index = index,
            None => self.implied = Some(Box::new(*p)),
        }
        self
    }
}

/// A route on a listener: where its rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) gateway: u32,
    pub(crate) listener: u32,
    pub(crate) hosts: Box<[HostPair]>,
    /// Why it cannot be told whether the route is attached there.
    pub(crate) cause: Option<Cause>,
    /// Port and family of the listener as the route met it.
    port: u16,
    family: Option<Family>,
}

impl Claim {
    /// Where its rows for a host stand.
    pub(crate) fn place(&self, pair: HostPair) -> Place {
        match self.family {
            Some(family) => Place::host(self.gateway, self.port, family, pair.host),
            // A TCPRoute on a TLS listener gets all of the listener's connections.
            None => Place::listener(self.gateway, self.listener),
        }
    }
}

/// What a parentRef leads to.
pub(crate) enum Parent<'a> {
    /// A Gateway, and which of its listeners the reference reaches.
    Listeners {
        handle: u32,
        state: &'a GatewayState,
        range: core::ops::Range<u32>,
        allowed: Verdict,
    },
    Unknown(Cause),
    Mesh,
}

/// The Gateways as judged, by handle.
pub(crate) type Gateways = [Option<Box<GatewayState>>];

fn state(gateways: &Gateways, handle: u32) -> Option<&GatewayState> {
    gateways.get(handle as usize)?.as_deref()
}

/// Follows a parentRef (rules 1, 3 and 5).
pub(crate) fn parent<'a>(facts: &Facts<'_>, gateways: &'a Gateways, p: &ParentRef) -> Parent<'a> {
    match p.to {
        ParentKind::Service => Parent::Mesh,
        ParentKind::Other => Parent::Unknown(Cause::ParentNotFound),
        ParentKind::Gateway => match facts.store.find(Kind::Gateway, p.ns, p.name).and_then(|h| Some((h, state(gateways, h)?))) {
            Some((handle, state)) => Parent::Listeners { handle, state, range: state.own_listeners(), allowed: Verdict::Yes },
            None => Parent::Unknown(facts.missing(Kind::Gateway).unwrap_or(Cause::ParentNotFound)),
        },
        ParentKind::Set(kind) => {
            let Some(set) = facts.store.find(kind, p.ns, p.name).and_then(|h| facts.store.sets.get(h)) else {
                return Parent::Unknown(facts.missing(kind).unwrap_or(Cause::ParentNotFound));
            };
            let found = set.gateway.and_then(|(ns, name)| {
                let handle = facts.store.find(Kind::Gateway, ns, name)?;
                let state = state(gateways, handle)?;
                Some((handle, state, state.set(kind, p.ns, p.name)?))
            });
            match found {
                Some((handle, state, set)) => {
                    let range = set.first..set.first.saturating_add(set.count);
                    Parent::Listeners { handle, state, range, allowed: set.allowed }
                }
                None => Parent::Unknown(facts.missing(Kind::Gateway).unwrap_or(Cause::ParentNotFound)),
            }
        }
    }
}

/// A verdict on one listener.
pub(crate) enum OnListener {
    Pass(Box<[HostPair]>),
    Fail(GateKind),
    Unknown(Cause, Box<[HostPair]>),
}

/// Asks one listener (rules 7 to 16). A certain refusal wins over what is unknown.
///
/// Rule 9: a kind that the listener does not take is `NotAllowedByListeners`, TLSRoutes included.
pub(crate) fn judge(facts: &Facts<'_>, state: &GatewayState, l: &LState, index: u32, route: &Route) -> OnListener {
    let hosts = hostnames(facts, state, l, index, route);
    let kind = if route.kind.bit() & l.protocol_kinds == 0 {
        Some(GateKind::Protocol)
    } else if route.kind.bit() & l.kinds == 0 {
        Some(GateKind::Kind)
    } else {
        None
    };
    let namespace = facts.lets_in(&l.from, l.home, route.meta.ns);
    let hostname = hosts.is_empty().then_some(GateKind::Hostname);
    let refused = matches!(namespace, Verdict::No(_)).then_some(GateKind::Namespace);
    let first = if state.profile.has(Flag::HostnameBeforeKind) { hostname.or(kind).or(refused) } else { kind.or(refused).or(hostname) };
    match (first, namespace) {
        (Some(gate), _) => OnListener::Fail(gate),
        (None, Verdict::Unknown(cause)) => OnListener::Unknown(cause, hosts),
        (None, _) => OnListener::Pass(hosts),
    }
}

/// Rules 12 to 15: the hostnames of a route on a listener, folded, each once.
///
/// Rule 13: hostnames that do not intersect are dropped; none left is `NoMatchingListenerHostname`.
fn hostnames(facts: &Facts<'_>, state: &GatewayState, l: &LState, index: u32, route: &Route) -> Box<[HostPair]> {
    let any = [facts.words.any];
    let Some(listener) = l.hostname(facts.words.any) else { return Box::default() };
    let mut out: Vec<HostPair> = Vec::new();
    let listener_text = facts.text(listener);
    for written in route.hosts.list(&any) {
        let host = if *written == listener || listener == facts.words.any {
            *written
        } else {
            match host::intersect(listener_text, facts.text(*written)) {
                Some(text) if text == listener_text => listener,
                Some(_) => *written,
                None => continue,
            }
        };
        match out.iter_mut().find(|p| p.host == host) {
            // The most specific of the route's own hostnames stands for the pair.
            Some(pair) => {
                if host::specificity(facts.text(*written), facts.text(pair.written)).is_lt() {
                    pair.written = *written;
                }
            }
            None => out.push(HostPair { host, written: *written }),
        }
    }
    if state.profile.has(Flag::IsolationAttached) {
        out.retain(|p| !lost_to_another(state, l, index, p.host, listener));
    }
    out.into()
}

/// `isolation-attached`: another listener of the port has exactly this hostname, which is not this one's own.
fn lost_to_another(state: &GatewayState, l: &LState, index: u32, host: Sym, own: Sym) -> bool {
    host != own && l.family().is_some() && state.owners.named_by_another(l.port, host, index)
}

/// Judges one parentRef; listeners that took the route are added to `claims`.
///
/// Rule 2: sectionName and port narrow the listeners, and both must match; none left is `NoMatchingParent`.
/// Rule 4: one accepting listener is enough, and every parentRef is judged on its own.
pub(crate) fn decide(facts: &Facts<'_>, gateways: &Gateways, route: &Route, p: &ParentRef, claims: &mut Claims) -> Option<Attachment> {
    let (handle, state, range, allowed) = match parent(facts, gateways, p) {
        Parent::Mesh => return None,
        Parent::Unknown(cause) => return Some(unknown(cause, NOBODY)),
        Parent::Listeners { handle, state, range, allowed } => (handle, state, range, allowed),
    };
    if let Verdict::No(_) = allowed {
        return Some(refused(NOT_ALLOWED, handle));
    }
    let mut taken = Vec::new();
    let mut first_unknown = allowed.cause();
    let mut worst: Option<&'static str> = None;
    let mut reached = false;
    for index in range {
        let Some(l) = state.listener(index) else { continue };
        let misses = (p.section.is_some() && p.section != l.name) || (p.port != 0 && p.port != l.port);
        if misses || (state.profile.has(Flag::ConflictedNoParent) && l.conflict.is_some()) {
            continue;
        }
        reached = true;
        match judge(facts, state, l, index, route) {
            OnListener::Pass(hosts) => {
                let cause = allowed.cause().or(match state.standing {
                    Standing::Unknown(cause) => Some(cause),
                    _ => None,
                });
                claims.add(handle, index, l, hosts, cause);
                taken.push(index);
            }
            OnListener::Unknown(cause, hosts) => {
                claims.add(handle, index, l, hosts, Some(cause));
                first_unknown = first_unknown.or(Some(cause));
            }
            OnListener::Fail(gate) => {
                let reason = if gate == GateKind::Hostname { NO_HOSTNAME } else { NOT_ALLOWED };
                // Rule 14: which reason wins is open. Ours is that of the listener which the route got farthest with.
                let wins = if state.profile.has(Flag::HostnameBeforeKind) { NOT_ALLOWED } else { NO_HOSTNAME };
                if worst.is_none() || reason == wins {
                    worst = Some(reason);
                }
            }
        }
    }
    let standing = match state.standing {
        Standing::Unknown(cause) => Some(cause),
        _ => None,
    };
    Some(match (taken.is_empty(), reached) {
        (false, _) => match standing.or(allowed.cause()) {
            Some(cause) => Attachment { listeners: taken.into(), ..unknown(cause, handle) },
            None => Attachment { listeners: taken.into(), ..verdict(Tri::True, Word::Accepted, None, handle) },
        },
        (true, false) => refused(NO_MATCHING_PARENT, handle),
        (true, true) => match first_unknown {
            Some(cause) => unknown(cause, handle),
            None => refused(worst.unwrap_or(NO_MATCHING_PARENT), handle),
        },
    })
}

fn verdict(accepted: Tri, word: Word, cause: Option<Cause>, gateway: u32) -> Attachment {
    Attachment { index: 0, implied: None, accepted, word, cause, gateway, listeners: Few::default() }
}

fn unknown(cause: Cause, gateway: u32) -> Attachment {
    verdict(Tri::Unknown, Word::Pending, Some(cause), gateway)
}

fn refused(reason: &'static str, gateway: u32) -> Attachment {
    let word = match reason {
        NOT_ALLOWED => Word::NotAllowed,
        NO_HOSTNAME => Word::NoHostname,
        _ => Word::NoMatchingParent,
    };
    verdict(Tri::False, word, None, gateway)
}

/// The claims of a route while its parentRefs are judged: one for each listener, however many refs lead there.
#[derive(Default)]
pub(crate) struct Claims {
    list: Vec<Claim>,
    seen: Map<(u32, u32), usize>,
}

impl Claims {
    fn add(&mut self, gateway: u32, listener: u32, l: &LState, hosts: Box<[HostPair]>, cause: Option<Cause>) {
        match self.find(gateway, listener) {
            Some(claim) => {
                if cause.is_none() {
                    claim.cause = None;
                }
            }
            None => {
                if self.list.len() >= 8 {
                    self.seen.insert((gateway, listener), self.list.len());
                }
                self.list.push(Claim { gateway, listener, hosts, cause, port: l.port, family: l.family() });
            }
        }
    }
    fn find(&mut self, gateway: u32, listener: u32) -> Option<&mut Claim> {
        // Few claims are searched, many are looked up.
        let few = self.list.iter().take(8).position(|c| c.gateway == gateway && c.listener == listener);
        let at = few.or_else(|| self.seen.get(&(gateway, listener)).copied())?;
        self.list.get_mut(at)
    }
    pub(crate) fn into_few(self) -> Few<Claim> {
        self.list.into()
    }
}
