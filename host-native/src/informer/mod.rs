//! The live cluster: discovers what the API server serves of what we read, lists and watches it, and feeds the hub.
//!
//! The only folder that imports kube, for kubeconfigs, credentials and TLS. Lists and watches are our own over
//! its client: objects stay text from the wire to the hub, one that is malformed blinds nobody, and a list
//! after a gap tells only what differs.

mod auth;
mod board;
mod certificates;
mod client;
mod collect;
mod crds;
mod discovery;
mod fault;
mod list;
mod pace;
mod source;
mod table;
mod trim;
mod wire;

pub use auth::{Decision, Reviewer};
pub use client::{Cluster, Connection};
pub use collect::{Collected, collect};
pub use fault::{Class, Fault};
pub use pace::Timing;
pub use table::{Trim, Watched, is_material, name as kind_name, watched};

use crate::feed::{Batch, Feed, SourceState};
use board::Board;
use certificates::Certificates;
use client::METADATA;
use discovery::{Served, Target, discover};
use source::{Link, Source};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::task::{JoinHandle, JoinSet};

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Only this namespace's objects, beside those of no namespace. Kinds of which only a part is looked at are in no
    /// list: what is missing of them is unknown.
    pub namespace: Option<String>,
    /// Read the Secrets and ConfigMaps that listeners and policies refer to, and of them only the certificates.
    pub certificates: bool,
    /// Waits.
    pub timing: Timing,
}

/// The running sources. Dropped, they end.
#[derive(Debug)]
pub struct Handle(Option<JoinHandle<()>>);

