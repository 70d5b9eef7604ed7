//! `page`: the page with its data as one file.

use super::{Context, live, open, settings};
use crate::cli::Input;
use crate::fail::{Fail, tell};
use crate::input::{self, plain_io};
use crate::page::{Data, single};
use crate::progress::Progress;
use gatescope::engine::{Cause, Failure, ModuleFile};
use gatescope::feed::trim;
use gatescope::informer::Options;
use gatescope::pieces::{self, Piece};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What the page is made of.
#[derive(Debug, clap::Args)]
pub(crate) struct Page {
    #[command(flatten)]
    input: Input,
    /// The file; standard output by default
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Without data: a page to drop dumps on
    #[arg(long, conflicts_with = "file")]
    empty: bool,
}

/// Writes the page. What it carries is trimmed like an exporter's snapshot: no private key, no managedFields.
pub(crate) fn run(context: &Context, args: &Page) -> Result<u8, Fail> {
    let wanted = settings(&args.input)?;
    let module = match &args.input.module {
        Some(path) => ModuleFile::read(path)?,
        None => ModuleFile::embedded_or_why()?,
    };
    let (data, code) = if args.empty {
        (None, 0)
    } else {
        let (json, code) = collect(context, args, wanted)?;
        (Some(Data { name: name(&args.input.file), json, settings: settings_json(args) }), code)
    };
    let html = single(module.bytes(), data.as_ref()).ok_or_else(|| {
        Fail::usage("this build of gatescope carries no page").hint("build it with `make build`, which builds the page before the program that embeds it")
    })?;
    match args.output.as_deref().filter(|p| *p != Path::new("-")) {
        Some(path) => std::fs::write(path, html).map_err(|e| Fail::usage(format!("{}: {}", path.display(), plain_io(&e))))?,
        None if context.out.terminal => return Err(Fail::usage("a page is not for a terminal").hint("gatescope page -f dump.yaml -o page.html")),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(&html)?;
            out.flush()?;
        }
    }
    Ok(code)
}

/// Every object as JSON, one a line, and the exit code that reading them asks for.
fn collect(context: &Context, args: &Page, settings: gatescope_core::Settings) -> Result<(Vec<u8>, u8), Fail> {
    if args.input.file.is_empty() {
        let mut json = Vec::new();
        live::collect(context, &args.input.cluster, Options::default())?.write(None, &mut json).map_err(Fail::Output)?;
        return Ok((json, 0));
    }
    // The resolver counts objects, and says what it could not read.
    let mut engine = open(&args.input, settings)?;
    let progress = Progress::start();
    let mut json = Vec::new();
    let mut lost: Option<Failure> = None;
    let loaded = input::load(&args.input.file, &progress, &mut |text| {
        let start = json.len();
        let whole = pieces::split(text, &mut |piece| {
            match piece {
                Piece::Object(o) => json.extend_from_slice(trim(&o.text).as_bytes()),
                Piece::Other(text) | Piece::Lists(text) => json.extend_from_slice(text.as_bytes()),
            }
            json.push(b'\n');
        });
        // An odd shape is left to the resolver in the page, unless a key might be in it.
        if whole.is_none() && !text.windows(6).any(|w| w == b"Secret") {
            json.truncate(start);
            json.extend_from_slice(text);
            json.push(b'\n');
        }
        match engine.load(text) {
            Ok(n) => Ok(n),
            Err(Failure { cause: Cause::Input(e), .. }) => Err(e),
            Err(failure) => {
                lost.get_or_insert(failure);
                Ok(0)
            }
        }
    });
    drop(progress);
    if let Some(failure) = lost {
        return Err(failure.into());
    }
    tell(context.err, &loaded.problems);
    if loaded.is_empty() {
        return Err(Fail::Told);
    }
    Ok((json, if loaded.failed() { 2 } else { 0 }))
}

/// What the files are called, for the page's head.
fn name(files: &[String]) -> String {
    let short = |f: &String| match f.as_str() {
        "-" => "standard input".to_owned(),
        path => Path::new(path).file_name().map_or_else(|| path.to_owned(), |n| n.to_string_lossy().into_owned()),
    };
    match files {
        [one] => short(one),
        [first, rest @ ..] => format!("{} and {} more", short(first), rest.len()),
        [] => "the cluster".to_owned(),
    }
}

fn settings_json(args: &Page) -> String {
    let mut out = serde_json::Map::new();
    out.insert("profile".into(), args.input.profile.text().into());
    out.insert("complete".into(), args.input.complete.into());
    if let Some(label) = &args.input.tenant_label {
        out.insert("tenantLabel".into(), label.as_str().into());
    }
    serde_json::Value::Object(out).to_string()
}
