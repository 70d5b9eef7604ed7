//! Random changes to a small cluster in which everything meets everything: for "incremental equals rebuilt".

mod objects;

pub use objects::{Op, Slot, object};

use proptest::prelude::*;

/// A batch of changes that are applied together.
pub type Batch = Vec<Op>;

/// Long sequences of batches, over every kind that the rules name.
pub fn sequences(longest: usize) -> impl Strategy<Value = Vec<Batch>> {
    prop::collection::vec(prop::collection::vec(op(), 1..4), 1..longest)
}

fn op() -> impl Strategy<Value = Op> {
    // Creating is twice as likely as deleting, so that clusters fill up.
    (any::<u16>(), any::<u32>(), 0..3_u8).prop_map(|(slot, variant, what)| Op { slot: Slot::of(slot), variant, delete: what == 0 })
}
