//! Rule 22: which HTTPRoutes and GRPCRoutes share hosts of a listener. Kept only where there are routes of both kinds.

use super::Facts;
use super::precedence::age;
use crate::attach::Claim;
use crate::index::Map;
use crate::model::Kind;
use crate::model::host::ancestors;
use crate::text::{Sym, hash_bytes};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// A host of a listener: Gateway, listener, hash of the host (a pattern that nobody wrote yet has no symbol).
type Corner = (u32, u32, u64);

/// Routes with one of their hosts, and which of them is the oldest.
#[derive(Debug, Default)]
struct Crowd {
    members: Map<(u32, Sym), ()>,
    /// The oldest; of its hosts the first as text. `None` where it left and was not looked for again.
    first: Option<(u32, Sym)>,
    /// Another one is the first than when this was last settled, or it came back.
    moved: bool,
}

/// Who stands at a host, and who stands inside of it.
#[derive(Debug, Default)]
struct Crowds {
    http: Option<Box<Crowd>>,
    grpc: Option<Box<Crowd>>,
    http_inside: Option<Box<Crowd>>,
    grpc_inside: Option<Box<Crowd>>,
}

/// The routes of both kinds, by host.
#[derive(Debug, Default)]
pub(crate) struct Mixed {
    on: bool,
    map: Map<Corner, Crowds>,
    /// Where somebody came or went since this was last settled.
    stirred: Vec<Corner>,
}

fn crowds(c: &mut Crowds, kind: Kind, inside: bool) -> Option<&mut Option<Box<Crowd>>> {
    match (kind, inside) {
        (Kind::HttpRoute, false) => Some(&mut c.http),
        (Kind::HttpRoute, true) => Some(&mut c.http_inside),
        (Kind::GrpcRoute, false) => Some(&mut c.grpc),
        (Kind::GrpcRoute, true) => Some(&mut c.grpc_inside),
        _ => None,
    }
}

/// The order of age, then of the host's text.
fn before(facts: &Facts<'_>, a: (u32, Sym), b: (u32, Sym)) -> bool {
    let by = match (facts.store.routes.get(a.0), facts.store.routes.get(b.0)) {
        (Some(x), Some(y)) if a.0 != b.0 => age(facts, x, y),
        _ => core::cmp::Ordering::Equal,
    };
    by.then_with(|| facts.text(a.1).cmp(facts.text(b.1))).is_lt()
}

impl Mixed {
    /// Forgets everything; kept from now on only where `on`.
    pub(crate) fn reset(&mut self, on: bool) {
        *self = Self { on, ..Self::default() };
    }

    /// Notes where a route stands, or that it stands there no more.
    pub(crate) fn stir(&mut self, facts: &Facts<'_>, route: u32, kind: Kind, claims: &[Claim], come: bool) {
        if !self.on || !matches!(kind, Kind::HttpRoute | Kind::GrpcRoute) {
            return;
        }
        for claim in claims.iter().filter(|c| c.cause.is_none()) {
            for pair in &claim.hosts {
                for (i, pattern) in ancestors(facts.text(pair.host)).enumerate() {
                    let corner = (claim.gateway, claim.listener, hash_bytes(pattern.as_bytes()));
                    self.one(facts, corner, kind, i > 0, (route, pair.host), come);
                }
            }
        }
    }

    fn one(&mut self, facts: &Facts<'_>, corner: Corner, kind: Kind, inside: bool, member: (u32, Sym), come: bool) {
        let Some(slot) = crowds(self.map.entry(corner).or_default(), kind, inside) else { return };
        let crowd = slot.get_or_insert_default();
        if come {
            crowd.members.insert(member, ());
            // Where the first has left, all are looked at later.
            let lone = crowd.members.len() == 1;
            if lone || crowd.first.is_some_and(|f| before(facts, member, f)) {
                crowd.first = Some(member);
                crowd.moved = true;
            }
        } else {
            crowd.members.remove(&member);
            if crowd.first == Some(member) {
                crowd.first = None;
                crowd.moved = true;
            }
        }
        self.stirred.push(corner);
    }

    /// The GRPCRoutes that may share hosts with other routes than before.
    pub(crate) fn settle(&mut self, facts: &Facts<'_>) -> Vec<u32> {
        let mut out = Vec::new();
        let mut stirred = core::mem::take(&mut self.stirred);
        crate::sort::unstable(&mut stirred);
        stirred.dedup();
        for corner in stirred {
            let Some(c) = self.map.get_mut(&corner) else { continue };
            for slot in [&mut c.http, &mut c.grpc, &mut c.http_inside, &mut c.grpc_inside] {
                let Some(crowd) = slot else { continue };
                if crowd.members.is_empty() {
                    continue;
                }
                if crowd.first.is_none() {
                    crowd.first = crowd.members.keys().copied().reduce(|a, b| if before(facts, b, a) { b } else { a });
                }
            }
            let moved = |c: &Option<Box<Crowd>>| c.as_ref().is_some_and(|c| c.moved);
            let routes = |c: &Option<Box<Crowd>>, out: &mut Vec<u32>| out.extend(c.iter().flat_map(|c| c.members.keys().map(|m| m.0)));
            if moved(&c.http) {
                routes(&c.grpc, &mut out);
                routes(&c.grpc_inside, &mut out);
            }
            if moved(&c.http_inside) {
                out.extend(c.grpc.iter().filter_map(|c| c.first).map(|f| f.0));
            }
            if moved(&c.grpc) {
                routes(&c.grpc, &mut out);
            }
            for slot in [&mut c.http, &mut c.grpc, &mut c.http_inside, &mut c.grpc_inside] {
                match slot {
                    Some(crowd) if crowd.members.is_empty() => *slot = None,
                    Some(crowd) => crowd.moved = false,
                    None => {}
                }
            }
            if c.http.is_none() && c.grpc.is_none() && c.http_inside.is_none() && c.grpc_inside.is_none() {
                self.map.remove(&corner);
            }
        }
        if self.map.is_empty() {
            self.map = Map::default();
        }
        out
    }

    /// Nobody shares anything.
    pub(crate) fn is_empty(&self) -> bool {
        self.map.is_empty()
    }
    /// The oldest HTTPRoute at a host.
    pub(crate) fn http(&self, gateway: u32, listener: u32, host: &str) -> Option<u32> {
        self.map.get(&(gateway, listener, hash_bytes(host.as_bytes())))?.http.as_ref()?.first.map(|f| f.0)
    }
    /// The oldest HTTPRoute with a host inside of a wildcard, and that host, where the GRPCRoute is the oldest there.
    pub(crate) fn http_inside(&self, gateway: u32, listener: u32, host: &str, grpc: u32) -> Option<(u32, Sym)> {
        let c = self.map.get(&(gateway, listener, hash_bytes(host.as_bytes())))?;
        if c.grpc.as_ref()?.first?.0 != grpc {
            return None;
        }
        c.http_inside.as_ref()?.first
    }
}
