//! What was wrong with the text of objects that are no routes.

use crate::diagnose::issues::notice as say;
use crate::engine::Engine;
use crate::model::issue::Issue;
use crate::model::{Kind, Meta};
use crate::report::rows::object;
use crate::types::Finding;
use alloc::vec::Vec;

pub(crate) fn notice(engine: &Engine, out: &mut Vec<Finding>) {
    let facts = engine.facts();
    let store = facts.store;
    let mut one = |kind: Kind, meta: &Meta, issues: &[Issue]| {
        if !issues.is_empty() {
            say(&object(&facts, kind, meta.ns, meta.name), issues, out);
        }
    };
    store.classes.iter().for_each(|(_, o)| one(Kind::GatewayClass, &o.meta, &o.issues));
    store.gateways.iter().for_each(|(_, o)| one(Kind::Gateway, &o.meta, &o.issues));
    store.sets.iter().for_each(|(_, o)| one(o.kind, &o.meta, &o.issues));
    store.grants.iter().for_each(|(_, o)| one(Kind::ReferenceGrant, &o.meta, &o.issues));
    store.backends.iter().for_each(|(_, o)| one(o.kind, &o.meta, &o.issues));
    store.policies.iter().for_each(|(_, o)| one(Kind::BackendTlsPolicy, &o.meta, &o.issues));
}
