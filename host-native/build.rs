//! Embeds the module where `wasm/build` has made it. Without it a plain build works, and says what is missing.
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::expect_used, reason = "a build script may fail")]

use std::path::PathBuf;

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let file = std::env::var_os("GATESCOPE_MODULE").map_or_else(|| root.join("wasm/pkg/gatescope.wasm"), PathBuf::from);
    println!("cargo::rerun-if-env-changed=GATESCOPE_MODULE");
    println!("cargo::rerun-if-changed=build.rs");
    let code = if file.is_file() {
        println!("cargo::rerun-if-changed={}", file.display());
        format!("Some(include_bytes!({:?}))", file.canonicalize().expect("it is there"))
    } else {
        // A path that is not there would have every build start over: the folder above tells when it comes.
        println!("cargo::rerun-if-changed={}", root.join("wasm").display());
        println!("cargo::warning=gatescope.wasm is not embedded: --engine wasm will want --module FILE (wasm/build makes it, then build again)");
        "None".to_owned()
    };
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("embedded.rs");
    std::fs::write(out, format!("/// The module, where there was one at build time.\nconst EMBEDDED: Option<&[u8]> = {code};\n"))
        .expect("OUT_DIR can be written");
}
