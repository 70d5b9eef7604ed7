//! A counting allocator: bytes that live, and how often memory was asked for.
#![allow(unsafe_code, reason = "an allocator is unsafe by nature; this one only counts and passes on")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicUsize, Ordering::Relaxed};

/// Counts while it is asked to, and leaves the work to the system's allocator.
#[derive(Debug)]
pub struct Counting;

static ON: AtomicBool = AtomicBool::new(true);
static LIVE: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to `System` with the arguments it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if ON.load(Relaxed) {
            CALLS.fetch_add(1, Relaxed);
            let size = layout.size() as isize;
            PEAK.fetch_max(LIVE.fetch_add(size, Relaxed) + size, Relaxed);
        }
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if ON.load(Relaxed) {
            LIVE.fetch_sub(layout.size() as isize, Relaxed);
        }
        // SAFETY: as above.
        unsafe { System.dealloc(at, layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if ON.load(Relaxed) {
            CALLS.fetch_add(1, Relaxed);
            let more = size as isize - layout.size() as isize;
            PEAK.fetch_max(LIVE.fetch_add(more, Relaxed) + more, Relaxed);
        }
        // SAFETY: as above.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// Counts from now on, or no more: where time is measured, counting would be in the way.
/// Between two figures of [`live`] that are compared it must stay on.
pub fn count(on: bool) {
    ON.store(on, Relaxed);
}

/// Bytes that live now: of use as a difference.
pub fn live() -> isize {
    LIVE.load(Relaxed)
}

/// The most bytes that lived at once since [`reset_peak`].
pub fn peak() -> isize {
    PEAK.load(Relaxed)
}

/// Starts the peak anew.
pub fn reset_peak() {
    PEAK.store(live(), Relaxed);
}

/// How often memory was asked for.
pub fn calls() -> usize {
    CALLS.load(Relaxed)
}
