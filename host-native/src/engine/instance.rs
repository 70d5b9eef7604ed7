//! One instance of the module, spoken to through the raw ABI (docs/module-abi.md).

use super::runtime::{Runtime, TICK, check_version, first_line, foreign};
use super::{Cause, Failure};
use gatescope_core::InputError;
use serde::Deserialize;
use std::time::Duration;
use wasmtime::{Memory, ResourceLimiter, Store, Trap, TypedFunc, WasmParams, WasmResults};

/// Keeps an instance within its memory, and remembers that it wanted more.
#[derive(Debug)]
pub(super) struct Guard {
    cap: usize,
    refused: bool,
}

impl ResourceLimiter for Guard {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let allowed = desired <= self.cap;
        self.refused |= !allowed;
        Ok(allowed)
    }
    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= 100_000)
    }
}

/// Calls that take bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verb {
    Load,
    Apply,
    Profile,
    Part,
    Explain,
    Names,
    Trace,
    TraceEverywhere,
    Layout,
}

/// Calls that take none.
#[derive(Clone, Copy, Debug)]
pub(super) enum Plain {
    Settle,
    Report,
    Columns,
}

impl Verb {
    const ALL: [(Self, &str); 9] = [
        (Self::Load, "gatescope_load"),
        (Self::Apply, "gatescope_apply"),
        (Self::Profile, "gatescope_profile"),
        (Self::Part, "gatescope_part"),
        (Self::Explain, "gatescope_explain"),
        (Self::Names, "gatescope_names"),
        (Self::Trace, "gatescope_trace"),
        (Self::TraceEverywhere, "gatescope_trace_everywhere"),
        (Self::Layout, "gatescope_layout"),
    ];
}

impl Plain {
    const ALL: [(Self, &str); 3] = [(Self::Settle, "gatescope_settle"), (Self::Report, "gatescope_report"), (Self::Columns, "gatescope_columns")];
}

/// What the module says of a call that it refused.
#[derive(Deserialize)]
struct Refused {
    code: String,
    message: String,
    line: usize,
    column: usize,
    objects: usize,
}

pub(super) struct Instance {
    store: Store<Guard>,
    memory: Memory,
    deadline: Duration,
    clock: std::sync::Arc<super::runtime::Clock>,
    alloc: TypedFunc<u32, u32>,
    free: TypedFunc<(u32, u32), ()>,
    result_ptr: TypedFunc<(), u32>,
    result_len: TypedFunc<(), u32>,
    result_free: TypedFunc<(), ()>,
    panic_ptr: TypedFunc<(), u32>,
    panic_len: TypedFunc<(), u32>,
    engine_new: TypedFunc<(u32, u32), u32>,
    engine_free: TypedFunc<u32, u32>,
    verbs: Vec<TypedFunc<(u32, u32, u32), u32>>,
    plain: Vec<TypedFunc<u32, u32>>,
    exposures: TypedFunc<(u32, u32, u32), u32>,
    engine: u32,
}

impl std::fmt::Debug for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Instance").field("memory", &self.memory()).finish_non_exhaustive()
    }
}

