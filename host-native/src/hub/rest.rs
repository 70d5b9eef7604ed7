//! Memory that much work leaves behind goes back to the system once there is a pause: a list of 10,000 routes takes three
//! times what is kept of it, and the allocator would keep all of it.

/// So many changes are worth a look.
const MUCH: usize = 1_000;
/// Beats after the last work: soon, and once more when everybody else is done with it too.
const PAUSES: [u32; 2] = [1, 8];
/// Without any pause, after so many beats.
const LATE: u32 = 60;

/// What was done since memory went back last.
#[derive(Debug, Default)]
pub(super) struct Rest {
    changes: usize,
    /// Beats since the last work, and since memory went back last.
    quiet: u32,
    beats: u32,
}

impl Rest {
    /// So many changes were taken in.
    pub(super) fn worked(&mut self, changes: usize) {
        if changes > 0 {
            self.changes = self.changes.saturating_add(changes);
            self.quiet = 0;
        }
    }

    /// At each beat: whether memory should go back now.
    pub(super) fn due(&mut self) -> bool {
        self.beats = self.beats.saturating_add(1);
        let quiet = self.quiet;
        self.quiet = quiet.saturating_add(1);
        if self.changes < MUCH {
            return false;
        }
        let [soon, last] = PAUSES;
        if quiet >= last || self.beats > LATE {
            (self.changes, self.beats) = (0, 0);
            return true;
        }
        quiet == soon
    }
}

/// Gives free memory of every thread back. Where the C library is not glibc, freed memory goes back by itself or not at all.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "malloc_trim takes no pointer and may be called at any time from any thread")]
    // SAFETY: as said.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Lets all threads allocate from one place, to be called before they start: what one gives back is then of use to the
/// others. The hub does nearly all the work, so that nobody waits for it. And what is large goes back to the system when it
/// is freed: left to itself, the C library would raise that limit with the first lists, and keep holes of their size.
pub(crate) fn one_arena() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "mallopt takes two numbers")]
    // SAFETY: as said; a value that is refused changes nothing.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 64 << 10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_goes_back_in_the_pause_after_much_work() {
        let mut rest = Rest::default();
        rest.worked(MUCH - 1);
        assert!((0..20).all(|_| !rest.due()), "not worth it");
        rest.worked(1);
        let dues: Vec<u32> = (0..20).filter(|_| rest.due()).collect();
        assert_eq!(dues, PAUSES);
        let late: Vec<u32> = (0..LATE + 9)
            .filter(|_| {
                rest.worked(MUCH);
                rest.due()
            })
            .collect();
        assert_eq!(late.len(), 1, "without a pause, too: {late:?}");
    }
}
