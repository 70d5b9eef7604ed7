//! Changes to the objects: what is new, what is gone, and who has to be looked at again.

use super::notes::Seat;
use super::{Engine, InputError};
use crate::index::deps::{Topic, Unit, UnitKind};
use crate::index::store::Put;
use crate::model::issue::{Issue, IssueKind};
use crate::model::lower::{Lowered, Model, Refusal, lower};
use crate::model::route::Route;
use crate::model::{AnyKey, Key, Kind};
use crate::resolve::Facts;
use crate::resolve::coverage::Look2;
use crate::resolve::route;
use crate::snapshot::decode::{self, Coverage, Item};
use crate::snapshot::lenient::F;
use crate::snapshot::wire::List;
use crate::text::Sym;
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

impl Engine {
    /// Reads one JSON text; in a load, an object that was read before is remarked on.
    pub(super) fn intake(&mut self, json: &[u8], load: bool) -> Result<usize, InputError> {
        let mut objects = 0_usize;
        let result = decode::decode(json, &mut |item| match item {
            Item::Object(object) => {
                objects = objects.saturating_add(1);
                match lower(&mut self.names, object) {
                    Lowered::Known(key, model) => self.take_in(key, model, load),
                    Lowered::Foreign(key) => self.foreign(key, true),
                    Lowered::Refused(refusal) => self.refuse(refusal),
                }
            }
            Item::Stray(what) => self.refuse(Refusal {
                kind: String::new(),
                namespace: String::new(),
                name: String::new(),
                why: alloc::format!("a list holds {what} where an object should be"),
            }),
            Item::Coverage(lists) => self.cover(&lists),
        });
        result.map(|()| objects)
    }

    fn refuse(&mut self, refusal: Refusal) {
        self.pending.any = true;
        if self.refused.insert(refusal) {
            self.pending.seats.push(Seat::Refused);
        }
    }

    fn take_in(&mut self, key: Key, mut model: Model, load: bool) {
        if load && self.pending.loaded.insert(key, ()).is_some() {
            model.remark(Issue {
                kind: IssueKind::Duplicate,
                field: String::from("metadata.name"),
                found: self.names.get(key.name).to_string(),
                wanted: Cow::Borrowed("one object of this kind, namespace and name"),
            });
        }
        let before = self.facts().footing(key.kind);
        let remarks = !model.issues().is_empty();
        match self.store.put(key, model) {
            Put::Same => return,
            Put::New(handle) => {
                if remarks {
                    self.pending.seats.push(Seat::Object(key));
                }
                self.dirty_names(key.kind, key.ns);
                self.changed(key, handle, None);
            }
            Put::Replaced(handle, old) => {
                self.departed = self.departed.saturating_add(1);
                if remarks || !old.issues().is_empty() {
                    self.pending.seats.push(Seat::Object(key));
                }
                self.changed(key, handle, Some(old));
            }
        }
        if self.facts().footing(key.kind) != before {
            self.pending.all = true;
        }
    }

    pub(super) fn delete(&mut self, group: &str, kind: &str, namespace: &str, name: &str) {
        let (Some(ns), Some(sym)) = (self.names.find(namespace), self.names.find(name)) else { return };
        let Some(kind) = Kind::of(group, kind) else {
            if let (Some(group), Some(kind)) = (self.names.find(group), self.names.find(kind)) {
                self.foreign(AnyKey { group, kind, ns, name: sym }, false);
            }
            return;
        };
        let key = Key { kind, ns: if kind.namespaced() { ns } else { Sym::NONE }, name: sym };
        let before = self.facts().footing(kind);
        let Some((handle, old)) = self.store.take(key) else { return };
        self.departed = self.departed.saturating_add(1);
        if !old.issues().is_empty() {
            self.pending.seats.push(Seat::Object(key));
        }
        self.gone(key, handle, &old);
        if self.facts().footing(kind) != before {
            self.pending.all = true;
        }
    }

    fn foreign(&mut self, key: AnyKey, present: bool) {
        let seen = |e: &Self| e.foreign.of(key.group, key.kind).is_some();
        // Whether the kind was collected may hang on it, but only where its first or last object comes or goes.
        let before = seen(self);
        let changed = if present { self.foreign.insert(key, &self.names) } else { self.foreign.remove(key, &self.names) };
        if !changed {
            return;
        }
        self.departed = self.departed.saturating_add(usize::from(!present));
        self.pending.any = true;
        self.pending.seats.push(Seat::Foreign(key.group, key.kind));
        if before != seen(self) {
            self.pending.all = true;
        }
        self.dirty(Topic::Foreign(key.group, key.kind, key.name));
    }

