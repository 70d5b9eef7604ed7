//! The built `gatescope` program, run as a user runs it.

use serde_json::Value;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The program: `GATESCOPE_BIN`, or beside the tests in the target folder, or the release build.
pub fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("GATESCOPE_BIN") {
        return path.into();
    }
    let own = std::env::current_exe().unwrap();
    let target = |profile: &str| own.ancestors().nth(3).map(|t| t.join(profile).join("gatescope"));
    let beside = own.ancestors().nth(2).map(|folder| folder.join("gatescope"));
    let same = own.parent().map(|folder| folder.join("gatescope"));
    [beside, same, target("release"), target("debug"), Some(crate::paths::workspace().join("target/release/gatescope"))]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
        .expect("no gatescope program: `cargo build -p gatescope` first, or set GATESCOPE_BIN")
}

/// What came of a run.
#[derive(Debug)]
pub struct Run {
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
}

impl Run {
    /// Standard output as JSON, and nothing but JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("standard output is not JSON: {e}\n{self:?}"))
    }

    /// Findings whose subject has this name.
    pub fn findings(&self, name: &str) -> Vec<Value> {
        let report = self.json();
        let all = report["findings"].as_array().unwrap();
        all.iter().filter(|f| f["subject"]["name"] == name).cloned().collect()
    }

    /// The states of a route's rows, sorted.
    pub fn states(&self, route: &str) -> Vec<String> {
        let report = self.json();
        let rows = report["exposures"].as_array().unwrap();
        let mut states: Vec<String> = rows.iter().filter(|e| e["route"]["name"] == route).map(|e| e["state"].as_str().unwrap_or_default().to_owned()).collect();
        states.sort();
        states
    }
}

/// Runs `gatescope` with these arguments and this standard input. A crash fails the test.
pub fn run(args: &[&str], stdin: &[u8]) -> Run {
    run_in(Path::new("."), args, stdin)
}

/// The same in this folder.
pub fn run_in(folder: &Path, args: &[&str], stdin: &[u8]) -> Run {
    let start = Instant::now();
    let mut child = Command::new(program())
        .args(args)
        .current_dir(folder)
        .env_remove("KUBECONFIG")
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let input = stdin.to_vec();
    // It may end before it has read all.
    let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
    let mut err = child.stderr.take().unwrap();
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        drop(err.read_to_end(&mut text));
        text
    });
    let mut out = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut out).unwrap();
    let code = child.wait().unwrap().code();
    writer.join().unwrap();
    let run =
        Run { code, stdout: String::from_utf8(out).unwrap(), stderr: String::from_utf8_lossy(&errors.join().unwrap()).into_owned(), took: start.elapsed() };
    assert!(matches!(run.code, Some(0..=2)), "it crashed: {}", short(&run));
    assert!(!run.stderr.contains("panicked"), "it panicked: {}", short(&run));
    run
}

fn short(run: &Run) -> String {
    let head = |text: &str| text.chars().take(2000).collect::<String>();
    format!("code {:?}\nstdout: {}\nstderr: {}", run.code, head(&run.stdout), head(&run.stderr))
}

/// A folder of files that is gone after the test.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// With these files.
    pub fn with(files: &[(&str, &[u8])]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("gatescope-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            std::fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Its path as an argument.
    pub fn arg(&self) -> String {
        self.0.display().to_string()
    }

    /// A file's path as an argument.
    pub fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
