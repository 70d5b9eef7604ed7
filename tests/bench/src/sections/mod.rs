//! The sections of `make bench`: each measures one thing and returns its figures. Sections that need a server, the
//! module, a scrape or Envoy are added as further functions of this list.

pub mod cold;
pub mod events;
pub mod memory;
pub mod shapes;

use crate::figure::Figure;

/// What a section is called with.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// The largest number of routes (100,000; less for a quick look).
    pub most: usize,
}

/// A section: its name, and what measures it.
pub type Section = (&'static str, fn(Scale) -> Vec<Figure>);

/// Every section, in the order of the table. Events come first: what other sections leave in the heap is no part of them.
pub const ALL: &[Section] = &[
    ("events", events::figures),
    ("cold", cold::figures),
    ("memory", memory::figures),
    ("hot-spot", shapes::hot_spot),
    ("listener-sets", shapes::listener_sets),
    ("namespaces", shapes::namespaces),
    ("grants", shapes::grants),
    ("gateways", shapes::gateways),
    ("largest-route", shapes::largest_route),
];
