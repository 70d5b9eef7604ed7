//! The frame: all of a report but its rows. Its cost grows with the cluster and not with the change, so that it is brought
//! into the metrics beside the changes, and not with each: Gateways at once, because rows are labelled by them,
//! attachments' drift and the counts of findings a little later where that is much work.

use super::Hub;
use gatescope::feed::ObjectChange;
use std::time::{Duration, Instant};

/// From one frame to the next at most.
const LONGEST: Duration = Duration::from_secs(5);

impl Hub {
    /// Shows what only a frame tells, where that is due.
    pub(super) fn catch_up(&mut self) {
        if self.frame_due && Instant::now() >= self.frame_after {
            self.frame();
            self.publish(false);
        }
    }

    /// Brings what only a frame tells into the metrics.
    pub(super) fn frame(&mut self) {
        if !self.frame_due {
            return;
        }
        let now = Instant::now();
        match self.engine.brief() {
            Ok(frame) => {
                self.metrics.frame(&frame);
                self.certificates.used_by(&frame);
                self.frame_due = false;
            }
            Err(failure) => self.failed("the report's frame", &failure),
        }
        // Most events must not meet a frame under way; and one that cannot be made is not tried again and again.
        let least = if self.frame_due { LONGEST } else { Duration::ZERO };
        self.frame_after = now.checked_add(now.elapsed().saturating_mul(50).clamp(least, LONGEST)).unwrap_or(now);
    }
}

/// Whether a change is one of a Gateway, a class or a ListenerSet; the sources write the kind at the front.
pub(super) fn names_gateway(change: &ObjectChange) -> bool {
    match change {
        ObjectChange::Put(text) => {
            let head = String::from_utf8_lossy(text.get(..160).unwrap_or(text));
            head.contains("\"kind\":\"Gateway") || head.contains("ListenerSet\"") || !head.contains("\"kind\":\"")
        }
        ObjectChange::Delete { kind, .. } => kind.starts_with("Gateway") || kind.ends_with("ListenerSet"),
        ObjectChange::All(_) => true,
    }
}
