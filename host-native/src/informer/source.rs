//! One kind's source: lists, watches, and tells the hub what changed. It never gives up and never forgets: what it
//! cannot look at for now stays as it was, and its state says why.

use super::board::{Board, Look};
use super::certificates::Certificates;
use super::client::{Connection, LARGEST};
use super::discovery::{Served, Target};
use super::fault::{Class, Fault};
use super::list::{List, Next};
use super::pace::{Backoff, Timing};
use super::table::Watched;
use super::trim::{Trimmed, trim};
use super::wire::{Event, Lines, Mark, Page};
use crate::feed::{Batch, Feed, ObjectChange, SourceState};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{Notify, watch};

/// What all sources share.
#[derive(Debug)]
pub(super) struct Link {
    pub connection: Connection,
    pub board: Board,
    pub feed: Feed,
    pub namespace: Option<String>,
    pub timing: Timing,
    /// What certificates are referred to, where they are read.
    pub certificates: Option<Certificates>,
    /// Definitions that changed.
    pub schemas: super::crds::Schemas,
    /// Asks for discovery: a kind seems to be gone.
    pub kick: Notify,
    /// Asks whether the server answers at all.
    pub lost: Notify,
    /// Ends waits: the server answers again.
    pub wake: Notify,
    /// Lists may come as streams: the server has not refused that yet.
    pub streaming: AtomicBool,
}

/// Namespace and name.
type Key = (Box<str>, Box<str>);

/// What is remembered of an object that was told.
#[derive(Debug)]
struct Entry {
    hash: u64,
    /// The list in which it was last seen.
    round: u32,
}

/// Changes are told at the latest when there are this many, or this many bytes of them.
const MOST: (usize, usize) = (128, 256 << 10);
/// Objects a page: with the largest objects that a server takes, 500 would be too much to hold.
const PAGE: usize = 250;

#[derive(Debug)]
pub(super) struct Source {
    link: Arc<Link>,
    watched: Watched,
    known: BTreeMap<Key, Entry>,
    round: u32,
    /// Not told yet. It outlives a cancelled [`Self::follow`], as `known` does.
    outbox: Vec<ObjectChange>,
    weight: usize,
    seen: Option<Instant>,
    state: SourceState,
}

impl Source {
    pub(super) fn new(link: Arc<Link>, watched: Watched) -> Self {
        let state = SourceState::waiting(watched.name());
        Self { link, watched, known: BTreeMap::new(), round: 0, outbox: Vec::new(), weight: 0, seen: None, state }
    }

    /// Follows the kind wherever discovery finds it, until it is dropped.
    pub(super) async fn run(mut self, mut target: watch::Receiver<Option<Target>>) {
        loop {
            let now = target.borrow_and_update().clone();
            tokio::select! {
                changed = target.changed() => if changed.is_err() { return },
                () = self.pursue(now) => {}
            }
        }
    }

    /// Never returns; may be dropped at any await.
    async fn pursue(&mut self, target: Option<Target>) {
        match target {
            Some(Target::Served(served)) => self.follow(&served).await,
            Some(Target::Absent) => self.vanish().await,
            Some(Target::Unknown(fault)) => self.degrade(fault.message, Look::Unseen).await,
            None => {}
        }
        std::future::pending::<()>().await;
    }

    /// The kind is not served: neither are its objects.
    async fn vanish(&mut self) {
        for (namespace, name) in std::mem::take(&mut self.known).into_keys() {
            self.push_delete(&namespace, &name);
        }
        self.state.synced = false;
        self.state.version.clear();
        self.degrade("not served: its CustomResourceDefinition is not installed".into(), Look::Absent).await;
    }

    /// No watch is asked for so short a time.
    const SHORT: Duration = Duration::from_secs(1);

