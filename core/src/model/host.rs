//! Hostnames (rules 12 and 16): validation, intersection, and the order from special to general.

use alloc::borrow::Cow;
use alloc::string::String;
use core::cmp::Ordering;

/// What is wrong with a hostname.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostFault {
    Port,
    TrailingDot,
    IpLiteral,
    Wildcard,
    Characters,
    Length,
}

impl HostFault {
    pub(crate) fn text(self) -> &'static str {
        match self {
            HostFault::Port => "a hostname has no port",
            HostFault::TrailingDot => "a hostname has no trailing dot",
            HostFault::IpLiteral => "a hostname is no IP address",
            HostFault::Wildcard => "a `*` stands alone as the first label",
            HostFault::Characters => "a hostname has letters, digits, `-` and `.` only",
            HostFault::Length => "a hostname has at most 253 characters, a label at most 63",
        }
    }
}

/// Checks a hostname as rule 16 says; the result is folded to lower case. `*` alone means every host.
pub(crate) fn check(text: &str) -> Result<Cow<'_, str>, HostFault> {
    let folded = fold(text);
    let rest = folded.strip_prefix("*.").unwrap_or(if &*folded == "*" { return Ok(folded) } else { &folded });
    // Most hostnames are good: one look at each byte tells.
    if plain(rest) {
        return Ok(folded);
    }
    let fault = if rest.contains('*') {
        HostFault::Wildcard
    } else if rest.starts_with('[') || rest.matches(':').count() > 1 || is_ipv4(rest) {
        HostFault::IpLiteral
    } else if rest.contains(':') {
        HostFault::Port
    } else if rest.ends_with('.') {
        HostFault::TrailingDot
    } else {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        let first = rest.split('.').find(|label| label.is_empty() || label.len() > 63 || !label.bytes().all(good));
        match first {
            Some(label) if !label.is_empty() && label.bytes().all(good) => HostFault::Length,
            Some(_) => HostFault::Characters,
            None => HostFault::Length,
        }
    };
    Err(fault)
}

/// Whether a folded name has nothing wrong with it.
fn plain(text: &str) -> bool {
    let (mut label, mut digits) = (0_usize, true);
    for b in text.bytes() {
        match b {
            b'.' if label > 0 => label = 0,
            b'a'..=b'z' | b'-' | b'_' => {
                digits = false;
                label = label.saturating_add(1);
            }
            b'0'..=b'9' => label = label.saturating_add(1),
            _ => return false,
        }
        if label > 63 {
            return false;
        }
    }
    label > 0 && text.len() <= 253 && !(digits && is_ipv4(text))
}

/// Lower case, without a copy where there is nothing to fold.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) { Cow::Owned(text.to_ascii_lowercase()) } else { Cow::Borrowed(text) }
}

fn is_ipv4(text: &str) -> bool {
    text.split('.').count() == 4 && text.split('.').all(|p| p.len() < 4 && p.parse::<u8>().is_ok())
}

/// The suffix of a wildcard with its dot (`.example.com` of `*.example.com`).
pub(crate) fn wildcard(host: &str) -> Option<&str> {
    host.strip_prefix('*').filter(|s| s.starts_with('.'))
}

/// Whether every host of `inner` is a host of `outer` (rule 12: `*.` takes one or more labels, never the apex).
pub(crate) fn covers(outer: &str, inner: &str) -> bool {
    if outer == "*" || outer == inner {
        return true;
    }
    match wildcard(outer) {
        // `*.a.b` lies within `*.b`; `a.b` lies within `*.b`; `b` does not.
        Some(suffix) => inner.len() > suffix.len() && inner.ends_with(suffix) && inner != "*",
        None => false,
    }
}

/// The hosts that both take: the more specific side, or none.
pub(crate) fn intersect<'a>(a: &'a str, b: &'a str) -> Option<&'a str> {
    if covers(a, b) {
        Some(b)
    } else if covers(b, a) {
        Some(a)
    } else {
        None
    }
}

/// The patterns that cover a host, the most specific first, itself first of all, `*` last.
pub(crate) fn ancestors(host: &str) -> impl Iterator<Item = Cow<'_, str>> {
    let first = (host != "*").then_some(Cow::Borrowed(host));
    // Of `*.b.c` the next is `*.c`, of `a.b.c` it is `*.b.c`.
    let mut rest = wildcard(host).and_then(|s| s.get(1..)).unwrap_or(host);
    let wild = core::iter::from_fn(move || {
        let (_, tail) = rest.split_once('.')?;
        rest = tail;
        let mut text = String::with_capacity(tail.len().saturating_add(2));
        text.push_str("*.");
        text.push_str(tail);
        Some(Cow::Owned(text))
    });
    first.into_iter().chain(wild).chain(core::iter::once(Cow::Borrowed("*")))
}

/// Rule 36's order of hostnames, the winner first: exact, then the longest non-wildcard part, `*` last.
pub(crate) fn specificity(a: &str, b: &str) -> Ordering {
    rank(b).cmp(&rank(a))
}

fn rank(host: &str) -> (bool, usize, usize) {
    if host == "*" {
        return (false, 0, 0);
    }
    let plain = wildcard(host).map_or(host.len(), |s| s.len().saturating_sub(1));
    (wildcard(host).is_none(), plain, host.len())
}

/// A request's host: folded, without port; IPv6 literals keep their brackets, and a trailing dot stays, as in proxies.
pub(crate) fn of_request(text: &str) -> Cow<'_, str> {
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.find(']').and_then(|i| text.get(..i.saturating_add(2))).unwrap_or(text),
        None => text.split(':').next().unwrap_or(text),
    };
    fold(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_12_wildcards_take_one_or_more_labels_never_the_apex() {
        assert!(covers("*.example.com", "a.example.com"));
        assert!(covers("*.example.com", "a.b.example.com"));
        assert!(covers("*.example.com", "*.b.example.com"));
        assert!(!covers("*.example.com", "example.com"));
        assert!(!covers("*.example.com", "xexample.com"));
        assert!(!covers("a.example.com", "*.example.com"));
        assert!(!covers("*.example.com", "*"));
        assert_eq!(intersect("*.com", "*.example.com"), Some("*.example.com"));
        assert_eq!(intersect("*", "a.b"), Some("a.b"));
        assert_eq!(intersect("a.b", "c.b"), None);
    }

    #[test]
    fn rule_16_what_is_no_hostname_is_refused() {
        assert_eq!(check("A.Example.com").as_deref(), Ok("a.example.com"));
        assert_eq!(check("a.b:80"), Err(HostFault::Port));
        assert_eq!(check("a.b."), Err(HostFault::TrailingDot));
        assert_eq!(check("10.0.0.1"), Err(HostFault::IpLiteral));
        assert_eq!(check("::1"), Err(HostFault::IpLiteral));
        assert_eq!(check("a.*.b"), Err(HostFault::Wildcard));
        assert_eq!(check("a b"), Err(HostFault::Characters));
        assert_eq!(check(""), Err(HostFault::Characters));
    }

    #[test]
    fn ancestors_go_from_special_to_general() {
        let of = |h: &str| ancestors(h).map(Cow::into_owned).collect::<alloc::vec::Vec<_>>();
        assert_eq!(of("a.b.c"), ["a.b.c", "*.b.c", "*.c", "*"]);
        assert_eq!(of("*.b.c"), ["*.b.c", "*.c", "*"]);
        assert_eq!(of("*"), ["*"]);
        assert_eq!(of("a"), ["a", "*"]);
    }
}
