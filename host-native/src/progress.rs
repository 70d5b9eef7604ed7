//! "reading dump.yaml (200 MB), 4 s" on standard error, for work that takes long.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Work shorter than this says nothing.
const PATIENCE: Duration = Duration::from_secs(1);
const BEAT: Duration = Duration::from_millis(250);

/// Says on a terminal what is going on once it takes more than a second. A thread of its own keeps the
/// time, so that the work need not. Gone, with its line, when dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    shared: Option<Arc<Shared>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    stage: Mutex<Stage>,
    wake: Condvar,
}

#[derive(Debug)]
struct Stage {
    text: String,
    done: bool,
}

impl Progress {
    pub(crate) fn start() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self { shared: None, thread: None };
        }
        let shared = Arc::new(Shared { stage: Mutex::new(Stage { text: String::new(), done: false }), wake: Condvar::new() });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("progress".into()).spawn(move || tell(&theirs)).ok();
        Self { shared: Some(shared), thread }
    }

    /// Says nothing.
    pub(crate) fn silent() -> Self {
        Self { shared: None, thread: None }
    }

    /// Names what is being done.
    pub(crate) fn stage(&self, text: impl FnOnce() -> String) {
        if let Some(shared) = &self.shared {
            shared.stage.lock().unwrap_or_else(PoisonError::into_inner).text = text();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.stage.lock().unwrap_or_else(PoisonError::into_inner).done = true;
            shared.wake.notify_all();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn tell(shared: &Shared) {
    let began = Instant::now();
    let mut wait = PATIENCE;
    let mut shown = false;
    let mut stage = shared.stage.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        (stage, _) = shared.wake.wait_timeout(stage, wait).unwrap_or_else(PoisonError::into_inner);
        let mut err = std::io::stderr();
        if stage.done {
            if shown {
                let _ = write!(err, "\r\x1b[K");
            }
            return;
        }
        let _ = write!(err, "\r\x1b[K{}, {} s ", crate::term::safe(&stage.text), began.elapsed().as_secs());
        let _ = err.flush();
        shown = true;
        wait = BEAT;
    }
}
