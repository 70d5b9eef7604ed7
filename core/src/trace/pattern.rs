//! Regular expressions as the proxies read them: RE2 syntax, the whole value, linear time.

use alloc::format;
use alloc::string::{String, ToString};
use regex_automata::nfa::thompson::{self, pikevm};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

/// A compiled regular expression; it matches whole values only.
#[derive(Debug)]
pub(crate) struct Pattern {
    vm: pikevm::PikeVM,
}

/// What one compiled expression may cost; Envoy's own default refuses much smaller programs.
const SIZE_LIMIT: usize = 1 << 20;
const NEST_LIMIT: u32 = 64;

impl Pattern {
    /// Compiles an expression; the error is for the user who wrote it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        let whole = format!("(?:{text})$");
        // RE2's classes (`\w`, `\d`) are ASCII.
        let syntax = syntax::Config::new().unicode(false).utf8(false).nest_limit(NEST_LIMIT);
        // Only the part that the user wrote may be blamed, so that is compiled first.
        regex_automata::util::syntax::parse_with(text, &syntax).map_err(|e| last_line(&e.to_string()))?;
        let vm = pikevm::Builder::new()
            .syntax(syntax)
            .thompson(thompson::Config::new().utf8(false).nfa_size_limit(Some(SIZE_LIMIT)))
            .build(&whole)
            .map_err(|e| last_line(&e.to_string()))?;
        Ok(Self { vm })
    }

    /// The same with memory that is used again; it costs about `self.states() * value.len()` steps.
    pub(crate) fn matches_with(&self, cache: &mut Option<pikevm::Cache>, value: &str) -> bool {
        let cache = match cache {
            Some(cache) => {
                cache.reset(&self.vm);
                cache
            }
            None => cache.insert(self.vm.create_cache()),
        };
        self.vm.is_match(cache, Input::new(value).anchored(Anchored::Yes))
    }

    pub(crate) fn states(&self) -> usize {
        self.vm.get_nfa().states().len()
    }

    /// Whether the whole value matches.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let mut cache = self.vm.create_cache();
        self.vm.is_match(&mut cache, Input::new(value).anchored(Anchored::Yes))
    }
}

/// The last line of a syntax error is the sentence; those before it draw the place.
fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("it does not compile");
    String::from(line.trim().trim_start_matches("error: "))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail")]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_matches_the_whole_value() {
        let p = Pattern::new("/a/.*").unwrap();
        assert!(p.matches("/a/b/c"));
        assert!(!p.matches("x/a/b"));
        let p = Pattern::new("a|ab").unwrap();
        assert!(p.matches("ab") && p.matches("a") && !p.matches("abc"));
        assert!(Pattern::new("[0-9]+").unwrap().matches("42"));
    }

    #[test]
    fn what_does_not_compile_says_why() {
        let why = Pattern::new("(a").unwrap_err();
        assert!(why.contains("unclosed group"), "{why}");
        assert!(Pattern::new("(?:a{1000}){1000}").is_err(), "a bomb is refused");
    }

    #[test]
    fn backtracking_bombs_stay_linear() {
        let p = Pattern::new("(a*)*b").unwrap();
        assert!(!p.matches(&"a".repeat(4096)));
    }
}
