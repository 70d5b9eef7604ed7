//! A Gateway as it stands: its class, its listeners and those of its ListenerSets, each judged.

use super::Facts;
use super::certs::Certificates;
use super::conflicts;
use super::isolation::Owners;
use super::verdict::{Cause, Reason, Verdict};
use crate::index::deps::Topic;
use crate::model::gateway::{Gateway, Listener, ListenerHost, ListenerStatus, ObjectName, Protocol, Set, Validation};
use crate::model::host;
use crate::model::selector::From;
use crate::model::{Key, Kind};
use crate::profile::{self, Flag, Profile};
use crate::text::{Sym, mix};
use crate::types::{Reach, Tri};
use alloc::vec::Vec;

/// Who holds a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Gateway,
    /// By its place in [`GatewayState::sets`].
    Set(u32),
}

/// Protocols whose listeners of one port are chosen among by hostname: HTTP by its Host header, HTTPS and TLS by SNI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Family {
    Http,
    Tls,
}

/// A listener, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LState {
    pub(crate) owner: Owner,
    /// Its index in its owner's list.
    pub(crate) index: u32,
    pub(crate) name: Sym,
    pub(crate) port: u16,
    pub(crate) protocol: Protocol,
    pub(crate) protocol_text: Sym,
    pub(crate) host: ListenerHost,
    pub(crate) passthrough: bool,
    /// Route kinds it takes, as bits of [`Kind::bit`].
    pub(crate) kinds: u32,
    /// What a protocol of this kind takes by default.
    pub(crate) protocol_kinds: u32,
    pub(crate) from: From,
    /// The namespace that `Same` means (rule 10).
    pub(crate) home: Sym,
    /// It takes part in conflicts: its owner may add listeners, and its protocol is known.
    pub(crate) joins: bool,
    pub(crate) conflict: Option<&'static str>,
    pub(crate) certificate_bad: bool,
    pub(crate) certificates: Certificates,
    pub(crate) client_auth: ClientAuth,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) programmed: Option<bool>,
    pub(crate) cause: Option<Cause>,
    /// It may carry traffic, or that cannot be told.
    pub(crate) serves: bool,
    /// It owns its host (rule 17).
    pub(crate) owns: bool,
    /// It owns every host it takes: no other listener has its hostname, or one inside of it.
    pub(crate) sole: bool,
    /// Owning listeners whose hostname lies strictly inside of this one's.
    pub(crate) inside: Vec<u32>,
    /// Hash of what rows show of it.
    pub(crate) print: u64,
}

/// Whether clients are asked for a certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    #[default]
    None,
    Optional,
    Required,
}

impl LState {
    pub(crate) fn family(&self) -> Option<Family> {
        match self.protocol {
            Protocol::Http => Some(Family::Http),
            Protocol::Https | Protocol::Tls => Some(Family::Tls),
            Protocol::Tcp | Protocol::Udp | Protocol::Other => None,
        }
    }
    /// Its hostname; `any` for every host, `None` where it takes none.
    pub(crate) fn hostname(&self, any: Sym) -> Option<Sym> {
        match self.host {
            ListenerHost::Any => Some(any),
            ListenerHost::Is(sym) => Some(sym),
            ListenerHost::Bad => None,
        }
    }
    /// What tells it from others of its port (rule 18).
    pub(crate) fn host_key(&self) -> Sym {
        match self.host {
            ListenerHost::Is(sym) if self.protocol.has_hostnames() => sym,
            _ => Sym::NONE,
        }
    }
}

/// A ListenerSet of a Gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SetState {
    pub(crate) handle: u32,
    pub(crate) kind: Kind,
    pub(crate) ns: Sym,
    pub(crate) name: Sym,
    pub(crate) allowed: Verdict,
    pub(crate) accepted: Verdict,
    /// Its listeners stand at `first..first + count`.
    pub(crate) first: u32,
    pub(crate) count: u32,
}

