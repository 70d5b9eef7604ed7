//! Reads manifests: files, folders and standard input, YAML or JSON, into the engine.
//!
//! Nothing here gives up: a document that cannot be read is a [`Problem`] with its place, the likely cause and
//! a way out, and the rest is still read.

mod cause;
mod json;
pub(crate) mod places;
mod problem;
mod split;
mod walk;
mod yaml;

pub(crate) use problem::{Problem, Weight};
pub(crate) use walk::io as plain_io;

use crate::progress::Progress;
use gatescope_core::InputError;
use split::{Document, Documents};
use std::borrow::Cow;
use std::io::Read as _;
pub(crate) use walk::{Source, expand};

/// Takes one JSON text; returns how many objects it held.
pub(crate) type Sink<'s> = dyn FnMut(&[u8]) -> Result<usize, InputError> + 's;

/// What reading came to.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    /// Objects that the engine took.
    pub objects: usize,
    /// What was wrong, in order of reading.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// Whether the exit code must be 2: a file that was asked for gave nothing, or nothing was read at all.
    pub(crate) fn failed(&self) -> bool {
        self.problems.iter().any(|p| p.weight == Weight::Error)
    }

    /// Whether there is anything to resolve.
    pub(crate) fn is_empty(&self) -> bool {
        self.objects == 0
    }
}

/// Reads everything that `args` name.
pub(crate) fn load(args: &[String], progress: &Progress, sink: &mut Sink<'_>) -> Loaded {
    let mut loaded = Loaded::default();
    for source in expand(args, &mut loaded.problems) {
        load_source(&source, progress, sink, &mut loaded);
    }
    if loaded.is_empty() && !loaded.failed() {
        loaded.problems.push(nothing(args, &loaded.problems));
    }
    loaded
}

/// Reads one file, or standard input.
pub(crate) fn load_source(source: &Source, progress: &Progress, sink: &mut Sink<'_>, loaded: &mut Loaded) {
    let label = source.label();
    progress.stage(|| format!("reading {label}"));
    match read(source) {
        Ok(bytes) => {
            if bytes.len() >= 1 << 20 {
                progress.stage(|| format!("reading {label} ({} MB)", bytes.len() >> 20));
            }
            one(source, &label, &bytes, sink, loaded);
        }
        Err(e) => {
            let mut problem = Problem::error(&label, walk::io(&e));
            if matches!(source, Source::File { named: false, .. }) {
                problem.weight = Weight::Warning;
            }
            loaded.problems.push(problem);
        }
    }
}

fn nothing(args: &[String], others: &[Problem]) -> Problem {
    let path = match args {
        [one] if one == "-" => "standard input",
        [one] => one.as_str(),
        _ => "",
    };
    let problem = Problem::error(path, "no Kubernetes object in the input");
    if others.is_empty() {
        problem.hint("gatescope reads what `kubectl get gateways,httproutes,services,… -A -o yaml` prints, or a folder of manifests")
    } else {
        problem
    }
}

fn read(source: &Source) -> std::io::Result<Vec<u8>> {
    match source {
        Source::Stdin => {
            let mut bytes = Vec::new();
            std::io::stdin().lock().read_to_end(&mut bytes)?;
            Ok(bytes)
        }
        Source::File { path, .. } => std::fs::read(path),
    }
}

/// Reads the documents of one file.
fn one(source: &Source, label: &str, bytes: &[u8], sink: &mut Sink<'_>, loaded: &mut Loaded) {
    let before = (loaded.objects, loaded.problems.len());
    let named = !matches!(source, Source::File { named: false, .. });
    let bytes = unmarked(bytes);
    if bytes.trim_ascii().is_empty() {
        let problem = Problem::error(label, "empty");
        loaded.problems.push(if *source == Source::Stdin {
            problem.hint("nothing came through the pipe: did the command before it fail?")
        } else {
            Problem { weight: if named { Weight::Error } else { Weight::Warning }, ..problem }
        });
        return;
    }
    if let Some((what, way_out)) = cause::not_a_manifest(&bytes) {
        let weight = if named { Weight::Error } else { Weight::Warning };
        loaded.problems.push(Problem { weight, ..Problem::error(label, what).hint(way_out) });
        return;
    }
    let mut reader = Reader { label, sink, loaded, is_json: is_json_file(source) };
    for document in Documents::new(&bytes) {
        reader.document(document);
    }
    // A file asked for by name that gave nothing but problems is an error, not a blemish.
    if named && loaded.objects == before.0 {
        let mut own = loaded.problems.iter_mut().skip(before.1).filter(|p| p.weight == Weight::Warning);
        if let Some(first) = own.next() {
            first.weight = Weight::Error;
        }
    }
}

fn is_json_file(source: &Source) -> bool {
    matches!(source, Source::File { path, .. } if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json")))
}

/// Without a byte order mark, and in UTF-8: PowerShell's `>` writes UTF-16.
fn unmarked(bytes: &[u8]) -> Cow<'_, [u8]> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).filter_map(|c| <[u8; 2]>::try_from(c).ok()).map(unit);
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.into_bytes())
    };
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Cow::Borrowed(rest),
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        _ => Cow::Borrowed(bytes),
    }
}

struct Reader<'a, 's> {
    label: &'a str,
    sink: &'a mut Sink<'s>,
    loaded: &'a mut Loaded,
    is_json: bool,
}

