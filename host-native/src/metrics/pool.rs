//! Things that rows share, by hash, for as long as a row holds them.

use super::hash::Keyed;

/// Shared things with counts of holders.
#[derive(Debug)]
pub(super) struct Pool<T> {
    index: Keyed<u32>,
    items: Vec<Option<Item<T>>>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Item<T> {
    key: u64,
    holders: u32,
    value: T,
}

impl<T> Default for Pool<T> {
    fn default() -> Self {
        Self { index: Keyed::default(), items: Vec::new(), free: Vec::new() }
    }
}

impl<T> Pool<T> {
    /// One more holds it; it is made where it is new.
    pub(super) fn hold(&mut self, key: u64, make: impl FnOnce() -> T) -> u32 {
        if let Some(at) = self.index.get(&key) {
            if let Some(Some(item)) = self.items.get_mut(*at as usize) {
                item.holders = item.holders.saturating_add(1);
            }
            return *at;
        }
        let item = Some(Item { key, holders: 1, value: make() });
        let at = match self.free.pop() {
            Some(at) => {
                if let Some(slot) = self.items.get_mut(at as usize) {
                    *slot = item;
                }
                at
            }
            None => {
                self.items.push(item);
                u32::try_from(self.items.len().saturating_sub(1)).unwrap_or(u32::MAX)
            }
        };
        self.index.insert(key, at);
        at
    }

    /// One fewer holds it; given back where nobody does.
    pub(super) fn release(&mut self, at: u32) -> Option<T> {
        let slot = self.items.get_mut(at as usize)?;
        let item = slot.as_mut()?;
        item.holders = item.holders.saturating_sub(1);
        if item.holders > 0 {
            return None;
        }
        let item = slot.take()?;
        self.index.remove(&item.key);
        self.free.push(at);
        Some(item.value)
    }

    /// Gives back what growth has left over.
    pub(super) fn rest(&mut self) {
        self.items.shrink_to_fit();
        self.free.shrink_to_fit();
    }

    pub(super) fn find(&self, key: u64) -> Option<u32> {
        self.index.get(&key).copied()
    }

    pub(super) fn get(&self, at: u32) -> Option<&T> {
        self.items.get(at as usize)?.as_ref().map(|i| &i.value)
    }

    pub(super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        self.items.get_mut(at as usize)?.as_mut().map(|i| &mut i.value)
    }

    /// Everything that is held, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0_u32..).zip(&self.items).filter_map(|(at, item)| Some((at, &item.as_ref()?.value)))
    }
}
