//! Cuts a text into YAML documents without parsing it, so that a broken document costs only itself.

/// One document of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Document<'a> {
    /// Its text, without the `---` line that opened it.
    pub text: &'a [u8],
    /// The 1-based line of the whole text on which `text` starts.
    pub line: usize,
}

/// Iterates over the documents of a text; empty ones (blank or comments only) are left out.
///
/// `---` and `...` at the start of a line always end a document: YAML forbids them inside of quoted and
/// block scalars at that place, and JSON strings hold no line breaks. A document that carries directives
/// (`%YAML`) or content on its marker's line keeps that line.
pub(crate) struct Documents<'a> {
    rest: &'a [u8],
    line: usize,
}

/// What one line means for the cut.
enum Line {
    /// Blank or a comment.
    Nothing,
    /// A `%` line before any content.
    Directive,
    /// `---`, with or without content after it.
    Start { bare: bool },
    /// `...`.
    End,
    /// Anything else.
    Content,
}

impl<'a> Documents<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, line: 1 }
    }

    /// Cuts off `bytes` bytes holding `lines` lines.
    fn advance(&mut self, bytes: usize, lines: usize) -> &'a [u8] {
        let (head, tail) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, &[]));
        self.rest = tail;
        self.line = self.line.saturating_add(lines);
        head
    }
}

impl<'a> Iterator for Documents<'a> {
    type Item = Document<'a>;

    fn next(&mut self) -> Option<Document<'a>> {
        loop {
            let (mut at, mut lines) = (0usize, 0usize);
            let (mut content, mut directive) = (false, false);
            let mut restart = false;
            for raw in self.rest.split_inclusive(|b| *b == b'\n') {
                let (len, one) = (raw.len(), 1usize);
                match line_of(raw, content) {
                    Line::Nothing => {}
                    Line::Directive => directive = true,
                    Line::Content => content = true,
                    Line::End => {
                        at = at.saturating_add(len);
                        lines = lines.saturating_add(one);
                        restart = !content;
                        break;
                    }
                    Line::Start { .. } if content => break,
                    Line::Start { bare } => {
                        content = !bare;
                        if bare && !directive {
                            // Nothing before it matters: the document starts after this line.
                            at = at.saturating_add(len);
                            lines = lines.saturating_add(one);
                            restart = true;
                            break;
                        }
                    }
                }
                at = at.saturating_add(len);
                lines = lines.saturating_add(one);
            }
            let line = self.line;
            let text = self.advance(at, lines);
            if restart {
                continue;
            }
            if content {
                return Some(Document { text, line });
            }
            if self.rest.is_empty() {
                return None;
            }
        }
    }
}

fn line_of(raw: &[u8], content: bool) -> Line {
    let marker = |m: &[u8]| raw.strip_prefix(m).filter(|after| after.first().is_none_or(u8::is_ascii_whitespace)).map(<[u8]>::trim_ascii);
    if let Some(after) = marker(b"---") {
        return Line::Start { bare: after.is_empty() || after.first() == Some(&b'#') };
    }
    if marker(b"...").is_some() {
        return Line::End;
    }
    if content {
        return Line::Content;
    }
    match raw.trim_ascii_start().first() {
        None | Some(b'#') => Line::Nothing,
        Some(b'%') if raw.first() == Some(&b'%') => Line::Directive,
        Some(_) => Line::Content,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(usize, String)> {
        Documents::new(text.as_bytes()).map(|d| (d.line, String::from_utf8_lossy(d.text).into_owned())).collect()
    }

    #[test]
    fn lines_count_from_the_whole_text() {
        let got = cut("# head\n---\na: 1\n---\n\n---\n# only a comment\n---\nb: 2\nc: 3");
        assert_eq!(got, [(3, "a: 1\n".into()), (9, "b: 2\nc: 3".into())]);
    }

    #[test]
    fn a_text_without_markers_is_one_document() {
        assert_eq!(cut("a: 1\n"), [(1, "a: 1\n".into())]);
        assert_eq!(cut("\n\n# c\n"), []);
        assert_eq!(cut(""), []);
    }

    #[test]
    fn content_on_the_marker_line_stays() {
        assert_eq!(cut("--- {a: 1}\n--- # note\nb: 2\n"), [(1, "--- {a: 1}\n".into()), (3, "b: 2\n".into())]);
    }

    #[test]
    fn dashes_that_are_no_marker() {
        let text = "a: |\n  ---\n  x\nb: '---'\n----\n---x: 1\n";
        assert_eq!(cut(text).len(), 1);
    }

    #[test]
    fn directives_stay_with_their_document() {
        assert_eq!(cut("%YAML 1.1\n---\na: 1\n---\nb: 2\n"), [(1, "%YAML 1.1\n---\na: 1\n".into()), (5, "b: 2\n".into())]);
    }

    #[test]
    fn end_markers_and_windows_line_ends() {
        assert_eq!(cut("a: 1\r\n...\r\n---\r\nb: 2\r\n").len(), 2);
        assert_eq!(cut("...\n...\n"), []);
    }

    #[test]
    fn json_documents_lose_their_marker() {
        assert_eq!(cut("---\n{\"a\":1}\n---\n{\"b\":2}\n"), [(2, "{\"a\":1}\n".into()), (4, "{\"b\":2}\n".into())]);
    }
}
