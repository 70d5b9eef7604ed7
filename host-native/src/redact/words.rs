//! What stands for what: one-to-one, so that what was equal stays equal and what differed still differs.

use std::collections::{BTreeMap, BTreeSet};

/// Everything that has to be replaced, gathered before anything is.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub names: BTreeSet<String>,
    /// In lower case.
    pub words: BTreeSet<String>,
}

/// What stands for it.
#[derive(Debug)]
pub(super) struct Words {
    names: BTreeMap<String, String>,
    words: BTreeMap<String, String>,
}

impl Seen {
    pub(super) fn text(&mut self, text: &str) {
        for piece in pieces(text) {
            if let Piece::Word(word) = piece {
                self.words.insert(word.to_lowercase());
            }
        }
    }

    /// Names keep their order, because ties between objects are decided by it; words keep their length and, among those
    /// of one length, their order, because hostnames and paths are ranked by length.
    pub(super) fn words(self) -> Words {
        let width = self.names.len().to_string().len();
        let names = self.names.into_iter().enumerate().map(|(i, name)| (name, format!("n{i:0width$}"))).collect();
        let mut by_length: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for word in self.words {
            by_length.entry(word.chars().count()).or_default().push(word);
        }
        let words = by_length.into_iter().flat_map(|(length, all)| all.into_iter().enumerate().map(move |(i, word)| (word, code(i, length)))).collect();
        Words { names, words }
    }
}

/// The word of a rank: a letter, then letters and digits. Where there are not enough of one length, the last are alike.
fn code(rank: usize, length: usize) -> String {
    const LETTERS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut out = Vec::with_capacity(length);
    let mut rest = rank;
    for place in 0..length {
        let (base, from): (usize, usize) = if place.saturating_add(1) == length { (26, 10) } else { (36, 0) };
        out.push(LETTERS.get(rest.checked_rem(base).unwrap_or(0).saturating_add(from)).copied().unwrap_or(b'z'));
        rest = rest.checked_div(base).unwrap_or(0);
    }
    out.reverse();
    String::from_utf8(out).unwrap_or_default()
}

impl Words {
    /// What stands for a name.
    pub(super) fn name(&self, name: &str) -> String {
        if name.is_empty() { String::new() } else { self.names.get(name).cloned().unwrap_or_else(|| "unseen".into()) }
    }

    /// The text with every word replaced; what is between words, and upper case, stays.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Plain(text) => out.push_str(text),
                Piece::Word(word) => {
                    let code = self.words.get(&word.to_lowercase()).cloned().unwrap_or_else(|| "x".repeat(word.chars().count()));
                    let cased = word.chars().zip(code.chars()).map(|(was, is)| if was.is_uppercase() { is.to_ascii_uppercase() } else { is });
                    out.extend(cased);
                }
            }
        }
        out
    }
}

enum Piece<'a> {
    /// Stays: punctuation, short numbers, percent escapes, escapes and groups of a regular expression.
    Plain(&'a str),
    Word(&'a str),
}

/// Cuts a text into words and what is between them.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let plain = if first == '%' || first == '\\' {
            // `%2F`, `\d`, `\.`
            let end = if first == '%' { 3 } else { 2 };
            rest.char_indices().nth(end).map_or(rest.len(), |(i, _)| i)
        } else if first == '[' && rest.contains(']') {
            rest.find(']').map_or(1, |i| i.saturating_add(1))
        } else if first == '{' && rest.contains('}') {
            rest.find('}').map_or(1, |i| i.saturating_add(1))
        } else if rest.starts_with("(?") {
            rest.find([':', ')', '>']).map_or(2, |i| i.saturating_add(1))
        } else if !first.is_alphanumeric() {
            first.len_utf8()
        } else {
            0
        };
        if plain > 0 {
            let (piece, after) = rest.split_at_checked(plain).unwrap_or((rest, ""));
            out.push(Piece::Plain(piece));
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        // A number of up to three digits says nothing, and may be part of an address.
        let number = word.len() <= 3 && word.bytes().all(|b| b.is_ascii_digit());
        out.push(if number { Piece::Plain(word) } else { Piece::Word(word) });
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Words {
        let mut seen = Seen::default();
        for text in texts {
            seen.text(text);
        }
        seen.words()
    }

    #[test]
    fn shape_stays_and_words_go() {
        let all = ["*.shop.example.com", "/cart/Shop/v2", r"/a[0-9]+/\d{2}/(?i:shop)", "10.0.0.1"];
        let w = words(&all);
        for text in all {
            let new = w.text(text);
            assert_eq!(new.len(), text.len(), "{text} {new}");
            assert!(!new.to_lowercase().contains("shop") && !new.contains("example"), "{new}");
        }
        assert_eq!(w.text("10.0.0.1"), "10.0.0.1");
        assert_eq!(w.text("shop"), w.text("SHOP").to_lowercase());
        assert!(w.text(r"/a[0-9]+/\d{2}/(?i:shop)").contains(r"[0-9]+/\d{2}/(?i:"));
    }

    #[test]
    fn names_keep_their_order() {
        let mut seen = Seen::default();
        for name in ["web", "api", "web-2"] {
            seen.names.insert(name.into());
        }
        let w = seen.words();
        assert!(w.name("api") < w.name("web") && w.name("web") < w.name("web-2") && w.name("").is_empty());
    }

    #[test]
    fn codes_are_distinct_and_in_order() {
        for length in 1..4 {
            let count = if length == 1 { 26 } else { 900 };
            let codes: Vec<String> = (0..count).map(|i| code(i, length)).collect();
            assert!(codes.is_sorted() && codes.iter().collect::<BTreeSet<_>>().len() == codes.len() && codes.iter().all(|c| c.len() == length));
        }
    }
}
