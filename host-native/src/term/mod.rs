//! What a terminal can show: colours, width, safe text.

mod escape;
mod layout;

pub(crate) use escape::{is_hostile, safe, safe_json};
pub(crate) use layout::{fit, pad, width, wrap};

use std::io::IsTerminal as _;

/// When to colour, as `--color` says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set or TERM is dumb.
    #[default]
    Auto,
    /// Also in pipes and files (`less -R`).
    Always,
    /// Never.
    Never,
}

/// Where output goes, and so how it may look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub paint: Paint,
    /// Columns of the terminal; none where the output is not one, and then nothing is cut.
    pub columns: Option<usize>,
    /// Whether it is a terminal.
    pub terminal: bool,
}

impl Screen {
    /// Standard output's.
    pub(crate) fn stdout(color: Color) -> Self {
        let terminal = std::io::stdout().is_terminal();
        let columns = if terminal {
            // Too narrow a terminal gets overlong lines: folding by the terminal reads better than 8 columns of "…".
            let asked = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
            asked.or_else(|| terminal_size::terminal_size().map(|(w, _)| usize::from(w.0))).filter(|c| *c >= 60)
        } else {
            None
        };
        Self { paint: Paint::new(color, terminal), columns, terminal }
    }

    /// Standard error's.
    pub(crate) fn stderr(color: Color) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { paint: Paint::new(color, terminal), columns: None, terminal }
    }
}

/// Colours, or not.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Paint {
    on: bool,
}

macro_rules! styles {
    ($($(#[$m:meta])* $name:ident $code:literal)*) => {$(
        $(#[$m])*
        pub(crate) fn $name(self, text: &str) -> String {
            if self.on && !text.is_empty() { format!(concat!("\x1b[", $code, "m{}\x1b[0m"), text) } else { text.to_owned() }
        }
    )*};
}

impl Paint {
    fn new(color: Color, terminal: bool) -> Self {
        let wanted = || terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && std::env::var_os("TERM").is_none_or(|t| t != "dumb");
        Self {
            on: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => wanted(),
            },
        }
    }

    /// Whether colours are on.
    pub(crate) fn is_on(self) -> bool {
        self.on
    }

    styles! {
        bold "1"
        dim "2"
        red "31"
        green "32"
        yellow "33"
        magenta "35"
        cyan "36"
        struck "2;9"
    }
}
