//! What each verb does; printing is left to `render`.

mod check;
mod diff;
mod explain;
mod resolve;
mod trace;

pub(crate) use check::run as check;
pub(crate) use diff::run as diff;
pub(crate) use explain::run as explain;
pub(crate) use resolve::run as resolve;
pub(crate) use trace::run as trace;

use crate::cli::{EngineKind, Input};
use crate::fail::{Fail, tell};
use crate::input;
use crate::progress::Progress;
use crate::term::{Color, Screen, safe_json};
use gatescope_core::{Change, Engine, Settings};
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

/// The objects, resolved, and the exit code that reading them asks for.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub engine: Engine,
    /// 0, or 2 where a file that was asked for gave nothing.
    pub code: u8,
}

/// Reads and resolves what the options name. Problems are told at once, so that they stand before the answer.
pub(crate) fn read(context: &Context, options: &Input) -> Result<Resolved, Fail> {
    let settings = settings(options)?;
    require_input(options)?;
    let mut engine = Engine::new(settings);
    let code = load_into(context, &options.file, &mut [&mut engine])?;
    Ok(Resolved { engine, code })
}

/// The resolver's settings that the options ask for.
pub(crate) fn settings(options: &Input) -> Result<Settings, Fail> {
    if options.engine == EngineKind::Wasm {
        return Err(Fail::usage("--engine wasm is not part of this build yet").hint("leave it out: the native engine is the same resolver"));
    }
    Ok(Settings { profile: options.profile.clone(), complete: options.complete, tenant_label: options.tenant_label.clone() })
}

/// Without `-f` the objects would come from the cluster of the current kubeconfig context.
pub(crate) fn require_input(options: &Input) -> Result<(), Fail> {
    if options.file.is_empty() {
        return Err(Fail::usage("no input: reading a live cluster is not part of this build yet")
            .hint("name a file, a folder or `-`: kubectl get gatewayclasses,gateways,httproutes,services,namespaces,referencegrants -A -o yaml | gatescope … -f -"));
    }
    Ok(())
}

/// Reads the files into every engine, resolves, and tells the problems. Returns 0, or 2 where a file that
/// was asked for gave nothing; fails where nothing was read at all.
pub(crate) fn load_into(context: &Context, files: &[String], engines: &mut [&mut Engine]) -> Result<u8, Fail> {
    let progress = Progress::start();
    let loaded = input::load(files, &progress, &mut |json| {
        let mut result = Ok(0);
        for engine in engines.iter_mut() {
            result = engine.load(json);
        }
        result
    });
    progress.stage(|| format!("resolving {} objects", loaded.objects));
    if !loaded.is_empty() {
        for engine in engines.iter_mut() {
            engine.settle();
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
        serde_json::from_slice::<serde::de::IgnoredAny>(json)
            .map_err(|e| gatescope_core::InputError { message: e.to_string(), line: e.line(), column: e.column(), objects: 0 })?;
        texts.push(json.to_vec());
        Ok(1)
    });
    progress.stage(|| "resolving the changes".into());
    let changes: Vec<Change<'_>> = texts.iter().map(|t| Change::Json(t)).collect();
    let (_, errors) = engine.apply(&changes);
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
