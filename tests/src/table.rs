//! The table of agreement: per suite, profile and kind.

use crate::judge::Kind;
use std::collections::BTreeMap;
use std::fmt;

/// Counts of assertions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    /// Those that agree.
    pub agreed: usize,
    /// All.
    pub asserted: usize,
}

/// The table.
#[derive(Debug, Default)]
pub struct Table(BTreeMap<(String, String), BTreeMap<Kind, Tally>>);

impl Table {
    /// Counts assertions of a kind.
    pub fn add(&mut self, suite: &str, profile: &str, kind: Kind, agreed: usize, asserted: usize) {
        let row = self.0.entry((suite.into(), profile.into())).or_default();
        let cell = row.entry(kind).or_default();
        cell.agreed += agreed;
        cell.asserted += asserted;
    }

    fn total(&self) -> BTreeMap<Kind, Tally> {
        let mut total: BTreeMap<Kind, Tally> = BTreeMap::new();
        for (kind, cell) in self.0.values().flatten() {
            let sum = total.entry(*kind).or_default();
            sum.agreed += cell.agreed;
            sum.asserted += cell.asserted;
        }
        total
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |f: &mut fmt::Formatter<'_>, suite: &str, profile: &str, row: &BTreeMap<Kind, Tally>| {
            write!(f, "{suite:<11} {profile:<14}")?;
            for kind in Kind::ALL {
                write!(f, " {:>18}", row.get(&kind).map(cell).unwrap_or_default())?;
            }
            let all = row.values().fold(Tally::default(), |a, b| Tally { agreed: a.agreed + b.agreed, asserted: a.asserted + b.asserted });
            writeln!(f, " {:>19}", cell(&all))
        };
        write!(f, "{:<11} {:<14}", "suite", "profile")?;
        for kind in Kind::ALL {
            write!(f, " {kind:>18}")?;
        }
        writeln!(f, " {:>19}", "all")?;
        for ((suite, profile), row) in &self.0 {
            line(f, suite, profile, row)?;
        }
        line(f, "all", "", &self.total())
    }
}

#[allow(clippy::cast_precision_loss, reason = "a percentage")]
fn cell(t: &Tally) -> String {
    if t.asserted == 0 {
        return String::new();
    }
    let percent = 100.0 * t.agreed as f64 / t.asserted as f64;
    // 99.96 % is not 100 %.
    let percent = if t.agreed < t.asserted { percent.min(99.9) } else { percent };
    format!("{}/{} {percent:.1}%", t.agreed, t.asserted)
}
