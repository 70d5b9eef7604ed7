//! Fuzzing on the stable toolchain: seeds from every case, mutations of bytes and of JSON values, and a pool that keeps
//! what showed something new (a finding, a reason, a state). What fails is shrunk, kept in `cases/fuzz/TARGET/` and
//! replayed first of all from then on.
//!
//! An input fails where it panics, where what must hold does not, or where it takes too long on the processor.

mod corpus;
mod mutate;
pub mod targets;

pub use corpus::{cases, kept};

use crate::counter::processor_time;
use crate::workload::{Seed, hash};
use mutate::Mutator;
use std::cell::RefCell;
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// What an input showed: hashes of whatever tells it from others.
pub type Seen = Vec<u64>;

/// Something to throw inputs at.
pub struct Target {
    /// Its name, and that of the folder with what it kept.
    pub name: &'static str,
    /// What mutations start from.
    pub seeds: Vec<Vec<u8>>,
    /// Inputs are JSON, and are also changed as such.
    pub json: bool,
    /// Runs one input; what must hold is said to be broken by an error.
    pub run: fn(&[u8]) -> Result<Seen, String>,
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("name", &self.name).field("seeds", &self.seeds.len()).finish_non_exhaustive()
    }
}

/// Inputs are not longer than this: what is long has bounds of its own (tests/bounds.rs).
const LONGEST: usize = 48 << 10;
/// What an input may take on the processor: this, and so much for each of its bytes.
const PATIENCE: Duration = Duration::from_secs(2);
const PATIENCE_A_BYTE: Duration = Duration::from_micros(100);

/// Why an input fails; `place` tells one failure from another.
struct Failure {
    place: String,
    what: String,
}

thread_local! {
    static PANIC: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// Panics of inputs are noted, not printed; those of others are printed as ever.
fn listen() {
    use std::sync::Once;
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let noted = PANIC.with(|p| {
                let mut slot = p.borrow_mut();
                let listens = slot.is_some();
                if listens {
                    let place = info.location().map_or_else(|| "somewhere".into(), ToString::to_string);
                    *slot = Some((place, info.to_string()));
                }
                listens
            });
            if !noted {
                before(info);
            }
        }));
    });
}

fn attempt(target: &Target, input: &[u8]) -> Result<Seen, Failure> {
    PANIC.with(|p| *p.borrow_mut() = Some((String::new(), String::new())));
    let start = processor_time();
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let took = processor_time().saturating_sub(start);
    let (place, what) = PANIC.with(|p| p.borrow_mut().take()).unwrap_or_default();
    let patience = PATIENCE + PATIENCE_A_BYTE * u32::try_from(input.len()).unwrap_or(u32::MAX);
    match result {
        Err(_) => Err(Failure { place, what }),
        Ok(Err(what)) => Err(Failure { place: "broken".into(), what }),
        Ok(Ok(_)) if took > patience => Err(Failure { place: "slow".into(), what: format!("{} bytes take {took:?}", input.len()) }),
        Ok(Ok(seen)) => Ok(seen),
    }
}

/// The smallest input that fails alike: pieces are taken out as long as that works.
fn shrink(target: &Target, mut input: Vec<u8>, failure: &Failure) -> Vec<u8> {
    let until = Instant::now() + Duration::from_secs(60);
    let fails = |bytes: &[u8]| attempt(target, bytes).is_err_and(|f| f.place == failure.place);
    let mut size = (input.len() / 2).max(1);
    loop {
        let mut at = 0;
        let mut shorter = false;
        while at < input.len() && Instant::now() < until {
            let mut tried = input.clone();
            tried.drain(at..(at + size).min(input.len()));
            if fails(&tried) {
                input = tried;
                shorter = true;
            } else {
                at += size;
            }
        }
        if Instant::now() >= until || (size == 1 && !shorter) {
            return input;
        }
        size = (size / 2).max(1);
    }
}

fn folder(target: &Target) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases/fuzz").join(target.name)
}

fn fail(target: &Target, input: Vec<u8>, failure: &Failure) -> ! {
    let input = shrink(target, input, failure);
    let file = folder(target).join(format!("found-{:016x}", hash(&input)));
    std::fs::create_dir_all(folder(target)).unwrap();
    std::fs::write(&file, &input).unwrap();
    panic!("{}: {}\nkept as {}:\n{}", target.name, failure.what, file.display(), String::from_utf8_lossy(&input));
}

/// How long a target is fuzzed: `GATESCOPE_FUZZ_SECONDS`, or 30 s.
pub fn seconds() -> Duration {
    Duration::from_secs(std::env::var("GATESCOPE_FUZZ_SECONDS").map_or(30, |s| s.parse().expect("GATESCOPE_FUZZ_SECONDS is a number")))
}

/// Replays what was kept, runs the seeds, and mutates them until the time is over. Panics at the first failure.
///
/// Where a run ended with an abort (a stack that overflowed, memory that ran out), the input that did it lies in
/// `scratch`, and the next run begins with it.
pub fn drive(target: &Target, scratch: &str) {
    listen();
    for (name, input) in kept(&folder(target)) {
        if let Err(f) = attempt(target, &input) {
            panic!("{}: {name} fails again: {}", target.name, f.what);
        }
    }
    let running = PathBuf::from(scratch).join(format!("running-{}", target.name));
    if let Ok(last) = std::fs::read(&running) {
        eprintln!("{}: the last run did not end: its last input first ({})", target.name, running.display());
        if let Err(f) = attempt(target, &last) {
            fail(target, last, &f);
        }
    }
    let seed: u64 = std::env::var("GATESCOPE_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let mut mutator = Mutator::new(Seed::new(seed ^ hash(target.name.as_bytes())), target.json);
    let (mut pool, mut known): (Vec<Vec<u8>>, HashSet<u64>) = (Vec::new(), HashSet::new());
    let start = Instant::now();
    for input in &target.seeds {
        match attempt(target, input) {
            Ok(seen) => known.extend(seen),
            Err(f) => fail(target, input.clone(), &f),
        }
        if input.len() <= LONGEST {
            pool.push(input.clone());
        }
    }
    assert!(!pool.is_empty(), "{} has no seeds", target.name);
    let (until, mut runs, mut grown) = (start + seconds(), 0_usize, 0_usize);
    while Instant::now() < until {
        let mut input = mutator.next(&pool);
        input.truncate(LONGEST);
        std::fs::write(&running, &input).unwrap();
        match attempt(target, &input) {
            Ok(seen) => {
                runs += 1;
                if seen.into_iter().filter(|s| known.insert(*s)).count() > 0 {
                    pool.push(input);
                    grown += 1;
                }
            }
            Err(f) => {
                let _ = std::fs::remove_file(&running);
                fail(target, input, &f);
            }
        }
    }
    let _ = std::fs::remove_file(&running);
    eprintln!("{}: {} seeds, {runs} inputs, {grown} of them showed something new, {:.0?}", target.name, target.seeds.len(), start.elapsed());
}
