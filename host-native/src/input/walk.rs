//! From what `-f` names to the files that are read.

use super::problem::Problem;
use crate::suggest;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// `-`.
    Stdin,
    /// A file; `named` where the user wrote its name, not only its folder's.
    File { path: PathBuf, named: bool },
}

impl Source {
    /// As messages call it.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Stdin => "standard input".into(),
            Self::File { path, .. } => path.to_string_lossy().into_owned(),
        }
    }
}

/// Expands the arguments: folders recursively, sorted, without hidden entries. What cannot be found is a problem.
pub(crate) fn expand(args: &[String], problems: &mut Vec<Problem>) -> Vec<Source> {
    let mut sources = Vec::new();
    for arg in args {
        if arg == "-" {
            if sources.contains(&Source::Stdin) {
                problems.push(Problem::error("-", "standard input can be read only once").hint("name `-f -` one time"));
            } else {
                sources.push(Source::Stdin);
            }
            continue;
        }
        let path = PathBuf::from(arg);
        match std::fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => {
                let mut files = Vec::new();
                let mut seen = BTreeSet::new();
                folder(&path, &mut files, &mut seen, problems);
                if files.is_empty() {
                    problems.push(empty_folder(arg, &path));
                }
                files.sort();
                sources.extend(files.into_iter().map(|path| Source::File { path, named: false }));
            }
            Ok(_) => sources.push(Source::File { path, named: true }),
            Err(e) => problems.push(missing(arg, &path, &e)),
        }
    }
    sources
}

fn folder(dir: &Path, files: &mut Vec<PathBuf>, seen: &mut BTreeSet<PathBuf>, problems: &mut Vec<Problem>) {
    // A symbolic link may lead back up.
    if !dir.canonicalize().is_ok_and(|real| seen.insert(real)) {
        return;
    }
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) => {
            problems.push(Problem {
                weight: super::problem::Weight::Warning,
                ..Problem::error(&dir.to_string_lossy(), format!("the folder cannot be read: {}", io(&e)))
            });
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() {
            folder(&path, files, seen, problems);
        } else if is_manifest(&path) {
            files.push(path);
        }
    }
}

fn is_manifest(path: &Path) -> bool {
    path.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|w| e.eq_ignore_ascii_case(w)))
}

fn empty_folder(arg: &str, path: &Path) -> Problem {
    let problem = Problem::error(arg, "no manifests in this folder: no .yaml, .yml or .json file at any depth");
    let chart = path.join("Chart.yaml").exists();
    let templates = ["tpl", "gotmpl", "jsonnet", "cue", "libsonnet"];
    let other =
        std::fs::read_dir(path).ok().and_then(|entries| entries.flatten().find(|e| e.path().extension().is_some_and(|x| templates.iter().any(|t| x == *t))));
    match other {
        Some(file) => problem.hint(format!("`{}` has to be rendered first; pipe the result to `-f -`", file.file_name().to_string_lossy())),
        None if chart => problem.hint("this is a Helm chart: `helm template NAME CHART | gatescope … -f -`"),
        None => problem.hint("name the folder that the manifests are in, or a dump: `kubectl get … -A -o yaml > dump.yaml`"),
    }
}

fn missing(arg: &str, path: &Path, error: &std::io::Error) -> Problem {
    let problem = Problem::error(arg, io(error));
    if error.kind() != std::io::ErrorKind::NotFound {
        return problem;
    }
    let dir = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = std::fs::read_dir(dir) else {
        return problem.hint(format!("the folder `{}` is not there either", dir.display()));
    };
    let names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let wanted = path.file_name().unwrap_or_default().to_string_lossy();
    match suggest::closest(&wanted, names.iter().map(String::as_str)) {
        Some(near) => {
            let near = if dir == Path::new(".") { PathBuf::from(near) } else { dir.join(near) };
            problem.hint(format!("did you mean `{}`?", near.display()))
        }
        None if arg.contains(['*', '?']) => problem.hint("no file matches this pattern"),
        None => problem,
    }
}

/// An IO error in plain words.
pub(crate) fn io(error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    match error.kind() {
        K::NotFound => "no such file or folder".into(),
        K::PermissionDenied => "permission denied".into(),
        K::IsADirectory => "is a folder".into(),
        _ => error.to_string().to_lowercase(),
    }
}
