//! The log: on standard error, for people or for programs.

use super::args::LogFormat;
use crate::fail::Fail;
use std::io::IsTerminal as _;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Registry, reload};

/// What is logged, to be changed while it runs.
pub(super) struct Level(reload::Handle<EnvFilter, Registry>);

impl Level {
    pub(super) fn set(&self, level: &str) -> Result<(), Fail> {
        let filter = filter(level)?;
        self.0.reload(filter).map_err(|e| Fail::usage(format!("the log level cannot be changed: {e}")))
    }
}

fn filter(level: &str) -> Result<EnvFilter, Fail> {
    EnvFilter::try_new(level)
        .map_err(|_| Fail::usage(format!("`{level}` is no log level")).hint("error, warn, info, debug or trace; for one part alone: info,gatescope::hub=debug"))
}

/// Starts logging.
pub(super) fn start(format: LogFormat, level: &str) -> Result<Level, Fail> {
    let (filter, handle) = reload::Layer::new(filter(level)?);
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(color);
    let log = tracing_subscriber::registry().with(filter);
    let started = match format {
        LogFormat::Text => log.with(lines.with_target(false)).try_init(),
        LogFormat::Json => log.with(lines.json().flatten_event(true)).try_init(),
    };
    started.map(|()| Level(handle)).map_err(|e| Fail::usage(format!("the log cannot be started: {e}")))
}