    fn cover(&mut self, lists: &Coverage<'_>) {
        let mut map = self.coverage.lists.clone().unwrap_or_default();
        let mut add = |list: &List<crate::snapshot::lenient::S<'_>>, look: Look2| {
            for name in list.ok().into_iter().flatten().filter_map(F::ok) {
                map.insert(String::from(&**name), look);
            }
        };
        add(&lists.absent, Look2::Absent);
        add(&lists.forbidden, Look2::Forbidden);
        add(&lists.collected, Look2::Collected);
        let map: Option<BTreeMap<String, Look2>> = Some(map);
        if self.coverage.lists != map {
            self.coverage.lists = map;
            self.pending.all = true;
            self.pending.any = true;
        }
    }

    /// Marks everybody who depends on a topic.
    pub(super) fn dirty(&mut self, topic: Topic) {
        self.pending.units.extend(self.deps.of(topic).iter().copied());
    }

    /// A name has come or gone.
    fn dirty_names(&mut self, kind: Kind, ns: Sym) {
        if self.store.names_matter(kind, ns) {
            self.dirty(Topic::Names(kind, ns));
        }
    }

    fn changed(&mut self, key: Key, handle: u32, old: Option<Model>) {
        self.pending.any = true;
        if let (Some(Model::Route(old)), Some(new)) = (&old, self.store.routes.get(handle).filter(|_| key.kind.is_route()))
            && new.differs_in_status_only(old)
        {
            // Rows do not depend on what a controller said.
            self.pending.seats.push(Seat::Route(handle));
            return;
        }
        if let (Some(Model::Set(old)), Some(new)) = (&old, self.store.sets.get(handle).filter(|_| key.kind.is_set()))
            && new.differs_in_counts_only(old)
        {
            let listeners = self.listeners_of_set(handle, new.gateway);
            self.pending.seats.extend(listeners);
            return;
        }
        if let Some(Model::Route(before)) = &old
            && self.stays_in_place(handle, before)
        {
            let claims = self.routes.get(handle as usize).map_or(&[][..], |s| &s.claims);
            let places: Vec<_> = claims.iter().flat_map(|c| c.hosts.iter().map(|pair| c.place(*pair))).filter(|p| self.tells_of(*p)).collect();
            self.pending.places.extend(places);
            self.route_topics(handle, old.as_ref());
            self.pending.rows.push(handle);
            return;
        }
        if let Some(Model::Route(old)) = &old {
            self.retire(handle, old);
        }
        self.touch(key, handle, old.as_ref());
        self.touch_new(key, handle);
        match key.kind {
            Kind::Gateway => {
                self.pending.units.push(Unit::gateway(handle));
                self.dirty(Topic::DefaultGateways);
            }
            k if k.is_route() => {
                self.route_topics(handle, old.as_ref());
                self.pending.units.push(Unit::route(handle));
            }
            Kind::BackendTlsPolicy => {
                let facts = self.facts();
                let (new, new_note) = self.store.policies.get(handle).map_or_else(Default::default, |p| policy_topics(&facts, p));
                let (old, old_note) = match &old {
                    Some(Model::Policy(p)) => policy_topics(&facts, p),
                    _ => Default::default(),
                };
                self.deps.swap(Unit::new(UnitKind::Policy, handle), &old, &new);
                self.deps.swap(Unit::new(UnitKind::PolicyNote, handle), &old_note, &new_note);
                self.pending.seats.push(Seat::Policy(handle));
            }
            Kind::ListenerSet | Kind::XListenerSet => {
                let new = self.store.sets.get(handle).map_or_else(Vec::new, |s| set_topics(s));
                let old = match &old {
                    Some(Model::Set(s)) => set_topics(s),
                    _ => Vec::new(),
                };
                self.deps.swap(Unit::new(UnitKind::SetNote, handle), &old, &new);
                self.pending.seats.push(Seat::Set(handle));
            }
            _ => {}
        }
    }

    fn gone(&mut self, key: Key, handle: u32, old: &Model) {
        self.pending.any = true;
        self.dirty_names(key.kind, key.ns);
        self.touch(key, handle, Some(old));
        match (key.kind, old) {
            (Kind::Gateway, _) => {
                self.drop_gateway(handle);
                self.dirty(Topic::DefaultGateways);
            }
            (k, Model::Route(route)) if k.is_route() => {
                self.retire(handle, route);
                let topics = route::topics(&self.facts(), route);
                self.deps.swap(Unit::route(handle), &topics, &[]);
                if let Some(remarks) = self.routes.get_mut(handle as usize).and_then(|s| s.remarks.take()) {
                    self.deps.swap(Unit::route(handle), &remarks.watched, &[]);
                }
                self.pending.seats.push(Seat::Route(handle));
            }
            (_, Model::Policy(policy)) => {
                let (topics, note) = policy_topics(&self.facts(), policy);
                self.deps.swap(Unit::new(UnitKind::Policy, handle), &topics, &[]);
                self.deps.swap(Unit::new(UnitKind::PolicyNote, handle), &note, &[]);
                self.pending.seats.push(Seat::Policy(handle));
            }
            (_, Model::Set(set)) => {
                self.deps.swap(Unit::new(UnitKind::SetNote, handle), &set_topics(set), &[]);
                self.pending.seats.push(Seat::Set(handle));
            }
            _ => {}
        }
    }

    /// Marks who depends on an object as it was.
    fn touch(&mut self, key: Key, _handle: u32, old: Option<&Model>) {
        self.dirty(Topic::Object(key));
        match old {
            Some(Model::Set(set)) => self.dirty_set_gateway(set.gateway),
            Some(Model::Grant(grant)) => self.dirty(Topic::Grants(grant.meta.ns)),
            Some(Model::Slice(slice)) => self.dirty(service(slice.meta.ns, slice.service)),
            Some(Model::Policy(policy)) => {
                for t in &policy.targets {
                    self.dirty(service(t.object.ns, t.object.name));
                }
            }
            _ => {}
        }
    }

    /// Marks who depends on an object as it is now.
    fn touch_new(&mut self, key: Key, handle: u32) {
        match key.kind {
            Kind::ListenerSet | Kind::XListenerSet => {
                let gateway = self.store.sets.get(handle).and_then(|s| s.gateway);
                self.dirty_set_gateway(gateway);
            }
            Kind::ReferenceGrant => self.dirty(Topic::Grants(key.ns)),
            Kind::EndpointSlice => {
                if let Some(service) = self.store.slices.get(handle).map(|s| s.service) {
                    self.dirty(self::service(key.ns, service));
                }
            }
            Kind::BackendTlsPolicy => {
                let targets: Vec<_> = self.store.policies.get(handle).into_iter().flat_map(|p| p.targets.iter().map(|t| t.object)).collect();
                for t in targets {
                    self.dirty(service(t.ns, t.name));
                }
            }
            _ => {}
        }
    }

    fn dirty_set_gateway(&mut self, gateway: Option<(Sym, Sym)>) {
        if let Some(handle) = gateway.and_then(|(ns, name)| self.store.find(Kind::Gateway, ns, name)) {
            self.pending.units.push(Unit::gateway(handle));
        }
    }

    /// The seats of a ListenerSet's listeners on its Gateway as last judged; one that is judged anew has them all.
    fn listeners_of_set(&self, handle: u32, gateway: Option<(Sym, Sym)>) -> Vec<Seat> {
        let gateway = gateway.and_then(|(ns, name)| self.store.find(Kind::Gateway, ns, name));
        let place = gateway.and_then(|g| Some((g, self.gateway_state(g)?.sets.iter().find(|s| s.handle == handle)?)));
        place.map_or_else(Vec::new, |(g, set)| (set.first..set.first.saturating_add(set.count)).map(|i| Seat::Listener(g, i)).collect())
    }

    /// Whether a route differs in its rules only, and meets nobody: its attachments and places are what they were.
    fn stays_in_place(&self, handle: u32, old: &Route) -> bool {
        let (Some(new), Some(state)) = (self.store.routes.get(handle), self.routes.get(handle as usize)) else { return false };
        new.differs_in_rules_only(old) && !self.pending.all && state.places().all(|p| self.buckets.many(p).is_none())
    }

    fn route_topics(&mut self, handle: u32, old: Option<&Model>) {
        let Some(route) = self.store.routes.get(handle) else { return };
        let facts = self.facts();
        let new = route::topics(&facts, route);
        let old = match old {
            Some(Model::Route(old)) => route::topics(&facts, old),
            _ => Vec::new(),
        };
        if self.routes.len() <= handle as usize {
            self.routes.resize_with((handle as usize).saturating_add(1), Default::default);
        }
        self.deps.swap(Unit::route(handle), &old, &new);
    }
}

