//! What goes wrong in or with the module ends in a clear message and an engine that goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::arithmetic_side_effects)]

use gatescope::engine::{Cause, Limits, ModuleFile, Resolver, Runtime, Wasm};
use gatescope_core::{Change, Settings};
use gatescope_tests::cli::Folder;
use gatescope_tests::module;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

static FAULTY: LazyLock<Runtime> = LazyLock::new(|| Runtime::new(ModuleFile::read(&module::faulty().join("gatescope.wasm")).unwrap()).unwrap());

/// A busy machine meets no deadline by accident: only what never ends has a short one.
fn limits() -> Limits {
    Limits { memory: 64 << 20, deadline: Duration::from_secs(60), hold: true }
}

fn cluster() -> String {
    gatescope_tests::hosts::cluster("*.example.com", &["a.example.com"]).to_string()
}

fn route(name: &str, fault: &str) -> String {
    format!(
        "{{\"apiVersion\":\"gateway.networking.k8s.io/v1\",\"kind\":\"HTTPRoute\",\"metadata\":{{\"namespace\":\"shop\",\"name\":\"{name}\",\"annotations\":{{\"gatescope.io/fault\":\"{fault}\"}}}},\
         \"spec\":{{\"parentRefs\":[{{\"name\":\"edge\"}}],\"hostnames\":[\"b.example.com\"],\"rules\":[{{\"backendRefs\":[{{\"name\":\"web\",\"port\":80}}]}}]}}}}"
    )
}

fn engine(limits: Limits) -> Wasm {
    let mut engine = Wasm::new(&FAULTY, &Settings { complete: true, ..Settings::default() }, limits).unwrap();
    engine.load(cluster().as_bytes()).unwrap();
    engine.settle().unwrap();
    engine
}

/// A change that fails, in the middle: the engine goes on with what it had, and says so.
fn fails(fault: &str, wanted: impl Fn(&Cause) -> bool, said: &str) {
    let deadline = if fault == "spin" { Duration::from_secs(2) } else { limits().deadline };
    let mut engine = engine(Limits { deadline, ..limits() });
    let before = engine.report_json().unwrap();
    let revision = engine.revision();
    let failure = engine.apply(&[Change::Json(route("web2", fault).as_bytes())]).unwrap_err();
    assert!(wanted(&failure.cause) && failure.message.contains(said), "{failure:?}");
    assert_eq!(engine.report_json().unwrap(), before, "the last good answer");
    let health = engine.health();
    assert_eq!((health.rebuilds, health.left_out, health.down), (1, 1, false), "{health:?}");
    assert!(health.stale.as_deref().is_some_and(|s| s.contains(said)), "{health:?}");
    assert!(engine.revision() > revision, "a rebuilt engine is another revision");
    // Another change goes on, and the answer stays marked until the object itself is good.
    let (delta, _) = engine.apply(&[Change::Json(route("web3", "none").as_bytes())]).unwrap();
    assert_eq!((delta.opened.len(), delta.from + 1), (1, delta.revision));
    assert!(engine.health().stale.is_some());
    engine.apply(&[Change::Json(route("web2", "none").as_bytes())]).unwrap();
    assert_eq!(engine.health().stale, None);
    assert_eq!(engine.report().unwrap().exposures.len(), 3);
}

#[test]
fn a_trap_in_the_middle_of_a_change() {
    fails("trap", |c| *c == Cause::Trap, "trapped");
}

#[test]
fn a_panic_is_told_in_its_own_words() {
    fails("panic", |c| *c == Cause::Trap, "a fault was asked for");
}

#[test]
fn an_endless_loop_meets_the_deadline() {
    fails("spin", |c| *c == Cause::Deadline, "no answer within 2 s");
}

#[test]
fn memory_meets_its_cap() {
    fails("memory", |c| *c == Cause::Memory, "64 MB");
}

