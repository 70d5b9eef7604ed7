//! As much as a format can show: what does not fit is folded, and the picture says so.

use super::{dot, mermaid, svg};
use gatescope_core::layout::{Column, Fold, Layout, LayoutOptions, Parts, Widths, layout};
use gatescope_core::types::{Report, Tri};

/// A format of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    Mermaid,
    Dot,
    Svg,
}

impl Picture {
    pub(crate) fn draw(self, layout: &Layout) -> String {
        match self {
            Self::Mermaid => mermaid(layout),
            Self::Dot => dot(layout),
            Self::Svg => svg(layout),
        }
    }

    /// Mermaid refuses 500 edges and 50,000 characters, unless the page that shows it says otherwise; Graphviz
    /// takes minutes and a browser seconds for more than these.
    fn fits(self, layout: &Layout) -> bool {
        match self {
            Self::Mermaid => layout.edges.len() < 480 && mermaid(layout).encode_utf16().count() < 49_000,
            Self::Dot => layout.nodes.len() <= 4_000,
            Self::Svg => layout.nodes.len() <= 12_000,
        }
    }

    /// Many rows are drawn on one line each, in wider columns where two lines made one.
    fn options(self, rows: usize) -> LayoutOptions {
        let open = LayoutOptions::default();
        if self == Self::Svg && rows > 150 {
            return LayoutOptions { row: 26, widths: Widths { gateway: 260, listener: 260, backend: 320, ..open.widths }, ..open };
        }
        open
    }
}

/// From open to closed.
fn steps() -> Vec<Fold> {
    let columns = |column: Column| Fold { columns: vec![column], ..Fold::default() };
    vec![
        Fold::default(),
        columns(Column::Rule),
        columns(Column::Route),
        Fold { namespaces: true, ..columns(Column::Route) },
        Fold { namespaces: true, host_labels: 3, ..columns(Column::Route) },
        Fold { namespaces: true, host_labels: 2, ..columns(Column::Route) },
        columns(Column::Listener),
        columns(Column::Gateway),
        columns(Column::Class),
    ]
}

/// Lays out a report for a picture. `of` is the number of rows before a filter took some.
pub(crate) fn laid(report: &Report, picture: Picture, of: Option<usize>) -> Layout {
    let attachments: Vec<_>;
    let mut parts = Parts::from(report);
    if of.is_some() {
        // What is accepted and has no row here has rows that the filter took.
        attachments = report.attachments.iter().filter(|a| a.accepted != Tri::True).cloned().collect();
        parts.attachments = &attachments;
    }
    let mut out = Layout::default();
    let options = picture.options(report.exposures.len());
    for fold in steps() {
        out = layout(parts, &LayoutOptions { fold, ..options.clone() });
        out.of = of.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        if picture.fits(&out) {
            break;
        }
    }
    out
}
