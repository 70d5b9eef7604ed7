//! The memory account: live bytes a route, by part.

use super::Scale;
use crate::alloc::{count, live};
use crate::figure::Figure;
use crate::measure::engine;
use crate::workload::{Front, Names, w1_of};

/// W1 and W10 at 10k, W1 at 100k, and W1 in clear text.
pub fn figures(scale: Scale) -> Vec<Figure> {
    let mut out = Vec::new();
    let ten = scale.most.min(10_000);
    let mut runs = vec![("W1", "", ten, Names::Plain, Front::Https)];
    if scale.most > ten {
        runs.push(("W1", "", scale.most, Names::Plain, Front::Https));
    }
    runs.push(("W1", ", clear text", ten, Names::Plain, Front::Clear));
    runs.push(("W10", "", ten, Names::Random, Front::Https));
    for (workload, suffix, n, names, front) in runs {
        let text = [w1_of(n, names, front)];
        count(true);
        let before = live();
        let engine = engine(&text);
        let all = (live() - before) as f64 / n as f64;
        let mut last = live();
        let mut parts = Vec::new();
        engine.dismantle(&mut |part| {
            let now = live();
            parts.push(format!("{part} {:.0}", (last - now) as f64 / n as f64));
            last = now;
        });
        count(false);
        let figure = Figure::new(workload, format!("bytes a route, {}k{suffix}", n / 1000), all, "B").note(parts.join(", "));
        out.push(if front == Front::Https { figure.at_most(1000.0) } else { figure });
    }
    out
}
