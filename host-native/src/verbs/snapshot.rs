//! `snapshot`: a live cluster as one file.

use super::{Context, live};
use crate::cli::Snapshot;
use crate::fail::{Fail, tell};
use crate::input::{Problem, Weight, plain_io};
use gatescope::informer::{Collected, Options};
use gatescope::redact::redact;
use std::io::{BufWriter, Write as _};
use std::path::Path;

pub(crate) fn run(context: &Context, args: &Snapshot) -> Result<u8, Fail> {
    let options = Options { namespace: args.namespace.clone(), certificates: args.certificates, ..Options::default() };
    let mut collected = live::collect(context, &args.cluster, options)?;
    if args.redact {
        anonymous(&mut collected);
        let note = "names, hosts, paths, labels and addresses are replaced; kinds, ports, protocols, reasons and times are not";
        tell(context.err, &[Problem { weight: Weight::Note, ..Problem::error("", note) }.hint("look at it before you send it")]);
    }
    match args.output.as_deref().filter(|p| *p != Path::new("-")) {
        Some(path) => {
            let write = || -> std::io::Result<()> {
                let mut out = BufWriter::new(std::fs::File::create(path)?);
                collected.write(None, &mut out)?;
                out.flush()
            };
            write().map_err(|e| Fail::usage(format!("{}: {}", path.display(), plain_io(&e))))?;
        }
        None => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            collected.write(None, &mut out)?;
            out.flush()?;
        }
    }
    Ok(0)
}

/// Nothing of the owner's remains. Names keep their order, so the objects' order stays too.
fn anonymous(collected: &mut Collected) {
    let profiles = gatescope_core::profile::profiles();
    let controllers: Vec<&str> = profiles.iter().flat_map(|p| p.controllers.iter().copied()).collect();
    let mut texts: Vec<Vec<u8>> = std::mem::take(&mut collected.objects).into_values().collect();
    redact(&mut texts, &controllers);
    collected.objects = texts.into_iter().enumerate().map(|(i, text)| ((i, String::new(), String::new()), text)).collect();
}
