//! Which candidates of a large group a path can meet at all.

use super::{Entry, Match};
use crate::index::Map;
use crate::model::route::{PathKind, What};
use crate::text::{Interner, Sym};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// Smaller groups are looked through one by one.
const SMALL: usize = 8;

/// Candidates by path; each list holds places in the group, ascending.
#[derive(Debug, Default)]
pub(super) struct Index {
    exact: Map<Sym, Vec<u32>>,
    /// By the prefix less its trailing slash.
    prefix: Map<Sym, Vec<u32>>,
    longest: usize,
    /// Those that any path may meet.
    rest: Vec<u32>,
}

impl Index {
    pub(super) fn new(names: &mut Interner, matches: &[Match], entries: &[Entry]) -> Option<Box<Self>> {
        if entries.len() <= SMALL {
            return None;
        }
        let mut out = Self::default();
        for (entry, at) in entries.iter().zip(0_u32..) {
            let Some(m) = matches.get(entry.matched as usize) else { continue };
            match m.what {
                What::Path { kind: PathKind::Exact, value } => out.exact.entry(value).or_default().push(at),
                What::Path { kind: PathKind::Prefix, value } => {
                    let text = String::from(names.get(value));
                    out.add_prefix(names, text.strip_suffix('/').unwrap_or(&text), at);
                }
                What::Grpc { regex: false, service, method } if service.is_some() => {
                    let mut text = String::from("/");
                    text.push_str(names.get(service));
                    if method.is_some() {
                        text.push('/');
                        text.push_str(names.get(method));
                        let path = names.intern(&text);
                        out.exact.entry(path).or_default().push(at);
                    } else {
                        out.add_prefix(names, &text, at);
                    }
                }
                What::Path { kind: PathKind::Regex, .. } | What::Grpc { .. } | What::Any => out.rest.push(at),
            }
        }
        Some(Box::new(out))
    }

    fn add_prefix(&mut self, names: &mut Interner, bare: &str, at: u32) {
        self.longest = self.longest.max(bare.len());
        self.prefix.entry(names.intern(bare)).or_default().push(at);
    }

    /// The lists of candidates that a path can meet.
    pub(super) fn lists<'i>(&'i self, names: &'i Interner, path: &'i str) -> impl Iterator<Item = &'i [u32]> {
        let exact = names.find(path).and_then(|p| self.exact.get(&p));
        let ends = path.bytes().enumerate().filter(|(_, b)| *b == b'/').map(|(i, _)| i).chain(core::iter::once(path.len()));
        let prefixes = ends.take_while(|end| *end <= self.longest).filter_map(move |end| self.prefix.get(&names.find(path.get(..end)?)?));
        exact.into_iter().chain(prefixes).map(Vec::as_slice).chain(core::iter::once(self.rest.as_slice()))
    }
}
