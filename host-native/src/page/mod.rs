//! The page, embedded: what `web-ui/build` made, compressed.

mod single;

pub(crate) use single::{Data, single};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;

include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The page that is one file, before its module and its data are put in.
const SINGLE: &str = "single.html";

/// One file of the page.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    /// As they are.
    pub bytes: Bytes,
    /// The same, compressed with gzip.
    pub gzip: Bytes,
    pub content_type: &'static str,
    /// Of a file whose name does not change with its content.
    pub etag: Option<String>,
    /// Its name changes with its content, so that it may be kept for ever.
    pub immutable: bool,
}

/// The file that is served under a path; `""` is the page itself. `None` where there is none, or this build carries no page.
pub(crate) fn asset(path: &str) -> Option<Asset> {
    let path = if path.is_empty() { "index.html" } else { path };
    let packed = packed(path).filter(|_| path != SINGLE)?;
    let immutable = path.starts_with("assets/");
    let etag = (!immutable).then(|| Sha256::digest(packed).iter().take(8).fold(String::from("\""), |t, b| format!("{t}{b:02x}")) + "\"");
    Some(Asset { bytes: plain(packed)?.into(), gzip: Bytes::from_static(packed), content_type: content_type(path), etag, immutable })
}

fn packed(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes)
}

fn plain(packed: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut out).ok()?;
    Some(out)
}

/// Browsers are told not to guess.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_page_asks_for() {
        assert!(asset(SINGLE).is_none() && asset("../Cargo.toml").is_none() && asset("assets/").is_none());
        let Some(page) = asset("") else {
            assert!(FILES.is_empty(), "files without a page");
            return;
        };
        let html = String::from_utf8(page.bytes.to_vec()).unwrap();
        assert!(page.etag.is_some() && !page.immutable && html.contains("assets/"), "{html}");
        for (path, _) in FILES.iter().filter(|(p, _)| *p != SINGLE) {
            let file = asset(path).unwrap();
            assert_ne!(file.content_type, "application/octet-stream", "{path}");
            assert_eq!(file.immutable, path.starts_with("assets/"), "{path}");
        }
    }
}
