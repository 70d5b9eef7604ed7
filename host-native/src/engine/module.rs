//! The file that runs: the one embedded here, or another that was named.

use super::{Cause, Failure};
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::path::Path;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// A module's bytes, and what names them.
#[derive(Clone)]
pub struct ModuleFile {
    bytes: Cow<'static, [u8]>,
    sha256: String,
    /// For messages: a path, or what it is.
    origin: String,
}

impl std::fmt::Debug for ModuleFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ModuleFile").field("origin", &self.origin).field("sha256", &self.sha256).finish()
    }
}

impl ModuleFile {
    /// The module that this program carries; `None` where it was built without.
    pub fn embedded() -> Option<Self> {
        EMBEDDED.map(|bytes| Self::of(Cow::Borrowed(bytes), "the embedded module"))
    }

    /// The Envoy plugin that this program carries; `None` where it was built without.
    pub fn plugin() -> Option<Self> {
        PLUGIN.map(|bytes| Self::of(Cow::Borrowed(bytes), "the embedded plugin"))
    }

    /// The embedded module, or why there is none.
    pub fn embedded_or_why() -> Result<Self, Failure> {
        Self::embedded().ok_or_else(|| {
            Failure::new(Cause::Module, "this build of gatescope carries no module")
                .hint("name one with --module FILE, or use --engine native: it is the same resolver")
        })
    }

    /// Another build of the module.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = std::fs::read(path).map_err(|e| {
            let text = e.to_string();
            let plain = text.split(" (os error").next().unwrap_or_default().to_lowercase();
            Failure::new(Cause::Module, format!("{}: {plain}", path.display()))
        })?;
        Ok(Self::of(Cow::Owned(bytes), &path.display().to_string()))
    }

    /// These bytes.
    pub fn of(bytes: Cow<'static, [u8]>, origin: &str) -> Self {
        let sha256 = hex(&Sha256::digest(&bytes));
        Self { bytes, sha256, origin: origin.to_owned() }
    }

    /// The file's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the bytes in lower-case hex: the module's name everywhere.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Where it came from, for messages.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}
