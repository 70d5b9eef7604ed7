//! From objects to verdicts: listeners and their hosts, references, attachments, precedence, rows.

pub(crate) mod backends;
pub(crate) mod buckets;
pub(crate) mod certs;
pub(crate) mod conflicts;
pub(crate) mod coverage;
pub(crate) mod gateway;
pub(crate) mod grants;
pub(crate) mod isolation;
pub(crate) mod mixed;
pub(crate) mod policies;
pub(crate) mod precedence;
pub(crate) mod route;
pub(crate) mod rows;
pub(crate) mod shadow;
pub(crate) mod touched;
pub(crate) mod verdict;
pub(crate) mod wide;
pub(crate) mod words;

use crate::index::store::Store;
use crate::text::Interner;
use coverage::Coverage;
use words::Words;

/// All that a verdict may be made of: no clock, nothing outside of the snapshot and the settings.
#[derive(Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) store: &'a Store,
    pub(crate) names: &'a Interner,
    pub(crate) coverage: &'a Coverage,
    pub(crate) words: &'a Words,
    pub(crate) profile: Option<&'static crate::profile::Profile>,
    /// Foreign objects that are in the snapshot.
    pub(crate) foreign: &'a crate::index::foreign::Foreign,
}

impl<'a> Facts<'a> {
    pub(crate) fn text(&self, sym: crate::text::Sym) -> &'a str {
        self.names.get(sym)
    }
}
