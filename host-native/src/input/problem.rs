//! What was wrong with an input, told so that a person can mend it: where, what, why probably, the way out.

use crate::term::{Paint, safe};
use std::fmt::Write as _;
use std::string::String;

/// How much a problem costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// A file that was asked for by name gives nothing: exit code 2.
    Error,
    /// Something was left out; the rest stands.
    Warning,
    /// Read, but not as its author may think.
    Note,
}

/// One problem with one place of one input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub weight: Weight,
    /// The path as the user wrote it; `standard input` for `-`.
    pub path: String,
    /// 1-based, 0 where unknown.
    pub line: usize,
    /// 1-based, 0 where unknown.
    pub column: usize,
    pub message: String,
    /// The likely cause and the way out.
    pub hint: Option<String>,
    /// The line's text, where showing it gives no secret away.
    pub excerpt: Option<String>,
    /// Something of the input is not in force because of it.
    pub lost: bool,
}

impl Problem {
    pub(crate) fn error(path: &str, message: impl Into<String>) -> Self {
        Self { weight: Weight::Error, path: path.into(), line: 0, column: 0, message: message.into(), hint: None, excerpt: None, lost: true }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The problem in one line, for logs.
    pub(crate) fn line(&self) -> String {
        match (self.line, self.column) {
            (0, _) => format!("{}: {}", self.path, self.message),
            (line, 0) => format!("{}:{line}: {}", self.path, self.message),
            (line, column) => format!("{}:{line}:{column}: {}", self.path, self.message),
        }
    }

    /// The problem as lines of text, ending with a line break.
    pub(crate) fn render(&self, paint: Paint) -> String {
        let mut out = String::new();
        let word = match self.weight {
            Weight::Error => paint.red("error:"),
            Weight::Warning => paint.yellow("warning:"),
            Weight::Note => paint.cyan("note:"),
        };
        let _ = write!(out, "{word} ");
        if !self.path.is_empty() {
            let mut place = safe(&self.path).into_owned();
            if self.line > 0 {
                let _ = write!(place, ":{}", self.line);
                if self.column > 0 {
                    let _ = write!(place, ":{}", self.column);
                }
            }
            let _ = write!(out, "{}: ", paint.bold(&place));
        }
        let _ = writeln!(out, "{}", safe(&self.message));
        if let Some(text) = &self.excerpt {
            let number = self.line.to_string();
            let _ = writeln!(out, "  {} {}", paint.dim(&format!("{number} |")), text);
            if self.column > 0 {
                let pad = " ".repeat(number.len());
                let _ = writeln!(out, "  {} {}{}", paint.dim(&format!("{pad} |")), " ".repeat(self.column.saturating_sub(1)), paint.red("^"));
            }
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "  {} {}", paint.cyan("hint:"), safe(hint));
        }
        out
    }
}
