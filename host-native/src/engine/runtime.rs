//! A module, checked and compiled, ready to be instantiated any number of times.

use super::{ABI_VERSION, Cause, Failure, ModuleFile, cache};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use wasmtime::{Collector, Config, Engine, InstancePre, Linker, Module};

/// How often a running call's clock moves.
pub(super) const TICK: Duration = Duration::from_millis(10);

/// A module of ours, compiled.
#[derive(Clone)]
pub struct Runtime {
    pub(super) engine: Engine,
    pub(super) ready: InstancePre<super::instance::Guard>,
    pub(super) clock: Arc<Clock>,
    file: ModuleFile,
    /// It came from the cache.
    cached: bool,
    took: Duration,
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("file", &self.file).field("cached", &self.cached).field("took", &self.took).finish_non_exhaustive()
    }
}

impl Runtime {
    /// Checks and compiles a module, or takes it from the user's cache.
    pub fn new(file: ModuleFile) -> Result<Self, Failure> {
        Self::with_cache(file, cache::folder().as_deref())
    }

    /// The same with another cache folder, or none.
    pub fn with_cache(file: ModuleFile, folder: Option<&std::path::Path>) -> Result<Self, Failure> {
        let start = Instant::now();
        let mut config = Config::new();
        config.epoch_interruption(true).collector(Collector::Null).wasm_backtrace_max_frames(None);
        let engine = Engine::new(&config).map_err(|e| Failure::new(Cause::Module, format!("wasmtime cannot be set up: {e}")))?;
        let kept = folder.and_then(|f| cache::read(f, file.sha256(), &engine));
        let cached = kept.is_some();
        let module = match kept {
            Some(module) => module,
            None => {
                check_magic(&file)?;
                let module = Module::from_binary(&engine, file.bytes())
                    .map_err(|e| foreign(&file, &format!("it is not WebAssembly that can be run ({})", first_line(&e))))?;
                if let Some(folder) = folder {
                    cache::write(folder, file.sha256(), &engine, &module);
                }
                module
            }
        };
        if module.get_export("gatescope_abi_version").is_none() || module.get_export("memory").is_none() {
            return Err(foreign(&file, "it is WebAssembly, but it exports no `gatescope_abi_version`"));
        }
        let mut linker: Linker<super::instance::Guard> = Linker::new(&engine);
        let ready = linker
            .define_unknown_imports_as_traps(&module)
            .and_then(|()| linker.instantiate_pre(&module))
            .map_err(|e| foreign(&file, &format!("its imports cannot be met ({})", first_line(&e))))?;
        let clock = Clock::start(&engine);
        let runtime = Self { engine, ready, clock, file, cached, took: start.elapsed() };
        // An instance says whether the module speaks our language, before anybody relies on it.
        super::instance::Instance::new(&runtime, usize::MAX, Duration::from_secs(10))?;
        Ok(runtime)
    }

    /// The file that runs.
    pub fn file(&self) -> &ModuleFile {
        &self.file
    }

    /// Whether compiling was saved.
    pub fn was_cached(&self) -> bool {
        self.cached
    }

    /// How long compiling, or reading the compiled code, took.
    pub fn took(&self) -> Duration {
        self.took
    }
}

fn check_magic(file: &ModuleFile) -> Result<(), Failure> {
    if file.bytes().starts_with(b"\0asm") {
        return Ok(());
    }
    Err(foreign(file, "it is not WebAssembly"))
}

pub(super) fn foreign(file: &ModuleFile, why: &str) -> Failure {
    Failure::new(Cause::Module, format!("{}: {why}", file.origin())).hint("`gatescope module -o FILE` writes out the module that this program carries")
}

/// What an instance's version number means to this program.
pub(super) fn check_version(file: &ModuleFile, version: u32) -> Result<(), Failure> {
    match version {
        ABI_VERSION => Ok(()),
        newer if newer > ABI_VERSION => Err(Failure::new(
            Cause::Module,
            format!("{}: it speaks version {newer} of the module ABI, and this gatescope only version {ABI_VERSION}", file.origin()),
        )
        .hint("use a newer gatescope, or a module of this one's age")),
        other => Err(foreign(file, &format!("it says that it speaks version {other} of the module ABI, which there never was"))),
    }
}

pub(super) fn first_line(e: &wasmtime::Error) -> String {
    e.to_string().lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// Moves the epoch while calls come, and sleeps otherwise. A call costs two atomic additions: the thread is only woken
/// where it had nothing to do for a while.
pub(super) struct Clock {
    running: AtomicUsize,
    asleep: AtomicBool,
    sleep: Mutex<()>,
    wake: Condvar,
}

impl Clock {
    /// Ticks without a call until the thread goes to sleep.
    const LINGER: u32 = 20;

    fn start(engine: &Engine) -> Arc<Self> {
        let clock = Arc::new(Self { running: AtomicUsize::new(0), asleep: AtomicBool::new(false), sleep: Mutex::new(()), wake: Condvar::new() });
        let (weak, engine) = (Arc::downgrade(&clock), engine.weak());
        let tick = move || {
            let mut idle = 0_u32;
            loop {
                let (Some(clock), Some(engine)) = (weak.upgrade(), engine.upgrade()) else { return };
                idle = if clock.running.load(SeqCst) > 0 { 0 } else { idle.saturating_add(1) };
                if idle > Self::LINGER {
                    if clock.rest() {
                        idle = 0;
                    }
                    continue;
                }
                drop(clock);
                std::thread::sleep(TICK);
                engine.increment_epoch();
            }
        };
        // Without the thread there is no deadline, and all else works.
        let _ = std::thread::Builder::new().name("module-clock".into()).spawn(tick);
        clock
    }

    /// Sleeps until a call comes, or a second has passed: now and then a look at whether anybody is left. Whether one came.
    fn rest(&self) -> bool {
        let guard = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
        self.asleep.store(true, SeqCst);
        // A call counts itself before it looks at `asleep`: one of the two sees the other.
        let came = self.running.load(SeqCst) > 0 || self.wake.wait_timeout(guard, Duration::from_secs(1)).is_ok_and(|(_guard, waited)| !waited.timed_out());
        self.asleep.store(false, SeqCst);
        came
    }

    /// Runs a call with the clock going.
    pub(super) fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        self.running.fetch_add(1, SeqCst);
        if self.asleep.load(SeqCst) {
            let _guard = self.sleep.lock().unwrap_or_else(PoisonError::into_inner);
            self.wake.notify_one();
        }
        let out = call();
        self.running.fetch_sub(1, SeqCst);
        out
    }
}
