//! Where inputs come from: the cases of others and our own, and what failed before.

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The objects of every case: of `../shared/cases` (or `GATESCOPE_CASES`), of `tests/cases`, and the example's.
pub fn cases() -> Vec<serde_json::Value> {
    let shared = std::env::var_os("GATESCOPE_CASES").map_or_else(|| root().join("../shared/cases"), PathBuf::from);
    let mut files = files(&shared);
    if files.is_empty() {
        eprintln!("there are no cases in {}: the seeds are ours alone", shared.display());
    }
    files.extend(folders(&root().join("tests/cases")).iter().flat_map(|f| self::files(f)));
    let of = |file: &PathBuf| {
        let value: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        value.get("objects").filter(|o| o.is_array()).cloned()
    };
    files.iter().filter_map(of).collect()
}

/// What failed before, with its file's name.
pub fn kept(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let Ok(list) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut out: Vec<_> = list.flatten().filter_map(|f| Some((f.file_name().to_string_lossy().into_owned(), std::fs::read(f.path()).ok()?))).collect();
    out.sort();
    out
}

fn listed(folder: &Path, wanted: fn(&Path) -> bool) -> Vec<PathBuf> {
    let Ok(list) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut out: Vec<PathBuf> = list.flatten().map(|f| f.path()).filter(|p| wanted(p)).collect();
    out.sort();
    out
}

fn files(folder: &Path) -> Vec<PathBuf> {
    listed(folder, |p| p.extension().is_some_and(|e| e == "json"))
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    listed(folder, Path::is_dir)
}
