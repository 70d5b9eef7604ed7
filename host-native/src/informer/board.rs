//! How each kind was looked at, from which the lists of a snapshot are made.

use crate::feed::Coverage;
use std::collections::BTreeMap;
use tokio::sync::{Mutex, MutexGuard};

/// How a kind was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Look {
    /// Nobody has an answer yet, or only a part of it was looked at: in no list.
    #[default]
    Unseen,
    Collected,
    Forbidden,
    Absent,
}

/// One for all sources. Whoever changes it sends its lists while holding it, so that they arrive in order.
#[derive(Debug)]
pub(super) struct Board(Mutex<Looks>);

#[derive(Debug)]
pub(super) struct Looks {
    looks: BTreeMap<String, (Look, bool)>,
    /// The first answer of every kind is in, or was waited for long enough. Before, each list that came in would make
    /// the hub judge everything anew.
    announced: bool,
    told: Option<Coverage>,
}

impl Board {
    /// With these kinds, none of them looked at.
    pub(super) fn new(kinds: impl Iterator<Item = String>) -> Self {
        let looks = kinds.map(|k| (k, (Look::Unseen, false))).collect();
        Self(Mutex::new(Looks { looks, announced: false, told: None }))
    }

    pub(super) async fn hold(&self) -> MutexGuard<'_, Looks> {
        self.0.lock().await
    }
}

impl Looks {
    /// Notes a kind's answer: how it was looked at, or that it cannot be told for now.
    pub(super) fn note(&mut self, kind: &str, look: Look) {
        self.looks.insert(kind.to_owned(), (look, true));
        self.announced |= self.looks.values().all(|(_, answered)| *answered);
    }

    /// What was answered so far is told, whoever is missing.
    pub(super) fn announce(&mut self) {
        self.announced = true;
    }

    /// The lists, where they differ from those that were told.
    pub(super) fn news(&mut self) -> Option<Coverage> {
        if !self.announced {
            return None;
        }
        let of = |wanted: Look| self.looks.iter().filter(|(_, (look, _))| *look == wanted).map(|(k, _)| k.clone()).collect();
        let lists = Coverage { collected: of(Look::Collected), forbidden: of(Look::Forbidden), absent: of(Look::Absent) };
        if self.told.as_ref() == Some(&lists) {
            return None;
        }
        self.told = Some(lists.clone());
        Some(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_told_before_all_have_answered() {
        let board = Board::new(["A".to_owned(), "B".to_owned()].into_iter());
        let mut looks = board.hold().await;
        looks.note("A", Look::Collected);
        assert_eq!(looks.news(), None);
        looks.note("B", Look::Forbidden);
        let lists = Coverage { collected: vec!["A".into()], forbidden: vec!["B".into()], absent: vec![] };
        assert_eq!((looks.news(), looks.news()), (Some(lists), None));
        looks.note("B", Look::Collected);
        assert_eq!(looks.news().unwrap().collected, ["A", "B"]);
    }
}
