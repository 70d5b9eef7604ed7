//! Compiled modules on disk, so that compiling is paid once per machine, module and wasmtime.
//!
//! What is read back is machine code, so it is trusted only where nobody else can have written it: the folder must be
//! the user's own or root's, and the file must hold together (SHA-256 in front of it). Anything else is compiled anew.

use sha2::{Digest as _, Sha256};
use std::hash::{Hash as _, Hasher};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use wasmtime::{Engine, Module};

/// Bytes of the checksum in front.
const SUM: usize = 32;

/// The user's cache folder for compiled modules: `GATESCOPE_CACHE`, `XDG_CACHE_HOME/gatescope` or `~/.cache/gatescope`.
pub(super) fn folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base =
        set("GATESCOPE_CACHE").or_else(|| set("XDG_CACHE_HOME").map(|p| p.join("gatescope"))).or_else(|| set("HOME").map(|p| p.join(".cache/gatescope")))?;
    base.is_absolute().then(|| base.join("modules"))
}

/// The file of a module for this very engine: its version, its settings and this machine's processor.
fn file(folder: &Path, sha256: &str, engine: &Engine) -> PathBuf {
    let mut hasher = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let engine = super::module::hex(&hasher.0.finalize());
    folder.join(format!("{sha256}-{}.cwasm", engine.get(..16).unwrap_or_default()))
}

/// A hasher that is the same in every process.
struct Sha(Sha256);

impl Hasher for Sha {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
    fn finish(&self) -> u64 {
        0
    }
}

/// The compiled module, where it is there and can be trusted.
pub(super) fn read(folder: &Path, sha256: &str, engine: &Engine) -> Option<Module> {
    let path = file(folder, sha256, engine);
    if !own(folder) || !own(&path) {
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    let (sum, code) = bytes.split_at_checked(SUM)?;
    if sum != Sha256::digest(code).as_slice() {
        return None;
    }
    #[expect(unsafe_code, reason = "machine code of our own making: the checks above are what makes it so")]
    // SAFETY: a file that only this user or root can write, in a folder of which the same is true, with its checksum.
    unsafe {
        Module::deserialize(engine, code).ok()
    }
}

/// Keeps a compiled module. A cache that cannot be written is none; the next start compiles again.
pub(super) fn write(folder: &Path, sha256: &str, engine: &Engine, module: &Module) -> Option<()> {
    private(folder)?;
    let code = module.serialize().ok()?;
    let path = file(folder, sha256, engine);
    let stage = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut out = create(&stage)?;
    let written = out.write_all(&Sha256::digest(&code)).and_then(|()| out.write_all(&code));
    if written.and_then(|()| std::fs::rename(&stage, &path)).is_err() {
        let _ = std::fs::remove_file(&stage);
        return None;
    }
    sweep(folder, &path);
    Some(())
}

/// Only the few newest are kept.
fn sweep(folder: &Path, keep: &Path) {
    const KEPT: usize = 8;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<(std::time::SystemTime, PathBuf)> =
        entries.filter_map(|e| Some((e.metadata().ok()?.modified().ok()?, e.path()))).filter(|(_, p)| p != keep).collect();
    files.sort();
    let surplus = files.len().saturating_sub(KEPT);
    for (_, path) in files.iter().take(surplus) {
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(unix)]
fn private(folder: &Path) -> Option<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    if !folder.is_dir() {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).ok()?;
    }
    own(folder).then_some(())
}

#[cfg(unix)]
fn create(path: &Path) -> Option<std::fs::File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let _ = std::fs::remove_file(path);
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).ok()
}

/// Ours or the administrator's (a cache that an image brings along), and nobody else may write it.
#[cfg(unix)]
fn own(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let mine = rustix::process::geteuid().as_raw();
    std::fs::symlink_metadata(path).is_ok_and(|m| (m.uid() == mine || m.uid() == 0) && m.mode() & 0o022 == 0 && !m.is_symlink())
}

#[cfg(not(unix))]
fn private(_: &Path) -> Option<()> {
    None
}
#[cfg(not(unix))]
fn create(_: &Path) -> Option<std::fs::File> {
    None
}
#[cfg(not(unix))]
fn own(_: &Path) -> bool {
    false
}
