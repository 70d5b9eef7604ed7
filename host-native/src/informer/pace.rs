//! How long to wait, and for what.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

/// Waits of the sources. Tests shorten them; users have no reason to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Silence on a watch after which it is opened anew. Servers send a bookmark a minute.
    pub idle: Duration,
    /// Silence within a list.
    pub listing: Duration,
    /// Between tries of a kind that is forbidden.
    pub forbidden: Duration,
    /// Between discoveries, where nothing asks for one sooner.
    pub discovery: Duration,
    /// The longest wait between tries of anything else.
    pub longest: Duration,
    /// How long a first answer is waited for, before the others' are told without it.
    pub settle: Duration,
    /// Between reads of certificates.
    pub certificates: Duration,
    /// A watch that held this long was a good one.
    pub steady: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        let s = Duration::from_secs;
        Self { idle: s(150), listing: s(30), forbidden: s(10), discovery: s(30), longest: s(8), settle: s(15), certificates: s(30), steady: s(10) }
    }
}

impl Timing {
    /// `timeoutSeconds` of a watch: spread, so that not all of them end at once.
    pub(super) fn watch_seconds(&self, kind: &str) -> u64 {
        let spread = kind.bytes().fold(0_u64, |sum, b| sum.wrapping_mul(31).wrapping_add(u64::from(b))) % 60;
        spread.saturating_add(240)
    }
}

/// Waits that double, with some chance in them.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
    longest: Duration,
    chance: RandomState,
    count: u64,
}

impl Backoff {
    const FIRST: Duration = Duration::from_millis(100);

    pub(super) fn new(timing: Timing) -> Self {
        Self { next: Self::FIRST, longest: timing.longest, chance: RandomState::new(), count: 0 }
    }

    pub(super) fn reset(&mut self) {
        self.next = Self::FIRST;
    }

    /// The next wait: half of it is certain.
    pub(super) fn next(&mut self) -> Duration {
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.longest);
        self.count = self.count.wrapping_add(1);
        let mut hasher = self.chance.build_hasher();
        hasher.write_u64(self.count);
        let share = u32::try_from(hasher.finish() % 512).unwrap_or(0).saturating_add(512);
        wait.saturating_mul(share).checked_div(1024).unwrap_or(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let timing = Timing { longest: Duration::from_millis(500), ..Timing::default() };
        let mut backoff = Backoff::new(timing);
        for most in [100, 200, 400, 500, 500] {
            let wait = backoff.next();
            assert!(wait >= Duration::from_millis(most / 2) && wait <= Duration::from_millis(most), "{wait:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(100));
    }
}
