//! CLI input under fire: files and documents, YAML and JSON, from bytes to the engine. The program keeps this to itself,
//! so its modules are compiled in here. How inputs are made, and how long: tests/bench/src/fuzz.
//!
//! Holds for each input: no panic, no long work, and what gives no object gives a problem.

#![allow(
    dead_code,
    unused_imports,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test; and the program's modules are only used in part"
)]

#[path = "../../host-native/src/input/mod.rs"]
mod input;
#[path = "../../host-native/src/progress.rs"]
mod progress;
#[path = "../../host-native/src/suggest.rs"]
mod suggest;
#[path = "../../host-native/src/term/mod.rs"]
mod term;

use gatescope_core::{Engine, Settings};
use gatescope_tests::bench::fuzz::{Seen, Target, cases, drive, targets::seen};
use gatescope_tests::bench::workload::hash;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

/// Reads an input as a file by each of its names.
fn run(bytes: &[u8]) -> Result<Seen, String> {
    let mut out = Seen::new();
    for name in ["fuzz.yaml", "fuzz.json"] {
        let file = Path::new(SCRATCH).join(name);
        std::fs::write(&file, bytes).unwrap();
        let mut engine = Engine::new(Settings::default());
        let mut wrong = None;
        let loaded = input::load(&[file.to_string_lossy().into_owned()], progress(), &mut |json| {
            let result = engine.load(json);
            if name == "fuzz.yaml" && bytes.first() != Some(&b'{') && serde_json::from_slice::<serde_json::Value>(json).is_err() && result.is_ok() {
                wrong = Some(format!("taken, and no JSON: {}", String::from_utf8_lossy(json)));
            }
            result
        });
        if let Some(wrong) = wrong {
            return Err(wrong);
        }
        if loaded.objects == 0 && loaded.problems.is_empty() {
            return Err(format!("{name}: no object and no problem"));
        }
        engine.settle();
        let report = engine.report();
        out.extend(seen(&report));
        out.extend(loaded.problems.iter().map(|p| {
            let plain: String = p.message.chars().filter(|c| !c.is_ascii_digit()).take(24).collect();
            hash(plain.as_bytes())
        }));
    }
    Ok(out)
}

fn progress() -> &'static progress::Progress {
    static PROGRESS: OnceLock<progress::Progress> = OnceLock::new();
    PROGRESS.get_or_init(progress::Progress::start)
}

/// Every YAML file of the repository that a user might read, and what people get wrong.
fn seeds() -> Vec<Vec<u8>> {
    let mut out: Vec<Vec<u8>> =
        cases().into_iter().map(|c| serde_json::json!({"apiVersion": "v1", "kind": "List", "items": c}).to_string().into_bytes()).collect();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("deploy/example"), root.join("tests/data"), root.join("tests/flags")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                out.extend(std::fs::read(entry));
            }
        }
    }
    let odd = [
        "a: &x [1, *x]\n",
        "? [a]\n: b\n",
        "---\n---\n...\n---\n",
        "%YAML 1.2\n---\nkind: A\n",
        "kind: {{ .Values.kind }}\n",
        "a: |\n  b\n c: d\n",
        "a: !!binary aGk=\nb: !!set {x, y}\n<<: {c: d}\n",
        "{\"a\":1}{\"b\":2} [3]\n",
        "\u{feff}kind: A\n",
        "kind: A\nkind: B\n\tx: y\n",
        "a: 0x1F\nb: 1e999\nc: .nan\nd: 012\ne: 1_000\n",
    ];
    out.extend(odd.iter().map(|t| t.as_bytes().to_vec()));
    out.sort();
    out.dedup();
    out
}

fn main() {
    // `cargo test -- --list` and filters are none of its business, but a filter for others is.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    if !wanted.is_empty() && !wanted.iter().any(|w| "fuzz_input".contains(w.as_str())) {
        return;
    }
    drive(&Target { name: "input", seeds: seeds(), json: false, run }, SCRATCH);
}