impl Reader<'_, '_> {
    fn document(&mut self, document: Document<'_>) {
        let sure = self.is_json || looks_like_json(document.text);
        if !sure {
            return self.yaml(document);
        }
        match (self.sink)(document.text) {
            Ok(n) => self.took(n),
            // `{"a": b}` is YAML.
            Err(e) if e.objects == 0 && !self.is_json && self.is_yaml(document) => self.yaml(document),
            Err(e) => {
                self.took(e.objects);
                let cause = if e.message.contains("recursion limit") { yaml::Cause::Depth } else { yaml::Cause::Syntax };
                self.failed(document, &e.message, e.line, e.column, cause, e.objects);
            }
        }
    }

    fn took(&mut self, objects: usize) {
        self.loaded.objects = self.loaded.objects.saturating_add(objects);
    }

    /// A second opinion for JSON that is none; only worth its time for what a person may have written.
    fn is_yaml(&self, document: Document<'_>) -> bool {
        const BY_HAND: usize = 1 << 20;
        document.text.len() <= BY_HAND && str::from_utf8(document.text).is_ok_and(|text| yaml::convert(text, &mut |_| {}).is_ok())
    }

    fn yaml(&mut self, document: Document<'_>) {
        let text = match str::from_utf8(document.text) {
            Ok(text) => text,
            Err(e) => {
                let before = document.text.get(..e.valid_up_to()).unwrap_or_default();
                let line = before.iter().filter(|b| **b == b'\n').count().saturating_add(1);
                let message = "not text in UTF-8";
                return self.problem(document, Weight::Warning, message.into(), line, 0, Some("save it as UTF-8, or leave it out".into()));
            }
        };
        let mut errors = Vec::new();
        let mut took = 0usize;
        let sink = &mut *self.sink;
        let result = yaml::convert(text, &mut |json| match sink(json) {
            Ok(n) => took = took.saturating_add(n),
            Err(e) => errors.push(e),
        });
        self.took(took);
        for e in errors {
            self.took(e.objects);
            self.problem(document, Weight::Warning, format!("an object is left out: {}", e.message), 1, 0, None);
        }
        match result {
            Ok(done) => self.remarks(document, &done),
            Err(f) => self.failed(document, &f.message, f.line, f.column, f.cause, took),
        }
    }

    fn remarks(&mut self, document: Document<'_>, done: &yaml::Converted) {
        if done.shape == yaml::Shape::Scalar {
            self.problem(
                document,
                Weight::Warning,
                "not YAML or JSON of a Kubernetes object: only text".into(),
                1,
                0,
                Some("a manifest starts with `apiVersion:` and `kind:`".into()),
            );
        }
        if let Some((key, line)) = &done.duplicate {
            let message = format!("the key `{key}` stands twice in one mapping; the last one counts");
            self.problem(document, Weight::Warning, message, *line, 0, Some("kubectl apply refuses this: keep one of them".into()));
            self.harmless();
        }
        if let [(line, word), more @ ..] = done.yaml11.as_slice() {
            let others = match more.len() {
                0 => String::new(),
                n => format!(" ({n} more in this document)"),
            };
            let message = format!("`{word}` without quotes is read as text here{others}; to kubectl it is a boolean, which a server refuses as text");
            self.problem(document, Weight::Note, message, *line, 0, Some("put it in quotes".into()));
            self.harmless();
        }
    }

    /// The last problem cost nothing.
    fn harmless(&mut self) {
        if let Some(problem) = self.loaded.problems.last_mut() {
            problem.lost = false;
        }
    }

    /// A document that could not be read, or not to its end.
    fn failed(&mut self, document: Document<'_>, message: &str, line: usize, column: usize, cause: yaml::Cause, took: usize) {
        let text = String::from_utf8_lossy(document.text);
        let told = format!("nested deeper than {} levels", yaml::MAX_DEPTH);
        let message = if cause == yaml::Cause::Depth { told.as_str() } else { message };
        // JSON's errors carry their place a second time.
        let message = message.split(" at line ").next().unwrap_or(message);
        let hint = cause::hint(&text, line, column, message, cause);
        let rest = match took {
            0 => "this document is left out".to_owned(),
            1 => "read to there: 1 object".to_owned(),
            n => format!("read to there: {n} objects"),
        };
        self.problem(document, Weight::Warning, format!("{message}; {rest}"), line, column, hint);
    }

    /// `line` counts from the document's start; 0 stands for the whole document.
    fn problem(&mut self, document: Document<'_>, weight: Weight, message: String, line: usize, column: usize, hint: Option<String>) {
        let excerpt = if column > 0 { excerpt(document.text, line, column) } else { None };
        let line = document.line.saturating_add(line.saturating_sub(1));
        self.loaded.problems.push(Problem { weight, path: self.label.to_owned(), line, column, message, hint, excerpt, lost: true });
    }
}

/// The text of a line, unless it is long or may be secret.
fn excerpt(text: &[u8], line: usize, column: usize) -> Option<String> {
    const LONGEST: usize = 160;
    if text.windows(6).any(|w| w == b"Secret") {
        return None;
    }
    let raw = text.split(|b| *b == b'\n').nth(line.checked_sub(1)?)?;
    let shown = String::from_utf8_lossy(raw.trim_ascii_end()).replace('\t', " ");
    (shown.len() <= LONGEST && column <= shown.chars().count().saturating_add(1) && !shown.contains(crate::term::is_hostile)).then_some(shown)
}

/// JSON starts with a bracket and then a quote; `{{` starts a template, `{a: b}` is YAML.
fn looks_like_json(text: &[u8]) -> bool {
    let mut rest = text.trim_ascii_start();
    let mut opened = false;
    while let [b'{' | b'[', after @ ..] = rest {
        if rest.starts_with(b"{{") {
            return false;
        }
        opened = true;
        rest = after.trim_ascii_start();
    }
    opened && matches!(rest.first(), None | Some(b'"' | b'}' | b']'))
}

#[cfg(test)]
mod tests;
