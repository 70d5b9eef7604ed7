//! Figures, their bars, and the table that both end up in.

use serde_json::{Map, Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// What a figure must keep to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bar {
    /// Nothing: it is shown.
    None,
    /// At most so much.
    AtMost(f64),
    /// Exactly so much.
    Exactly(f64),
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Figure {
    /// Which workload of bench.md.
    pub workload: &'static str,
    /// What was measured; with the workload it is unique, `--compare` goes by it.
    pub name: String,
    /// In the unit.
    pub value: f64,
    /// `ms`, `µs`, `ns`, `×`, `B`, or empty for a count.
    pub unit: &'static str,
    /// What it is made of, in words.
    pub note: String,
    /// Times have none: they are printed with the machine. Counts, sizes and ratios in one run may have.
    pub bar: Bar,
}

impl Figure {
    /// A figure without a bar.
    pub fn new(workload: &'static str, name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { workload, name: name.into(), value, unit, note: String::new(), bar: Bar::None }
    }
    /// A time, in a unit that reads well.
    pub fn time(workload: &'static str, name: impl Into<String>, time: Duration) -> Self {
        let ns = time.as_secs_f64() * 1e9;
        let (value, unit) = match ns {
            n if n < 1e3 => (n, "ns"),
            n if n < 1e6 => (n / 1e3, "µs"),
            n => (n / 1e6, "ms"),
        };
        Self::new(workload, name, value, unit)
    }
    /// At most so much.
    pub fn at_most(mut self, bar: f64) -> Self {
        self.bar = Bar::AtMost(bar);
        self
    }
    /// Exactly so much.
    pub fn exactly(mut self, bar: f64) -> Self {
        self.bar = Bar::Exactly(bar);
        self
    }
    /// Says what it is made of.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
    /// Whether it keeps to its bar.
    pub fn holds(&self) -> bool {
        match self.bar {
            Bar::None => true,
            Bar::AtMost(bar) => self.value <= bar,
            Bar::Exactly(bar) => (self.value - bar).abs() < 1e-9,
        }
    }
    fn key(&self) -> String {
        format!("{} {}", self.workload, self.name)
    }
    fn scaled(&self) -> f64 {
        self.value
            * match self.unit {
                "ms" => 1e6,
                "µs" => 1e3,
                _ => 1.0,
            }
    }
}

fn number(value: f64) -> String {
    match value {
        v if v == v.round() && v.abs() < 1e9 => format!("{v:.0}"),
        v if v.abs() >= 100.0 => format!("{v:.0}"),
        v if v.abs() >= 1.0 => format!("{v:.2}"),
        v => format!("{v:.3}"),
    }
}

/// The table; `before` holds the figures of an earlier run.
pub fn table(figures: &[Figure], before: Option<&Map<String, Value>>) -> String {
    let mut out = String::from("| | figure | value | bar | | ");
    out.push_str(if before.is_some() {
        "before | change | made of |\n|---|---|---:|---:|---|---:|---:|---|\n"
    } else {
        "made of |\n|---|---|---:|---:|---|---|\n"
    });
    for f in figures {
        let (bar, verdict) = match f.bar {
            Bar::None => (String::new(), ""),
            Bar::AtMost(bar) => (format!("≤ {}", number(bar)), if f.holds() { "PASS" } else { "FAIL" }),
            Bar::Exactly(bar) => (number(bar), if f.holds() { "PASS" } else { "FAIL" }),
        };
        let _ = write!(out, "| {} | {} | {} {} | {bar} | {verdict} | ", f.workload, f.name, number(f.value), f.unit);
        if let Some(before) = before {
            match before.get(&f.key()).and_then(Value::as_f64) {
                Some(old) if old != 0.0 => {
                    let _ = write!(out, "{} | {:+.1} % | ", number(old * f.value / f.scaled()), (f.scaled() / old - 1.0) * 100.0);
                }
                Some(_) => out.push_str("0 | | "),
                None => out.push_str("new | | "),
            }
        }
        let _ = writeln!(out, "{} |", f.note);
    }
    out
}

/// The figures as `--save` writes them; times in nanoseconds.
pub fn saved(figures: &[Figure]) -> String {
    let map: Map<String, Value> = figures.iter().map(|f| (f.key(), json!(f.scaled()))).collect();
    serde_json::to_string_pretty(&map).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_kept_or_not() {
        assert!(Figure::new("W1", "a", 3.0, "×").at_most(3.0).holds() && !Figure::new("W1", "a", 3.1, "×").at_most(3.0).holds());
        assert!(Figure::new("W1", "a", 1.0, "").exactly(1.0).holds() && !Figure::new("W1", "a", 1.1, "").exactly(1.0).holds());
        let figures = [Figure::time("W1", "cold", Duration::from_micros(1500))];
        let before = serde_json::from_str::<Map<String, Value>>(&saved(&figures)).unwrap();
        assert!(table(&figures, Some(&before)).contains("+0.0 %"), "{}", table(&figures, Some(&before)));
    }
}
