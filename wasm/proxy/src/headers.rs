//! A request's headers in the ABI's own bytes: one copy from the proxy, and none after it.

use gatescope_core::matcher::Headers;
use std::borrow::Cow;

/// Serialised pairs: their count, the lengths of each name and value (u32, little-endian), then each name and value
/// with a 0 byte after it. Bytes that are no such thing have no headers.
#[derive(Clone, Copy, Debug)]
pub struct Pairs<'b>(pub &'b [u8]);

/// Iterates over names and values.
#[derive(Debug)]
pub struct Iter<'b> {
    lengths: &'b [u8],
    bytes: &'b [u8],
}

impl<'b> Pairs<'b> {
    /// All pairs, in the proxy's order.
    pub fn iter(&self) -> Iter<'b> {
        let parts = || {
            let (count, rest) = self.0.split_first_chunk::<4>()?;
            rest.split_at_checked(usize::try_from(u32::from_le_bytes(*count)).ok()?.checked_mul(8)?)
        };
        let (lengths, bytes) = parts().unwrap_or_default();
        Iter { lengths, bytes }
    }

    /// The values of a name in lower case, as bytes.
    fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'b [u8]> + 'a {
        self.iter().filter(move |(k, _)| *k == name.as_bytes()).map(|(_, v)| v)
    }
}

impl<'b> Iterator for Iter<'b> {
    type Item = (&'b [u8], &'b [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.lengths.split_first_chunk::<4>()?;
        let (value, rest) = rest.split_first_chunk::<4>()?;
        self.lengths = rest;
        let mut take = |len: &[u8; 4]| {
            let (text, rest) = self.bytes.split_at_checked(usize::try_from(u32::from_le_bytes(*len)).ok()?)?;
            self.bytes = rest.get(1..).unwrap_or_default();
            Some(text)
        };
        Some((take(name)?, take(value)?))
    }
}

impl Headers for Pairs<'_> {
    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.values(name);
        let first = String::from_utf8_lossy(values.next()?);
        let mut joined: Option<String> = None;
        for more in values {
            let text = joined.get_or_insert_with(|| first.clone().into_owned());
            text.push(',');
            text.push_str(&String::from_utf8_lossy(more));
        }
        Some(joined.map_or(first, Cow::Owned))
    }
}

/// Serialises pairs as a proxy does; for tests and tools.
pub fn serialise(pairs: &[(&str, &str)]) -> Vec<u8> {
    let len = |text: &str| u32::try_from(text.len()).unwrap_or(0).to_le_bytes();
    let mut out = u32::try_from(pairs.len()).unwrap_or(0).to_le_bytes().to_vec();
    for (name, value) in pairs {
        out.extend(len(name));
        out.extend(len(value));
    }
    for text in pairs.iter().flat_map(|(name, value)| [name, value]) {
        out.extend(text.as_bytes());
        out.push(0);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_in_place() {
        let bytes = serialise(&[(":path", "/x"), ("a", "1"), ("empty", ""), ("a", "2")]);
        let pairs = Pairs(&bytes);
        assert_eq!(pairs.header(":path").as_deref(), Some("/x"));
        assert_eq!(pairs.header("a").as_deref(), Some("1,2"));
        assert_eq!(pairs.header("empty").as_deref(), Some(""));
        assert_eq!(pairs.header("none"), None);
    }

    #[test]
    fn what_is_cut_short_ends_early() {
        let bytes = serialise(&[(":path", "/x"), ("a", "1")]);
        for end in 0..bytes.len() {
            assert!(Pairs(&bytes[..end]).iter().count() <= 2);
        }
        assert_eq!(Pairs(&[255; 64]).iter().count(), 0);
    }
}
