//! What a layout consists of.

use crate::types::{Attachment, Exposure, Finding, Gateway, Listener, ListenerSet, MeshRoute, ObjectRef, Reach, Report, Severity, State};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The parts of a report that a layout is made of. Any of them may be filtered: what rows speak of is drawn
/// also where its own entry is missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Parts<'a> {
    /// Gateways.
    pub gateways: &'a [Gateway],
    /// ListenerSets.
    pub listener_sets: &'a [ListenerSet],
    /// Listeners.
    pub listeners: &'a [Listener],
    /// Routes and their parentRefs.
    pub attachments: &'a [Attachment],
    /// Rows.
    pub exposures: &'a [Exposure],
    /// Diagnostics; empty where no severities are wanted.
    pub findings: &'a [Finding],
    /// Routes with a Service parent; they are counted, not drawn.
    pub mesh: &'a [MeshRoute],
}

impl<'a> From<&'a Report> for Parts<'a> {
    fn from(r: &'a Report) -> Self {
        Self {
            gateways: &r.gateways,
            listener_sets: &r.listener_sets,
            listeners: &r.listeners,
            attachments: &r.attachments,
            exposures: &r.exposures,
            findings: &r.findings,
            mesh: &r.mesh,
        }
    }
}

/// A column, from left to right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Column {
    /// GatewayClass.
    #[default]
    Class,
    /// Gateway.
    Gateway,
    /// Listener; also a ListenerSet that adds none.
    Listener,
    /// Hostname: the intersection of the listener's and the route's.
    Hostname,
    /// Route.
    Route,
    /// Rule, with its matches that end alike.
    Rule,
    /// Backend, or what else happens to a request.
    Backend,
}

impl Column {
    /// All, from left to right.
    pub const ALL: [Self; 7] = [Self::Class, Self::Gateway, Self::Listener, Self::Hostname, Self::Route, Self::Rule, Self::Backend];

    /// Its place, from 0.
    pub fn index(self) -> usize {
        self as usize
    }

    /// Its word: `class`, `gateway`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Gateway => "gateway",
            Self::Listener => "listener",
            Self::Hostname => "hostname",
            Self::Route => "route",
            Self::Rule => "rule",
            Self::Backend => "backend",
        }
    }
}

/// Identity of a node: the same for the same thing in every layout, whatever else comes, goes or is folded.
/// Serialised as `n-` and 16 hex digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u64);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n-{:016x}", self.0)
    }
}

impl Key {
    /// Reads what [`fmt::Display`] writes.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("n-").filter(|d| d.len() == 16 && d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u64::from_str_radix(digits, 16).ok().map(Self)
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &"`n-` and 16 hex digits"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Key {
    fn schema_name() -> crate::types::Text {
        "Key".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "pattern": "^n-[0-9a-f]{16}$", "description": "Identity of a node."})
    }
}

/// How many of what stand under a node, itself included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Rows that are exposed.
    pub exposed: u32,
    /// Rows that another row shadows.
    pub shadowed: u32,
    /// Rows that cannot be served.
    pub blocked: u32,
    /// Rows of which nothing certain can be said.
    pub unknown: u32,
    /// Attachments without rows that were refused.
    pub refused: u32,
    /// Attachments without rows of which nothing certain can be said.
    pub pending: u32,
}

impl Counts {
    /// Rows.
    pub fn rows(&self) -> u32 {
        self.exposed.saturating_add(self.shadowed).saturating_add(self.blocked).saturating_add(self.unknown)
    }

    pub(super) fn add(&mut self, other: &Self) {
        let Self { exposed, shadowed, blocked, unknown, refused, pending } = self;
        for (mine, more) in [
            (exposed, other.exposed),
            (shadowed, other.shadowed),
            (blocked, other.blocked),
            (unknown, other.unknown),
            (refused, other.refused),
            (pending, other.pending),
        ] {
            *mine = mine.saturating_add(more);
        }
    }

    pub(super) fn row(&mut self, state: State) {
        let one = match state {
            State::Exposed => &mut self.exposed,
            State::Shadowed => &mut self.shadowed,
            State::Blocked => &mut self.blocked,
            State::Unknown => &mut self.unknown,
        };
        *one = one.saturating_add(1);
    }
}

/// A box of the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Its identity.
    pub key: Key,
    /// Its column.
    pub column: Column,
    /// The node to its left; none for roots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u32>,
    /// What to call it, as written by its author: escape before showing.
    pub label: String,
    /// The quiet facts: protocol, addresses, weight. May be empty.
    pub detail: String,
    /// Why it is not simply exposed: reasons or cause. May be empty.
    pub reason: String,
    /// The object it stands for; none for hostnames and redirects, and for groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRef>,
    /// Left edge.
    pub x: u32,
    /// Upper edge of its first row. Its box is one row high and stands beside its first child's.
    pub y: u32,
    /// From `y` down to the end of its last row: what its subtree takes.
    pub height: u32,
    /// The worst state of what stands under it; none where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// The best state of what stands under it: `exposed` where anything is served through it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best: Option<State>,
    /// Rows and attachments under it.
    pub counts: Counts,
    /// The worst finding about its object; of a folded node, about any object in it too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// From where a Gateway can be reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reach: Option<Reach>,
    /// How many nodes were folded into it, not counting those within them; 0 where it is open.
    pub folded: u32,
    /// Its group, where [`super::Fold`] names one that is kept open: closing that key again folds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<Key>,
    /// Where its rows begin in [`Layout::rows`].
    pub first_row: u32,
    /// How many there are.
    pub rows: u32,
    /// Index of its attachment, for a route without rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<u32>,
}

/// A line between two boxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Edge {
    /// Index of the node on the left.
    pub from: u32,
    /// Index of the node on the right.
    pub to: u32,
    /// The best state of what goes this way: `exposed` where anything is served through it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Leads to a backend that stands elsewhere.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub cross: bool,
}

/// A column of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// Which.
    pub column: Column,
    /// Left edge.
    pub x: u32,
    /// Width.
    pub width: u32,
    /// How many nodes it has.
    pub nodes: u32,
}

/// The topology, laid out. All lengths are in the unit of [`super::LayoutOptions`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Layout {
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
    /// Height of a row.
    pub row: u32,
    /// All seven columns, also empty ones.
    pub columns: Vec<Cell>,
    /// Depth first, so that a subtree is a run of nodes, and `y` never falls.
    pub nodes: Vec<Node>,
    /// The tree's edges in the order of their right ends, then the crossing ones.
    pub edges: Vec<Edge>,
    /// Indices of exposures, depth first: the rows of every node are a run of them.
    pub rows: Vec<u32>,
    /// Everything that is drawn or folded.
    pub counts: Counts,
    /// How many nodes were folded away, at any depth.
    pub folded: u32,
    /// Routes with a Service parent, which are not drawn.
    pub mesh: u32,
    /// How many rows there were before filters took some, where they did. Set by who filters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u32>,
}