impl Instance {
    /// An instance without an engine in it.
    pub(super) fn new(runtime: &Runtime, cap: usize, deadline: Duration) -> Result<Self, Failure> {
        let file = runtime.file();
        let mut store = Store::new(&runtime.engine, Guard { cap, refused: false });
        store.limiter(|guard| guard);
        store.set_epoch_deadline(ticks(deadline));
        store.epoch_deadline_trap();
        let instance = runtime
            .ready
            .instantiate(&mut store)
            .map_err(|e| if store.data().refused { too_large(cap) } else { foreign(file, &format!("it cannot be instantiated ({})", first_line(&e))) })?;
        let lacks = |name: &str| foreign(file, &format!("it exports no `{name}` of the form that this gatescope calls"));
        // The version first: what else there is depends on it.
        let version: TypedFunc<(), u32> = func(&mut store, &instance, "gatescope_abi_version").ok_or_else(|| lacks("gatescope_abi_version"))?;
        let said =
            runtime.clock.during(|| version.call(&mut store, ())).map_err(|e| foreign(file, &format!("it does not say its version ({})", first_line(&e))))?;
        check_version(file, said)?;
        macro_rules! get {
            ($name:literal) => {
                func(&mut store, &instance, $name).ok_or_else(|| lacks($name))?
            };
        }
        let mut verbs = Vec::new();
        for (_, name) in Verb::ALL {
            verbs.push(func(&mut store, &instance, name).ok_or_else(|| lacks(name))?);
        }
        let mut plain = Vec::new();
        for (_, name) in Plain::ALL {
            plain.push(func(&mut store, &instance, name).ok_or_else(|| lacks(name))?);
        }
        Ok(Self {
            memory: instance.get_memory(&mut store, "memory").ok_or_else(|| lacks("memory"))?,
            alloc: get!("gatescope_alloc"),
            free: get!("gatescope_free"),
            exposures: get!("gatescope_exposures"),
            result_ptr: get!("gatescope_result_ptr"),
            result_len: get!("gatescope_result_len"),
            result_free: get!("gatescope_result_free"),
            panic_ptr: get!("gatescope_panic_ptr"),
            panic_len: get!("gatescope_panic_len"),
            engine_new: get!("gatescope_engine_new"),
            engine_free: get!("gatescope_engine_free"),
            verbs,
            plain,
            store,
            deadline,
            clock: runtime.clock.clone(),
            engine: 0,
        })
    }

    /// Makes the engine in it, in the place of the one that there was.
    pub(super) fn open(&mut self, settings: &[u8]) -> Result<(), Failure> {
        if self.engine != 0 {
            let free = self.engine_free.clone();
            self.call(&free, self.engine)?;
        }
        let make = self.engine_new.clone();
        let handle = self.with_input(settings, |this, ptr, len| this.call(&make, (ptr, len)))?;
        if handle == 0 {
            return Err(self.refusal());
        }
        self.engine = handle;
        Ok(())
    }

    /// A call with bytes; `read` sees the result where it lies.
    pub(super) fn verb<T>(&mut self, verb: Verb, input: &[u8], read: impl FnOnce(&[u8]) -> Result<T, Failure>) -> Result<T, Failure> {
        let func = self.verbs.get(verb as usize).cloned().ok_or_else(|| gone("a function"))?;
        let engine = self.engine;
        let status = self.with_input(input, |this, ptr, len| this.call(&func, (engine, ptr, len)))?;
        self.answer(status, read)
    }

    /// A call without.
    pub(super) fn plain<T>(&mut self, verb: Plain, read: impl FnOnce(&[u8]) -> Result<T, Failure>) -> Result<T, Failure> {
        let func = self.plain.get(verb as usize).cloned().ok_or_else(|| gone("a function"))?;
        let status = self.call(&func, self.engine)?;
        self.answer(status, read)
    }

    /// Some exposures.
    pub(super) fn exposures<T>(&mut self, from: u32, most: u32, read: impl FnOnce(&[u8]) -> Result<T, Failure>) -> Result<T, Failure> {
        let func = self.exposures.clone();
        let status = self.call(&func, (self.engine, from, most))?;
        self.answer(status, read)
    }

    /// Bytes of memory.
    pub(super) fn memory(&self) -> usize {
        self.memory.data_size(&self.store)
    }

    fn answer<T>(&mut self, status: u32, read: impl FnOnce(&[u8]) -> Result<T, Failure>) -> Result<T, Failure> {
        if status != 0 {
            return Err(self.refusal());
        }
        let out = read(self.result()?)?;
        let free = self.result_free.clone();
        self.call(&free, ())?;
        Ok(out)
    }

    fn result(&mut self) -> Result<&[u8], Failure> {
        let (ptr, len) = (self.result_ptr.clone(), self.result_len.clone());
        let (ptr, len) = (self.call(&ptr, ())? as usize, self.call(&len, ())? as usize);
        let end = ptr.checked_add(len).ok_or_else(|| gone("its result"))?;
        self.memory.data(&self.store).get(ptr..end).ok_or_else(|| gone("its result"))
    }

