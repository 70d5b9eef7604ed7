//! An immutable picture of all series, from which scrapes copy.

use super::negotiate::{Encoding, Format};
use bytes::Bytes;

/// All series as of one moment.
#[derive(Debug, Default)]
pub struct Exposition {}

impl Exposition {
    /// The body in parts of about 64 KB, ready to be sent one after the other. Shared bytes are not copied.
    pub fn parts(&self, _format: Format, _encoding: Encoding) -> impl Iterator<Item = Bytes> + '_ {
        core::iter::empty()
    }
}
