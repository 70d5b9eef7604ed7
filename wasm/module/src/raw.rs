//! The raw ABI: numbers and memory only. docs/module-abi.md is its contract, function by function.
//!
//! Input lies in memory that the host took with `gatescope_alloc` and gives back with `gatescope_free`. A result
//! lies in memory of the module's and holds until the next call that makes one.
#![expect(unsafe_code, reason = "a foreign interface: memory is handed over as address and length")]
#![allow(unreachable_pub, missing_docs, reason = "exported by name; documented in docs/module-abi.md")]

use crate::wire::{self, Refusal};
use crate::{ABI_VERSION, panics};
use gatescope_core::Engine;
use std::alloc::{Layout, alloc, dealloc};
use std::cell::RefCell;

/// Every call's answer in one number.
const OK: u32 = 0;
/// The input is not JSON; what was read before the error is in force.
const INPUT: u32 = 1;
/// There is no such engine or object.
const NOT_FOUND: u32 = 2;
/// The call itself is wrong.
const ARGUMENT: u32 = 3;
/// An earlier call panicked: this instance is lost.
const LOST: u32 = 4;

struct State {
    /// By handle less one.
    engines: Vec<Option<Engine>>,
    result: Vec<u8>,
}

thread_local! {
    static STATE: RefCell<State> = const { RefCell::new(State { engines: Vec::new(), result: Vec::new() }) };
}

/// The host's bytes.
fn input<'a>(ptr: *const u8, len: usize) -> &'a [u8] {
    if ptr.is_null() || len == 0 {
        return &[];
    }
    // SAFETY: the contract: `len` bytes that the host wrote and does not touch during the call.
    unsafe { std::slice::from_raw_parts(ptr, len) }
}

fn status(code: &str) -> u32 {
    match code {
        "input" => INPUT,
        "not-found" => NOT_FOUND,
        _ => ARGUMENT,
    }
}

impl State {
    fn answer(&mut self, answer: Result<Vec<u8>, Refusal>) -> u32 {
        match answer {
            Ok(bytes) => {
                self.result = bytes;
                OK
            }
            Err(refusal) => {
                self.result = wire::json(&refusal);
                status(refusal.code)
            }
        }
    }
}

fn with_state<T>(lost: T, call: impl FnOnce(&mut State) -> T) -> T {
    STATE.with(|state| match state.try_borrow_mut() {
        Ok(mut state) if !panics::lost() => {
            // What the last call left must not stand beside what this one makes.
            state.result = Vec::new();
            call(&mut state)
        }
        _ => lost,
    })
}

fn with_engine(handle: u32, call: impl FnOnce(&mut Engine) -> Result<Vec<u8>, Refusal>) -> u32 {
    with_state(LOST, |state| {
        let engine = (handle as usize).checked_sub(1).and_then(|i| state.engines.get_mut(i)).and_then(Option::as_mut);
        let answer = match engine {
            Some(engine) => call(engine),
            None => Err(Refusal::not_found(format!("there is no engine {handle}"))),
        };
        state.answer(answer)
    })
}

fn revision(engine: &Engine) -> Vec<u8> {
    format!("{{\"revision\":{}}}", engine.revision()).into_bytes()
}

