//! The module without a supervisor: bytes in, bytes out, as the raw ABI has them. Benchmarks measure the module with
//! it; whoever wants answers that survive a trap uses [`super::Wasm`].

use super::instance::{Instance, Plain, Verb};
use super::wasm::{frames, settings_text};
use super::{Failure, Runtime};
use gatescope_core::{Change, Settings};
use std::time::Duration;

/// One instance.
#[derive(Debug)]
pub struct Bare(Instance);

impl Bare {
    /// A new instance, without an engine.
    pub fn new(runtime: &Runtime) -> Result<Self, Failure> {
        Instance::new(runtime, usize::MAX, Duration::from_secs(600)).map(Self)
    }

    /// An empty engine, in the place of the one that there was.
    pub fn open(&mut self, settings: &Settings) -> Result<(), Failure> {
        self.0.open(&settings_text(settings))
    }

    /// Takes in one JSON text.
    pub fn load(&mut self, json: &[u8]) -> Result<(), Failure> {
        self.0.verb(Verb::Load, json, |_| Ok(()))
    }

    /// Resolves what was loaded.
    pub fn settle(&mut self) -> Result<(), Failure> {
        self.0.plain(Plain::Settle, |_| Ok(()))
    }

    /// Changes; the delta as JSON.
    pub fn apply(&mut self, changes: &[Change<'_>]) -> Result<Vec<u8>, Failure> {
        self.0.verb(Verb::Apply, &frames(changes), |bytes| Ok(bytes.to_vec()))
    }

    /// The report as JSON.
    pub fn report(&mut self) -> Result<Vec<u8>, Failure> {
        self.0.plain(Plain::Report, |bytes| Ok(bytes.to_vec()))
    }

    /// The exposures as columns.
    pub fn columns(&mut self) -> Result<Vec<u8>, Failure> {
        self.0.plain(Plain::Columns, |bytes| Ok(bytes.to_vec()))
    }

    /// Bytes of memory.
    pub fn memory(&self) -> usize {
        self.0.memory()
    }
}
