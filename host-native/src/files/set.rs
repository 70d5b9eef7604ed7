//! One reading of all files: each with its objects, compressed, so that a broken file can stand for what it was.

use crate::input::{self, Loaded, Problem, Source};
use crate::progress::Progress;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use gatescope::feed::trim;
use gatescope::pieces::{self, Piece};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// This process's own keys: nobody can make texts that collide.
static HASH: LazyLock<(RandomState, RandomState)> = LazyLock::new(Default::default);

/// What tells one content of a file from the next without reading it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stamp(Vec<u64>);

impl Stamp {
    fn of(path: &Path) -> Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            std::fs::metadata(path).map_or_else(
                |_| Self::default(),
                |m| Self([m.dev(), m.ino(), m.size(), m.mtime().unsigned_abs(), m.mtime_nsec().unsigned_abs(), m.ctime().unsigned_abs(), m.ctime_nsec().unsigned_abs()].to_vec()),
            )
        }
        #[cfg(not(unix))]
        {
            std::fs::metadata(path).map_or_else(|_| Self::default(), |m| Self(vec![m.len(), m.modified().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok()).map_or(0, |d| d.as_nanos() as u64)]))
        }
    }
}

/// One line of a file's texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Of the object's names; 0 for what is no object.
    key: u128,
    /// Of its text.
    hash: u64,
}

/// A file as it was last read.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// The argument that led to it.
    pub arg: String,
    stamp: Stamp,
    content: Arc<Content>,
    pub problems: Arc<Vec<Problem>>,
    /// The content is that of before the problems.
    kept: bool,
}

#[derive(Debug, Default)]
struct Content {
    entries: Vec<Entry>,
    /// Texts, a line each.
    packed: Vec<u8>,
}

/// What names an object.
#[derive(Debug)]
pub(super) struct Names {
    pub group: String,
    pub kind: String,
    pub namespace: String,
    pub name: String,
}

fn key(o: &pieces::Object<'_>) -> u128 {
    let namespace = if o.namespace.is_empty() { "default" } else { &o.namespace };
    let of = (&o.group, &o.kind, namespace, &o.name);
    ((u128::from(HASH.0.hash_one(of)) << 64) | u128::from(HASH.1.hash_one(of))).max(1)
}

impl Content {
    fn of(texts: &[(u128, String)]) -> Self {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        let mut entries = Vec::with_capacity(texts.len());
        for (key, text) in texts {
            entries.push(Entry { key: *key, hash: HASH.0.hash_one(text) });
            let _ = packed.write_all(text.as_bytes()).and_then(|()| packed.write_all(b"\n"));
        }
        Self { entries, packed: packed.finish().unwrap_or_default() }
    }

    fn texts(&self) -> Vec<(Entry, Vec<u8>)> {
        let mut raw = Vec::new();
        let _ = DeflateDecoder::new(self.packed.as_slice()).read_to_end(&mut raw);
        self.entries.iter().copied().zip(raw.split(|b| *b == b'\n').map(<[u8]>::to_vec)).collect()
    }
}

impl File {
    pub(super) fn objects(&self) -> usize {
        self.content.entries.iter().filter(|e| e.key != 0).count()
    }

    pub(super) fn kept(&self) -> bool {
        self.kept
    }

    /// Why not all of it is in force.
    pub(super) fn cause(&self) -> Option<String> {
        self.problems.iter().find(|p| p.lost).map(Problem::line)
    }

    fn read(source: &Source, arg: &str, stamp: Stamp, before: Option<&File>) -> Self {
        let mut loaded = Loaded::default();
        let mut texts: Vec<(u128, String)> = Vec::new();
        input::load_source(source, &Progress::silent(), &mut |json| take(json, &mut texts), &mut loaded);
        let broken = loaded.problems.iter().any(|p| p.lost);
        match before.filter(|b| broken && !b.content.entries.is_empty()) {
            // What it said before is better than half of what it says now.
            Some(before) => Self { stamp, problems: Arc::new(loaded.problems), kept: true, ..before.clone() },
            None => Self { arg: arg.to_owned(), stamp, content: Arc::new(Content::of(&texts)), problems: Arc::new(loaded.problems), kept: false },
        }
    }
}

/// Takes a text apart; how many objects it held.
fn take(json: &[u8], texts: &mut Vec<(u128, String)>) -> Result<usize, gatescope_core::InputError> {
    let mut objects = 0_usize;
    let whole = pieces::split(json, &mut |piece| match piece {
        Piece::Object(o) => {
            objects = objects.saturating_add(1);
            texts.push((key(&o), trim(&o.text).into_owned()));
        }
        Piece::Other(text) => {
            objects = objects.saturating_add(usize::from(text.starts_with('{')));
            texts.push((0, trim(&text).replace('\n', " ")));
        }
        Piece::Lists(text) => texts.push((0, text.replace('\n', " "))),
    });
    if whole.is_some() {
        return Ok(objects);
    }
    match serde_json::from_slice::<serde::de::IgnoredAny>(json) {
        Err(e) => Err(gatescope_core::InputError { message: e.to_string(), line: e.line(), column: e.column(), objects }),
        Ok(_) => Err(gatescope_core::InputError { message: "not an object, a list or a snapshot of Kubernetes".into(), line: 1, column: 1, objects }),
    }
}

