//! Interned strings: a name is stored once, and compared and hashed as a number.

use alloc::string::String;
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

/// A text: where it stands among all texts. A freed one has no length and no hash.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    at: u32,
    len: u32,
    hash: u64,
}

/// The table of interned strings. All texts stand in one buffer; a text beyond 4 GB of them reads as empty.
#[derive(Debug)]
pub(crate) struct Interner {
    texts: String,
    entries: Vec<Entry>,
    free: Vec<u32>,
    table: HashTable<u32>,
}

impl Default for Interner {
    fn default() -> Self {
        let none = Entry { at: 0, len: 0, hash: hash_bytes(b"") };
        Self { texts: String::new(), entries: alloc::vec![none], free: Vec::new(), table: HashTable::new() }
    }
}

impl Interner {
    /// The symbol of a text; new texts are stored.
    pub(crate) fn intern(&mut self, text: &str) -> Sym {
        if text.is_empty() {
            return Sym::NONE;
        }
        let hash = hash_bytes(text.as_bytes());
        if let Some(found) = self.table.find(hash, |i| self.is(*i, hash, text)) {
            return Sym(*found);
        }
        let (Ok(at), Ok(len)) = (u32::try_from(self.texts.len()), u32::try_from(text.len())) else { return Sym::NONE };
        // By an eighth: doubling would leave half of it unused.
        if self.texts.capacity().saturating_sub(self.texts.len()) < text.len() {
            self.texts.reserve_exact(text.len().max(self.texts.len() / 8).max(1024));
        }
        self.texts.push_str(text);
        let entry = Entry { at, len, hash };
        let index = match self.free.pop() {
            Some(index) => {
                if let Some(slot) = self.entries.get_mut(index as usize) {
                    *slot = entry;
                }
                index
            }
            None => {
                self.entries.push(entry);
                u32::try_from(self.entries.len().saturating_sub(1)).unwrap_or(u32::MAX)
            }
        };
        let entries = &self.entries;
        self.table.insert_unique(hash, index, |i| entries.get(*i as usize).map_or(0, |e| e.hash));
        Sym(index)
    }

    fn is(&self, index: u32, hash: u64, text: &str) -> bool {
        self.entries.get(index as usize).is_some_and(|e| e.hash == hash) && self.get(Sym(index)) == text
    }

    /// The symbol of a text that may not be stored yet.
    pub(crate) fn find(&self, text: &str) -> Option<Sym> {
        if text.is_empty() {
            return Some(Sym::NONE);
        }
        let hash = hash_bytes(text.as_bytes());
        self.table.find(hash, |i| self.is(*i, hash, text)).map(|i| Sym(*i))
    }

    /// The text of a symbol.
    pub(crate) fn get(&self, sym: Sym) -> &str {
        let Some(e) = self.entries.get(sym.0 as usize) else { return "" };
        let at = e.at as usize;
        self.texts.get(at..at.saturating_add(e.len as usize)).unwrap_or("")
    }

    /// The XXH64 of a symbol's text: the same in every process.
    pub(crate) fn hash(&self, sym: Sym) -> u64 {
        self.entries.get(sym.0 as usize).map_or(0, |e| e.hash)
    }

    /// Drops every text whose symbol `keep` does not know.
    pub(crate) fn retain(&mut self, keep: impl Fn(Sym) -> bool) {
        let (entries, free) = (&mut self.entries, &mut self.free);
        self.table.retain(|i| {
            let kept = keep(Sym(*i));
            if !kept {
                if let Some(slot) = entries.get_mut(*i as usize) {
                    *slot = Entry::default();
                }
                free.push(*i);
            }
            kept
        });
        let mut texts = String::new();
        for e in entries.iter_mut() {
            let (from, at) = (e.at as usize, texts.len());
            texts.push_str(self.texts.get(from..from.saturating_add(e.len as usize)).unwrap_or(""));
            e.at = u32::try_from(at).unwrap_or(0);
        }
        self.texts = texts;
        while entries.len() > 1 && entries.last().is_some_and(|e| e.len == 0) {
            entries.pop();
        }
        let len = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        free.retain(|i| *i < len);
        free.sort_unstable_by(|a, b| b.cmp(a));
        let entries = &self.entries;
        self.table.shrink_to_fit(|i| entries.get(*i as usize).map_or(0, |e| e.hash));
        self.shrink();
    }

    /// Gives back what growth has left over.
    pub(crate) fn shrink(&mut self) {
        self.texts.shrink_to_fit();
        self.entries.shrink_to_fit();
        self.free.shrink_to_fit();
    }

    /// How many texts are stored.
    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }
}

/// The order of two `namespace/name` texts, without writing them (rules 19, 36 and 41).
pub(crate) fn joined(a: (&str, &str), b: (&str, &str)) -> core::cmp::Ordering {
    let (x, y) = (a.0.bytes().chain(*b"/").chain(a.1.bytes()), b.0.bytes().chain(*b"/").chain(b.1.bytes()));
    x.cmp(y)
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
