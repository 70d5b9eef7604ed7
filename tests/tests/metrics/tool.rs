//! Real parts that `tests/tools/install` placed.

use std::path::PathBuf;
use std::process::Command;

/// Where a part is; installs it where it is missing.
pub fn path(part: &str) -> PathBuf {
    let tools = gatescope_tests::paths::tests().join("tools");
    let found = || Command::new(tools.join("path")).arg(part).output().unwrap();
    let mut out = found();
    if !out.status.success() {
        let installed = Command::new(tools.join("install")).arg(part).status().unwrap();
        assert!(installed.success(), "tests/tools/install {part}");
        out = found();
    }
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    PathBuf::from(String::from_utf8(out.stdout).unwrap().trim())
}
