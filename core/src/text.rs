//! Interned strings: a name is stored once, and compared and hashed as a number.

use alloc::boxed::Box;
use alloc::vec::Vec;
use hashbrown::HashTable;
use xxhash_rust::xxh64::xxh64;

/// An interned string. `Sym::NONE` is the empty string, and stands for "not set" too.
///
/// The order of symbols is the order of their first use: never let it reach an output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Sym(u32);

impl Sym {
    pub(crate) const NONE: Sym = Sym(0);

    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }
    pub(crate) fn is_some(self) -> bool {
        self.0 != 0
    }
    pub(crate) fn raw(self) -> u32 {
        self.0
    }
}

/// XXH64 with seed 0: the hash that exposure ids are made of (docs/exposure-id.md).
pub(crate) fn hash_bytes(bytes: &[u8]) -> u64 {
    xxh64(bytes, 0)
}

/// Hash of a sequence of hashes, in order.
pub(crate) fn hash_words<const N: usize>(words: [u64; N]) -> u64 {
    words.iter().fold(0x9e37_79b9_7f4a_7c15, |h, w| mix(h, *w))
}

/// One step of [`hash_words`]: a 64-bit multiply-and-fold.
pub(crate) fn mix(h: u64, w: u64) -> u64 {
    let wide = u128::from(h ^ w.rotate_left(29) ^ 0xa076_1d64_78bd_642f).wrapping_mul(u128::from(w ^ h.rotate_left(17) ^ 0xe703_7ed1_a0b4_28db));
    #[expect(clippy::cast_possible_truncation, reason = "both halves are used")]
    let (low, high) = (wide as u64, (wide >> 64) as u64);
    low ^ high
}

#[derive(Debug)]
struct Entry {
    text: Box<str>,
    hash: u64,
}

/// The table of interned strings.
#[derive(Debug)]
pub(crate) struct Interner {
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    table: HashTable<u32>,
}

impl Default for Interner {
    fn default() -> Self {
        let none = Entry { text: Box::from(""), hash: hash_bytes(b"") };
        Self { entries: alloc::vec![Some(none)], free: Vec::new(), table: HashTable::new() }
    }
}

impl Interner {
    /// The symbol of a text; new texts are stored.
    pub(crate) fn intern(&mut self, text: &str) -> Sym {
        if text.is_empty() {
            return Sym::NONE;
        }
        let hash = hash_bytes(text.as_bytes());
        let entries = &mut self.entries;
        if let Some(found) = self.table.find(hash, |i| is(entries, *i, hash, text)) {
            return Sym(*found);
        }
        let entry = Some(Entry { text: Box::from(text), hash });
        let index = match self.free.pop() {
            Some(index) => {
                if let Some(slot) = entries.get_mut(index as usize) {
                    *slot = entry;
                }
                index
            }
            None => {
                entries.push(entry);
                u32::try_from(entries.len().saturating_sub(1)).unwrap_or(u32::MAX)
            }
        };
        let entries = &self.entries;
        self.table.insert_unique(hash, index, |i| entries.get(*i as usize).and_then(Option::as_ref).map_or(0, |e| e.hash));
        Sym(index)
    }

    /// The symbol of a text that may not be stored yet.
    pub(crate) fn find(&self, text: &str) -> Option<Sym> {
        if text.is_empty() {
            return Some(Sym::NONE);
        }
        let hash = hash_bytes(text.as_bytes());
        self.table.find(hash, |i| is(&self.entries, *i, hash, text)).map(|i| Sym(*i))
    }

    /// The text of a symbol.
    pub(crate) fn get(&self, sym: Sym) -> &str {
        self.entries.get(sym.0 as usize).and_then(Option::as_ref).map_or("", |e| &e.text)
    }

    /// The XXH64 of a symbol's text: the same in every process.
    pub(crate) fn hash(&self, sym: Sym) -> u64 {
        self.entries.get(sym.0 as usize).and_then(Option::as_ref).map_or(0, |e| e.hash)
    }

    /// How many texts are stored.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// Drops every text whose symbol `keep` does not know.
    pub(crate) fn retain(&mut self, keep: impl Fn(Sym) -> bool) {
        let entries = &mut self.entries;
        let free = &mut self.free;
        self.table.retain(|i| {
            let kept = keep(Sym(*i));
            if !kept {
                if let Some(slot) = entries.get_mut(*i as usize) {
                    *slot = None;
                }
                free.push(*i);
            }
            kept
        });
        while entries.len() > 1 && entries.last().is_some_and(Option::is_none) {
            entries.pop();
        }
        let len = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        free.retain(|i| *i < len);
        free.sort_unstable_by(|a, b| b.cmp(a));
        let entries = &self.entries;
        self.table.shrink_to_fit(|i| entries.get(*i as usize).and_then(Option::as_ref).map_or(0, |e| e.hash));
        self.entries.shrink_to_fit();
        self.free.shrink_to_fit();
    }
}

/// The order of two `namespace/name` texts, without writing them (rules 19, 36 and 41).
pub(crate) fn joined(a: (&str, &str), b: (&str, &str)) -> core::cmp::Ordering {
    let (x, y) = (a.0.bytes().chain(*b"/").chain(a.1.bytes()), b.0.bytes().chain(*b"/").chain(b.1.bytes()));
    x.cmp(y)
}

fn is(entries: &[Option<Entry>], index: u32, hash: u64, text: &str) -> bool {
    entries.get(index as usize).and_then(Option::as_ref).is_some_and(|e| e.hash == hash && &*e.text == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_symbol_until_it_is_dropped() {
        let mut names = Interner::default();
        let a = names.intern("shop");
        assert_eq!(a, names.intern("shop"));
        assert_eq!(names.get(a), "shop");
        assert_eq!(names.intern(""), Sym::NONE);
        let b = names.intern("infra");
        names.retain(|s| s == b);
        assert_eq!(names.find("shop"), None);
        assert_eq!(names.get(b), "infra");
        assert_eq!(names.intern("new"), a, "a freed slot is used again");
    }
}
