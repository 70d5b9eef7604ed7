//! Whole sessions at a terminal, one file a scenario in `tests/transcripts`: lines that begin with `$ ` are run, what
//! follows is what they print. `BLESS=1` writes it anew.
//!
//! Standard error stands after standard output, each line marked `! `; an exit code other than 0 stands last, as
//! `[exit 1]`. Commands run in the repository's root, as in the README. `{scratch}` is a folder that is empty at first.

use gatescope_tests::cli::{Folder, run, run_in};
use gatescope_tests::paths;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The words of a command line: blanks part them, single and double quotes keep them.
fn words(line: &str) -> Vec<String> {
    let (mut out, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (Some(q), c) if q == c => quote = None,
            (None, '\'' | '"') => (quote, open) = (Some(c), true),
            (None, ' ') if open || !word.is_empty() => {
                out.push(std::mem::take(&mut word));
                open = false;
            }
            (None, ' ') => {}
            (_, c) => word.push(c),
        }
    }
    if open || !word.is_empty() {
        out.push(word);
    }
    out
}

/// What may differ between machines and builds.
fn plain(text: &str, scratch: &str) -> String {
    let mut out = text.replace(scratch, "{scratch}");
    let hex = |s: &str| s.len() == 64 && s.bytes().all(|b| b.is_ascii_hexdigit());
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| hex(w)) {
        out = out.replace(word, "{sha256}");
    }
    out.replace(env!("CARGO_PKG_VERSION"), "{version}")
}

fn replay(script: &str) -> String {
    let folder = Folder::with(&[]);
    let scratch = folder.path().to_string_lossy().into_owned();
    let mut out = String::new();
    for line in script.lines().filter(|l| l.starts_with("$ ") || l.starts_with("# ")) {
        let _ = writeln!(out, "{line}");
        let Some(command) = line.strip_prefix("$ ") else { continue };
        let (command, stdin) = match command.split_once(" < ") {
            Some((command, file)) => (command, std::fs::read(paths::workspace().join(file.replace("{scratch}", &scratch))).unwrap()),
            None => (command, Vec::new()),
        };
        let words = words(&command.replace("{scratch}", &scratch));
        let [program, args @ ..] = words.as_slice() else { panic!("an empty command") };
        assert_eq!(program, "gatescope", "transcripts run gatescope only");
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let run = run_in(&paths::workspace(), &args, &stdin);
        out.push_str(&plain(&run.stdout, &scratch));
        if !out.ends_with('\n') {
            out.push('\n');
        }
        for line in plain(&run.stderr, &scratch).lines() {
            let _ = writeln!(out, "! {line}");
        }
        if run.code != Some(0) {
            let _ = writeln!(out, "[exit {}]", run.code.map_or_else(|| "by a signal".to_owned(), |c| c.to_string()));
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

#[test]
fn transcripts_are_what_is_printed() {
    let folder = paths::tests().join("transcripts");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "txt")).collect();
    files.sort();
    assert!(!files.is_empty(), "there are no transcripts");
    let bless = std::env::var_os("BLESS").is_some();
    let mut wrong = Vec::new();
    for file in &files {
        let wanted = std::fs::read_to_string(file).unwrap();
        let got = replay(&wanted);
        if got == wanted {
            continue;
        }
        if bless {
            std::fs::write(file, got).unwrap();
            continue;
        }
        let at = got.lines().zip(wanted.lines()).position(|(a, b)| a != b).unwrap_or(0);
        let line = |t: &str| t.lines().nth(at).unwrap_or("").to_owned();
        wrong.push(format!("{}:{}\n  got:    {}\n  wanted: {}", file.display(), at + 1, line(&got), line(&wanted)));
    }
    assert!(wrong.is_empty(), "BLESS=1 writes them anew:\n{}", wrong.join("\n"));
}

/// No verb without a scenario; those that do not end are in the tests of `serve`.
#[test]
fn every_verb_has_a_transcript() {
    let help = run(&["--help"], b"").stdout;
    let list = help.split("Commands:").nth(1).and_then(|t| t.split("Options:").next()).unwrap();
    let verbs: BTreeSet<&str> = list
        .lines()
        .filter_map(|l| l.strip_prefix("  "))
        .filter(|l| !l.starts_with(' '))
        .filter_map(|l| l.split(' ').next())
        .filter(|w| !w.is_empty())
        .collect();
    assert!(verbs.contains("resolve") && verbs.len() > 8, "{verbs:?}");
    let all: String = std::fs::read_dir(paths::tests().join("transcripts")).unwrap().map(|e| std::fs::read_to_string(e.unwrap().path()).unwrap()).collect();
    let without: Vec<&&str> = verbs.iter().filter(|v| !all.contains(&format!("$ gatescope {v}"))).collect();
    assert!(without.is_empty(), "verbs without a transcript: {without:?}");
}
