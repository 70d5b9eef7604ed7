//! The built module, and the Node programs that run it.

use crate::paths;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The folder of the module that ships: `wasm/build` makes it.
pub fn package() -> PathBuf {
    built("wasm/pkg", "wasm/build")
}

/// The folder of the module that fails where a test asks for it.
pub fn faulty() -> PathBuf {
    built("wasm/pkg-faults", "wasm/build --faults")
}

fn built(folder: &str, by: &str) -> PathBuf {
    let path = paths::workspace().join(folder);
    assert!(path.join("gatescope.wasm").is_file(), "no {folder}/gatescope.wasm: run `{by}` first");
    path
}

/// Runs `tests/node/parity.mjs` over lines of JSON; as many lines come back.
pub fn node(host: &str, lines: &[String]) -> Vec<serde_json::Value> {
    let mut child = Command::new(std::env::var_os("NODE").unwrap_or_else(|| "node".into()))
        .arg(paths::tests().join("node/parity.mjs"))
        .arg(host)
        .arg(package())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs: Node 20 or later is needed");
    let mut pipe = child.stdin.take().unwrap();
    let text = lines.iter().fold(String::new(), |all, line| all + line + "\n");
    let writer = std::thread::spawn(move || pipe.write_all(text.as_bytes()));
    let out = BufReader::new(child.stdout.take().unwrap()).lines();
    let out: Vec<serde_json::Value> = out.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    assert!(child.wait().unwrap().success(), "node failed, see above");
    writer.join().unwrap().unwrap();
    assert_eq!(out.len(), lines.len(), "node answered {} of {} cases", out.len(), lines.len());
    out
}
