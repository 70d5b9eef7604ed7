//! What was wrong with an object as it was read. Each becomes a finding (diagnose/input.rs).

use alloc::borrow::Cow;
use alloc::string::String;

/// A remark on an object's text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Issue {
    pub(crate) kind: IssueKind,
    /// Path within the object.
    pub(crate) field: String,
    /// The user's value, or what was found.
    pub(crate) found: String,
    /// What was expected, or what happens now.
    pub(crate) wanted: Cow<'static, str>,
}

/// What kind of remark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum IssueKind {
    /// A field has the wrong type or a value outside of its range; it was left out.
    BadField,
    /// A required field is not there.
    Missing,
    /// A hostname with a port, a trailing dot, an IP literal or a character that no host has (rule 16).
    BadHostname,
    /// A hostname with upper-case letters (rule 16).
    UppercaseHostname,
    /// `*` alone: taken for every host.
    BareWildcard,
    /// A regular expression that does not compile.
    BadRegex,
    /// A version that no release of the kind served.
    UnknownVersion,
    /// The same object was read before in the same input.
    Duplicate,
    /// A label selector that cannot be evaluated.
    BadSelector,
}
