//! The log: on standard error, for people or for programs.

use super::args::LogFormat;
use crate::fail::Fail;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging; `RUST_LOG` counts where `level` is the default.
pub(super) fn start(format: LogFormat, level: &str) -> Result<(), Fail> {
    let filter = EnvFilter::try_new(level)
        .map_err(|_| Fail::usage(format!("`{level}` is no log level")).hint("error, warn, info, debug or trace; for one part alone: info,gatescope::hub=debug"))?;
    let color = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(color);
    let log = tracing_subscriber::registry().with(filter);
    let started = match format {
        LogFormat::Text => log.with(lines.with_target(false)).try_init(),
        LogFormat::Json => log.with(lines.json().flatten_event(true)).try_init(),
    };
    started.map_err(|e| Fail::usage(format!("the log cannot be started: {e}")))
}
