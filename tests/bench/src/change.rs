//! Random changes to a small cluster in which everything meets everything: for "incremental equals rebuilt".

mod objects;
mod sequence;

pub use objects::{Op, Slot, object};
pub use sequence::{Batch, ObjectKey, Sequence, Step, check, check_history, readable};

use gatescope_core::{ProfileChoice, Settings};
use proptest::prelude::*;
use serde_json::json;

/// What a batch is drawn as; shrinking works on this.
#[derive(Clone, Debug)]
pub enum Draw {
    /// Objects come, change and go.
    Ops(Vec<Op>),
    /// Another profile is chosen: an index into [`profiles`].
    Choose(usize),
    /// Kinds are said to be collected, forbidden or not served.
    Cover(u8),
}

/// Settings and batches, as drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    profile: usize,
    complete: bool,
    tenants: bool,
    draws: Vec<Draw>,
}

/// Every profile that sequences are resolved under: the plain ones, and each with one departure more or less.
pub fn profiles() -> Vec<String> {
    let mut out = vec!["auto".to_owned()];
    let flags = gatescope_core::profile::flags();
    for profile in gatescope_core::profile::profiles() {
        out.push(profile.name.to_owned());
        out.extend(flags.iter().map(|f| format!("{},{}{}", profile.name, if profile.flags.contains(&f.id) { '-' } else { '+' }, f.name)));
    }
    out
}

/// Long sequences of batches, over every kind that the rules name.
pub fn sequences(longest: usize) -> impl Strategy<Value = Drawn> {
    let count = profiles().len();
    // Half of all go by class or as the rules are written.
    let profile = prop_oneof![2 => Just(0), 1 => Just(1), 3 => 0..count];
    let draw = prop_oneof![
        28 => prop::collection::vec(op(), 1..4).prop_map(Draw::Ops),
        1 => (0..count).prop_map(Draw::Choose),
        1 => (0..12_u8).prop_map(Draw::Cover),
    ];
    let draws = prop::collection::vec(draw, 1..longest);
    (profile, any::<bool>(), any::<bool>(), draws).prop_map(|(profile, complete, tenants, draws)| Drawn { profile, complete, tenants, draws })
}

fn op() -> impl Strategy<Value = Op> {
    // Creating is twice as likely as deleting, so that clusters fill up.
    (any::<u16>(), any::<u32>(), 0..3_u8).prop_map(|(slot, variant, what)| Op { slot: Slot::of(slot), variant, delete: what == 0 })
}

impl Drawn {
    /// As texts.
    pub fn sequence(&self) -> Sequence {
        let profiles = profiles();
        let choice = |i: usize| profiles.get(i).and_then(|p| ProfileChoice::parse(p).ok()).unwrap_or_default();
        let tenant_label = self.tenants.then(|| "tenant".to_owned());
        let settings = Settings { profile: choice(self.profile), complete: self.complete, tenant_label };
        let batches = self.draws.iter().map(|draw| match draw {
            Draw::Ops(ops) => Batch::Steps(ops.iter().map(step).collect()),
            Draw::Choose(i) => Batch::Choose(choice(*i)),
            Draw::Cover(n) => Batch::Steps(vec![Step::Cover(cover(*n))]),
        });
        Sequence { settings, batches: batches.collect() }
    }
}

fn step(op: &Op) -> Step {
    let (group, kind, namespace, name) = op.slot.key();
    let key = [group.to_owned(), kind.to_owned(), namespace.to_owned(), name];
    if op.delete { Step::Delete(key) } else { Step::Put(key, object(op).to_string()) }
}

/// A compact snapshot without objects.
fn cover(n: u8) -> String {
    let kind = ["Service", "Secret", "ReferenceGrant", "Gateway", "EndpointSlice", "Widget.example.org"][usize::from(n % 6)];
    let mut out = json!({"schema": "gatescope/snapshot/v1", "collected": [], "objects": []});
    out[["collected", "forbidden", "absent"][usize::from(n) % 3]] = json!([kind]);
    out.to_string()
}
