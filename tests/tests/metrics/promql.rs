//! Queries asked of the real PromQL engine (`promtool test rules`), over what the exporter shows.

use super::tool;
use serde_json::{Value, json};
use std::process::Command;

/// Series of an exposition as a scrape stores them, the same for an hour.
pub fn scraped(text: &str) -> Vec<Value> {
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let own = "instance=\"a:8080\",job=\"gatescope\"";
            let series = match series.strip_suffix('}') {
                Some(open) => format!("{open},{own}}}"),
                None => format!("{series}{{{own}}}"),
            };
            json!({"series": series, "values": format!("{value}x60")})
        })
        .collect()
}

/// Those of the queries that come to nothing, with what promtool says of them.
pub fn empty(series: &[Value], queries: &[String]) -> Vec<String> {
    let test = |q: &String| json!({"expr": format!("count({q}) > bool 0"), "eval_time": "40m", "exp_samples": [{"labels": "{}", "value": 1}]});
    let tests: Vec<Value> = queries.iter().map(test).collect();
    let file = json!({"evaluation_interval": "1m", "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}]});
    let at = std::env::temp_dir().join(format!("gatescope-promql-{}-{:x}.json", std::process::id(), xxhash_rust::xxh64::xxh64(file.to_string().as_bytes(), 0)));
    std::fs::write(&at, file.to_string()).unwrap();
    let out = Command::new(tool::path("promtool")).args(["test", "rules"]).arg(&at).output().unwrap();
    std::fs::remove_file(&at).unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    let failed: Vec<String> = said.lines().map(str::trim).filter(|l| l.starts_with("expr:") || l.contains("error")).map(str::to_owned).collect();
    if out.status.success() {
        Vec::new()
    } else if failed.is_empty() {
        vec![said]
    } else {
        failed
    }
}

/// A query for the elements of another that have a label.
pub fn having(query: &str, label: &str) -> String {
    format!("(count by ({label}) ({query})) unless on ({label}) vector(0)")
}

#[test]
fn an_empty_answer_is_told() {
    let series = scraped("a{b=\"c\"} 1\nup 2\n");
    assert_eq!(empty(&series, &["a{b=\"c\",job=\"gatescope\"}".into(), "up == 2".into(), having("a", "b")]), [""; 0]);
    assert_eq!(empty(&series, &["a{b=\"d\"}".into()]).len(), 1);
    assert_eq!(empty(&series, &[having("a", "z")]).len(), 1);
    assert!(!empty(&series, &["a{".into()]).is_empty());
}
