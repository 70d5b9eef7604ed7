//! Documentation that is generated is up to date (`BLESS=1` writes it), and paths that are named exist.

use gatescope_core::diagnose::CATALOGUE;
use gatescope_core::types::Severity;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent").to_path_buf()
}

fn generated(name: &str, text: &str) {
    let path = root().join("docs").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).expect("docs/ can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "docs/{name} is out of date: run `BLESS=1 cargo test -p gatescope-tests --test docs`");
}

#[test]
fn findings_are_those_of_the_catalogue() {
    let mut out = String::from(
        "# Findings\n\nGenerated from the program (`gatescope explain CODE` says the same, offline). An *error* is what the author asked for and is not\nserved, or goes elsewhere; a *warning* is served, but risky or in part; an *info* is worth knowing.\n\n| code | name | severity | |\n|---|---|---|---|\n",
    );
    let severity = |s: Severity| match s {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    for i in CATALOGUE {
        let _ = writeln!(out, "| [{}](#{}) | {} | {} | {} |", i.code, i.code.to_lowercase(), i.name, severity(i.severity), i.title);
    }
    for i in CATALOGUE {
        let rules: Vec<String> = i.rules.iter().map(|r| format!("[{r}](rules.md#rule-{r})")).collect();
        let _ = write!(out, "\n## {}\n\n**{}** ({}): {}.\n\n{}\n\nThe way out: {}\n", i.code, i.name, severity(i.severity), i.title, i.meaning, i.remedy);
        if !rules.is_empty() {
            let _ = writeln!(out, "\nRules: {}.", rules.join(", "));
        }
    }
    generated("findings.md", &out);
}

/// Paths in backticks that start with a folder of the repository.
fn paths(text: &str) -> Vec<String> {
    const FOLDERS: [&str; 8] = ["core/", "wasm/", "host-native/", "web-ui/", "tests/", "deploy/", "docs/", ".ci/"];
    text.split('`')
        .skip(1)
        .step_by(2)
        .filter(|t| FOLDERS.iter().any(|f| t.starts_with(f)) && !t.starts_with("wasm/pkg") && !t.contains([' ', '*', '<', '{', '…']))
        .map(str::to_owned)
        .collect()
}

#[test]
fn paths_in_the_docs_exist() {
    let mut checked = 0;
    let mut pages = vec![root().join("README.md"), root().join("CHANGELOG.md"), root().join("tests/README.md")];
    pages.extend(std::fs::read_dir(root().join("docs")).expect("docs/").flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "md")));
    for page in pages {
        let text = std::fs::read_to_string(&page).expect("a page can be read");
        for path in paths(&text) {
            let bare = path.split(['#', ':']).next().unwrap_or(&path);
            assert!(root().join(bare).exists(), "{} names `{path}`, which is not there", page.display());
            checked += 1;
        }
    }
    assert!(checked > 10, "only {checked} paths were found: is the search broken?");
}
