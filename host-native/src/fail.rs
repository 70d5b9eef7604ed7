//! Ends that are not success, and how they are told.

use crate::input::{Problem, Weight};
use crate::term::Screen;
use std::io::Write as _;

/// Why a verb ends early.
#[derive(Debug)]
pub(crate) enum Fail {
    /// Wrong usage or unreadable input: exit code 2.
    Usage { message: String, hint: Option<String> },
    /// The same, already told on standard error.
    Told,
    /// The reader of standard output is gone (`| head`): nothing is wrong.
    Closed,
    /// Standard output cannot be written: exit code 2.
    Output(std::io::Error),
}

impl Fail {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), hint: None }
    }

    pub(crate) fn hint(self, text: impl Into<String>) -> Self {
        match self {
            Self::Usage { message, .. } => Self::Usage { message, hint: Some(text.into()) },
            other => other,
        }
    }

    /// Tells it, and yields the exit code.
    pub(crate) fn tell(self, screen: Screen) -> u8 {
        let problem = match self {
            Self::Closed => return 0,
            Self::Told => return 2,
            Self::Usage { message, hint } => Problem { hint, ..Problem::error("", message) },
            Self::Output(e) => Problem::error("", format!("standard output cannot be written: {}", crate::input::plain_io(&e))),
        };
        tell(screen, &[problem]);
        2
    }
}

impl std::fmt::Display for Fail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Usage { message, hint: None } => f.write_str(message),
            Self::Usage { message, hint: Some(hint) } => write!(f, "{message} ({hint})"),
            Self::Told => f.write_str("told already"),
            Self::Closed => f.write_str("nobody reads"),
            Self::Output(e) => write!(f, "{e}"),
        }
    }
}

impl From<gatescope::engine::Failure> for Fail {
    fn from(f: gatescope::engine::Failure) -> Self {
        Self::Usage { message: f.message, hint: f.hint }
    }
}

impl From<std::io::Error> for Fail {
    fn from(e: std::io::Error) -> Self {
        if e.kind() == std::io::ErrorKind::BrokenPipe { Self::Closed } else { Self::Output(e) }
    }
}

/// Writes problems to standard error; after a screenful, only how many more there are.
pub(crate) fn tell(screen: Screen, problems: &[Problem]) {
    const SHOWN: usize = 20;
    let mut err = std::io::stderr().lock();
    let mut worst: Vec<&Problem> = problems.iter().collect();
    worst.sort_by_key(|p| match p.weight {
        Weight::Error => 0,
        Weight::Warning => 1,
        Weight::Note => 2,
    });
    for problem in worst.iter().take(SHOWN) {
        let _ = err.write_all(problem.render(screen.paint).as_bytes());
    }
    if worst.len() > SHOWN {
        let _ = writeln!(err, "… and {} more of this kind in the input", worst.len().saturating_sub(SHOWN));
    }
}