/// Whether the class, and the Gateway itself, let rows be served (rule 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Good,
    Rejected(&'static str),
    Unknown(Cause),
}

/// A Gateway, judged.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GatewayState {
    pub(crate) ns: Sym,
    pub(crate) name: Sym,
    pub(crate) class: Sym,
    pub(crate) controller: Sym,
    pub(crate) profile: &'static Profile,
    pub(crate) standing: Standing,
    pub(crate) reach: Reach,
    pub(crate) listeners: Vec<LState>,
    pub(crate) sets: Vec<SetState>,
    pub(crate) owners: Owners,
    /// Rule 36's v1.7 tie-break: the route's own hostname decides first.
    pub(crate) host_precedence: bool,
    /// The Gateway's own listeners stand at `0..own`.
    pub(crate) own: u32,
    /// Its status lists the listeners in the order of its spec.
    pub(crate) status_in_order: bool,
    /// Both TLS modes share a port, and that is accepted (rule 21).
    pub(crate) mixed_tls: bool,
    /// The same Gateway by the rules as they are written, where its profile departs from them.
    pub(crate) standard: Option<alloc::boxed::Box<GatewayState>>,
    /// Hash of what rows show of it.
    pub(crate) print: u64,
}

/// Reason of a listener whose own fields make no sense.
pub(crate) const INVALID: &str = "Invalid";