/// All files of all arguments, in the order in which they count.
#[derive(Debug, Default)]
pub(super) struct Set {
    /// By path.
    pub files: BTreeMap<String, File>,
    /// Paths in order of reading: of two objects of one name the later one counts.
    order: Vec<String>,
    /// Arguments that lead nowhere now, and why.
    pub missing: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Set {
    /// Reads what differs from `before`, and takes over the rest.
    pub(super) fn read(args: &[String], before: Option<&Set>) -> Self {
        let mut set = Self::default();
        for arg in args {
            let mut problems = Vec::new();
            let sources = input::expand(std::slice::from_ref(arg), &mut problems);
            let old = || before.into_iter().flat_map(|b| b.order.iter().filter_map(|p| Some((p, b.files.get(p)?)))).filter(|(_, f)| f.arg == *arg);
            // The whole argument is gone, as it is for a moment where a volume is exchanged: what it said stands.
            if sources.is_empty() && old().next().is_some() {
                let why = problems.first().map_or_else(|| "nothing can be read there".to_owned(), Problem::line);
                set.missing.insert(arg.clone(), why);
                for (path, file) in old() {
                    set.add(path.clone(), file.clone());
                }
            }
            set.problems.append(&mut problems);
            for source in sources {
                let path = source.label();
                let stamp = match &source {
                    Source::Stdin => Stamp::default(),
                    Source::File { path, .. } => Stamp::of(path),
                };
                let known = before.and_then(|b| b.files.get(&path));
                let file = match known.filter(|f| f.stamp == stamp) {
                    Some(same) => same.clone(),
                    None => File::read(&source, arg, stamp, known),
                };
                set.add(path, file);
            }
        }
        set
    }

    fn add(&mut self, path: String, file: File) {
        if self.files.insert(path.clone(), file).is_none() {
            self.order.push(path);
        }
    }

    fn in_order(&self) -> impl Iterator<Item = &File> {
        self.order.iter().filter_map(|p| self.files.get(p))
    }

    /// Equal where nothing has to be done.
    pub(super) fn stamps(&self) -> (Vec<(&String, &Stamp)>, &BTreeMap<String, String>) {
        (self.order.iter().filter_map(|p| Some((p, &self.files.get(p)?.stamp))).collect(), &self.missing)
    }

    pub(super) fn problems(&self) -> Vec<Problem> {
        self.problems.iter().chain(self.in_order().flat_map(|f| f.problems.iter())).cloned().collect()
    }

    /// Every text, in order.
    pub(super) fn texts(&self) -> Vec<Vec<u8>> {
        self.in_order().flat_map(|f| f.content.texts()).map(|(_, text)| text).collect()
    }

    /// Of each object, the text that counts.
    pub(super) fn winners(&self) -> HashMap<u128, u64> {
        self.in_order().flat_map(|f| &f.content.entries).filter(|e| e.key != 0).map(|e| (e.key, e.hash)).collect()
    }

    /// Objects that stand more than once, and what is no object.
    pub(super) fn irregular(&self) -> Vec<Entry2> {
        let mut seen: HashMap<u128, u64> = HashMap::new();
        let mut twice: BTreeSet<u128> = BTreeSet::new();
        let entries = || self.in_order().flat_map(|f| &f.content.entries);
        for e in entries().filter(|e| e.key != 0) {
            if seen.insert(e.key, e.hash).is_some() {
                twice.insert(e.key);
            }
        }
        entries().filter(|e| e.key == 0 || twice.contains(&e.key)).map(|e| (e.key, e.hash)).collect()
    }

    /// The texts of these objects.
    pub(super) fn pick(&self, wanted: &BTreeMap<u128, u64>) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        for file in self.in_order().filter(|f| f.content.entries.iter().any(|e| wanted.get(&e.key) == Some(&e.hash))) {
            out.extend(file.content.texts().into_iter().filter(|(e, _)| wanted.get(&e.key) == Some(&e.hash)).map(|(_, text)| text));
        }
        out
    }

    /// The names of these objects.
    pub(super) fn names(&self, wanted: &[u128]) -> Vec<Names> {
        let wanted: BTreeSet<u128> = wanted.iter().copied().collect();
        let mut out = Vec::new();
        for file in self.in_order().filter(|f| f.content.entries.iter().any(|e| wanted.contains(&e.key))) {
            for (_, text) in file.content.texts().into_iter().filter(|(e, _)| wanted.contains(&e.key)) {
                let _ = pieces::split(&text, &mut |piece| {
                    if let Piece::Object(o) = piece {
                        out.push(Names { group: o.group, kind: o.kind, namespace: o.namespace, name: o.name });
                    }
                });
            }
        }
        out
    }
}

/// Key and hash of an entry.
type Entry2 = (u128, u64);
