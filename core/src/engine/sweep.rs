//! Giving memory back: names that no object has any more, and the room of objects that are gone.

use super::Engine;
use crate::text::Sym;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::hash::{Hash, Hasher};

/// Notes every symbol that it is fed: objects hash their symbols as 32-bit numbers. Another 32-bit number may
/// keep a name alive for nothing, which does no harm.
struct Marker(Vec<u64>);

impl Marker {
    fn mark(&mut self, n: u32) {
        let at = (n / 64) as usize;
        if at < 1 << 26 {
            if self.0.len() <= at {
                self.0.resize(at.saturating_add(1), 0);
            }
            if let Some(word) = self.0.get_mut(at) {
                *word |= 1 << (n % 64);
            }
        }
    }
    fn has(&self, sym: Sym) -> bool {
        self.0.get((sym.raw() / 64) as usize).is_some_and(|w| w & (1 << (sym.raw() % 64)) != 0)
    }
}

impl Hasher for Marker {
    fn write_u32(&mut self, n: u32) {
        self.mark(n);
    }
    fn write(&mut self, _: &[u8]) {}
    fn finish(&self) -> u64 {
        0
    }
}

impl Engine {
    /// Drops the engine part by part, and calls `after` with the name of each: a counting allocator tells what it took.
    #[doc(hidden)]
    pub fn dismantle(mut self, after: &mut dyn FnMut(&'static str)) {
        for state in &mut self.routes {
            state.rows = Box::default();
        }
        after("rows");
        for state in &mut self.routes {
            state.remarks = None;
        }
        self.notes = super::notes::Notes::default();
        after("findings");
        drop((self.routes, self.gateways, self.gateway_topics, self.attached));
        after("verdicts");
        drop((self.buckets, self.mixed));
        after("places");
        drop(self.deps);
        after("dependencies");
        drop(self.names);
        after("names");
        self.store.routes = crate::index::store::Arena::default();
        after("routes");
        drop((self.store, self.foreign));
        after("other objects, keys");
    }

    /// Sweeps where as much has gone as is still there; the cost is spread over what went.
    pub(super) fn sweep_if_due(&mut self) -> bool {
        let live = self.store.len().saturating_add(self.foreign.len());
        if self.departed > live.max(if live == 0 { 0 } else { 4096 }) {
            self.sweep();
            return true;
        }
        false
    }

    /// Gives back what growth has left over: after a load, not after each event.
    pub(super) fn shrink(&mut self) {
        self.names.shrink();
        self.store.shrink();
        self.deps.shrink();
        self.buckets.shrink();
        self.routes.shrink_to_fit();
    }

    fn sweep(&mut self) {
        self.departed = 0;
        let mut marker = Marker(Vec::new());
        self.store.hash_all(&mut marker);
        self.foreign.each_symbol(&mut |sym| sym.hash(&mut marker));
        let words = &self.words;
        self.names.retain(|s| marker.has(s) || words.has(s));
        self.routes.truncate(self.store.routes.bound());
        self.shrink();
        let gateways = self.store.gateways.bound();
        self.gateways.truncate(gateways);
        self.gateways.shrink_to_fit();
        self.gateway_topics.truncate(gateways);
        self.gateway_topics.shrink_to_fit();
        self.attached.truncate(gateways);
        self.attached.shrink_to_fit();
    }
}