impl Facts<'_> {
    fn standing(&self, gateway: &Gateway) -> (Standing, Sym, &'static Profile) {
        let named = |controller: &str| self.profile.unwrap_or_else(|| profile::by_controller(controller));
        let Some(class) = self.store.class(gateway.class) else {
            let cause = self.missing(Kind::GatewayClass).unwrap_or(Cause::ClassNotFound);
            return (Standing::Unknown(cause), Sym::NONE, named(""));
        };
        let standing = if class.accepted == Tri::False {
            Standing::Rejected("GatewayClassNotAccepted")
        } else if gateway.accepted == Tri::False {
            Standing::Rejected("GatewayNotAccepted")
        } else {
            Standing::Good
        };
        (standing, class.controller, named(self.text(class.controller)))
    }

    /// The ListenerSets of a Gateway in rule 19's order: the oldest, then `namespace/name`.
    fn sets_in_order(&self, gateway: &Gateway) -> Vec<(u32, &Set)> {
        let handles = self.store.sets_of.get(&(gateway.meta.ns, gateway.meta.name)).into_iter().flatten();
        let mut sets: Vec<(u32, &Set)> = handles.filter_map(|h| self.store.sets.get(*h).map(|s| (*h, &**s))).collect();
        crate::sort::by(&mut sets, |(_, a), (_, b)| {
            let name = |s: &Set| (self.text(s.meta.ns), self.text(s.meta.name));
            a.meta.created.cmp(&b.meta.created).then_with(|| crate::text::joined(name(a), name(b))).then_with(|| a.kind.cmp(&b.kind))
        });
        sets
    }

    /// What a Gateway's verdict depends on, sorted.
    pub(crate) fn gateway_topics(&self, gateway: &Gateway) -> Vec<Topic> {
        let object = |kind, ns, name| Topic::Object(Key { kind, ns, name });
        let mut out = alloc::vec![object(Kind::GatewayClass, Sym::NONE, gateway.class)];
        if self.store.class(gateway.class).is_none() {
            out.push(Topic::Names(Kind::GatewayClass, Sym::NONE));
        }
        let material = |r: &ObjectName, home: Sym, out: &mut Vec<Topic>| {
            if r.ns != home {
                out.push(Topic::Grants(r.ns));
            }
            for kind in [Kind::Secret, Kind::ConfigMap] {
                out.push(object(kind, r.ns, r.name));
            }
            out.push(object(Kind::ClusterTrustBundle, Sym::NONE, r.name));
            if self.store.material(Kind::Secret, r.ns, r.name).is_none() {
                out.push(Topic::Names(Kind::Secret, r.ns));
            }
        };
        let listeners = |list: &[Listener], home: Sym, out: &mut Vec<Topic>| {
            for r in list.iter().filter_map(|l| l.tls.as_deref()).flat_map(|t| t.certificates.iter()) {
                material(r, home, out);
            }
        };
        listeners(&gateway.listeners, gateway.meta.ns, &mut out);
        if let Some(frontend) = &gateway.frontend {
            let all = frontend.default.iter().chain(frontend.ports.iter().filter_map(|(_, v)| v.as_ref()));
            for r in all.flat_map(|v| v.ca.iter()) {
                material(r, gateway.meta.ns, &mut out);
            }
        }
        if let Some(r) = &gateway.client_certificate {
            material(r, gateway.meta.ns, &mut out);
        }
        for (_, set) in self.sets_in_order(gateway) {
            out.push(object(Kind::Namespace, Sym::NONE, set.meta.ns));
            listeners(&set.listeners, set.meta.ns, &mut out);
        }
        crate::sort::unstable(&mut out);
        out.dedup();
        out
    }

    /// Judges a Gateway.
    pub(crate) fn gateway(&self, gateway: &Gateway) -> GatewayState {
        let (standing, controller, profile) = self.standing(gateway);
        let class = self.store.class(gateway.class);
        let lists = |feature: Sym| class.and_then(|c| c.features.as_deref()).map(|f| f.contains(&feature));
        let mut listeners: Vec<LState> = Vec::new();
        for (l, i) in gateway.listeners.iter().zip(0_u32..) {
            let said = gateway.listener_status.iter().find(|s| s.name == l.name);
            listeners.push(self.listener(gateway, Kind::Gateway, gateway.meta.ns, Owner::Gateway, i, l, said, profile));
        }
        let own = u32::try_from(listeners.len()).unwrap_or(u32::MAX);
        let mut sets: Vec<SetState> = Vec::new();
        for ((handle, set), place) in self.sets_in_order(gateway).into_iter().zip(0_u32..) {
            let allowed = match self.lets_in(&gateway.allowed, gateway.meta.ns, set.meta.ns) {
                Verdict::No(_) => Verdict::No("NotAllowed"),
                other => other,
            };
            let first = u32::try_from(listeners.len()).unwrap_or(u32::MAX);
            for (l, i) in set.listeners.iter().zip(0_u32..) {
                let said = set.listener_status.iter().find(|s| s.name == l.name);
                let mut state = self.listener(gateway, set.kind, set.meta.ns, Owner::Set(place), i, l, said, profile);
                match allowed {
                    Verdict::Yes => {}
                    Verdict::No(reason) => {
                        state.joins = false;
                        state.reasons.push(Reason::Is(reason));
                        state.programmed = Some(false);
                    }
                    Verdict::Unknown(cause) => {
                        state.joins = false;
                        state.cause = state.cause.or(Some(cause));
                    }
                }
                listeners.push(state);
            }
            let count = u32::try_from(set.listeners.len()).unwrap_or(u32::MAX);
            sets.push(SetState { handle, kind: set.kind, ns: set.meta.ns, name: set.meta.name, allowed, accepted: allowed, first, count });
        }
        // Rule 21: mixed only where the class lists its features and this one is not among them.
        let may_mix = lists(self.words.tls_mixed).unwrap_or(true);
        conflicts::mark(&mut listeners, profile, may_mix);
        for l in &mut listeners {
            finish(l, standing, profile, self);
        }
        for set in &mut sets {
            set.accepted = self.set_accepted(set, standing, &listeners);
        }
        let owners = Owners::collect(&mut listeners, self.words.any, self.names, profile);
        let reach = gateway_reach(gateway);
        let mut print = mix(self.names.hash(gateway.meta.ns), self.names.hash(gateway.meta.name));
        print = mix(print, reach as u64);
        for a in &gateway.addresses {
            print = mix(print, self.names.hash(a.value));
        }
        let mixed_tls = may_mix
            && listeners.iter().any(|l| {
                l.protocol == Protocol::Tls && l.passthrough && listeners.iter().any(|o| o.port == l.port && o.protocol == Protocol::Tls && !o.passthrough)
            });
        let status_in_order =
            gateway.listener_status.len() <= gateway.listeners.len() && gateway.listener_status.iter().zip(&gateway.listeners).all(|(s, l)| s.name == l.name);
        GatewayState {
            ns: gateway.meta.ns,
            name: gateway.meta.name,
            class: gateway.class,
            controller,
            profile,
            standing,
            reach,
            listeners,
            sets,
            owners,
            host_precedence: lists(self.words.host_precedence).unwrap_or(false),
            own,
            status_in_order,
            mixed_tls,
            standard: profile.departs().then(|| alloc::boxed::Box::new(Facts { profile: Some(&profile::STANDARD), ..*self }.gateway(gateway))),
            print,
        }
    }

    /// Rule 23: a set is accepted with one valid listener or more.
    fn set_accepted(&self, set: &SetState, standing: Standing, listeners: &[LState]) -> Verdict {
        match (set.allowed, standing) {
            (Verdict::Yes, Standing::Good) => {}
            (Verdict::Yes, Standing::Rejected(_)) => return Verdict::No("ParentNotAccepted"),
            (Verdict::Yes, Standing::Unknown(cause)) => return Verdict::Unknown(cause),
            (other, _) => return other,
        }
        let range = set.first as usize..(set.first as usize).saturating_add(set.count as usize);
        let mine = listeners.get(range).unwrap_or(&[]);
        if mine.iter().any(|l| l.programmed == Some(true)) {
            return Verdict::Yes;
        }
        match mine.iter().find_map(|l| l.cause.filter(|_| l.programmed.is_none())) {
            Some(cause) => Verdict::Unknown(cause),
            None => Verdict::No("ListenersNotValid"),
        }
    }

    /// Judges a listener by itself. Rule 25: certificates of a ListenerSet need a grant from the ListenerSet's kind
    /// and namespace; grants to the Gateway are not inherited, in either direction.
    #[expect(clippy::too_many_arguments, reason = "a listener is judged in the light of all of its surroundings")]
    fn listener(
        &self,
        gateway: &Gateway,
        kind: Kind,
        home: Sym,
        owner: Owner,
        index: u32,
        l: &Listener,
        said: Option<&ListenerStatus>,
        profile: &Profile,
    ) -> LState {
        let passthrough = l.tls.as_ref().is_some_and(|t| t.passthrough);
        let no_udp = profile.has(Flag::NoUdp) && l.protocol == Protocol::Udp;
        let protocol_kinds = if no_udp { 0 } else { protocol_kinds(l.protocol, passthrough) };
        let mut reasons = Vec::new();
        let mut programmed = Some(true);
        let refuse = |reasons: &mut Vec<Reason>, reason: Reason| {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        };
        let unsupported = l.protocol == Protocol::Other || no_udp;
        if unsupported {
            refuse(&mut reasons, Reason::Is("UnsupportedProtocol"));
            if !profile.has(Flag::UnsupportedProtocolProgrammed) {
                programmed = Some(false);
            }
        }
        // Rule 8.
        let (kinds, invalid) = self.supported(l, protocol_kinds);
        if invalid {
            refuse(&mut reasons, Reason::Is("InvalidRouteKinds"));
            if self.kinds_refuse(kinds, profile) {
                programmed = Some(false);
            }
        }
        if l.host == ListenerHost::Bad || l.port == 0 || l.name.is_none() || matches!(l.from, From::Invalid | From::Selector(None)) {
            refuse(&mut reasons, Reason::Is(INVALID));
            programmed = Some(false);
        }
        let (certificates, client_auth) = self.listener_tls(gateway, kind, home, l, said, profile);
        for reason in &certificates.reasons {
            refuse(&mut reasons, *reason);
        }
        let certificate_bad = certificates.unusable;
        if certificate_bad {
            programmed = Some(false);
        }
        let cause = certificates.cause;
        LState {
            owner,
            index,
            name: l.name,
            port: l.port,
            protocol: l.protocol,
            protocol_text: l.protocol_text,
            host: l.host,
            passthrough,
            kinds,
            protocol_kinds,
            from: l.from.clone(),
            home,
            joins: !unsupported,
            conflict: None,
            certificate_bad,
            certificates,
            client_auth,
            reasons,
            programmed,
            cause,
            serves: true,
            owns: true,
            sole: false,
            inside: Vec::new(),
            print: 0,
        }
    }

    /// Whether a listener with an invalid kind, and these valid ones, is out of service.
    pub(crate) fn kinds_refuse(&self, kinds: u32, profile: &Profile) -> bool {
        profile.has(Flag::InvalidKindsNotServed) || (kinds == 0 && !profile.has(Flag::InvalidKindsProgrammed))
    }

    /// Rule 8: `allowedRoutes.kinds` cut with what the protocol takes, and whether any is invalid.
    fn supported(&self, l: &Listener, protocol_kinds: u32) -> (u32, bool) {
        let Some(kinds) = &l.kinds else { return (protocol_kinds, false) };
        let mut out = 0;
        let mut invalid = false;
        for (group, kind) in kinds {
            match Kind::of(self.text(*group), self.text(*kind)).filter(|k| k.is_route() && k.bit() & protocol_kinds != 0) {
                Some(kind) => out |= kind.bit(),
                None => invalid = true,
            }
        }
        (out, invalid)
    }

    /// Rule 28 for one listener.
    fn listener_tls(
        &self,
        gateway: &Gateway,
        kind: Kind,
        home: Sym,
        l: &Listener,
        said: Option<&ListenerStatus>,
        profile: &Profile,
    ) -> (Certificates, ClientAuth) {
        let mut out = Certificates::default();
        let mut client_auth = ClientAuth::None;
        if !l.protocol.has_tls() {
            return (out, client_auth);
        }
        let from = self.referrer(kind, home);
        match l.tls.as_deref() {
            Some(tls) if tls.passthrough => {
                // An HTTPS listener reads the request, so it must end TLS itself.
                if l.protocol == Protocol::Https {
                    out.unusable = true;
                    out.reasons.push(Reason::Is(INVALID));
                }
                return (out, client_auth);
            }
            Some(tls) if !tls.certificates.is_empty() => out = self.certificates(from, &tls.certificates, said),
            // Options may name a certificate in an implementation's own way.
            Some(tls) if tls.options => {}
            _ => {
                out.unusable = true;
                out.reasons.push(Reason::Is("InvalidCertificateRef"));
            }
        }
        if out.ungranted && profile.has(Flag::NoValidCa) {
            out.reasons.push(Reason::Is("NoValidCACertificate"));
        }
        if l.tls.as_ref().is_some_and(|t| t.mutual) {
            client_auth = ClientAuth::Required;
        }
        if l.protocol == Protocol::Https
            && let Some(validation) = client_validation(gateway, l.port)
        {
            client_auth = if validation.optional { ClientAuth::Optional } else { ClientAuth::Required };
            // The bundles are named on the Gateway, so the Gateway is who refers.
            let ca = self.ca_bundles(self.referrer(Kind::Gateway, gateway.meta.ns), validation, said);
            for reason in ca.reasons {
                if !out.reasons.contains(&reason) {
                    out.reasons.push(reason);
                }
            }
            out.unusable |= ca.unusable;
            out.cause = out.cause.or(ca.cause);
            out.assumes.extend(ca.assumes);
        }
        (out, client_auth)
    }
}

