//! The series of one metric in the order of their text, in chunks, each series once however many hold it.

use super::chunk::{Chunk, MOST};
use super::hash::Keyed;
use std::sync::Arc;

/// What new chunks are filled to, so that the next line does not split them.
const FILL: usize = MOST / 8 * 7;
/// A chunk below this is joined with the next.
const LEAST: usize = MOST / 8;
/// Not in a chunk yet.
const NOWHERE: u32 = u32::MAX;

/// A set of lines, each with a count of holders. Changes show after [`Lines::commit`].
#[derive(Debug)]
pub(super) struct Lines {
    seed: u64,
    slots: Vec<Slot>,
    /// Where a slot is, by its id.
    places: Vec<u32>,
    free: Vec<u32>,
    lines: Keyed<Entry>,
    touched: Vec<u64>,
    fresh: Keyed<Box<str>>,
    /// Goes up with each commit that changed something.
    version: u64,
}

#[derive(Debug)]
struct Slot {
    id: u32,
    first: Box<str>,
    chunk: Arc<Chunk>,
}

#[derive(Debug)]
struct Entry {
    slot: u32,
    holders: u32,
}

impl Lines {
    /// Empty. `seed` keeps others from making two lines that count as one.
    pub(super) fn new(seed: u64) -> Self {
        let (slots, places, free, touched) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { seed, slots, places, free, lines: Keyed::default(), touched, fresh: Keyed::default(), version: 0 }
    }

    fn hash(&self, line: &str) -> u64 {
        xxhash_rust::xxh64::xxh64(line.as_bytes(), self.seed)
    }

    /// One more holds a line (its end is not looked at). Gives the key for [`Self::release`].
    pub(super) fn hold(&mut self, line: &str) -> u64 {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let key = self.hash(line);
        let entry = self.lines.entry(key).or_insert(Entry { slot: NOWHERE, holders: 0 });
        entry.holders = entry.holders.saturating_add(1);
        if entry.holders == 1 {
            self.touched.push(key);
            if entry.slot == NOWHERE {
                self.fresh.insert(key, line.into());
            }
        }
        key
    }

    /// One fewer holds a line.
    pub(super) fn release(&mut self, key: u64) {
        if let Some(entry) = self.lines.get_mut(&key) {
            entry.holders = entry.holders.saturating_sub(1);
            if entry.holders == 0 {
                self.touched.push(key);
            }
        }
    }