    async fn follow(&mut self, served: &Served) {
        self.state.version.clone_from(&served.version);
        let mut position: Option<String> = None;
        let mut backoff = Backoff::new(self.link.timing);
        loop {
            let began = Instant::now();
            let Err(fault) = self.attempt(served, &mut position).await else {
                // A server that ends each watch at once must not be asked without a pause.
                if began.elapsed() > Self::SHORT {
                    backoff.reset();
                } else {
                    tokio::time::sleep(backoff.next()).await;
                }
                continue;
            };
            self.state.restarts = self.state.restarts.saturating_add(1);
            tracing::debug!(kind = %self.state.kind, class = ?fault.class, cause = %fault, "watch interrupted");
            if began.elapsed() > self.link.timing.steady {
                backoff.reset();
            }
            let wait = match fault.class {
                // The place in the history is gone: nothing is wrong, and the list is compared with what is known.
                Class::Gone => {
                    position = None;
                    backoff.next()
                }
                Class::NotFound => {
                    position = None;
                    self.link.kick.notify_one();
                    self.degrade(fault.message, Look::Unseen).await;
                    backoff.next()
                }
                Class::Forbidden => {
                    position = None;
                    self.degrade(fault.message, Look::Forbidden).await;
                    self.link.timing.forbidden
                }
                _ => {
                    // After a list that was refused, or a watch that cannot be resumed, begin anew.
                    if fault.class == Class::Refused {
                        position = None;
                    }
                    let look = self.look();
                    let wait = fault.retry_after.unwrap_or_default().max(backoff.next());
                    // Who waits so long would sooner be told when the server is back.
                    if fault.class == Class::Passing && wait > super::PROBE {
                        self.link.lost.notify_one();
                    }
                    self.degrade(fault.message, look).await;
                    wait
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.link.wake.notified() => {}
            }
        }
    }

    /// One list, or one watch from `position` to its end.
    async fn attempt(&mut self, served: &Served, position: &mut Option<String>) -> Result<(), Fault> {
        let base = self.base(served);
        let timing = self.link.timing;
        let seconds = timing.watch_seconds(&self.state.kind);
        let watch = format!("{base}?watch=true&allowWatchBookmarks=true&timeoutSeconds={seconds}");
        if let Some(version) = position.clone() {
            let frames = self.link.connection.stream(&format!("{watch}&resourceVersion={version}"), "application/json", timing.idle).await?;
            self.well().await;
            return self.events(Lines::of(frames), position, false, served).await;
        }
        self.round = self.round.wrapping_add(1);
        if !self.state.synced && self.known.is_empty() {
            match self.whole(&base, position, served).await {
                Err(fault) if position.is_none() && matches!(fault.class, Class::Refused | Class::Passing) => {
                    tracing::debug!(kind = %self.state.kind, cause = %fault, "not listed at once");
                    self.round = self.round.wrapping_add(1);
                }
                other => return other,
            }
        }
        if !self.link.streaming.load(Ordering::Relaxed) {
            return self.pages(&base, position, served).await;
        }
        let path = format!("{watch}&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");
        let result = match self.link.connection.stream(&path, "application/json", timing.listing).await {
            Ok(frames) => self.events(Lines::of(frames), position, true, served).await,
            Err(fault) => Err(fault),
        };
        match result {
            // The server cannot stream this list; what else is wrong, pages will show.
            Err(fault) if position.is_none() && matches!(fault.class, Class::Refused | Class::Passing) => {
                if fault.class == Class::Refused {
                    self.link.streaming.store(false, Ordering::Relaxed);
                }
                tracing::debug!(kind = %self.state.kind, cause = %fault, "listing in pages instead");
                self.round = self.round.wrapping_add(1);
                self.pages(&base, position, served).await
            }
            other => other,
        }
    }

    fn base(&self, served: &Served) -> String {
        path(self.watched.group, served, self.link.namespace.as_deref())
    }

    fn api_version(&self, served: &Served) -> String {
        if self.watched.group.is_empty() { served.version.clone() } else { format!("{}/{}", self.watched.group, served.version) }
    }

    /// Lists everything at once from the server's cache, as at a start: no other way takes the server so little. What was
    /// seen once may be newer than that cache.
    async fn whole(&mut self, base: &str, position: &mut Option<String>, served: &Served) -> Result<(), Fault> {
        let api_version = self.api_version(served);
        let mut frames = self.link.connection.stream(&format!("{base}?resourceVersion=0"), "application/json", self.link.timing.listing).await?;
        let mut list = List::default();
        loop {
            loop {
                match list.next().map_err(|e| Fault::new(Class::Passing, e.to_string()))? {
                    Next::Item(item) => {
                        self.take(item, &api_version);
                        self.flush_if_full().await;
                    }
                    Next::More => break,
                    Next::End("") => return Err(Fault::new(Class::Passing, "the list has no version")),
                    Next::End(version) => {
                        *position = Some(version.to_owned());
                        self.listed().await;
                        return Ok(());
                    }
                }
            }
            if list.waiting() > LARGEST {
                return Err(Fault::new(Class::Passing, format!("an object of more than {} MB", LARGEST >> 20)));
            }
            let Some(bytes) = frames.next().await? else { return Err(Fault::new(Class::Passing, "the list ended early")) };
            list.push(&bytes);
        }
    }

    /// Lists page by page.
    async fn pages(&mut self, base: &str, position: &mut Option<String>, served: &Served) -> Result<(), Fault> {
        let api_version = self.api_version(served);
        let mut next = String::new();
        loop {
            let text = self.link.connection.get(&format!("{base}?limit={PAGE}{next}")).await?;
            let page: Page<'_> = serde_json::from_slice(&text).map_err(|e| Fault::new(Class::Passing, format!("the list is not understood: {e}")))?;
            for item in page.items.unwrap_or_default() {
                self.take(item, &api_version);
                self.flush_if_full().await;
            }
            if page.metadata.next.is_empty() {
                *position = Some(page.metadata.resource_version);
                self.listed().await;
                return Ok(());
            }
            next = format!("&continue={}", encoded(&page.metadata.next));
        }
    }

    /// Reads a watch to its end; while `listing`, up to a bookmark it is a list.
    async fn events(&mut self, mut lines: Lines, position: &mut Option<String>, mut listing: bool, served: &Served) -> Result<(), Fault> {
        let api_version = self.api_version(served);
        loop {
            while let Some(line) = lines.ready() {
                let Ok(event) = serde_json::from_slice::<Event<'_>>(line) else {
                    self.state.bad_objects = self.state.bad_objects.saturating_add(1);
                    tracing::warn!(kind = %self.state.kind, "a line of the watch is not understood, and left out");
                    continue;
                };
                let version = match event.kind {
                    "ADDED" | "MODIFIED" => self.take(event.object, &api_version),
                    "DELETED" => self.drop_object(event.object, &api_version),
                    "BOOKMARK" => {
                        let mark = Mark::of(event.object);
                        if listing && mark.ends_the_list() {
                            listing = false;
                            lines.patience(self.link.timing.idle);
                            *position = Some(mark.metadata.resource_version);
                            self.listed().await;
                            continue;
                        }
                        self.heard();
                        mark.metadata.resource_version
                    }
                    "ERROR" => return Err(Fault::status(500, event.object.get().as_bytes(), None)),
                    _ => String::new(),
                };
                // The objects of a list come in no order of versions.
                if !listing && !version.is_empty() {
                    *position = Some(version);
                }
                self.flush_if_full().await;
            }
            if !self.outbox.is_empty() || self.seen.is_some() {
                self.flush(None).await;
            }
            if !lines.more().await? {
                return if listing { Err(Fault::new(Class::Passing, "the list ended early")) } else { Ok(()) };
            }
        }
    }

