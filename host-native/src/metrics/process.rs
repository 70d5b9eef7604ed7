//! What the operating system says about this process (Linux; elsewhere there is nothing to tell).

/// As of now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Process {
    pub cpu_seconds: f64,
    pub threads: u64,
    pub virtual_bytes: u64,
    pub resident_bytes: u64,
    pub open_fds: Option<u64>,
    pub max_fds: Option<u64>,
    /// Unix seconds.
    pub start: f64,
}

/// Clock ticks a second: what Linux tells programs on every platform.
const TICKS: f64 = 100.0;

/// Reads `/proc/self`; `None` where there is none.
pub(super) fn read() -> Option<Process> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name may hold anything, so count from its closing parenthesis.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |i: usize| fields.get(i).and_then(|f| f.parse::<u64>().ok());
    let seconds = |ticks: u64| ticks as f64 / TICKS;
    let booted = std::fs::read_to_string("/proc/stat").ok().and_then(|s| s.lines().find_map(|l| l.strip_prefix("btime ")?.trim().parse::<u64>().ok()));
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    Some(Process {
        cpu_seconds: seconds(number(11)?.saturating_add(number(12)?)),
        threads: number(17)?,
        virtual_bytes: number(20)?,
        resident_bytes: number(21)?.saturating_mul(rustix::param::page_size() as u64),
        open_fds: std::fs::read_dir("/proc/self/fd").ok().map(|d| d.count() as u64),
        max_fds: limits.lines().find_map(|l| l.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok()),
        start: booted.unwrap_or(0) as f64 + seconds(number(19)?),
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn this_process_is_alive() {
        let p = super::read().unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
        assert!(p.threads > 0 && p.resident_bytes > 100_000 && p.virtual_bytes > p.resident_bytes);
        assert!(p.start > now - 3_600.0 && p.start < now + 1.0, "{p:?} at {now}");
        assert!(p.open_fds.unwrap() >= 3 && p.max_fds.unwrap() > 3);
    }
}
