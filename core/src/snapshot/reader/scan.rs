//! Finding where a JSON value ends: what nobody reads is checked and stepped over, eight bytes at a time within strings.

use alloc::vec::Vec;

/// What is wrong with a text, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

pub(crate) type Scan = Result<usize, Fault>;

pub(crate) const EOF: &str = "the JSON ends in the middle of a value";

fn fault<T>(at: usize, what: &'static str) -> Result<T, Fault> {
    Err(Fault { at, what })
}

/// The first place from `at` on that is no blank.
#[inline]
pub(crate) fn blank(text: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\t' | b'\r') = text.get(at) {
        at = at.saturating_add(1);
    }
    at
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The first byte from `at` on that a string cannot just hold: a quote, a backslash, a control character.
#[inline]
pub(crate) fn plain(text: &[u8], mut at: usize) -> usize {
    // The lowest mark of each term is exact, those above it need not be.
    let zero = |v: u64| v.wrapping_sub(ONES) & !v & HIGH;
    while let Some(chunk) = text.get(at..).and_then(|t| t.first_chunk::<8>()) {
        let v = u64::from_le_bytes(*chunk);
        let marks = zero(v ^ (ONES.wrapping_mul(0x22))) | zero(v ^ (ONES.wrapping_mul(0x5c))) | (v.wrapping_sub(ONES.wrapping_mul(0x20)) & !v & HIGH);
        if marks != 0 {
            return at.saturating_add((marks.trailing_zeros() / 8) as usize);
        }
        at = at.saturating_add(8);
    }
    while text.get(at).is_some_and(|b| !matches!(b, b'"' | b'\\' | 0..0x20)) {
        at = at.saturating_add(1);
    }
    at
}

/// Past the quote that ends a string, from past the one that begins it; and whether it holds escapes.
#[inline]
pub(crate) fn string(text: &[u8], from: usize) -> Result<(usize, bool), Fault> {
    let mut at = plain(text, from);
    let mut escaped = false;
    loop {
        match text.get(at) {
            Some(b'"') => return Ok((at.saturating_add(1), escaped)),
            Some(b'\\') => {
                escaped = true;
                // JSON within JSON (the last-applied annotation) is full of `\"`.
                let next = match text.get(at.saturating_add(1)) {
                    Some(b'"') => at.saturating_add(2),
                    _ => escape(text, at)?,
                };
                at = plain(text, next);
            }
            Some(_) => return fault(at, "control character (\\u0000-\\u001F) found while parsing a string"),
            None => return fault(at, EOF),
        }
    }
}

/// Past an escape, which begins at `at`.
fn escape(text: &[u8], at: usize) -> Scan {
    let next = at.saturating_add(1);
    match text.get(next) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at.saturating_add(2)),
        Some(b'u') => match text.get(at.saturating_add(2)..at.saturating_add(6)) {
            Some(hex) if hex.iter().all(u8::is_ascii_hexdigit) => Ok(at.saturating_add(6)),
            Some(_) => fault(next, "invalid escape"),
            None => fault(text.len(), EOF),
        },
        Some(_) => fault(next, "invalid escape"),
        None => fault(next, EOF),
    }
}

/// Past a number; and whether it is whole.
pub(crate) fn number(text: &[u8], from: usize) -> Result<(usize, bool), Fault> {
    let digits = |mut at: usize| {
        let first = at;
        while text.get(at).is_some_and(u8::is_ascii_digit) {
            at = at.saturating_add(1);
        }
        if at == first { fault(at, if text.get(at).is_none() { EOF } else { "invalid number" }) } else { Ok(at) }
    };
    let mut at = if text.get(from) == Some(&b'-') { from.saturating_add(1) } else { from };
    let mut whole = true;
    at = match text.get(at) {
        Some(b'0') if text.get(at.saturating_add(1)).is_some_and(u8::is_ascii_digit) => return fault(at, "invalid number"),
        _ => digits(at)?,
    };
    if text.get(at) == Some(&b'.') {
        whole = false;
        at = digits(at.saturating_add(1))?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        whole = false;
        at = at.saturating_add(1);
        if let Some(b'+' | b'-') = text.get(at) {
            at = at.saturating_add(1);
        }
        at = digits(at)?;
    }
    Ok((at, whole))
}

/// Past a word that must stand there.
pub(crate) fn word(text: &[u8], at: usize, word: &'static [u8]) -> Scan {
    let end = at.saturating_add(word.len());
    match text.get(at..end) {
        Some(found) if found == word => Ok(end),
        Some(_) => fault(at, "expected ident"),
        None => fault(text.len(), if text.get(at..).is_some_and(|rest| word.starts_with(rest)) { EOF } else { "expected ident" }),
    }
}

/// A member's key and its colon, from before the quote.
fn key(text: &[u8], at: usize) -> Scan {
    let at = blank(text, at);
    match text.get(at) {
        Some(b'"') => {}
        Some(_) => return fault(at, "key must be a string"),
        None => return fault(at, EOF),
    }
    let (end, _) = string(text, at.saturating_add(1))?;
    let end = blank(text, end);
    match text.get(end) {
        Some(b':') => Ok(end.saturating_add(1)),
        Some(_) => fault(end, "expected `:`"),
        None => fault(end, EOF),
    }
}

/// Past a value of any kind, however deep; `open` is memory for what is open, and comes back empty.
pub(crate) fn value(text: &[u8], from: usize, open: &mut Vec<bool>) -> Scan {
    let mut at = from;
    loop {
        at = blank(text, at);
        let next = at.saturating_add(1);
        at = match text.get(at) {
            Some(b'"') => string(text, next)?.0,
            Some(b'{') => {
                let inside = blank(text, next);
                if text.get(inside) == Some(&b'}') {
                    inside.saturating_add(1)
                } else {
                    open.push(true);
                    at = key(text, inside)?;
                    continue;
                }
            }
            Some(b'[') => {
                let inside = blank(text, next);
                if text.get(inside) == Some(&b']') {
                    inside.saturating_add(1)
                } else {
                    open.push(false);
                    at = inside;
                    continue;
                }
            }
            Some(b't') => word(text, at, b"true")?,
            Some(b'f') => word(text, at, b"false")?,
            Some(b'n') => word(text, at, b"null")?,
            Some(b'-' | b'0'..=b'9') => number(text, at)?.0,
            Some(_) => return fault(at, "expected value"),
            None => return fault(at, EOF),
        };
        // A value has ended: what holds it goes on, or ends too.
        loop {
            let Some(map) = open.last().copied() else { return Ok(at) };
            at = blank(text, at);
            match (text.get(at), map) {
                (Some(b','), true) => {
                    at = key(text, at.saturating_add(1))?;
                    break;
                }
                (Some(b','), false) => {
                    at = at.saturating_add(1);
                    break;
                }
                (Some(b'}'), true) | (Some(b']'), false) => {
                    open.pop();
                    at = at.saturating_add(1);
                }
                (Some(_), true) => return fault(at, "expected `,` or `}`"),
                (Some(_), false) => return fault(at, "expected `,` or `]`"),
                (None, _) => return fault(at, EOF),
            }
        }
    }
}
