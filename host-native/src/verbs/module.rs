//! `module` and `version`.

use super::Context;
use crate::fail::Fail;
use crate::input::plain_io;
use gatescope::engine::ModuleFile;
use std::io::Write as _;
use std::path::Path;

/// Writes out the module that this program carries.
pub(crate) fn run(context: &Context, output: Option<&Path>) -> Result<u8, Fail> {
    let file = ModuleFile::embedded()
        .ok_or_else(|| Fail::usage("this build of gatescope carries no module").hint("build it with `make build`, which builds the module first"))?;
    match output.filter(|p| *p != Path::new("-")) {
        Some(path) => std::fs::write(path, file.bytes()).map_err(|e| Fail::usage(format!("{}: {}", path.display(), plain_io(&e))))?,
        None if context.out.terminal => return Err(Fail::usage("a wasm file is not for a terminal").hint("gatescope module -o gatescope.wasm")),
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(file.bytes())?;
            out.flush()?;
        }
    }
    Ok(0)
}

/// The version, the module ABI that this program speaks, and what names the module.
pub(crate) fn version(context: &Context) -> Result<u8, Fail> {
    let module = ModuleFile::embedded().map_or_else(|| "none: this build carries no module".to_owned(), |m| format!("sha256 {}", m.sha256()));
    let text = format!("gatescope {}\nmodule abi {}\nmodule {module}\n", env!("CARGO_PKG_VERSION"), gatescope::engine::ABI_VERSION);
    context.print(&text).map(|()| 0)
}
