//! The resolver of the exporter: the module in wasmtime unless told otherwise.

use super::Serve;
use crate::cli::EngineKind;
use crate::fail::Fail;
use crate::hub::Make;
use gatescope::engine::{Limits, ModuleFile, Native, Runtime, Wasm};
use std::time::Duration;
use tracing::{info, warn};

/// A resolver to be made, and the module to be shown.
pub(super) struct Made {
    pub make: Make,
    pub kind: &'static str,
    /// The module that is served: the one that runs, or else the one that this program carries.
    pub module: Option<ModuleFile>,
    /// SHA-256 of the module that runs.
    pub running: Option<String>,
}

/// What the options ask for. A build without a module serves natively, and says so.
pub(super) fn of(args: &Serve) -> Result<Made, Fail> {
    let settings = crate::verbs::settings(&args.input)?;
    let native = |settings: gatescope_core::Settings| Made {
        make: Box::new(move || Ok(Box::new(Native::holding(settings.clone())) as crate::verbs::Engine)),
        kind: "native",
        module: ModuleFile::embedded(),
        running: None,
    };
    let file = match (args.input.engine, &args.input.module) {
        (Some(EngineKind::Native), Some(_)) => {
            return Err(Fail::usage("--module is for the wasm engine, and --engine says native").hint("leave one of them out"));
        }
        (Some(EngineKind::Native), None) => return Ok(native(settings)),
        (_, Some(path)) => ModuleFile::read(path)?,
        (Some(EngineKind::Wasm), None) => ModuleFile::embedded_or_why()?,
        (None, None) => match ModuleFile::embedded() {
            Some(file) => file,
            None => {
                warn!("this build carries no module: it serves with --engine native");
                return Ok(native(settings));
            }
        },
    };
    if !(args.module_deadline.is_finite() && args.module_deadline >= 0.05) {
        return Err(Fail::usage("--module-deadline is too short").hint("0.05 seconds is the least"));
    }
    let limits = Limits { memory: (args.module_memory as usize) << 20, deadline: Duration::from_secs_f64(args.module_deadline), hold: true };
    let runtime = Runtime::new(file)?;
    // The compiler needs more than everything else together.
    crate::allocator::give_back();
    info!(
        module = runtime.file().sha256(),
        cached = runtime.was_cached(),
        took_ms = u64::try_from(runtime.took().as_millis()).unwrap_or(0),
        "the module is ready"
    );
    let file = runtime.file().clone();
    let sum = file.sha256().to_owned();
    let make: Make = Box::new(move || Ok(Box::new(Wasm::new(&runtime, &settings, limits)?) as crate::verbs::Engine));
    Ok(Made { make, kind: "wasm", module: Some(file), running: Some(sum) })
}
