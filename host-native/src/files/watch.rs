//! Hears of changes to files, however they come: written in place, renamed over, or behind a link that is exchanged as
//! ConfigMap volumes do it. Where the system cannot tell, it looks from time to time.

use super::Files;
use gatescope::feed::Feed;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tracing::{debug, warn};

/// Quiet time after which a change counts as complete.
const QUIET: Duration = Duration::from_millis(60);
/// A change that never comes to rest is read all the same.
const RESTLESS: Duration = Duration::from_secs(1);
/// How often it looks by itself.
const LOOK: Duration = Duration::from_secs(5);
/// The same where the system tells nothing.
const LOOK_BLIND: Duration = Duration::from_secs(1);

/// Ends the watch when it is dropped.
#[derive(Debug)]
pub(crate) struct Stop(#[expect(dead_code, reason = "the other end hears when it is gone")] Sender<()>);

/// Watches on a thread of its own, until the feed or the returned handle is gone.
pub(crate) fn watch(files: Files, feed: Feed) -> std::io::Result<Stop> {
    let (tell, told) = channel();
    let stop = Stop(tell.clone());
    std::thread::Builder::new().name("files".into()).spawn(move || run(files, &feed, tell, &told))?;
    Ok(stop)
}

fn run(mut files: Files, feed: &Feed, tell: Sender<()>, told: &Receiver<()>) {
    let mut watcher = watcher(tell);
    let mut watched: BTreeSet<PathBuf> = BTreeSet::new();
    loop {
        let sighted = watcher.as_mut().is_some_and(|w| follow(w, &files.args, &mut watched));
        match told.recv_timeout(if sighted { LOOK } else { LOOK_BLIND }) {
            Ok(()) => settle(told),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if feed.is_closed() {
            return;
        }
        if let Some(batch) = files.reread() {
            debug!(changes = batch.changes.len(), "files changed");
            if feed.blocking_send(batch).is_err() {
                return;
            }
        }
    }
}

fn watcher(tell: Sender<()>) -> Option<RecommendedWatcher> {
    let heard = move |event: notify::Result<notify::Event>| {
        // Reading is no change, and would have us read for ever.
        if event.as_ref().is_ok_and(|e| matches!(e.kind, notify::EventKind::Access(_))) {
            return;
        }
        let _ = tell.send(());
    };
    match notify::recommended_watcher(heard) {
        Ok(watcher) => Some(watcher),
        Err(e) => {
            warn!(error = %e, "the system does not tell of changed files: they are looked at every second");
            None
        }
    }
}

/// Watches every folder that the arguments lead through; false where one of them cannot be watched.
fn follow(watcher: &mut RecommendedWatcher, args: &[String], watched: &mut BTreeSet<PathBuf>) -> bool {
    let mut wanted = BTreeSet::new();
    for arg in args.iter().filter(|a| *a != "-") {
        places(Path::new(arg), &mut wanted);
    }
    for gone in watched.difference(&wanted) {
        let _ = watcher.unwatch(gone);
    }
    let mut all = true;
    let mut now = BTreeSet::new();
    for folder in wanted {
        // A folder that was exchanged is watched anew: its old watch is on what is gone.
        match watched.contains(&folder) || watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok() {
            true => drop(now.insert(folder)),
            false => all = false,
        }
    }
    *watched = now;
    all
}

/// The folder of a path, the folder that its links lead to, and for a folder everything below.
fn places(path: &Path, out: &mut BTreeSet<PathBuf>) {
    let parent = |p: &Path| p.parent().map(|p| if p.as_os_str().is_empty() { PathBuf::from(".") } else { p.to_path_buf() });
    out.extend(parent(path).filter(|p| p.is_dir()));
    if let Ok(real) = path.canonicalize() {
        out.extend(parent(&real));
        if real.is_dir() {
            below(&real, 0, out);
        }
    }
}

fn below(folder: &Path, depth: usize, out: &mut BTreeSet<PathBuf>) {
    const DEEPEST: usize = 16;
    if depth > DEEPEST || !out.insert(folder.to_path_buf()) && depth > 0 {
        return;
    }
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if let Ok(real) = entry.path().canonicalize()
            && real.is_dir()
            && !entry.file_name().to_string_lossy().starts_with('.')
        {
            below(&real, depth.saturating_add(1), out);
        } else if let Some(parent) = entry.path().canonicalize().ok().as_deref().and_then(Path::parent) {
            out.insert(parent.to_path_buf());
        }
    }
}

/// Waits until nothing comes any more.
fn settle(told: &Receiver<()>) {
    let began = Instant::now();
    while began.elapsed() < RESTLESS && told.recv_timeout(QUIET).is_ok() {}
}
