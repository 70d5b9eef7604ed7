//! Objects of kinds that the resolver does not read: only that they exist counts.

use super::Map;
use crate::model::AnyKey;
use crate::text::{Interner, Sym};

/// Foreign objects by group and kind.
#[derive(Debug, Default)]
pub(crate) struct Foreign {
    kinds: Map<(Sym, Sym), Objects>,
    len: usize,
}

/// The objects of one kind.
#[derive(Debug)]
pub(crate) struct Objects {
    objects: Map<(Sym, Sym), ()>,
    /// The first by namespace and name, as texts.
    pub(crate) first: (Sym, Sym),
}

impl Objects {
    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }
}

impl Foreign {
    /// Adds an object; false where it was there.
    pub(crate) fn insert(&mut self, key: AnyKey, names: &Interner) -> bool {
        let name = (key.ns, key.name);
        let kind = self.kinds.entry((key.group, key.kind)).or_insert_with(|| Objects { objects: Map::default(), first: name });
        if kind.objects.insert(name, ()).is_some() {
            return false;
        }
        if text(names, name) < text(names, kind.first) {
            kind.first = name;
        }
        self.len = self.len.saturating_add(1);
        true
    }

    /// Removes an object; false where it was not there.
    pub(crate) fn remove(&mut self, key: AnyKey, names: &Interner) -> bool {
        let Some(kind) = self.kinds.get_mut(&(key.group, key.kind)) else { return false };
        if kind.objects.remove(&(key.ns, key.name)).is_none() {
            return false;
        }
        self.len = self.len.saturating_sub(1);
        if kind.first == (key.ns, key.name)
            && let Some(first) = kind.objects.keys().copied().min_by(|a, b| text(names, *a).cmp(&text(names, *b)))
        {
            kind.first = first;
        }
        if kind.objects.is_empty() {
            self.kinds.remove(&(key.group, key.kind));
        }
        if self.kinds.is_empty() {
            *self = Self::default();
        }
        true
    }

    pub(crate) fn contains(&self, key: &AnyKey) -> bool {
        self.kinds.get(&(key.group, key.kind)).is_some_and(|k| k.objects.contains_key(&(key.ns, key.name)))
    }
    /// The objects of a kind, where there are any.
    pub(crate) fn of(&self, group: Sym, kind: Sym) -> Option<&Objects> {
        self.kinds.get(&(group, kind))
    }
    pub(crate) fn len(&self) -> usize {
        self.len
    }
    /// Every symbol of every key, in no order.
    pub(crate) fn each_symbol(&self, visit: &mut dyn FnMut(Sym)) {
        for ((group, kind), objects) in &self.kinds {
            visit(*group);
            visit(*kind);
            for (ns, name) in objects.objects.keys() {
                visit(*ns);
                visit(*name);
            }
        }
    }
}

fn text(names: &Interner, name: (Sym, Sym)) -> (&str, &str) {
    (names.get(name.0), names.get(name.1))
}