impl Handle {
    /// Ends every source, and returns when none runs any more.
    pub async fn stop(mut self) {
        if let Some(task) = self.0.take() {
            task.abort();
            let _ = task.await;
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// Starts the sources. They feed until the handle or the feed's other end is dropped, whatever happens to the server:
/// what goes wrong is told in the sources' states. The first [`Coverage`](crate::feed::Coverage) comes when every
/// kind has had its first answer: until then the hub had better load, and not judge.
///
/// Must be called within a runtime.
pub fn start(connection: Connection, options: Options, feed: Feed) -> Handle {
    Handle(Some(tokio::spawn(supervise(connection, options, feed))))
}

/// After a definition changed, discovery lags behind it: it is asked again after these.
const ECHOES: [Duration; 6] =
    [Duration::from_millis(50), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(10), Duration::from_secs(20)];
/// While the server does not answer.
const PROBE: Duration = Duration::from_secs(1);

async fn supervise(connection: Connection, options: Options, feed: Feed) {
    let table = watched();
    let groups = table::groups(&table);
    let kinds = certificates::KINDS.iter().filter(|_| options.certificates).map(|k| (*k).to_owned());
    // Whoever asks early is told what is waited for.
    let waiting = table.iter().map(|w| SourceState::waiting(w.name())).collect();
    if feed.send(Batch { changes: Vec::new(), coverage: None, sources: waiting, seen: Instant::now() }).await.is_err() {
        return;
    }
    let link = Arc::new(Link {
        connection,
        board: Board::new(kinds.chain(table.iter().map(Watched::name))),
        feed,
        namespace: options.namespace,
        timing: options.timing,
        certificates: options.certificates.then(Certificates::default),
        schemas: crds::Schemas::default(),
        kick: Notify::new(),
        lost: Notify::new(),
        wake: Notify::new(),
        streaming: AtomicBool::new(true),
    });
    // Dropped with this function, and the tasks with it.
    let mut tasks = JoinSet::new();
    let targets: Vec<watch::Sender<Option<Target>>> = table
        .iter()
        .map(|watched| {
            let (sender, receiver) = watch::channel(None);
            tasks.spawn(Source::new(Arc::clone(&link), watched.clone()).run(receiver));
            sender
        })
        .collect();
    let theirs = Arc::clone(&link);
    tasks.spawn(async move { crds::follow(&theirs, &groups).await });
    let theirs = Arc::clone(&link);
    tasks.spawn(async move {
        if let Some(certificates) = &theirs.certificates {
            certificates.follow(&theirs).await;
        }
    });
    let settled = Arc::clone(&link);
    tasks.spawn(async move { announce(&settled).await });

    let mut broken = false;
    let mut echoes: Vec<Instant> = Vec::new();
    loop {
        let result = tokio::select! {
            result = discover(&link.connection, &table) => result,
            () = link.feed.closed() => return,
        };
        match result {
            Ok(found) => {
                for ((sender, watched), new) in targets.iter().zip(&table).zip(found) {
                    let old = sender.borrow().clone();
                    let mut new = confirmed(&link, watched, old, new).await;
                    if let Target::Served(served) = &mut new {
                        served.schema = link.schemas.epoch(&served.plural, watched.group);
                    }
                    aim(sender, new);
                }
                if std::mem::take(&mut broken) {
                    link.wake.notify_waiters();
                }
            }
            Err(fault) => {
                if !broken {
                    tracing::warn!(cause = %fault, "the API server cannot be asked what it serves");
                }
                broken = true;
                for sender in &targets {
                    aim(sender, Target::Unknown(fault.clone()));
                }
            }
        }
        let now = Instant::now();
        echoes.retain(|at| *at > now);
        let regular = if broken { PROBE } else { link.timing.discovery };
        let wait = echoes.iter().min().map_or(regular, |at| at.saturating_duration_since(now).min(regular));
        let due = now.checked_add(wait).unwrap_or(now);
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(due.into()) => break,
                () = link.kick.notified() => {
                    let now = Instant::now();
                    echoes = ECHOES.iter().filter_map(|after| now.checked_add(*after)).collect();
                    tokio::time::sleep(ECHOES[0]).await;
                    break;
                }
                () = link.lost.notified() => {
                    tokio::time::sleep(PROBE).await;
                    if is_away(&link).await {
                        break;
                    }
                }
                () = link.feed.closed() => return,
            }
        }
    }
}

/// Whether nothing is to be had from the server: a small question tells.
async fn is_away(link: &Link) -> bool {
    matches!(link.connection.get("/version").await, Err(fault) if fault.class == Class::Passing)
}

/// What discovery said, and where it lags what the kind's own path says: a server lists a new kind some time after it
/// serves it, and one that has just started does not list what it has long served.
async fn confirmed(link: &Link, watched: &Watched, old: Option<Target>, new: Target) -> Target {
    if let Some(newer) = newer(link, watched, &new).await {
        return Target::Served(newer);
    }
    let (Some(Target::Served(served)), Target::Absent) = (old, &new) else { return new };
    match is_served(link, watched.group, &served).await {
        Ok(true) => Target::Served(served),
        Ok(false) => Target::Absent,
        Err(fault) => Target::Unknown(fault),
    }
}

/// A version that we would rather read than the one that discovery found, of a definition that came or changed lately.
async fn newer(link: &Link, watched: &Watched, found: &Target) -> Option<Served> {
    let listed = match found {
        Target::Served(served) => Some(served.version.as_str()),
        Target::Absent => None,
        Target::Unknown(_) => return None,
    };
    let plural = discovery::plural(watched);
    if !link.schemas.is_recent(&plural, watched.group) {
        return None;
    }
    for version in watched.versions.iter().take_while(|v| Some(**v) != listed) {
        let served = Served { version: (*version).to_owned(), plural: plural.clone(), namespaced: watched.namespaced, schema: 0 };
        if matches!(is_served(link, watched.group, &served).await, Ok(true)) {
            return Some(served);
        }
    }
    None
}

async fn is_served(link: &Link, group: &str, served: &Served) -> Result<bool, Fault> {
    let path = format!("{}?limit=1", source::path(group, served, None));
    match link.connection.get_as(&path, METADATA).await {
        Err(fault) if fault.class == Class::NotFound => Ok(false),
        Err(fault) => Err(fault),
        Ok(_) => Ok(true),
    }
}

/// Points a source to what was found. What cannot be told for now leaves it where it is.
fn aim(sender: &watch::Sender<Option<Target>>, new: Target) {
    sender.send_if_modified(|old| {
        let stays = match (&old, &new) {
            (Some(old), new) if *old == *new => true,
            (Some(Target::Served(_) | Target::Absent), Target::Unknown(_)) => true,
            _ => false,
        };
        if !stays {
            *old = Some(new);
        }
        !stays
    });
}

/// Whoever does not answer must not keep the others' answers back.
async fn announce(link: &Link) {
    tokio::time::sleep(link.timing.settle).await;
    let mut board = link.board.hold().await;
    board.announce();
    let Ok(permit) = link.feed.reserve().await else { return };
    if let Some(coverage) = board.news() {
        permit.send(Batch { changes: Vec::new(), coverage: Some(coverage), sources: Vec::new(), seen: Instant::now() });
    }
}
