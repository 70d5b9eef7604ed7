//! Memory that much work leaves behind goes back to the system once there is a pause: a list of 10,000 routes takes three
//! times what is kept of it, and the allocator would keep all of it.

/// So many changes are worth a look.
const MUCH: usize = 1_000;
/// Without any pause, after so many beats.
const LATE: u32 = 60;

/// What was done since memory went back last.
#[derive(Debug, Default)]
pub(super) struct Rest {
    changes: usize,
    /// Since the last beat.
    busy: bool,
    beats: u32,
}

impl Rest {
    /// So many changes were taken in.
    pub(super) fn worked(&mut self, changes: usize) {
        self.changes = self.changes.saturating_add(changes);
        self.busy = true;
    }

    /// At each beat: whether memory should go back now.
    pub(super) fn due(&mut self) -> bool {
        self.beats = self.beats.saturating_add(1);
        let pause = !core::mem::take(&mut self.busy) || self.beats > LATE;
        if self.changes < MUCH || !pause {
            return false;
        }
        *self = Self::default();
        true
    }
}

/// Gives free memory of every thread back. Where the C library is not glibc, freed memory goes back by itself or not at all.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "malloc_trim takes no pointer and may be called at any time from any thread")]
    // SAFETY: as said.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_back_in_the_pause_after_much_work() {
        let mut rest = Rest::default();
        rest.worked(MUCH - 1);
        assert!(!rest.due() && !rest.due(), "not worth it");
        rest.worked(1);
        assert!(!rest.due(), "in the middle of it");
        assert!(rest.due() && !rest.due(), "once");
        let late = (0..=LATE + 1).position(|_| {
            rest.worked(MUCH);
            rest.due()
        });
        assert_eq!(late, Some(LATE as usize));
    }
}