    fn refusal(&mut self) -> Failure {
        let said: Option<Refused> = self.result().ok().and_then(|bytes| serde_json::from_slice(bytes).ok());
        match said {
            Some(r) if r.code == "input" => Failure::input(InputError { message: r.message, line: r.line, column: r.column, objects: r.objects }),
            Some(r) => Failure::new(Cause::Argument, r.message),
            None => Failure::new(Cause::Trap, "the module failed without saying why"),
        }
    }

    /// Puts bytes into the module for one call.
    fn with_input<T>(&mut self, input: &[u8], call: impl FnOnce(&mut Self, u32, u32) -> Result<T, Failure>) -> Result<T, Failure> {
        let len = u32::try_from(input.len()).map_err(|_| Failure::new(Cause::Memory, "the input is larger than a wasm module's memory can be"))?;
        if len == 0 {
            return call(self, 0, 0);
        }
        let (alloc, free) = (self.alloc.clone(), self.free.clone());
        let ptr = self.call(&alloc, len)?;
        if ptr == 0 {
            return Err(if self.store.data().refused { too_large(self.store.data().cap) } else { gone("memory for the input") });
        }
        self.memory.write(&mut self.store, ptr as usize, input).map_err(|_| gone("memory for the input"))?;
        let out = call(self, ptr, len)?;
        self.call(&free, (ptr, len))?;
        Ok(out)
    }

    fn call<P: WasmParams, R: WasmResults>(&mut self, func: &TypedFunc<P, R>, params: P) -> Result<R, Failure> {
        self.store.set_epoch_deadline(ticks(self.deadline));
        let clock = self.clock.clone();
        let result = clock.during(|| func.call(&mut self.store, params));
        result.map_err(|e| self.fault(&e))
    }

    /// What a trap was about.
    fn fault(&mut self, e: &wasmtime::Error) -> Failure {
        let trap = e.downcast_ref::<Trap>().copied();
        if trap == Some(Trap::Interrupt) {
            return Failure::new(Cause::Deadline, format!("the module gave no answer within {} s", self.deadline.as_secs_f32()));
        }
        if self.store.data().refused {
            return too_large(self.store.data().cap);
        }
        if let Some(said) = self.last_panic() {
            return Failure::new(Cause::Trap, format!("the module panicked: {said}")).hint("this is a fault in gatescope: please report it with this line");
        }
        let what = match trap {
            Some(trap) => trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
            None => first_line(e),
        };
        Failure::new(Cause::Trap, format!("the module trapped: {what}"))
    }

    /// What the module said before it died.
    fn last_panic(&mut self) -> Option<String> {
        self.store.set_epoch_deadline(ticks(Duration::from_secs(1)));
        let (ptr, len) = (self.panic_ptr.call(&mut self.store, ()).ok()? as usize, self.panic_len.call(&mut self.store, ()).ok()? as usize);
        let text = self.memory.data(&self.store).get(ptr..ptr.checked_add(len)?)?;
        let text = String::from_utf8_lossy(text).replace('\n', " ");
        (!text.is_empty()).then_some(text)
    }
}

fn func<P: WasmParams, R: WasmResults>(store: &mut Store<Guard>, instance: &wasmtime::Instance, name: &str) -> Option<TypedFunc<P, R>> {
    instance.get_typed_func(store, name).ok()
}

fn ticks(deadline: Duration) -> u64 {
    let n = deadline.as_millis().checked_div(TICK.as_millis()).unwrap_or(1);
    u64::try_from(n).unwrap_or(u64::MAX / 2).max(1).saturating_add(1)
}

fn gone(what: &str) -> Failure {
    Failure::new(Cause::Trap, format!("the module lost {what}"))
}

fn too_large(cap: usize) -> Failure {
    Failure::new(Cause::Memory, format!("the module wanted more than the {} MB of memory that it may have", cap >> 20))
        .hint("the snapshot is larger than this engine is set up for; --engine native has no such limit")
}
