//! Every rule of docs/rules.md is told to users, named in the code that implements it, and shown by a case.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").to_path_buf()
}

fn sources(folder: &Path, out: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder of the core").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            for line in fs::read_to_string(&path).expect("a source file").lines() {
                if let Some((_, comment)) = line.split_once("//") {
                    out.push_str(comment);
                    out.push('\n');
                }
            }
        }
    }
}

/// Numbers that a comment names after `rule` or `rules`: `rule 36`, `rules 7 and 8`, `rules 18 to 21`.
fn named(comments: &str) -> Vec<u32> {
    let mut out = Vec::new();
    for line in comments.lines() {
        let lower = line.to_lowercase();
        for (at, _) in lower.match_indices("rule") {
            let rest = lower[at + 4..].trim_start_matches(['s', '\'', ' ']);
            let mut last = None;
            for word in rest.split([' ', ',']).filter(|w| !w.is_empty()).take(8) {
                let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
                match (digits.parse::<u32>(), word) {
                    (Ok(n), _) => {
                        if let Some((from, true)) = last {
                            out.extend(from..n);
                        }
                        out.push(n);
                        last = Some((n, false));
                    }
                    (Err(_), "to") => last = last.map(|(n, _)| (n, true)),
                    (Err(_), "and") => {}
                    _ => break,
                }
            }
        }
    }
    out
}

#[test]
fn every_rule_is_told_named_and_shown() {
    let mut comments = String::new();
    sources(&root().join("core/src"), &mut comments);
    let named = named(&comments);
    let page = fs::read_to_string(root().join("docs/rules.md")).expect("docs/rules.md");
    let cases: Vec<String> =
        fs::read_dir(root().join("tests/cases")).expect("tests/cases").flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
    for rule in 1..=48 {
        assert!(named.contains(&rule), "rule {rule} is named in no comment of the core");
        assert!(page.contains(&format!("### Rule {rule}:")), "rule {rule} has no heading in docs/rules.md");
        assert!(cases.iter().any(|c| c.starts_with(&format!("rule-{rule:02}-"))), "rule {rule} has no case of its own");
    }
}
