//! gatescope: what a Kubernetes cluster exposes through the Gateway API, and why the rest is not.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, reason = "a program with an operating system")]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects, reason = "a test may fail"))]

mod allocator;
mod check;
mod cli;
mod diff;
mod fail;
mod files;
mod filter;
mod host;
mod http;
mod hub;
mod input;
mod output;
mod page;
mod plugin;
mod progress;
mod render;
mod request;
mod suggest;
mod term;
mod verbs;

use clap::{CommandFactory as _, FromArgMatches as _};
use cli::{Cli, Verb};
use fail::Fail;
use std::process::ExitCode;
use term::Color;
use verbs::Context;

fn main() -> ExitCode {
    interruptible(true);
    let command = plugin::named(Cli::command().color(help_color()));
    let cli = match command.try_get_matches().and_then(|m| Cli::from_arg_matches(&m)) {
        Ok(cli) => cli,
        Err(e) => {
            // Help goes to standard output and is no error; a closed pipe is none either.
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    let context = Context::new(cli.color);
    let result = match &cli.verb {
        Verb::Resolve(args) => verbs::resolve(&context, args),
        Verb::Trace(args) => verbs::trace(&context, args),
        Verb::Explain(args) => verbs::explain(&context, args),
        Verb::Check(args) => verbs::check(&context, args),
        Verb::Diff(args) => verbs::diff(&context, args),
        Verb::Snapshot(args) => verbs::snapshot(&context, args),
        Verb::Serve(args) => verbs::serve(&context, args),
        Verb::Page(args) => verbs::page(&context, args),
        Verb::Module { output, proxy } => verbs::module(&context, output.as_deref(), *proxy),
        Verb::Version => verbs::version(&context),
        Verb::Completion { shell } => completion(&context, *shell),
    };
    ExitCode::from(result.unwrap_or_else(|fail: Fail| fail.tell(context.err)))
}

fn completion(context: &Context, shell: clap_complete::Shell) -> Result<u8, Fail> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "gatescope", &mut script);
    context.print(&String::from_utf8_lossy(&script)).map(|()| 0)
}

/// `--color` also for help and usage errors, which come before the options are known.
fn help_color() -> clap::ColorChoice {
    let args: Vec<String> = std::env::args().collect();
    let value = args.iter().enumerate().find_map(|(i, a)| match a.strip_prefix("--color") {
        Some("") => args.get(i.saturating_add(1)).map(String::as_str),
        Some(rest) => rest.strip_prefix('='),
        None => None,
    });
    match value.and_then(|v| <Color as clap::ValueEnum>::from_str(v, true).ok()) {
        Some(Color::Always) => clap::ColorChoice::Always,
        Some(Color::Never) => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// Whether Ctrl-C ends the program at once with 130, also where a shell made SIGINT ignored; nothing is half written
/// that outlives it. A server ends in its own way.
fn interruptible(at_once: bool) {
    use std::sync::atomic::{AtomicBool, Ordering};
    static AT_ONCE: std::sync::OnceLock<std::sync::Arc<AtomicBool>> = std::sync::OnceLock::new();
    let flag = AT_ONCE.get_or_init(|| {
        let flag = std::sync::Arc::new(AtomicBool::new(true));
        #[cfg(unix)]
        let _ = signal_hook::flag::register_conditional_shutdown(signal_hook::consts::SIGINT, 130, std::sync::Arc::clone(&flag));
        flag
    });
    flag.store(at_once, Ordering::SeqCst);
}
