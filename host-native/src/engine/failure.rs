//! Why an engine gave no answer.

use gatescope_core::InputError;
use std::fmt;

/// What kind of failure it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The input is not JSON; what was read before stands. The engine is well.
    Input(InputError),
    /// The call asked for something that the module does not take. The engine is well.
    Argument,
    /// The file is no module of ours, or of an ABI that this program does not speak.
    Module,
    /// The module panicked or trapped.
    Trap,
    /// A call ran into the deadline.
    Deadline,
    /// The module wanted more memory than it may have.
    Memory,
}

/// Why there is no answer: one sentence, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The kind.
    pub cause: Cause,
    /// Lower case, no final period.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Failure {
    pub(crate) fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self { cause, message: message.into(), hint: None }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn input(e: InputError) -> Self {
        Self::new(Cause::Input(e.clone()), e.message)
    }

    /// Whether the instance is lost.
    pub fn lost(&self) -> bool {
        matches!(self.cause, Cause::Trap | Cause::Deadline | Cause::Memory)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
