//! Why a text is not the manifest that its author meant, guessed from the text: the parser knows only
//! where it stopped, the cause is mostly elsewhere.

use super::yaml::{Cause, MAX_DEPTH};

/// What a text looks like instead, with the way out.
pub(crate) fn not_a_manifest(text: &[u8]) -> Option<(&'static str, &'static str)> {
    let head = text.get(..512).unwrap_or(text).trim_ascii_start();
    let starts = |p: &[u8]| head.get(..p.len()).is_some_and(|h| h.eq_ignore_ascii_case(p));
    if text.starts_with(&[0x1f, 0x8b]) {
        return Some(("this is gzip-compressed", "unpack it first: gunzip -c FILE | gatescope … -f -"));
    }
    if text.starts_with(b"PK\x03\x04") {
        return Some(("this is a zip archive", "unpack it and name the folder"));
    }
    if text.get(257..262) == Some(b"ustar") {
        return Some(("this is a tar archive", "unpack it and name the folder"));
    }
    if text.get(..4096).unwrap_or(text).contains(&0) {
        return Some(("this is binary, not YAML or JSON", "name the file that `kubectl get … -o yaml` wrote"));
    }
    if starts(b"<!doctype") || starts(b"<html") || starts(b"<?xml") || starts(b"<head") {
        return Some(("this is a web page, not YAML or JSON", "a download that asks for a login often ends like this: open the link in a browser to see"));
    }
    if starts(b"error from server")
        || starts(b"unable to connect to the server")
        || starts(b"the connection to the server")
        || starts(b"error: ")
        || starts(b"no resources found")
    {
        return Some(("this is a message of kubectl, not its output", "run the kubectl command again by itself: it failed"));
    }
    None
}

/// The likely cause of a syntax error.
pub(crate) fn hint(text: &str, line: usize, column: usize, message: &str, cause: Cause) -> Option<String> {
    match cause {
        Cause::Depth => {
            return Some(format!("no Kubernetes object comes near {MAX_DEPTH} levels; look for a bracket that is never closed, or leave the file out"));
        }
        Cause::Aliases => {
            return Some("anchors that contain aliases of anchors multiply; write the values out, or let `kubectl get -o json` print the objects".into());
        }
        Cause::UnknownAnchor => return Some("anchors do not reach over `---`; text that starts with `*` needs quotes: hostname \"*.example.com\"".into()),
        Cause::Syntax => {}
    }
    if let Some((number, _)) = text.lines().enumerate().find(|(_, l)| l.contains("{{")) {
        let number = number.saturating_add(1);
        return Some(format!(
            "this looks like a Helm template (`{{{{` on line {number} of the document): render it first, `helm template NAME CHART | gatescope … -f -`"
        ));
    }
    if text.lines().any(|l| l.starts_with("<<<<<<< ") || l.starts_with(">>>>>>> ")) {
        return Some("there are conflict markers (`<<<<<<<`) of an unfinished git merge in it: resolve them first".into());
    }
    let at = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    if at.trim_start_matches(' ').starts_with('\t') || message.contains("tab") {
        return Some("YAML is indented with blanks; there is a tab on this line".into());
    }
    let unquoted = at.trim_start().trim_start_matches("- ");
    let value = unquoted.split_once(": ").map_or(unquoted, |(_, v)| v).trim_start();
    if line > 0 && value.starts_with('*') {
        return Some("text that starts with `*` needs quotes: \"*.example.com\"".into());
    }
    if line > 0 && value.starts_with(['@', '`', '%']) {
        return Some(format!("text that starts with `{}` needs quotes", value.chars().next().unwrap_or('@')));
    }
    if cut_off(text, line, column, message) {
        return Some("cut off in the middle: the text ends before the document does; was the dump interrupted, or the disk full?".into());
    }
    if message.contains("unclosed") {
        return Some("the bracket or quote that starts here is never closed: was it forgotten, or the text cut off in the middle?".into());
    }
    if line > 0 && unquoted.matches(": ").count() > 1 && !value.starts_with(['"', '\'', '{', '[']) {
        return Some("text that contains `: ` needs quotes".into());
    }
    if line > 1 && (message.contains("mapping values") || message.contains("ndentation") || message.contains("block mapping")) {
        return Some("look at the indentation: keys of one mapping start in one column, and a key that has a value takes no deeper lines".into());
    }
    None
}

/// Whether the parser stopped for want of text.
pub(crate) fn cut_off(text: &str, line: usize, column: usize, message: &str) -> bool {
    let last = text.lines().count();
    let end = text.lines().last().map_or(0, |l| l.chars().count());
    message.contains("EOF")
        || message.contains("end of file")
        || message.contains("end of stream")
        || message.contains("end of input")
        || line > last
        || (line == last && column >= end && !text.ends_with('\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_it_is() {
        assert!(not_a_manifest(b"\x1f\x8b\x08").unwrap().0.contains("gzip"));
        assert!(not_a_manifest(b"\n<!DOCTYPE html>").unwrap().0.contains("web page"));
        assert!(not_a_manifest(b"Error from server (Forbidden): gateways").unwrap().0.contains("kubectl"));
        assert!(not_a_manifest(b"\x7fELF\x00").unwrap().0.contains("binary"));
        assert_eq!(not_a_manifest(b"kind: Gateway\n"), None);
    }

    #[test]
    fn guesses_causes() {
        let of = |text: &str, line| hint(text, line, 1, "bad", Cause::Syntax).unwrap_or_default();
        assert!(of("a: 1\nname: {{ .Values.name }}\n", 2).contains("Helm template (`{{` on line 2"));
        assert!(of("a: 1\n<<<<<<< HEAD\nb: 2\n", 2).contains("git merge"));
        assert!(of("a:\n\tb: 1\n", 2).contains("tab"));
        assert!(of("hostnames:\n- *.example.com\n", 2).contains("quotes"));
        assert!(hint("a: [1, 2", 1, 9, "bad", Cause::Syntax).unwrap().contains("cut off"));
    }
}
