//! What the system counts of this thread: its time on the processor, and instructions, where the machine counts them
//! (many virtual ones do not).
#![allow(unsafe_code, reason = "system calls without a safe door; the structure of perf_event_open is the kernel's first version of it")]

use std::fs::File;
use std::io::Read as _;
use std::os::fd::FromRawFd as _;
use std::time::Duration;

/// An open counter.
#[derive(Debug)]
pub struct Instructions(File);

/// `struct perf_event_attr`, PERF_ATTR_SIZE_VER0.
#[repr(C)]
#[derive(Default)]
struct Attr {
    kind: u32,
    size: u32,
    config: u64,
    sample_period: u64,
    sample_type: u64,
    read_format: u64,
    flags: u64,
    wakeup: u32,
    bp_type: u32,
    bp_addr: u64,
}

/// How long this thread ran so far.
pub fn processor_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the structure is the kernel's, and outlives the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) };
    assert_eq!(result, 0, "every Linux has a clock for each thread");
    Duration::new(now.tv_sec.unsigned_abs(), u32::try_from(now.tv_nsec).unwrap_or(0))
}

impl Instructions {
    /// A counter of this thread's instructions outside of the kernel; `None` where there is none.
    pub fn open() -> Option<Self> {
        const INSTRUCTIONS: u64 = 1;
        const EXCLUDE_KERNEL_AND_HYPERVISOR: u64 = 0b110_0000;
        let attr = Attr { size: 64, config: INSTRUCTIONS, flags: EXCLUDE_KERNEL_AND_HYPERVISOR, ..Attr::default() };
        // SAFETY: the structure outlives the call and says its own size; the other arguments are numbers.
        let fd = unsafe { libc::syscall(libc::SYS_perf_event_open, &raw const attr, 0, -1, -1, 0) };
        let fd = i32::try_from(fd).ok().filter(|fd| *fd >= 0)?;
        // SAFETY: the kernel has just given out this descriptor, to nobody else.
        Some(Self(unsafe { File::from_raw_fd(fd) }))
    }

    /// How many there were so far.
    pub fn read(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.0.read_exact(&mut bytes).map_or(0, |()| u64::from_ne_bytes(bytes))
    }
}
