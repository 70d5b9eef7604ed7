//! Files as a source: read, watched, and compared with what they said before, so that the hub hears of changes alone.
//!
//! A file that cannot be read keeps the objects that it had, and its cause is told until it can.

mod set;
mod watch;

pub(crate) use watch::watch;

use crate::input::Problem;
use gatescope::feed::{Batch, ObjectChange, SourceState};
use set::{File, Names, Set};
use std::collections::BTreeMap;
use std::time::{Instant, SystemTime};
use tracing::{info, warn};

/// Files and folders, as they were last read.
#[derive(Debug)]
pub(crate) struct Files {
    args: Vec<String>,
    set: Set,
    restarts: u64,
    last_change: SystemTime,
}

/// What the first reading came to.
#[derive(Debug)]
pub(crate) struct First {
    pub batch: Batch,
    pub problems: Vec<Problem>,
    pub objects: usize,
}

impl Files {
    /// Reads everything for the first time.
    pub(crate) fn read(args: &[String]) -> (Self, First) {
        let seen = Instant::now();
        let set = Set::read(args, None);
        let texts = set.texts();
        let objects = set.files.values().map(|f| f.objects()).sum();
        let problems = set.problems();
        let files = Self { args: args.to_vec(), set, restarts: 0, last_change: SystemTime::now() };
        let batch = Batch { changes: vec![ObjectChange::All(texts)], coverage: None, sources: files.sources(), seen };
        (files, First { batch, problems, objects })
    }

    /// Reads again what changed; `None` where nothing did.
    pub(crate) fn reread(&mut self) -> Option<Batch> {
        let seen = Instant::now();
        let new = Set::read(&self.args, Some(&self.set));
        if new.stamps() == self.set.stamps() {
            return None;
        }
        self.tell(&new);
        let changes = changes(&self.set, &new);
        self.set = new;
        self.restarts = self.restarts.saturating_add(1);
        self.last_change = SystemTime::now();
        Some(Batch { changes, coverage: None, sources: self.sources(), seen })
    }

    /// Files that broke or came right.
    fn tell(&self, new: &Set) {
        for (path, file) in &new.files {
            let before = self.set.files.get(path).and_then(|f| f.cause());
            match (before, file.cause()) {
                (old, Some(cause)) if old.as_ref() != Some(&cause) => {
                    warn!(file = path, objects = file.objects(), "{cause}; {}", if file.kept() { "the objects it had before stay in force" } else { "the rest is in force" });
                }
                (Some(_), None) => info!(file = path, objects = file.objects(), "can be read again"),
                _ => {}
            }
        }
        for (path, _) in self.set.files.iter().filter(|(p, _)| !new.files.contains_key(*p)) {
            info!(file = path, "is gone, and its objects with it");
        }
        for (arg, cause) in &new.missing {
            if self.set.missing.get(arg) != Some(cause) {
                warn!(file = arg, "{cause}; the objects it had before stay in force");
            }
        }
    }

    /// One source for each argument.
    fn sources(&self) -> Vec<SourceState> {
        let source = |arg: &String| {
            let own = || self.set.files.values().filter(move |f| f.arg == *arg);
            let mut causes: Vec<String> = self.set.missing.get(arg).cloned().into_iter().chain(own().filter_map(File::cause)).collect();
            let more = causes.len().saturating_sub(1);
            let cause = (!causes.is_empty()).then(|| causes.swap_remove(0)).map(|c| if more > 0 { format!("{c}, and {more} more like it") } else { c });
            SourceState {
                kind: arg.clone(),
                version: "file".into(),
                synced: true,
                objects: own().map(|f| f.objects() as u64).sum(),
                bad_objects: own().map(|f| f.problems.iter().filter(|p| p.lost).count() as u64).sum(),
                restarts: self.restarts,
                last_event: Some(self.last_change),
                cause,
            }
        };
        self.args.iter().map(source).collect()
    }
}

/// What leads from one reading to the next.
fn changes(old: &Set, new: &Set) -> Vec<ObjectChange> {
    let (before, after) = (old.winners(), new.winners());
    // What stands twice, and what is no object, cannot be told by single changes.
    if old.irregular() != new.irregular() {
        return vec![ObjectChange::All(new.texts())];
    }
    let gone: Vec<u128> = before.keys().filter(|k| !after.contains_key(*k)).copied().collect();
    let put: BTreeMap<u128, u64> = after.iter().filter(|(k, hash)| before.get(*k) != Some(*hash)).map(|(k, h)| (*k, *h)).collect();
    let delete = old.names(&gone).into_iter().map(|Names { group, kind, namespace, name }| ObjectChange::Delete { group, kind, namespace, name });
    delete.chain(new.pick(&put).into_iter().map(ObjectChange::Put)).collect()
}