#[test]
fn a_snapshot_that_is_too_large_leaves_a_working_engine() {
    let mut engine = engine(limits());
    let before = engine.report_json().unwrap();
    let large = format!("{{\"kind\":\"List\",\"items\":[{}]}}", (0..200_000).map(|i| route(&format!("x{i}"), "none")).collect::<Vec<_>>().join(","));
    let failure = engine.load(large.as_bytes()).unwrap_err();
    assert_eq!(failure.cause, Cause::Memory, "{failure:?}");
    assert!(failure.hint.is_some());
    assert_eq!(engine.report_json().unwrap(), before);
    assert!(engine.health().stale.is_some());
}

#[test]
fn a_load_that_traps_leaves_what_was_there() {
    let mut engine = engine(limits());
    assert!(engine.load(route("y", "trap").as_bytes()).unwrap_err().lost());
    engine.load(route("z", "none").as_bytes()).unwrap();
    engine.settle().unwrap();
    assert_eq!(engine.report().unwrap().exposures.len(), 2);
}

/// The smallest module that exports a memory and says this version.
fn says(version: u8) -> Vec<u8> {
    let mut out = b"\0asm\x01\0\0\0".to_vec();
    out.extend(b"\x01\x05\x01\x60\x00\x01\x7f"); // a function that gives an i32
    out.extend(b"\x03\x02\x01\x00");
    out.extend(b"\x05\x03\x01\x00\x01"); // a page of memory
    let name = b"gatescope_abi_version";
    let mut exports = vec![2, 6];
    exports.extend(b"memory\x02\x00");
    exports.push(u8::try_from(name.len()).unwrap());
    exports.extend(name);
    exports.extend(b"\x00\x00");
    out.extend([7, u8::try_from(exports.len()).unwrap()]);
    out.extend(exports);
    out.extend([0x0a, 6, 1, 4, 0, 0x41, version, 0x0b]);
    out
}

fn refused(bytes: Vec<u8>) -> String {
    let failure = Runtime::with_cache(ModuleFile::of(bytes.into(), "x.wasm"), None).unwrap_err();
    assert_eq!(failure.cause, Cause::Module);
    assert!(failure.hint.is_some());
    failure.message
}

#[test]
fn files_that_are_no_module_of_ours() {
    assert_eq!(refused(b"#!/bin/sh\n".to_vec()), "x.wasm: it is not WebAssembly");
    assert!(refused(b"\0asm\x01\0\0\0".to_vec()).contains("exports no `gatescope_abi_version`"));
    assert!(refused(b"\0asm\x01\0\0\0garbage".to_vec()).contains("not WebAssembly that can be run"));
    assert!(refused(says(2)).contains("speaks version 2 of the module ABI, and this gatescope only version 1"));
    assert!(refused(says(1)).contains("exports no `gatescope_load`"));
    assert!(ModuleFile::read(Path::new("/no/such.wasm")).unwrap_err().message.contains("no such file"));
}

#[test]
fn the_cache_saves_compiling_and_survives_corruption() {
    let folder = Folder::with(&[]);
    let cache = folder.path().join("modules");
    let file = || ModuleFile::read(&module::package().join("gatescope.wasm")).unwrap();
    let start = || Runtime::with_cache(file(), Some(&cache)).unwrap();
    assert!(!start().was_cached());
    assert!(start().was_cached());
    let entry = std::fs::read_dir(&cache).unwrap().next().unwrap().unwrap().path();
    let good = std::fs::read(&entry).unwrap();
    for bad in
        [Vec::new(), good.iter().take(good.len() / 2).copied().collect(), good.iter().enumerate().map(|(i, b)| if i == 5_000 { b ^ 1 } else { *b }).collect()]
    {
        std::fs::write(&entry, bad).unwrap();
        let runtime = start();
        assert!(!runtime.was_cached());
        Wasm::new(&runtime, &Settings::default(), limits()).unwrap();
        assert_eq!(std::fs::read(&entry).unwrap().len(), good.len(), "written again");
    }
    // Where nothing can be kept, it is compiled each time, and runs.
    let runtime = Runtime::with_cache(file(), Some(Path::new("/proc/gatescope/modules"))).unwrap();
    assert!(!runtime.was_cached());
    Wasm::new(&runtime, &Settings::default(), limits()).unwrap();
    // What others can write is not run.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o777)).unwrap();
        assert!(!start().was_cached());
    }
}
