//! What each verb does; printing is left to `render`.

mod check;
mod diff;
mod explain;
mod live;
mod module;
mod page;
mod resolve;
mod serve;
mod snapshot;
mod trace;

pub(crate) use check::run as check;
pub(crate) use diff::run as diff;
pub(crate) use explain::run as explain;
pub(crate) use explain::{find as explain_find, kind as explain_kind, not_there as explain_not_there};
pub(crate) use module::{run as module, version};
pub(crate) use page::{Page, run as page};
pub(crate) use resolve::{check as check_filter, run as resolve};
pub(crate) use serve::{Serve, run as serve};
pub(crate) use snapshot::run as snapshot;
pub(crate) use trace::run as trace;

use crate::cli::{EngineKind, Input};
use crate::fail::{Fail, tell};
use crate::input;
use crate::progress::Progress;
use crate::term::{Color, Screen, safe_json};
use gatescope::engine::{Failure, Limits, ModuleFile, Native, Resolver, Runtime, Wasm};
use gatescope_core::{Change, Settings};
use std::io::Write as _;

/// What every verb may need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context {
    pub out: Screen,
    pub err: Screen,
}

impl Context {
    pub(crate) fn new(color: Color) -> Self {
        Self { out: Screen::stdout(color), err: Screen::stderr(color) }
    }

    /// Prints text.
    pub(crate) fn print(&self, text: &str) -> Result<(), Fail> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())?;
        Ok(out.flush()?)
    }

    /// Prints a value as JSON, alone, with a line break at its end.
    pub(crate) fn json(&self, value: &impl serde::Serialize) -> Result<(), Fail> {
        if self.out.terminal {
            let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
            return self.print(&format!("{}\n", safe_json(&text)));
        }
        let mut out = std::io::BufWriter::new(std::io::stdout().lock());
        serde_json::to_writer_pretty(&mut out, value).map_err(std::io::Error::from)?;
        out.write_all(b"\n")?;
        Ok(out.flush()?)
    }
}

/// The resolver that the options ask for, wherever it runs.
pub(crate) type Engine = Box<dyn Resolver>;

/// The objects, resolved, and the exit code that reading them asks for.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub engine: Engine,
    /// 0, or 2 where a file that was asked for gave nothing.
    pub code: u8,
}

/// Reads and resolves what the options name. Problems are told at once, so that they stand before the answer.
pub(crate) fn read(context: &Context, options: &Input) -> Result<Resolved, Fail> {
    let mut engine = open(options, settings(options)?)?;
    let code = load_input(context, options, &mut [&mut engine])?;
    Ok(Resolved { engine, code })
}

/// The resolver's settings that the options ask for.
pub(crate) fn settings(options: &Input) -> Result<Settings, Fail> {
    Ok(Settings { profile: options.profile.clone(), complete: options.complete, tenant_label: options.tenant_label.clone() })
}

/// An empty engine, as the options ask for it.
pub(crate) fn open(options: &Input, settings: Settings) -> Result<Engine, Fail> {
    let file = match (options.engine, &options.module) {
        (Some(EngineKind::Native), Some(_)) => {
            return Err(Fail::usage("--module is for the wasm engine, and --engine says native").hint("leave one of them out"));
        }
        (Some(EngineKind::Wasm), None) => ModuleFile::embedded_or_why()?,
        (_, Some(path)) => ModuleFile::read(path)?,
        (Some(EngineKind::Native) | None, None) => return Ok(Box::new(Native::new(settings))),
    };
    // One process runs one module; two sides of a diff share what was compiled.
    static RUNTIME: std::sync::OnceLock<Runtime> = std::sync::OnceLock::new();
    let runtime = match RUNTIME.get() {
        Some(runtime) => runtime,
        None => {
            let new = Runtime::new(file)?;
            RUNTIME.get_or_init(|| new)
        }
    };
    // A verb ends with its first failure, and may take what 32 bits can name: there is nobody to protect.
    let limits = Limits { memory: usize::MAX, deadline: std::time::Duration::from_secs(600), hold: false };
    Ok(Box::new(Wasm::new(runtime, &settings, limits)?))
}

/// Reads the files that the options name, or else the cluster, into every engine, and resolves. Returns 0, or 2
/// where a file that was asked for gave nothing; fails where nothing was read at all.
pub(crate) fn load_input(context: &Context, options: &Input, engines: &mut [&mut Engine]) -> Result<u8, Fail> {
    if options.file.is_empty() {
        return live::load_into(context, &options.cluster, engines);
    }
    load_into(context, &options.file, engines)
}

/// The same for files.
pub(crate) fn load_into(context: &Context, files: &[String], engines: &mut [&mut Engine]) -> Result<u8, Fail> {
    let progress = Progress::start();
    let mut lost: Option<Failure> = None;
    let loaded = input::load(files, &progress, &mut |json| {
        let mut result = Ok(0);
        for engine in engines.iter_mut() {
            result = match engine.load(json) {
                Ok(n) => Ok(n),
                Err(Failure { cause: gatescope::engine::Cause::Input(e), .. }) => Err(e),
                Err(failure) => {
                    lost.get_or_insert(failure);
                    Ok(0)
                }
            };
        }
        result
    });
    if let Some(failure) = lost {
        return Err(failure.into());
    }
    progress.stage(|| format!("resolving {} objects", loaded.objects));
    if !loaded.is_empty() {
        for engine in engines.iter_mut() {
            engine.settle()?;
        }
    }
    drop(progress);
    tell(context.err, &loaded.problems);
    if loaded.is_empty() {
        return Err(Fail::Told);
    }
    Ok(if loaded.failed() { 2 } else { 0 })
}

/// Lays manifests over what the engine holds: the same kind, namespace and name is replaced, the rest is added.
pub(crate) fn overlay(context: &Context, files: &[String], engine: &mut Engine) -> Result<u8, Fail> {
    let progress = Progress::start();
    let mut texts: Vec<Vec<u8>> = Vec::new();
    let loaded = input::load(files, &progress, &mut |json| {
        // Only the engine can count objects; here it is enough that the text is JSON.
        serde_json::from_slice::<serde::de::IgnoredAny>(json).map_err(|e| gatescope_core::InputError {
            message: e.to_string(),
            line: e.line(),
            column: e.column(),
            objects: 0,
        })?;
        texts.push(json.to_vec());
        Ok(1)
    });
    progress.stage(|| "resolving the changes".into());
    let changes: Vec<Change<'_>> = texts.iter().map(|t| Change::Json(t)).collect();
    let (_, errors) = engine.apply(&changes)?;
    drop(progress);
    tell(context.err, &loaded.problems);
    for e in errors {
        tell(context.err, &[input::Problem::error("--with", e.message)]);
    }
    if loaded.is_empty() {
        return Err(Fail::Told);
    }
    Ok(if loaded.failed() { 2 } else { 0 })
}
