//! Where the cases are.

use std::path::{Path, PathBuf};

/// The folder of this crate.
pub fn tests() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The workspace's root.
pub fn workspace() -> PathBuf {
    tests().parent().map_or_else(tests, Path::to_path_buf)
}

/// Cases that other projects published: `GATESCOPE_CASES`, or `../shared/cases` beside the workspace.
pub fn shared_cases() -> PathBuf {
    std::env::var_os("GATESCOPE_CASES").map_or_else(|| workspace().join("../shared/cases"), PathBuf::from)
}

/// Our own cases, one folder each.
pub fn own_cases() -> PathBuf {
    tests().join("cases")
}