    /// Lines that are held, as text, by key; each chunk is looked at once. What waits for [`Self::commit`] is not found.
    pub(super) fn texts(&self, keys: &[u64]) -> Keyed<String> {
        let mut wanted: std::collections::BTreeMap<u32, Vec<u64>> = std::collections::BTreeMap::new();
        for key in keys {
            if let Some(entry) = self.lines.get(key) {
                wanted.entry(entry.slot).or_default().push(*key);
            }
        }
        let mut out = Keyed::default();
        for (slot, mut keys) in wanted {
            keys.sort_unstable();
            let place = self.places.get(slot as usize).and_then(|p| self.slots.get(*p as usize));
            let Some(place) = place else { continue };
            for line in lines(&place.chunk.text()) {
                let key = self.hash(line);
                if keys.binary_search(&key).is_ok() {
                    out.insert(key, line.to_owned());
                }
            }
        }
        out
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Changes with each commit that changed something.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// The chunks in order.
    pub(super) fn chunks(&self) -> impl Iterator<Item = &Arc<Chunk>> {
        self.slots.iter().map(|s| &s.chunk)
    }

    /// How many changes wait for [`Self::commit`].
    pub(super) fn waiting(&self) -> usize {
        self.touched.len()
    }

    /// Makes changes show. Gives the chunks that are new, for whoever puts them to rest.
    pub(super) fn commit(&mut self) -> Vec<Arc<Chunk>> {
        let mut removed: Vec<(u32, u64)> = Vec::new();
        let mut added: Vec<(Box<str>, u64)> = Vec::new();
        let mut touched = core::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for key in touched {
            let Some(entry) = self.lines.get(&key) else { continue };
            match (entry.holders, entry.slot) {
                (0, NOWHERE) => {
                    self.lines.remove(&key);
                    self.fresh.remove(&key);
                }
                (0, slot) => {
                    removed.push((self.places.get(slot as usize).copied().unwrap_or(NOWHERE), key));
                    self.lines.remove(&key);
                }
                (_, NOWHERE) => added.extend(self.fresh.remove(&key).map(|line| (line, key))),
                _ => {}
            }
        }
        self.fresh = Keyed::default();
        if removed.is_empty() && added.is_empty() {
            return Vec::new();
        }
        self.version = self.version.saturating_add(1);
        removed.sort_unstable();
        added.sort_unstable();
        self.merge(&removed, &added)
    }

    /// Walks the slots once, and makes those anew in which something changed.
    fn merge(&mut self, removed: &[(u32, u64)], added: &[(Box<str>, u64)]) -> Vec<Arc<Chunk>> {
        let old = core::mem::take(&mut self.slots);
        let (mut removed, mut added) = (removed, added);
        let mut out: Vec<Slot> = Vec::with_capacity(old.len().saturating_add(1));
        let mut made = Vec::new();
        let before = old.len();
        let mut old = old.into_iter().peekable();
        let mut places = 0_u32..;
        while let (Some(slot), Some(place)) = (old.next(), places.next()) {
            let gone = removed.partition_point(|(p, _)| *p <= place);
            let (here, rest) = removed.split_at_checked(gone).unwrap_or((removed, &[]));
            removed = rest;
            // Up to where the next slot begins.
            let new = old.peek().map_or(added.len(), |next| added.partition_point(|(l, _)| *l < next.first));
            let (fresh, rest) = added.split_at_checked(new).unwrap_or((added, &[]));
            added = rest;
            if here.is_empty() && fresh.is_empty() {
                out.push(slot);
                continue;
            }
            let text = self.merged(&slot.chunk.text(), here, fresh);
            if (1..=MOST).contains(&text.len()) {
                // As nearly always: the lines that stay are where they were.
                for (_, key) in fresh {
                    if let Some(entry) = self.lines.get_mut(key) {
                        entry.slot = slot.id;
                    }
                }
                push(slot.id, text, &mut out, &mut made);
            } else {
                self.free.push(slot.id);
                self.cut(text, &mut out, &mut made);
            }
        }
        if before == 0 {
            let text = self.merged(&[], &[], added);
            self.cut(text, &mut out, &mut made);
        }
        self.slots = self.joined(out, &mut made);
        for (place, slot) in (0_u32..).zip(&self.slots) {
            if let Some(p) = self.places.get_mut(slot.id as usize) {
                *p = place;
            }
        }
        made
    }

    /// The text of a chunk with lines taken out and put in.
    fn merged(&self, text: &[u8], removed: &[(u32, u64)], added: &[(Box<str>, u64)]) -> String {
        let extra: usize = added.iter().map(|(l, _)| l.len().saturating_add(1)).sum();
        let mut out = String::with_capacity(text.len().saturating_add(extra));
        let mut push = |line: &str| {
            out.push_str(line);
            out.push('\n');
        };
        let mut added = added.iter().map(|(l, _)| &**l).peekable();
        for line in lines(text) {
            while let Some(new) = added.next_if(|new| *new < line) {
                push(new);
            }
            let gone = !removed.is_empty() && {
                let key = self.hash(line);
                removed.iter().any(|(_, k)| *k == key)
            };
            if !gone {
                push(line);
            }
        }
        added.for_each(push);
        out
    }

    /// Cuts text into chunks, and notes where each line is now.
    fn cut(&mut self, text: String, out: &mut Vec<Slot>, made: &mut Vec<Arc<Chunk>>) {
        if text.is_empty() {
            return;
        }
        if text.len() <= MOST {
            return self.place(text, out, made);
        }
        let mut part = String::with_capacity(FILL);
        for line in lines(text.as_bytes()) {
            if part.len().saturating_add(line.len()) >= FILL && !part.is_empty() {
                self.place(core::mem::take(&mut part), out, made);
            }
            part.push_str(line);
            part.push('\n');
        }
        self.place(part, out, made);
    }

    fn place(&mut self, text: String, out: &mut Vec<Slot>, made: &mut Vec<Arc<Chunk>>) {
        let id = self.free.pop().unwrap_or_else(|| {
            self.places.push(NOWHERE);
            u32::try_from(self.places.len().saturating_sub(1)).unwrap_or(NOWHERE)
        });
        for line in lines(text.as_bytes()) {
            let key = self.hash(line);
            if let Some(entry) = self.lines.get_mut(&key) {
                entry.slot = id;
            }
        }
        push(id, text, out, made);
    }

    /// Small neighbours become one.
    fn joined(&mut self, slots: Vec<Slot>, made: &mut Vec<Arc<Chunk>>) -> Vec<Slot> {
        let fits = |a: &Slot, b: &Slot| a.chunk.len().min(b.chunk.len()) < LEAST && a.chunk.len().saturating_add(b.chunk.len()) <= FILL;
        if !slots.windows(2).any(|w| matches!(w, [a, b] if fits(a, b))) {
            return slots;
        }
        let mut out: Vec<Slot> = Vec::with_capacity(slots.len());
        for slot in slots {
            match out.pop() {
                Some(last) if fits(&last, &slot) => {
                    let mut text = Vec::with_capacity(last.chunk.len().saturating_add(slot.chunk.len()));
                    text.extend_from_slice(&last.chunk.text());
                    text.extend_from_slice(&slot.chunk.text());
                    self.free.extend([last.id, slot.id]);
                    self.place(String::from_utf8(text).unwrap_or_default(), &mut out, made);
                }
                last => {
                    out.extend(last);
                    out.push(slot);
                }
            }
        }
        out
    }
}

/// A new chunk in a slot.
fn push(id: u32, text: String, out: &mut Vec<Slot>, made: &mut Vec<Arc<Chunk>>) {
    let first = lines(text.as_bytes()).next().unwrap_or_default().into();
    let mut text = text.into_bytes();
    text.shrink_to_fit();
    let chunk = Chunk::new(text);
    made.push(Arc::clone(&chunk));
    out.push(Slot { id, first, chunk });
}

/// Lines without their ends.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &str> {
    core::str::from_utf8(text).unwrap_or_default().split_terminator('\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn whole(lines: &Lines) -> String {
        lines.chunks().map(|c| String::from_utf8(c.text().to_vec()).unwrap()).collect()
    }

