//! What was wrong with the text of objects that are no routes.

use crate::diagnose::issues::notice as say;
use crate::engine::Engine;
use crate::model::Key;
use crate::report::rows::object;
use crate::types::Finding;
use alloc::vec::Vec;

pub(crate) fn notice(engine: &Engine, key: Key, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let issues = facts.store.issues(key);
    if !issues.is_empty() {
        say(&object(&facts, key.kind, key.ns, key.name), issues, out);
    }
}
