//! Failing on purpose, for the tests of hosts. Only in builds with the feature `faults`.

use std::hint::black_box;

/// An object whose text holds this, followed by the fault's name, fails when it is taken in.
const MARK: &[u8] = b"gatescope.io/fault\":\"";

fn fault(text: &[u8]) -> Option<&[u8]> {
    let at = text.windows(MARK.len()).position(|w| w == MARK)?;
    let rest = text.get(at.checked_add(MARK.len())?..)?;
    rest.split(|b| *b == b'"').next()
}

pub(crate) fn is_marked(text: &[u8]) -> bool {
    fault(text).is_some()
}

/// Does what the text asks for.
pub(crate) fn marked(text: &[u8]) {
    match fault(text) {
        Some(b"trap") => trap(),
        Some(b"panic") => panic_now(),
        Some(b"spin") => spin(),
        Some(b"memory") => eat(),
        _ => {}
    }
}

/// A trap without a word.
pub(crate) fn trap() {
    #[cfg(target_arch = "wasm32")]
    core::arch::wasm32::unreachable();
}

#[expect(clippy::panic, reason = "that is what it is for")]
pub(crate) fn panic_now() {
    panic!("a fault was asked for");
}

/// Never ends.
pub(crate) fn spin() {
    let mut turns = 0_u64;
    while black_box(turns) < u64::MAX {
        turns = turns.wrapping_add(1);
    }
}

/// Takes memory until there is none.
pub(crate) fn eat() {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        all.push(black_box(vec![1; 1 << 20]));
    }
}