    /// An object as it is now; its version comes back.
    fn take(&mut self, object: &RawValue, api_version: &str) -> String {
        self.heard();
        let Trimmed { json, namespace, name, version, bad } = trim(object, api_version, self.watched.kind, self.watched.trim);
        let hash = hash(&json);
        let round = self.round;
        let entry = self.known.entry((namespace.into(), name.into())).or_insert(Entry { hash: !hash, round });
        entry.round = round;
        if entry.hash == hash {
            return version;
        }
        entry.hash = hash;
        if bad {
            self.state.bad_objects = self.state.bad_objects.saturating_add(1);
        }
        self.weight = self.weight.saturating_add(json.len());
        self.outbox.push(ObjectChange::Put(json));
        version
    }

    fn drop_object(&mut self, object: &RawValue, api_version: &str) -> String {
        self.heard();
        let Trimmed { namespace, name, version, .. } = trim(object, api_version, self.watched.kind, self.watched.trim);
        let key = (namespace.into(), name.into());
        if self.known.remove(&key).is_some() {
            self.push_delete(&key.0, &key.1);
        }
        version
    }

    fn push_delete(&mut self, namespace: &str, name: &str) {
        self.outbox.push(ObjectChange::Delete {
            group: self.watched.group.into(),
            kind: self.watched.kind.into(),
            namespace: namespace.into(),
            name: name.into(),
        });
    }