/// What the findings about a ListenerSet depend on, sorted: its Gateway, and names like it.
fn set_topics(set: &crate::model::gateway::Set) -> Vec<Topic> {
    let Some((ns, name)) = set.gateway else { return Vec::new() };
    alloc::vec![Topic::Object(Key { kind: Kind::Gateway, ns, name }), Topic::Names(Kind::Gateway, ns)]
}

/// What a policy's validity depends on, and what the findings about it depend on beside; sorted.
fn policy_topics(facts: &Facts<'_>, policy: &crate::model::backend::TlsPolicy) -> (Vec<Topic>, Vec<Topic>) {
    let mut note: Vec<Topic> = Vec::new();
    for t in &policy.targets {
        // Other policies of the target stand for its Service.
        note.push(service(t.object.ns, t.object.name));
        if let Some(kind) = facts.backend_kind(t.object.group, t.object.kind) {
            note.push(Topic::Object(Key { kind, ns: t.object.ns, name: t.object.name }));
            note.push(Topic::Names(kind, t.object.ns));
        }
    }
    crate::sort::unstable(&mut note);
    note.dedup();
    let mut out: Vec<Topic> = Vec::new();
    for r in &policy.validation.ca {
        for kind in [Kind::Secret, Kind::ConfigMap] {
            out.push(Topic::Object(Key { kind, ns: r.ns, name: r.name }));
        }
        out.push(Topic::Object(Key { kind: Kind::ClusterTrustBundle, ns: Sym::NONE, name: r.name }));
    }
    // Who comes first may change with any policy of a target.
    crate::sort::unstable(&mut out);
    out.dedup();
    (out, note)
}

/// The topic of a Service, its slices and its policies.
pub(super) fn service(ns: Sym, name: Sym) -> Topic {
    Topic::Object(Key { kind: Kind::Service, ns, name })
}

/// An empty list of topics.
pub(super) fn no_topics() -> Box<[Topic]> {
    Box::default()
}
