//! When to look at the exporter again: every so often with jitter, sooner after a failure, never two at a time.

use std::cell::{Cell, RefCell};

const SECOND: u64 = 1_000_000_000;

/// The state of looking.
#[derive(Debug, Default)]
pub(crate) struct Fetch {
    etag: RefCell<String>,
    failures: Cell<u32>,
    /// Unix time in nanoseconds of the call that is under way.
    asked: Cell<Option<u64>>,
    /// Of the last answer that confirmed the snapshot.
    confirmed: Cell<Option<u64>>,
    seed: Cell<u64>,
}

impl Fetch {
    pub(crate) fn etag(&self) -> String {
        self.etag.borrow().clone()
    }

    /// The snapshot was confirmed, with a new tag or the old one.
    pub(crate) fn confirm(&self, now: u64, etag: Option<&str>) {
        self.confirmed.set(Some(now));
        self.failures.set(0);
        self.asked.set(None);
        if let Some(etag) = etag {
            *self.etag.borrow_mut() = etag.to_owned();
        }
    }

    pub(crate) fn fail(&self) {
        self.failures.set(self.failures.get().saturating_add(1));
        self.asked.set(None);
    }

    pub(crate) fn ask(&self, now: u64) {
        self.asked.set(Some(now));
    }

    /// A call is under way, and not for so long that its answer was lost.
    pub(crate) fn waiting(&self, now: u64, timeout_seconds: u32) -> bool {
        self.asked.get().is_some_and(|at| now.saturating_sub(at) < u64::from(timeout_seconds).saturating_mul(2).saturating_mul(SECOND))
    }

    /// No answer confirmed the snapshot for that long.
    pub(crate) fn outdated(&self, now: u64, seconds: u64) -> bool {
        self.confirmed.get().is_some_and(|at| now.saturating_sub(at) > seconds.saturating_mul(SECOND))
    }

    /// Milliseconds until the next look.
    pub(crate) fn delay(&self, now: u64, refresh_seconds: u32) -> u32 {
        let usual = refresh_seconds.clamp(1, 86_400).saturating_mul(1000);
        let base = match self.failures.get() {
            0 => usual,
            n => 1000_u32.saturating_mul(1_u32.checked_shl(n.min(16).saturating_sub(1)).unwrap_or(u32::MAX)).min(usual),
        };
        // A fifth more or less, so that many proxies do not ask at once.
        let fifth = base / 5;
        base.saturating_sub(fifth).saturating_add(self.random(now, fifth.saturating_mul(2)))
    }

    /// Below `most`: not secret, only different in each worker of each proxy.
    pub(crate) fn random(&self, now: u64, most: u32) -> u32 {
        let here = std::ptr::from_ref(self).addr() as u64;
        let mut x = self.seed.get() ^ now ^ here.rotate_left(32) ^ 0x9e37_79b9_7f4a_7c15;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.seed.set(x);
        u32::try_from(x >> 33).unwrap_or(0).checked_rem(most.max(1)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_spread_and_failures_back_off_to_the_usual() {
        let fetch = Fetch::default();
        for _ in 0..1000 {
            assert!((24_000..=36_000).contains(&fetch.delay(7, 30)));
        }
        let mut last = 0;
        for n in 1..40 {
            fetch.fail();
            let delay = fetch.delay(n, 30);
            assert!(delay <= 36_000 && (n > 5 || delay > last), "{delay}");
            last = delay;
        }
        fetch.confirm(1, Some("x"));
        assert!(fetch.delay(9, 30) >= 24_000);
        assert!(!fetch.outdated(600 * SECOND, 600) && fetch.outdated(602 * SECOND, 600));
    }
}
