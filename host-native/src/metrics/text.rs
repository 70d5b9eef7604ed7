//! Lines of the text format.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Writes one series: `name{a="b",c="d"} 1`.
#[derive(Debug)]
pub(super) struct Series<'o> {
    out: &'o mut String,
    open: bool,
}

impl<'o> Series<'o> {
    /// Starts a line.
    pub(super) fn new(out: &'o mut String, name: &str) -> Self {
        out.push_str(name);
        Self { out, open: false }
    }

    /// Adds a label; its name is one already.
    pub(super) fn label(mut self, name: &str, value: &str) -> Self {
        self.add(name, value);
        self
    }

    /// Adds a label that is a number.
    pub(super) fn number(mut self, name: &str, value: impl itoa::Integer) -> Self {
        self.add(name, itoa::Buffer::new().format(value));
        self
    }

    /// Adds a label where there is a value.
    pub(super) fn maybe(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.add(name, value);
        }
        self
    }

    /// Adds a label.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        self.out.push(if core::mem::replace(&mut self.open, true) { ',' } else { '{' });
        pair(self.out, name, value);
    }

    /// Ends the line with a whole number.
    pub(super) fn count(self, value: u64) {
        let out = self.close();
        out.push_str(itoa::Buffer::new().format(value));
        out.push('\n');
    }

    /// Ends the line with any number.
    pub(super) fn value(self, value: f64) {
        let out = self.close();
        let _ = writeln!(out, "{}", Number(value));
    }

    fn close(self) -> &'o mut String {
        self.out.push_str(if self.open { "} " } else { " " });
        self.out
    }
}

/// `name="value"`.
pub(super) fn pair(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push_str("=\"");
    escape(out, value);
    out.push('"');
}

/// A number as both formats spell it.
pub(super) struct Number(pub f64);

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            v if v.is_nan() => f.write_str("NaN"),
            v if v.is_infinite() => f.write_str(if v > 0.0 { "+Inf" } else { "-Inf" }),
            v => write!(f, "{v}"),
        }
    }
}

/// Backslash, quote and line feed, as the text format wants them in label values.
fn escape(out: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'\\' | b'"' | b'\n')) {
        let (before, after) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('\\') => out.push_str("\\\\"),
            Some('"') => out.push_str("\\\""),
            _ => out.push_str("\\n"),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// What [`escape`] wrote, as it was.
pub(crate) fn unescape(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some(other)) => out.push(other),
            (c, _) => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Names and values, still escaped.
pub(crate) type Labels<'a> = Vec<(&'a str, &'a str)>;

/// A line taken apart: name, labels (values still escaped), value. `None` for comments and what is no series.
pub(crate) fn parse(line: &str) -> Option<(&str, Labels<'_>, &str)> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at_checked(end)?;
    if name.is_empty() || name.starts_with('#') {
        return None;
    }
    let mut labels = Vec::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            rest = rest.strip_prefix(',').unwrap_or(rest);
            if let Some(after) = rest.strip_prefix('}') {
                rest = after;
                break;
            }
            let (key, after) = rest.split_once("=\"")?;
            let close = quote(after)?;
            labels.push((key, after.get(..close)?));
            rest = after.get(close.saturating_add(1)..)?;
        }
    }
    Some((name, labels, rest.strip_prefix(' ')?))
}

/// Where the value's closing quote is.
fn quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, b) in text.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_values_come_back() {
        for value in ["", "plain", "a\"b", "a\\", "\\n", "x\ny", "\"} 1\nevil{a=\"", "日本\\\"", "a,b=\"c\"", "\\\\\n\""] {
            let mut out = String::new();
            Series::new(&mut out, "m").label("a", value).number("b", 7_u16).count(3);
            assert_eq!(out.matches('\n').count(), 1, "{out}");
            let (name, labels, rest) = parse(out.trim_end_matches('\n')).unwrap();
            assert_eq!((name, rest), ("m", "3"));
            assert_eq!(labels.len(), 2);
            assert_eq!(unescape(labels[0].1), value);
        }
        assert_eq!(parse("up 1"), Some(("up", vec![], "1")));
        for bad in ["# HELP x y", "", "m{a=\"b", "m{a}", "m"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn numbers() {
        for (number, text) in [(1.0, "1"), (0.5, "0.5"), (f64::INFINITY, "+Inf"), (1_767_225_600.0, "1767225600")] {
            assert_eq!(Number(number).to_string(), text);
        }
    }
}
