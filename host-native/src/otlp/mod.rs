//! Push of families 1 and 3 over OTLP/gRPC (docs/metrics.md).
//!
//! Requests are built straight from the text of the exposition, one at a time and each below 4 MiB, which the SDK cannot do.

mod config;
mod connect;
mod counters;
mod encode;
mod probe;
mod push;
mod retry;
mod vanished;
mod why;
mod wire;

pub use config::OtlpConfig;
pub use counters::Counters;

use crate::metrics::Exposition;
use push::Push;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long a last push may take.
const LAST: Duration = Duration::from_secs(5);

/// A push that runs.
#[derive(Debug)]
pub struct Handle {
    /// How it does; [`crate::metrics::Metrics::watch`] shows them.
    pub counters: Arc<Counters>,
    task: JoinHandle<()>,
}

impl Handle {
    /// Waits until it has ended, which it does after the shutdown.
    pub async fn ended(self) {
        let _ = self.task.await;
    }
}

/// Pushes what is shown, at once and then at each interval, until the shutdown; then once more.
/// Failures are logged, counted and tried again; [`Counters::error`] has the last.
pub fn start(config: OtlpConfig, shown: watch::Receiver<Arc<Exposition>>, shutdown: impl Future<Output = ()> + Send + 'static) -> Handle {
    let counters = Arc::new(Counters::default());
    let mut push = Push::new(config, Arc::clone(&counters));
    let task = tokio::spawn(async move {
        tokio::pin!(shutdown);
        loop {
            let now = Arc::clone(&shown.borrow());
            let wait = tokio::select! {
                () = &mut shutdown => break,
                wait = push.round(now) => wait,
            };
            tokio::select! {
                () = &mut shutdown => break,
                () = tokio::time::sleep(wait) => {}
            }
        }
        let now = Arc::clone(&shown.borrow());
        let _ = tokio::time::timeout(LAST, push.round(now)).await;
    });
    Handle { counters, task }
}
