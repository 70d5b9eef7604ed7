//! A real Envoy with the plugin in it: processes, a data plane derived from a report, requests and upstreams.

mod bootstrap;
mod client;
mod order;
mod plane;
mod process;
mod routes;
mod upstream;

pub use bootstrap::{ACCESS_LOG, Bootstrap, Hcm, filter, plugin_file};
pub use client::{Ask, Got, Protocol, ask};
pub use plane::{Chain, Plane, VirtualHost, planes};
pub use process::{Envoy, free_port};
pub use upstream::{Script, Upstream, scripted};
