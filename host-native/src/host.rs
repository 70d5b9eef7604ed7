//! Hostnames as the report spells them: folded, `*` for every host, `*.` in front of a wildcard's suffix.

/// Whether requests for `host` (a name, or itself a wildcard) fall under `pattern`.
pub(crate) fn covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some("") => true,
        // `*.` takes one label or more, never the apex; `*.a.example.com` lies within `*.example.com`.
        Some(suffix) => pattern == host || host.strip_suffix(suffix).is_some_and(|label| !label.is_empty()),
        None => pattern == host,
    }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn wildcards() {
        assert!(covers("*", "a.example.com") && covers("*", "*"));
        assert!(covers("*.example.com", "a.example.com") && covers("*.example.com", "a.b.example.com"));
        assert!(covers("*.example.com", "*.b.example.com") && covers("*.example.com", "*.example.com"));
        assert!(!covers("*.example.com", "example.com") && !covers("*.example.com", "*"));
        assert!(covers("a.example.com", "a.example.com") && !covers("a.example.com", "*.example.com"));
    }
}
