//! `snapshot`: a live cluster as one file.

use super::{Context, live};
use crate::cli::Snapshot;
use crate::fail::Fail;
use crate::input::plain_io;
use std::io::{BufWriter, Write as _};
use std::path::Path;

pub(crate) fn run(context: &Context, args: &Snapshot) -> Result<u8, Fail> {
    let (collected, _) = live::collect(context, &args.cluster, args.namespace.clone())?;
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
