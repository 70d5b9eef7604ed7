//! The search for the candidate that takes a request.

use super::{Entry, Group, Headers, Incoming, Level, Matcher, Pattern, STEPS, Scratch, Verdict};
use crate::index::Map;
use crate::text::Sym;
use crate::trace::matching::{Asked, Regexes};
use core::cell::{Cell, RefCell};

/// What a candidate costs beside its regular expressions.
const CANDIDATE: u64 = 16;

/// The work left to a request.
struct Held<'m> {
    patterns: &'m Map<Sym, Pattern>,
    scratch: RefCell<&'m mut Scratch>,
    left: Cell<u64>,
    exhausted: Cell<bool>,
}

impl Held<'_> {
    fn spend(&self, steps: u64) -> bool {
        match self.left.get().checked_sub(steps) {
            Some(left) => self.left.set(left),
            None => self.exhausted.set(true),
        }
        !self.exhausted.get()
    }
}

impl Regexes for Held<'_> {
    fn matches(&self, expression: Sym, value: &str) -> bool {
        let Some(pattern) = self.patterns.get(&expression) else { return false };
        let steps = (pattern.states() as u64).saturating_mul((value.len() as u64).saturating_add(1));
        self.spend(steps) && pattern.matches_with(&mut self.scratch.borrow_mut().cache, value)
    }
}

impl Matcher {
    /// Which exposure serves a request.
    pub fn judge<H: Headers>(&self, scratch: &mut Scratch, request: &Incoming<'_, H>) -> Verdict {
        let asked = Asked::new(request.host, request.target, request.method, request.headers);
        let at = u32::try_from(request.place).unwrap_or(u32::MAX);
        let Some(most_specific) = self.level_of(at, &asked.host) else { return Verdict::NoListener };
        if !most_specific.covered {
            return Verdict::NoListener;
        }
        // Which listener takes the connection is settled before any route is looked at.
        let owner = match request.sni {
            Some(sni) => self.level_of(at, sni).and_then(|l| l.owner),
            None => most_specific.owner,
        };
        let held = Held { patterns: &self.patterns, scratch: RefCell::new(scratch), left: Cell::new(STEPS), exhausted: Cell::new(false) };
        let mut met = false;
        let mut level = Some(most_specific);
        while let Some(here) = level {
            if let Some(group) = self.group_of(here, owner) {
                met = true;
                let found = self.first(group, &asked, &held);
                if held.exhausted.get() {
                    return Verdict::Exhausted;
                }
                match found {
                    Some((at, entry)) if entry.doubt => return Verdict::Unknown(Some(at)),
                    Some((at, _)) => return Verdict::Served(at),
                    // Only the most specific hostname that any route has is looked at.
                    None if !self.fall_through => break,
                    None => {}
                }
            }
            level = here.wider.and_then(|w| self.levels.get(w as usize));
        }
        let closed = owner.and_then(|o| self.listeners.get(o as usize)).is_some_and(|l| !l.serves);
        match (met, closed, self.doubt) {
            (false, true, _) => Verdict::NoListener,
            (_, _, true) => Verdict::Unknown(None),
            _ => Verdict::NoMatch,
        }
    }

    /// The most specific hostname of a place that covers a host.
    fn level_of(&self, at: u32, host: &str) -> Option<&Level> {
        let exact = || self.by_host.get(&(at, self.names.find(host)?));
        let wild = || {
            let from = host.len().saturating_sub(self.longest_suffix).max(1);
            let dots = host.bytes().enumerate().skip(from).filter(|(_, b)| *b == b'.').map(|(i, _)| i);
            dots.into_iter().find_map(|i| self.by_suffix.get(&(at, self.names.find(host.get(i..)?)?)))
        };
        let any = || self.by_host.get(&(at, self.names.find("*")?));
        let index = exact().or_else(wild).or_else(any)?;
        self.levels.get(*index as usize)
    }

    fn group_of(&self, level: &Level, owner: Option<u32>) -> Option<&Group> {
        let of = |o: Option<u32>| level.groups.iter().find(|(k, _)| *k == o).map(|(_, g)| g);
        // Where routing is open there is one group, whoever owns the host.
        let open = || level.groups.first().filter(|(k, _)| k.is_none() && level.groups.len() == 1).map(|(_, g)| g);
        let index = of(owner).or_else(open)?;
        self.groups.get(*index as usize)
    }

    /// The first candidate of a group that takes the request.
    fn first<H: Headers>(&self, group: &Group, asked: &Asked<'_, H>, held: &Held<'_>) -> Option<(u32, &Entry)> {
        let entries = self.entries.get(group.first as usize..)?.get(..group.count as usize)?;
        let takes = |entry: &Entry| {
            let parts = || {
                let rule = self.rules.get(entry.rule as usize)?;
                Some((self.matches.get(entry.matched as usize)?, self.routes.get(rule.route as usize)?.kind))
            };
            held.spend(CANDIDATE) && parts().is_some_and(|(m, kind)| asked.matches(&self.names, held, self.manner, kind, m))
        };
        let at = match &group.index {
            None => entries.iter().zip(0_u32..).find(|(e, _)| takes(e)).map(|(_, i)| i),
            Some(index) => {
                let mut best: Option<u32> = None;
                for list in index.lists(&self.names, asked.path) {
                    let found = list.iter().copied().take_while(|i| best.is_none_or(|b| *i < b)).find(|i| entries.get(*i as usize).is_some_and(takes));
                    best = found.or(best);
                }
                best
            }
        }?;
        let entry = entries.get(at as usize)?;
        Some((group.first.saturating_add(at), entry))
    }
}