/// Rule 28: validation of the listener's port, or the default.
fn client_validation(gateway: &Gateway, port: u16) -> Option<&Validation> {
    let frontend = gateway.frontend.as_deref()?;
    match frontend.ports.iter().find(|(p, _)| *p == port) {
        Some((_, validation)) => validation.as_ref(),
        None => frontend.default.as_ref(),
    }
}

/// Rule 7.
const fn protocol_kinds(protocol: Protocol, passthrough: bool) -> u32 {
    match protocol {
        Protocol::Http | Protocol::Https => Kind::HttpRoute.bit() | Kind::GrpcRoute.bit(),
        Protocol::Tls if passthrough => Kind::TlsRoute.bit(),
        Protocol::Tls => Kind::TlsRoute.bit() | Kind::TcpRoute.bit(),
        Protocol::Tcp => Kind::TcpRoute.bit(),
        Protocol::Udp => Kind::UdpRoute.bit(),
        Protocol::Other => 0,
    }
}

/// What is left to say once conflicts are known: programmed, serving, owning.
///
/// Rule 20: a listener in conflict is not accepted. Rule 24: in a ListenerSet it is not programmed either, and
/// says the conflict's reason.
fn finish(l: &mut LState, standing: Standing, profile: &Profile, facts: &Facts<'_>) {
    if let Some(reason) = l.conflict {
        // The conflict comes first: it is what the owner has to mend first.
        l.reasons.insert(0, Reason::Is(reason));
        l.programmed = Some(false);
    }
    match standing {
        Standing::Rejected(reason) => {
            l.reasons.push(Reason::Is(reason));
            l.programmed = Some(false);
        }
        Standing::Unknown(cause) => l.cause = l.cause.or(Some(cause)),
        Standing::Good => {}
    }
    if l.programmed == Some(true) && l.cause.is_some() {
        l.programmed = None;
    }
    if l.programmed == Some(false) {
        l.cause = None;
    }
    l.serves = l.programmed != Some(false);
    // Under `standard` conflicting listeners own nothing; those not programmed for another reason own their host.
    let refused = matches!(l.owner, Owner::Set(_)) && !l.joins;
    l.owns = l.conflict.is_none() && !refused && !(profile.has(Flag::UnprogrammedNoOwner) && l.programmed == Some(false));
    let names = facts.names;
    let print = mix(names.hash(l.name), u64::from(l.port));
    l.print = mix(print, names.hash(l.protocol_text) ^ u64::from(l.passthrough));
}

