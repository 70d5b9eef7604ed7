//! `# HELP` and `# TYPE` lines of both formats.

use super::chunk::Chunk;
use super::negotiate::Format;
use super::table::{Kind, Metric, table};
use std::sync::{Arc, OnceLock};

/// Writes the head of a metric.
///
/// OpenMetrics names the family without `_total` or `_info`. Text has no `info` type: scrapers refuse it.
pub(super) fn write(metric: &Metric, format: Format, out: &mut String) {
    let (name, kind) = family(metric, format);
    let help = metric.help.replace('\\', "\\\\").replace('\n', "\\n");
    let help = if format == Format::OpenMetrics { help.replace('"', "\\\"") } else { help };
    let head = match format {
        Format::Text => format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"),
        Format::OpenMetrics => format!("# TYPE {name} {kind}\n# HELP {name} {help}\n"),
    };
    out.push_str(&head);
}

/// Name and type of the family.
fn family(metric: &Metric, format: Format) -> (&str, &'static str) {
    let name = metric.name.as_str();
    match (format, metric.kind) {
        (Format::OpenMetrics, Kind::Counter) => (name.strip_suffix("_total").unwrap_or(name), "counter"),
        (Format::OpenMetrics, Kind::Gauge) => name.strip_suffix("_info").map_or((name, "gauge"), |n| (n, "info")),
        (_, kind) => (name, kind.name()),
    }
}

/// The head of a metric of the table, prepared.
pub(super) fn head(metric: usize, format: Format) -> Option<Arc<Chunk>> {
    static HEADS: OnceLock<Vec<[Arc<Chunk>; 2]>> = OnceLock::new();
    let heads = HEADS.get_or_init(|| {
        let chunk = |m: &Metric, format| {
            let mut out = String::new();
            write(m, format, &mut out);
            let chunk = Chunk::new(out.into_bytes());
            chunk.rest();
            chunk
        };
        table().iter().map(|m| [chunk(m, Format::Text), chunk(m, Format::OpenMetrics)]).collect()
    });
    let [text, open] = heads.get(metric)?;
    Some(Arc::clone(if format == Format::Text { text } else { open }))
}