    #[test]
    fn any_changes_give_the_sorted_lines_once_each() {
        let mut lines = Lines::new(3);
        let mut held: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        let mut seed = 1_u64;
        let mut roll = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        for round in 0..400 {
            // Grow, then shrink to nothing, then churn.
            let (adds, drops) = [(40, 5), (5, 45), (12, 12)][(round / 120).min(2) as usize];
            for _ in 0..roll(adds) {
                let line = format!("m{{a=\"{}\",b=\"{}\"}} 1", roll(2_000), "x".repeat(roll(300) as usize));
                let key = lines.hold(&line);
                held.entry(line).or_default().push(key);
            }
            for _ in 0..roll(drops) {
                let Some(line) = held.keys().nth(roll(held.len().max(1) as u64) as usize).cloned() else { continue };
                let keys = held.get_mut(&line).unwrap();
                lines.release(keys.pop().unwrap());
                if keys.is_empty() {
                    held.remove(&line);
                }
            }
            for chunk in lines.commit() {
                if roll(2) == 0 {
                    chunk.rest();
                }
            }
            let want: String = held.keys().map(|l| format!("{l}\n")).collect();
            assert_eq!(whole(&lines), want, "round {round}");
            assert_eq!(lines.len(), held.len());
            assert!(lines.chunks().all(|c| c.len() <= MOST));
            if let Some((line, keys)) = held.iter().next_back() {
                assert_eq!(lines.texts(&keys[..1]).get(&keys[0]), Some(line));
            }
        }
    }

    #[test]
    fn chunks_that_did_not_change_are_the_same() {
        let mut lines = Lines::new(0);
        for i in 0..5_000 {
            lines.hold(&format!("m{{a=\"{i:05}\",b=\"{}\"}} 1", "y".repeat(100)));
        }
        lines.commit();
        let before: Vec<Arc<Chunk>> = lines.chunks().map(Arc::clone).collect();
        assert!(before.len() > 8);
        lines.hold("m{a=\"02500x\"} 1");
        assert_eq!(lines.commit().len(), 1);
        let same = lines.chunks().zip(&before).filter(|(a, b)| Arc::ptr_eq(a, b)).count();
        assert_eq!(same, before.len() - 1);
        let version = lines.version();
        let key = lines.hold("m{a=\"x\"} 1");
        lines.release(key);
        assert!(lines.commit().is_empty());
        assert_eq!(lines.version(), version);
    }
}
