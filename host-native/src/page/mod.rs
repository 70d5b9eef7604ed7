//! The page's files, embedded.

/// One file of the page.
#[derive(Debug, Clone)]
pub(crate) struct Asset {
    pub bytes: bytes::Bytes,
    pub content_type: &'static str,
    /// Its name changes with its content, so that it may be kept for ever.
    pub immutable: bool,
}

/// The file that is served under a path; `""` is the page itself. `None` where there is none, or this build carries no page.
pub(crate) fn asset(_path: &str) -> Option<Asset> {
    None
}