fn text<'a>(ptr: *const u8, len: usize, what: &str) -> Result<&'a str, Refusal> {
    str::from_utf8(input(ptr, len)).map_err(|_| Refusal::argument(format!("{what} is not UTF-8")))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_abi_version() -> u32 {
    ABI_VERSION
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_alloc(len: usize) -> *mut u8 {
    panics::install(None);
    match Layout::from_size_align(len.max(1), 8) {
        // SAFETY: the size is at least 1.
        Ok(layout) => unsafe { alloc(layout) },
        Err(_) => std::ptr::null_mut(),
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_free(ptr: *mut u8, len: usize) {
    if let (false, Ok(layout)) = (ptr.is_null(), Layout::from_size_align(len.max(1), 8)) {
        // SAFETY: the contract: address and length of one `gatescope_alloc`.
        unsafe { dealloc(ptr, layout) };
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_result_ptr() -> *const u8 {
    STATE.with(|state| state.try_borrow().map_or(std::ptr::null(), |s| s.result.as_ptr()))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_result_len() -> usize {
    STATE.with(|state| state.try_borrow().map_or(0, |s| s.result.len()))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_result_free() {
    with_state((), |_| ());
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_panic_ptr() -> *const u8 {
    panics::place().0
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_panic_len() -> usize {
    panics::place().1
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_about() -> u32 {
    with_state(LOST, |state| state.answer(Ok(wire::about())))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_catalogue() -> u32 {
    with_state(LOST, |state| state.answer(Ok(wire::catalogue())))
}

/// A handle, or 0 with the reason in the result.
#[unsafe(no_mangle)]
pub extern "C" fn gatescope_engine_new(ptr: *const u8, len: usize) -> u32 {
    panics::install(None);
    with_state(0, |state| match wire::settings(input(ptr, len)) {
        Ok(settings) => {
            let free = state.engines.iter().position(Option::is_none).unwrap_or(state.engines.len());
            if free == state.engines.len() {
                state.engines.push(None);
            }
            if let Some(slot) = state.engines.get_mut(free) {
                *slot = Some(Engine::new(settings));
            }
            u32::try_from(free.saturating_add(1)).unwrap_or(0)
        }
        Err(refusal) => {
            state.answer(Err(refusal));
            0
        }
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_engine_free(handle: u32) -> u32 {
    with_state(LOST, |state| {
        let engine = (handle as usize).checked_sub(1).and_then(|i| state.engines.get_mut(i)).and_then(Option::take);
        let answer = engine.map(|_| Vec::new()).ok_or_else(|| Refusal::not_found(format!("there is no engine {handle}")));
        state.answer(answer)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_load(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| {
        let objects = wire::load(engine, input(ptr, len)).map_err(Refusal::input)?;
        Ok(format!("{{\"objects\":{objects}}}").into_bytes())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_settle(handle: u32) -> u32 {
    with_engine(handle, |engine| {
        engine.settle();
        Ok(revision(engine))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_rebuild(handle: u32) -> u32 {
    with_engine(handle, |engine| {
        engine.rebuild();
        Ok(revision(engine))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_apply(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| {
        let steps = wire::steps(input(ptr, len))?;
        Ok(wire::json(&wire::apply(engine, &steps)))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_profile(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| Ok(wire::json(&engine.choose(wire::profile(text(ptr, len, "the profile")?)?))))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_report(handle: u32) -> u32 {
    with_engine(handle, |engine| Ok(engine.report_json()))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_part(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| wire::part(engine, text(ptr, len, "the part's name")?))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_exposures(handle: u32, from: u32, most: u32) -> u32 {
    with_engine(handle, |engine| Ok(engine.columns_from(from, most as usize)))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_columns(handle: u32) -> u32 {
    with_engine(handle, |engine| Ok(engine.columns()))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_explain(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| wire::explain(engine, input(ptr, len)))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_names(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| Ok(wire::json(&engine.names(text(ptr, len, "the kind")?))))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_trace(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| wire::trace(engine, input(ptr, len)))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_trace_everywhere(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| wire::trace_everywhere(engine, input(ptr, len)))
}

#[unsafe(no_mangle)]
pub extern "C" fn gatescope_layout(handle: u32, ptr: *const u8, len: usize) -> u32 {
    with_engine(handle, |engine| wire::lay_out(engine, input(ptr, len)))
}

/// 1 traps, 2 panics, 3 never ends, 4 takes all memory.
#[cfg(feature = "faults")]
#[unsafe(no_mangle)]
pub extern "C" fn gatescope_test_fault(what: u32) {
    match what {
        1 => crate::faults::trap(),
        2 => crate::faults::panic_now(),
        3 => crate::faults::spin(),
        4 => crate::faults::eat(),
        _ => {}
    }
}
