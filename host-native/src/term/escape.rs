//! Text from outside, made safe for a terminal.
//!
//! Names, hosts and messages come from whoever may write to the cluster. Control characters could move
//! the cursor or recolour what follows, bidirectional marks could show a host as another one.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether a character does something to its surroundings instead of showing itself.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with every hostile character written as `\u{…}` (`\n`, `\t` and `\r` in their short form).
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_hostile(c) => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The same for JSON text that goes to a terminal: `\uXXXX`, which leaves the value what it was.
/// Line breaks are the layout and stay; JSON escapes those inside of strings itself.
pub(crate) fn safe_json(text: &str) -> Cow<'_, str> {
    let hostile = |c: char| c != '\n' && is_hostile(c);
    if !text.contains(hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hostile(c) {
            let mut units = [0u16; 2];
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_not_copied() {
        assert!(matches!(safe("shop/wéb ✓"), Cow::Borrowed(_)));
    }

    #[test]
    fn escapes_what_acts() {
        assert_eq!(safe("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(safe("a\u{202e}b\u{9b}\u{200b}\u{7f}"), "a\\u{202e}b\\u{9b}\\u{200b}\\u{7f}");
        assert_eq!(safe("a\nb\tc\r"), "a\\nb\\tc\\r");
    }

    #[test]
    fn json_keeps_its_value() {
        let text = serde_json::to_string(&"x\u{202e}\u{7f}\u{e0041}").unwrap();
        let shown = safe_json(&text);
        assert!(shown.is_ascii());
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), "x\u{202e}\u{7f}\u{e0041}");
    }
}