/// The widest reach of the addresses, or the annotation's.
fn gateway_reach(gateway: &Gateway) -> Reach {
    if let Some(reach) = gateway.reach {
        return reach;
    }
    let reaches = || gateway.addresses.iter().map(|a| a.reach);
    if reaches().any(|r| r == Reach::External) {
        Reach::External
    } else if reaches().next().is_some() && reaches().all(|r| r == Reach::Internal) {
        Reach::Internal
    } else {
        Reach::Unknown
    }
}

impl GatewayState {
    /// The listeners that a parentRef to the Gateway itself reaches (rule 5).
    pub(crate) fn own_listeners(&self) -> core::ops::Range<u32> {
        0..self.own
    }
    /// The state of a ListenerSet.
    pub(crate) fn set(&self, kind: Kind, ns: Sym, name: Sym) -> Option<&SetState> {
        self.sets.iter().find(|s| s.kind == kind && s.ns == ns && s.name == name)
    }
    pub(crate) fn listener(&self, index: u32) -> Option<&LState> {
        self.listeners.get(index as usize)
    }
    /// The most specific listener of a port that serves and covers a host, in profiles that choose so.
    pub(crate) fn covering(&self, hostname: &str, l: &LState, any: Sym, names: &crate::text::Interner) -> bool {
        l.hostname(any).is_some_and(|h| host::covers(names.get(h), hostname))
    }
}