    fn heard(&mut self) {
        self.seen.get_or_insert_with(Instant::now);
        self.state.last_event = Some(SystemTime::now());
    }

    /// A list is complete: what was not in it is gone.
    async fn listed(&mut self) {
        let round = self.round;
        let gone: Vec<Key> = self.known.iter().filter(|(_, e)| e.round != round).map(|(k, _)| k.clone()).collect();
        for key in gone {
            self.known.remove(&key);
            self.push_delete(&key.0, &key.1);
        }
        self.heard();
        self.state.synced = true;
        self.mend();
        let look = self.look();
        self.flush(Some(look)).await;
    }

    /// What the lists say of a kind that was listed once.
    fn look(&self) -> Look {
        let whole = self.link.namespace.is_none() || !self.watched.namespaced;
        if self.state.synced && whole { Look::Collected } else { Look::Unseen }
    }

    /// A watch is open: whatever was wrong is over.
    async fn well(&mut self) {
        if self.state.cause.is_some() {
            self.mend();
            let look = self.look();
            self.flush(Some(look)).await;
        }
    }

    fn mend(&mut self) {
        if let Some(cause) = self.state.cause.take() {
            tracing::info!(kind = %self.state.kind, was = cause, "source is well again");
        }
    }

    async fn degrade(&mut self, cause: String, look: Look) {
        if self.state.cause.as_ref() != Some(&cause) {
            // Of a server that cannot be asked at all, the supervisor tells once.
            if look == Look::Absent || look == Look::Unseen && self.state.version.is_empty() {
                tracing::debug!(kind = %self.state.kind, "{cause}");
            } else {
                tracing::warn!(kind = %self.state.kind, cause, "source is degraded");
            }
            self.state.cause = Some(cause);
        }
        self.flush(Some(look)).await;
    }

    async fn flush_if_full(&mut self) {
        if self.outbox.len() >= MOST.0 || self.weight >= MOST.1 {
            self.flush(None).await;
        }
    }

    /// Tells the hub. Cancelled while it waits, it has told nothing and lost nothing.
    async fn flush(&mut self, look: Option<Look>) {
        if let Some(certificates) = &self.link.certificates
            && matches!(self.watched.kind, "Gateway" | "ListenerSet" | "XListenerSet" | "BackendTLSPolicy" | "XBackend")
        {
            let first = certificates.before(&self.link, self.watched.kind, &self.outbox).await;
            self.outbox.splice(0..0, first);
        }
        let mut board = match look {
            Some(_) => Some(self.link.board.hold().await),
            None => None,
        };
        let Ok(permit) = self.link.feed.reserve().await else {
            // Nobody listens any more: the supervisor ends us.
            return std::future::pending().await;
        };
        let mut coverage = None;
        if let (Some(board), Some(look)) = (board.as_mut(), look) {
            board.note(&self.state.kind, look);
            coverage = board.news();
        }
        self.state.objects = self.known.len() as u64;
        self.weight = 0;
        permit.send(Batch {
            changes: std::mem::take(&mut self.outbox),
            coverage,
            sources: vec![self.state.clone()],
            seen: self.seen.take().unwrap_or_else(Instant::now),
        });
    }
}

/// Where a kind's objects are.
pub(super) fn path(group: &str, served: &Served, namespace: Option<&str>) -> String {
    let root = if group.is_empty() { format!("/api/{}", served.version) } else { format!("/apis/{group}/{}", served.version) };
    match namespace {
        Some(namespace) if served.namespaced => format!("{root}/namespaces/{namespace}/{}", served.plural),
        _ => format!("{root}/{}", served.plural),
    }
}

/// Two versions of an object differ in what counts where their hashes do. Keyed by the process: nobody outside can write a
/// change that counts as none.
pub(super) fn hash(json: &[u8]) -> u64 {
    static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    KEYS.hash_one(json)
}

/// A token of the server in a query.
fn encoded(token: &str) -> String {
    let mut out = String::with_capacity(token.len());
    for b in token.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}
