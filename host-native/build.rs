//! Embeds the module where `wasm/build` has made it, the Envoy plugin where `wasm/build-proxy` has, and the page where `web-ui/build` has. Without them a plain build
//! works, and says what is missing.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::expect_used, reason = "a build script may fail")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    let file = std::env::var_os("GATESCOPE_MODULE").map_or_else(|| root.join("wasm/pkg/gatescope.wasm"), PathBuf::from);
    println!("cargo::rerun-if-env-changed=GATESCOPE_MODULE");
    println!("cargo::rerun-if-changed=build.rs");
    let plugin = root.join("wasm/pkg-proxy/gatescope-proxy.wasm");
    let missing = [
        "gatescope.wasm is not embedded: --engine wasm will want --module FILE (wasm/build makes it, then build again)",
        "gatescope-proxy.wasm is not embedded: `serve` offers no Envoy plugin (wasm/build-proxy makes it, then build again)",
    ];
    let mut code = constant("The module", "EMBEDDED", &file, missing[0]);
    code.push_str(&constant("The Envoy plugin", "PLUGIN", &plugin, missing[1]));
    std::fs::write(out.join("embedded.rs"), code).expect("OUT_DIR can be written");
    std::fs::write(out.join("page.rs"), page(&root.join("web-ui"), &file)).expect("OUT_DIR can be written");
}

/// A constant with a wasm file's bytes, where it is there.
fn constant(what: &str, name: &str, file: &Path, missing: &str) -> String {
    let code = if file.is_file() {
        println!("cargo::rerun-if-changed={}", file.display());
        format!("Some(include_bytes!({:?}))", file.canonicalize().expect("it is there"))
    } else {
        // A path that is not there would have every build start over: the folder above tells when it comes.
        println!("cargo::rerun-if-changed={}", Path::new(env!("CARGO_MANIFEST_DIR")).join("../wasm").display());
        println!("cargo::warning={missing}");
        "None".to_owned()
    };
    format!("/// {what}, where there was one at build time.\nconst {name}: Option<&[u8]> = {code};\n")
}

/// A table of the page's files as gzip: `(path, bytes)`. Empty where there is no page, or one of another module.
fn page(folder: &Path, module: &Path) -> String {
    let dist = folder.join("dist");
    let mut files = Vec::new();
    list(&dist, "", &mut files);
    let same = |name: &str| {
        let wasm = std::path::Path::new(name).file_name().is_some_and(|n| n.to_string_lossy().ends_with(".wasm"));
        !wasm || std::fs::read(dist.join(name)).ok() == std::fs::read(module).ok()
    };
    let why = if !files.iter().any(|f| f == "index.html.gz") {
        Some("the page is not embedded: `serve` shows a plain one (web-ui/build makes it, then build again)")
    } else if !files.iter().all(|f| same(f)) {
        Some("the page is not embedded: it was built with another gatescope.wasm (web-ui/build, then build again)")
    } else {
        None
    };
    println!("cargo::rerun-if-changed={}", if dist.is_dir() { &dist } else { folder }.display());
    if let Some(why) = why {
        println!("cargo::warning={why}");
        files.clear();
    }
    let mut code = String::from("/// The page's files, compressed with gzip.\nconst FILES: &[(&str, &[u8])] = &[\n");
    for name in files.iter().filter_map(|f| f.strip_suffix(".gz")) {
        let at = dist.join(format!("{name}.gz")).canonicalize().expect("it is there");
        let _ = writeln!(code, "    ({name:?}, include_bytes!({at:?})),");
    }
    code.push_str("];\n");
    code
}

/// Paths below a folder, `/` between their parts, sorted.
fn list(folder: &Path, prefix: &str, into: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            list(&entry.path(), &format!("{name}/"), into);
        } else {
            into.push(name);
        }
    }
}
