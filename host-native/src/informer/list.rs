//! A list of any size, taken apart while it comes: its items one after the other, then what stands around them.

use super::wire::ListMeta;
use serde::Deserialize;
use serde::de::Error as _;
use serde_json::value::RawValue;

/// A JSON object of which `items` is read element by element.
#[derive(Debug, Default)]
pub(super) struct List {
    buffer: Vec<u8>,
    /// What was read of the buffer.
    at: usize,
    place: Place,
    version: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before the first brace.
    #[default]
    Before,
    /// Before a member's key, or the end.
    Key,
    /// Before a member's value.
    Value(Member),
    /// Before an item, or the end of the items.
    Item,
    After,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Items,
    Metadata,
    Other,
}

/// What is next in the text that came.
#[derive(Debug)]
pub(super) enum Next<'a> {
    Item(&'a RawValue),
    /// More text is needed.
    More,
    /// The list is whole: its version.
    End(&'a str),
}

/// The text is not a list.
#[derive(Debug)]
pub(super) struct NoList(serde_json::Error);

impl std::fmt::Display for NoList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the list is not understood: {}", self.0)
    }
}

impl List {
    /// More of the text.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes that wait: of one value at most, once [`Next::More`] was told.
    pub(super) fn waiting(&self) -> usize {
        self.buffer.len().saturating_sub(self.at)
    }

    pub(super) fn next(&mut self) -> Result<Next<'_>, NoList> {
        loop {
            let Some(first) = self.skip() else {
                return Ok(if self.place == Place::After { Next::End(&self.version) } else { Next::More });
            };
            match (self.place, first) {
                (Place::Before, b'{') => self.pass(Place::Key),
                (Place::Key | Place::Item, b',') => self.pass(self.place),
                (Place::Key, b'}') => self.pass(Place::After),
                (Place::Item, b']') => self.pass(Place::Key),
                (Place::Key, _) => {
                    let Some((key, end)) = value::<String>(&self.buffer, self.at)? else { return Ok(Next::More) };
                    self.at = end;
                    self.place = Place::Value(match &*key {
                        "items" => Member::Items,
                        "metadata" => Member::Metadata,
                        _ => Member::Other,
                    });
                }
                (Place::Value(_), b':') => self.at = self.at.saturating_add(1),
                (Place::Value(Member::Items), b'[') => self.pass(Place::Item),
                (Place::Value(member), _) => {
                    let Some((raw, end)) = value::<&RawValue>(&self.buffer, self.at)? else { return Ok(Next::More) };
                    if member == Member::Metadata {
                        self.version = serde_json::from_str::<ListMeta>(raw.get()).map_err(NoList)?.resource_version;
                    }
                    self.at = end;
                    self.place = Place::Key;
                }
                (Place::Item, _) => {
                    let Some((item, end)) = value::<&RawValue>(&self.buffer, self.at)? else { return Ok(Next::More) };
                    self.at = end;
                    return Ok(Next::Item(item));
                }
                (Place::Before | Place::After, _) => return Err(NoList(serde_json::Error::custom("it is no JSON object"))),
            }
        }
    }

    /// The first byte that is no blank.
    fn skip(&mut self) -> Option<u8> {
        let rest = self.buffer.get(self.at..)?;
        let blanks = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        self.at = self.at.saturating_add(blanks);
        self.buffer.get(self.at).copied()
    }

    fn pass(&mut self, to: Place) {
        self.at = self.at.saturating_add(1);
        self.place = to;
    }
}

/// The value from `at` on, and where it ends; nothing while it is not whole.
fn value<'a, T: Deserialize<'a>>(text: &'a [u8], at: usize) -> Result<Option<(T, usize)>, NoList> {
    let mut values = serde_json::Deserializer::from_slice(text.get(at..).unwrap_or_default()).into_iter::<T>();
    match values.next() {
        Some(Ok(value)) => {
            let end = at.saturating_add(values.byte_offset());
            // A number may go on.
            Ok((end < text.len()).then_some((value, end)))
        }
        Some(Err(e)) if !e.is_eof() => Err(NoList(e)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Items and version, of text that comes in parts of a size; `None` where it never ends.
    fn read(text: &str, size: usize) -> Result<Option<(Vec<String>, String)>, NoList> {
        let (mut list, mut items) = (List::default(), Vec::new());
        for part in text.as_bytes().chunks(size) {
            list.push(part);
            loop {
                match list.next()? {
                    Next::Item(item) => items.push(item.get().to_owned()),
                    Next::More => break,
                    Next::End(version) => return Ok(Some((items, version.to_owned()))),
                }
            }
        }
        Ok(None)
    }

    #[test]
    fn lists_in_parts_of_any_size() {
        let items = [r#"{"metadata":{"name":"a","note":"]}\" ü"}}"#, "{}", "7", "[1,[2]]", "\"x\"", "null"];
        for (head, tail) in [
            (r#"{"kind":"RouteList","apiVersion":"g/v1","metadata":{"resourceVersion":"42","remainingItemCount":3},"#, "}"),
            (r#" { "apiVersion" : "g/v1" , "#, r#" , "n":12,"metadata": {"resourceVersion":"42"} } "#),
        ] {
            for many in 0..=items.len() {
                let want: Vec<String> = items.iter().take(many).map(|i| (*i).to_owned()).collect();
                let text = format!("{head}\"items\":[{}]{tail}\n", want.join(" , "));
                for size in [1, 2, 3, 7, 16, 1_000] {
                    assert_eq!(read(&text, size).unwrap(), Some((want.clone(), "42".to_owned())), "{size}: {text}");
                }
            }
        }
        // As an API server says that there is nothing.
        assert_eq!(read(r#"{"metadata":{"resourceVersion":"7"},"items":null}"#, 9).unwrap(), Some((Vec::new(), "7".to_owned())));
    }

    #[test]
    fn what_is_cut_short_never_ends_and_what_is_no_list_is_told() {
        let text = r#"{"items":[{"a":1},{"b":2}],"metadata":{"resourceVersion":"7"}}"#;
        for at in 0..text.len() {
            assert_eq!(read(text.get(..at).unwrap(), 5).unwrap(), None, "{at}");
        }
        for text in ["[]", "7 ", "no", r#"{"items":[{]}"#, r#"{"metadata":{"resourceVersion":7}} "#, "{7:1}"] {
            assert!(read(text, 1).is_err(), "{text}");
        }
    }
}
