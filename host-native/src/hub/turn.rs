//! Whose turn it is: changes, questions, and the hub's look at itself.

use super::{Ask, Hub};
use gatescope::feed::Batch;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Changes that one call of the resolver takes at most.
const AT_ONCE: usize = 1024;
/// How often it looks whether a frame is due.
const TICK: Duration = Duration::from_millis(200);
/// How often the hub looks at itself.
const BEAT: Duration = Duration::from_secs(1);

/// Ticks from a task of the runtime: a timer of the hub's own thread would be polled, and panic, while the runtime ends.
pub(super) fn ticks() -> mpsc::Receiver<()> {
    let (tell, ticks) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if tell.send(()).await.is_err() {
                return;
            }
        }
    });
    ticks
}

/// Takes turns until nobody asks any more, or the runtime ends.
pub(super) async fn run(mut hub: Hub, mut batches: mpsc::Receiver<Batch>, mut questions: mpsc::Receiver<Ask>, mut ticks: mpsc::Receiver<()>) {
    let mut beaten = Instant::now();
    loop {
        tokio::select! {
            Some(first) = batches.recv() => {
                let mut all = vec![first];
                let mut changes = all.iter().map(|b| b.changes.len()).sum::<usize>();
                while changes < AT_ONCE && let Ok(next) = batches.try_recv() {
                    changes = changes.saturating_add(next.changes.len());
                    all.push(next);
                }
                hub.take(all, batches.is_empty());
            }
            question = questions.recv() => match question {
                Some(question) => question(&mut hub),
                None => return,
            },
            tick = ticks.recv() => match tick {
                Some(()) if beaten.elapsed() < BEAT => hub.catch_up(),
                Some(()) => {
                    beaten = Instant::now();
                    hub.beat();
                }
                None => return,
            },
        }
    }
}
