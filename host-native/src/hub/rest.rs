//! What much work leaves behind is tidied up once there is a pause: text that waits uncompressed, tables with room to grow.

/// So many changes are worth a look.
const MUCH: usize = 1_000;
/// Beats after the last work: soon, and once more when everybody else is done with it too.
const PAUSES: [u32; 2] = [1, 8];
/// Without any pause, after so many beats.
const LATE: u32 = 60;

/// What was done since the last time.
#[derive(Debug, Default)]
pub(super) struct Rest {
    changes: usize,
    /// Beats since the last work, and since the last time.
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

    /// At each beat: whether to tidy up now.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_after_much_work_is_used() {
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
