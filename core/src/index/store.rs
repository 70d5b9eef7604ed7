//! The objects, by kind, with handles that stay while an object is replaced.

use super::Map;
use crate::model::access::{Grant, Material, Namespace};
use crate::model::backend::{Backend, Slice, TlsPolicy};
use crate::model::gateway::{Class, Gateway, Set};
use crate::model::lower::Model;
use crate::model::route::Route;
use crate::model::{Key, Kind};
use crate::text::Sym;
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Values with handles; freed handles are used again, the smallest first.
#[derive(Debug)]
pub(crate) struct Arena<T> {
    slots: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Arena<T> {
    pub(crate) fn insert(&mut self, value: T) -> u32 {
        if let Some(handle) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(handle as usize)
        {
            *slot = Some(value);
            return handle;
        }
        self.slots.push(Some(value));
        u32::try_from(self.slots.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }
    pub(crate) fn remove(&mut self, handle: u32) -> Option<T> {
        let taken = self.slots.get_mut(handle as usize)?.take()?;
        self.free.push(handle);
        if self.free.len() == self.slots.len() {
            *self = Self::default();
        }
        Some(taken)
    }
    pub(crate) fn get(&self, handle: u32) -> Option<&T> {
        self.slots.get(handle as usize)?.as_ref()
    }
    pub(crate) fn get_mut(&mut self, handle: u32) -> Option<&mut T> {
        self.slots.get_mut(handle as usize)?.as_mut()
    }
    /// Takes a value out for a moment; its handle stays reserved until [`Self::restore`].
    pub(crate) fn lend(&mut self, handle: u32) -> Option<T> {
        self.slots.get_mut(handle as usize)?.take()
    }
    pub(crate) fn restore(&mut self, handle: u32, value: T) {
        if let Some(slot) = self.slots.get_mut(handle as usize) {
            *slot = Some(value);
        }
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        self.slots.iter().zip(0_u32..).filter_map(|(s, i)| s.as_ref().map(|s| (i, s)))
    }
    pub(crate) fn iter_from(&self, handle: u32) -> impl Iterator<Item = (u32, &T)> {
        (handle..).zip(self.slots.get(handle as usize..).unwrap_or(&[])).filter_map(|(i, s)| s.as_ref().map(|s| (i, s)))
    }
    pub(crate) fn len(&self) -> usize {
        self.slots.len().saturating_sub(self.free.len())
    }
    /// Gives back what growth has left over.
    pub(crate) fn shrink(&mut self) {
        self.slots.shrink_to_fit();
        self.free.shrink_to_fit();
    }
    /// One past the largest handle in use.
    pub(crate) fn bound(&self) -> usize {
        self.slots.len()
    }
}

/// Every object, and where it is.
#[derive(Debug, Default)]
pub(crate) struct Store {
    pub(crate) classes: Arena<Class>,
    pub(crate) gateways: Arena<Box<Gateway>>,
    pub(crate) sets: Arena<Box<Set>>,
    pub(crate) routes: Arena<Box<Route>>,
    pub(crate) grants: Arena<Grant>,
    pub(crate) namespaces: Arena<Namespace>,
    pub(crate) materials: Arena<Material>,
    pub(crate) backends: Arena<Backend>,
    pub(crate) slices: Arena<Slice>,
    pub(crate) policies: Arena<Box<TlsPolicy>>,
    by_key: Map<Key, u32>,
    counts: [u32; Kind::ALL.len()],
    pub(crate) sets_of: Map<(Sym, Sym), Vec<u32>>,
    pub(crate) grants_in: Map<Sym, Vec<u32>>,
    pub(crate) slices_of: Map<(Sym, Sym), Vec<u32>>,
    pub(crate) policies_of: Map<(Sym, Sym), Vec<u32>>,
    /// How many Services are of type ExternalName.
    pub(crate) external_names: u32,
    /// Names by kind and namespace, of kinds that "did you mean" is asked about.
    names_of: Map<(Kind, Sym), Vec<Sym>>,
}

/// "Did you mean" is for namespaces with at most so many objects of a kind: beyond it costs more than it helps.
pub(crate) const NAMES: usize = 512;

/// What [`Store::put`] did.
pub(crate) enum Put {
    /// Equal to what was there: nothing happened.
    Same,
    New(u32),
    Replaced(u32, Model),
}

impl Store {
    pub(crate) fn find(&self, kind: Kind, ns: Sym, name: Sym) -> Option<u32> {
        self.by_key.get(&Key { kind, ns, name }).copied()
    }
    pub(crate) fn count(&self, kind: Kind) -> u32 {
        self.counts.get(kind as usize).copied().unwrap_or(0)
    }
    pub(crate) fn len(&self) -> usize {
        self.by_key.len()
    }
    /// The names of a kind in a namespace, in no order; none where they are more than [`NAMES`].
    pub(crate) fn names_in(&self, kind: Kind, ns: Sym) -> &[Sym] {
        self.names_of.get(&(kind, ns)).filter(|n| n.len() <= NAMES).map_or(&[], Vec::as_slice)
    }
    /// Whether a name that has come or gone there can make a difference to anybody.
    pub(crate) fn names_matter(&self, kind: Kind, ns: Sym) -> bool {
        self.names_of.get(&(kind, ns)).is_none_or(|n| n.len() <= NAMES.saturating_add(1))
    }
    /// The objects of a kind, in no order.
    pub(crate) fn keys(&self, kind: Kind) -> impl Iterator<Item = Key> {
        self.by_key.keys().copied().filter(move |k| k.kind == kind)
    }

    pub(crate) fn class(&self, name: Sym) -> Option<&Class> {
        self.classes.get(self.find(Kind::GatewayClass, Sym::NONE, name)?)
    }
    pub(crate) fn namespace(&self, name: Sym) -> Option<&Namespace> {
        self.namespaces.get(self.find(Kind::Namespace, Sym::NONE, name)?)
    }
    pub(crate) fn material(&self, kind: Kind, ns: Sym, name: Sym) -> Option<&Material> {
        self.materials.get(self.find(kind, ns, name)?)
    }
    pub(crate) fn backend(&self, kind: Kind, ns: Sym, name: Sym) -> Option<&Backend> {
        self.backends.get(self.find(kind, ns, name)?)
    }

    /// What was wrong with an object's text; routes keep theirs.
    pub(crate) fn issues(&self, key: Key) -> &[crate::model::issue::Issue] {
        let Some(handle) = self.by_key.get(&key).copied() else { return &[] };
        let list = match key.kind {
            Kind::GatewayClass => self.classes.get(handle).map(|o| &o.issues),
            Kind::Gateway => self.gateways.get(handle).map(|o| &o.issues),
            Kind::ListenerSet | Kind::XListenerSet => self.sets.get(handle).map(|o| &o.issues),
            Kind::ReferenceGrant => self.grants.get(handle).map(|o| &o.issues),
            Kind::Service | Kind::ServiceImport | Kind::XBackend => self.backends.get(handle).map(|o| &o.issues),
            Kind::BackendTlsPolicy => self.policies.get(handle).map(|o| &o.issues),
            _ => None,
        };
        list.map_or(&[], |l| l)
    }

    /// Gives back what growth has left over.
    pub(crate) fn shrink(&mut self) {
        self.routes.shrink();
        self.namespaces.shrink();
        self.backends.shrink();
        self.slices.shrink();
        self.grants.shrink();
        for names in self.names_of.values_mut() {
            names.shrink_to_fit();
        }
    }

    /// Feeds every object to a hasher (engine/sweep.rs).
    pub(crate) fn hash_all<H: core::hash::Hasher>(&self, h: &mut H) {
        use core::hash::Hash;
        self.classes.slots.hash(h);
        self.gateways.slots.hash(h);
        self.sets.slots.hash(h);
        self.routes.slots.hash(h);
        self.grants.slots.hash(h);
        self.namespaces.slots.hash(h);
        self.materials.slots.hash(h);
        self.backends.slots.hash(h);
        self.slices.slots.hash(h);
        self.policies.slots.hash(h);
    }

    /// Inserts or replaces; the handle of a replaced object stays.
    pub(crate) fn put(&mut self, key: Key, model: Model) -> Put {
        let Some(handle) = self.by_key.get(&key).copied() else {
            let handle = self.insert(model);
            self.by_key.insert(key, handle);
            if let Some(count) = self.counts.get_mut(key.kind as usize) {
                *count = count.saturating_add(1);
            }
            if is_named(key.kind) {
                self.names_of.entry((key.kind, key.ns)).or_default().push(key.name);
            }
            self.link(key, handle);
            return Put::New(handle);
        };
        if self.same(handle, &model) {
            return Put::Same;
        }
        self.unlink(key, handle);
        let old = self.replace(handle, model);
        self.link(key, handle);
        old.map_or(Put::New(handle), |old| Put::Replaced(handle, old))
    }

    /// Removes; the object comes back with the handle it had.
    pub(crate) fn take(&mut self, key: Key) -> Option<(u32, Model)> {
        let handle = self.by_key.get(&key).copied()?;
        self.unlink(key, handle);
        self.by_key.remove(&key);
        if self.by_key.is_empty() {
            self.by_key = Map::default();
        }
        if let Some(count) = self.counts.get_mut(key.kind as usize) {
            *count = count.saturating_sub(1);
        }
        if let Some(names) = self.names_of.get_mut(&(key.kind, key.ns)) {
            if let Some(at) = names.iter().position(|n| *n == key.name) {
                names.swap_remove(at);
            }
            if names.is_empty() {
                self.names_of.remove(&(key.kind, key.ns));
            }
            if self.names_of.is_empty() {
                self.names_of = Map::default();
            }
        }
        let model = match key.kind {
            Kind::GatewayClass => Model::Class(self.classes.remove(handle)?),
            Kind::Gateway => Model::Gateway(self.gateways.remove(handle)?),
            Kind::ListenerSet | Kind::XListenerSet => Model::Set(self.sets.remove(handle)?),
            k if k.is_route() => Model::Route(self.routes.remove(handle)?),
            Kind::ReferenceGrant => Model::Grant(self.grants.remove(handle)?),
            Kind::Namespace => Model::Namespace(self.namespaces.remove(handle)?),
            Kind::Secret | Kind::ConfigMap | Kind::ClusterTrustBundle => Model::Material(self.materials.remove(handle)?),
            Kind::Service | Kind::ServiceImport | Kind::XBackend => Model::Backend(self.backends.remove(handle)?),
            Kind::EndpointSlice => Model::Slice(self.slices.remove(handle)?),
            Kind::BackendTlsPolicy => Model::Policy(self.policies.remove(handle)?),
            _ => Model::Inert(crate::model::Meta { ns: key.ns, name: key.name, created: 0 }),
        };
        Some((handle, model))
    }

    fn insert(&mut self, model: Model) -> u32 {
        match model {
            Model::Class(o) => self.classes.insert(o),
            Model::Gateway(o) => self.gateways.insert(o),
            Model::Set(o) => self.sets.insert(o),
            Model::Route(o) => self.routes.insert(o),
            Model::Grant(o) => self.grants.insert(o),
            Model::Namespace(o) => self.namespaces.insert(o),
            Model::Material(o) => self.materials.insert(o),
            Model::Backend(o) => self.backends.insert(o),
            Model::Slice(o) => self.slices.insert(o),
            Model::Policy(o) => self.policies.insert(o),
            Model::Inert(_) => 0,
        }
    }

    fn same(&self, handle: u32, model: &Model) -> bool {
        match model {
            Model::Class(o) => self.classes.get(handle) == Some(o),
            Model::Gateway(o) => self.gateways.get(handle) == Some(o),
            Model::Set(o) => self.sets.get(handle) == Some(o),
            Model::Route(o) => self.routes.get(handle) == Some(o),
            Model::Grant(o) => self.grants.get(handle) == Some(o),
            Model::Namespace(o) => self.namespaces.get(handle) == Some(o),
            Model::Material(o) => self.materials.get(handle) == Some(o),
            Model::Backend(o) => self.backends.get(handle) == Some(o),
            Model::Slice(o) => self.slices.get(handle) == Some(o),
            Model::Policy(o) => self.policies.get(handle) == Some(o),
            Model::Inert(_) => true,
        }
    }

    fn replace(&mut self, handle: u32, model: Model) -> Option<Model> {
        use core::mem::replace;
        Some(match model {
            Model::Class(o) => Model::Class(replace(self.classes.get_mut(handle)?, o)),
            Model::Gateway(o) => Model::Gateway(replace(self.gateways.get_mut(handle)?, o)),
            Model::Set(o) => Model::Set(replace(self.sets.get_mut(handle)?, o)),
            Model::Route(o) => Model::Route(replace(self.routes.get_mut(handle)?, o)),
            Model::Grant(o) => Model::Grant(replace(self.grants.get_mut(handle)?, o)),
            Model::Namespace(o) => Model::Namespace(replace(self.namespaces.get_mut(handle)?, o)),
            Model::Material(o) => Model::Material(replace(self.materials.get_mut(handle)?, o)),
            Model::Backend(o) => Model::Backend(replace(self.backends.get_mut(handle)?, o)),
            Model::Slice(o) => Model::Slice(replace(self.slices.get_mut(handle)?, o)),
            Model::Policy(o) => Model::Policy(replace(self.policies.get_mut(handle)?, o)),
            Model::Inert(o) => Model::Inert(o),
        })
    }

    /// The secondary maps that an object stands in, for a visit of each.
    fn link(&mut self, key: Key, handle: u32) {
        match key.kind {
            Kind::ListenerSet | Kind::XListenerSet => {
                if let Some(gateway) = self.sets.get(handle).and_then(|s| s.gateway) {
                    add(&mut self.sets_of, gateway, handle);
                }
            }
            Kind::ReferenceGrant => add(&mut self.grants_in, key.ns, handle),
            Kind::Service if self.backends.get(handle).is_some_and(|b| b.external_name) => self.external_names = self.external_names.saturating_add(1),
            Kind::EndpointSlice => {
                if let Some(slice) = self.slices.get(handle) {
                    add(&mut self.slices_of, (key.ns, slice.service), handle);
                }
            }
            Kind::BackendTlsPolicy => {
                let targets: Vec<_> = self.policies.get(handle).into_iter().flat_map(|p| p.targets.iter().map(|t| (t.object.ns, t.object.name))).collect();
                for target in targets {
                    add(&mut self.policies_of, target, handle);
                }
            }
            _ => {}
        }
    }

    fn unlink(&mut self, key: Key, handle: u32) {
        match key.kind {
            Kind::ListenerSet | Kind::XListenerSet => {
                if let Some(gateway) = self.sets.get(handle).and_then(|s| s.gateway) {
                    drop_from(&mut self.sets_of, gateway, handle);
                }
            }
            Kind::ReferenceGrant => drop_from(&mut self.grants_in, key.ns, handle),
            Kind::Service if self.backends.get(handle).is_some_and(|b| b.external_name) => self.external_names = self.external_names.saturating_sub(1),
            Kind::EndpointSlice => {
                if let Some(service) = self.slices.get(handle).map(|s| s.service) {
                    drop_from(&mut self.slices_of, (key.ns, service), handle);
                }
            }
            Kind::BackendTlsPolicy => {
                let targets: Vec<_> = self.policies.get(handle).into_iter().flat_map(|p| p.targets.iter().map(|t| (t.object.ns, t.object.name))).collect();
                for target in targets {
                    drop_from(&mut self.policies_of, target, handle);
                }
            }
            _ => {}
        }
    }
}

/// Kinds of which the closest name is asked for.
fn is_named(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::GatewayClass | Kind::Gateway | Kind::ListenerSet | Kind::XListenerSet | Kind::Service | Kind::ServiceImport | Kind::XBackend | Kind::Secret
    )
}

fn add<K: core::hash::Hash + Eq>(map: &mut Map<K, Vec<u32>>, key: K, handle: u32) {
    let list = map.entry(key).or_default();
    if let Err(at) = list.binary_search(&handle) {
        list.insert(at, handle);
    }
}

fn drop_from<K: core::hash::Hash + Eq>(map: &mut Map<K, Vec<u32>>, key: K, handle: u32) {
    if let Some(list) = map.get_mut(&key) {
        list.retain(|h| *h != handle);
        if list.is_empty() {
            map.remove(&key);
        }
    }
    if map.is_empty() {
        *map = Map::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arena_uses_freed_handles_again_and_forgets_itself_when_empty() {
        let mut arena = Arena::default();
        let (a, b) = (arena.insert('a'), arena.insert('b'));
        assert_eq!(arena.remove(a), Some('a'));
        assert_eq!(arena.insert('c'), a);
        assert_eq!(arena.remove(a), Some('c'));
        assert_eq!(arena.remove(b), Some('b'));
        assert_eq!((arena.len(), arena.bound()), (0, 0));
    }
}
