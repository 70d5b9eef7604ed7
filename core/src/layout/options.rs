//! What a layout can be asked for.

use super::Key;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// How to lay out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct LayoutOptions {
    /// Widths of the columns.
    pub widths: Widths,
    /// Between two columns.
    pub column_gap: u32,
    /// Height of a row, with the space beneath it.
    pub row: u32,
    /// Extra space above every Gateway but the first.
    pub gateway_gap: u32,
    /// What is folded.
    pub fold: Fold,
    /// Draw a backend once, where it comes first; later rules get a crossing edge to it.
    pub share_backends: bool,
}

impl Default for LayoutOptions {
    fn default() -> Self {
        Self { widths: Widths::default(), column_gap: 40, row: 40, gateway_gap: 24, fold: Fold::default(), share_backends: false }
    }
}

/// Widths of the columns, in the unit of the layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Widths {
    /// Class.
    pub class: u32,
    /// Gateway.
    pub gateway: u32,
    /// Listener.
    pub listener: u32,
    /// Hostname.
    pub hostname: u32,
    /// Route.
    pub route: u32,
    /// Rule.
    pub rule: u32,
    /// Backend.
    pub backend: u32,
}

impl Default for Widths {
    fn default() -> Self {
        Self { class: 120, gateway: 180, listener: 200, hostname: 230, route: 200, rule: 220, backend: 220 }
    }
}

/// What is folded. A folded node stands for what it holds, with its counts and the worst of its states.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Fold {
    /// Routes of one namespace under one hostname become one node, where there are two or more.
    pub namespaces: bool,
    /// Hostnames under one listener that end in the same so many labels become one node, where there are two
    /// or more; 0 folds none. With 2, `a.example.com` and `b.example.com` become `example.com: 2 hosts`.
    pub host_labels: u32,
    /// Groups (by their key) that stay open although the rules above would fold them.
    pub open: Vec<Key>,
    /// Nodes (by their key) whose subtree is folded into them.
    pub closed: Vec<Key>,
    /// Columns whose nodes are all folded, unless `open` names them: `listener` leaves class, gateway, listener.
    pub columns: Vec<super::Column>,
}
