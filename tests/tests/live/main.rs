//! A real API server and etcd: what the live cluster says is what a cold resolve says, whatever happens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![allow(clippy::std_instead_of_core, clippy::std_instead_of_alloc)]

mod bench;
mod exporter;
mod faults;
mod follow;
mod program;
mod releases;

use gatescope_tests::cluster::{Channel, Cluster, RELEASES, Release};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// One cluster with the newest release's experimental channel, for one test at a time. It ends with this process.
fn shared() -> MutexGuard<'static, Cluster> {
    static CLUSTER: OnceLock<Mutex<Cluster>> = OnceLock::new();
    let cluster = CLUSTER.get_or_init(|| {
        let cluster = Cluster::start();
        Release::read(RELEASES.last().unwrap(), Channel::Experimental).install(&cluster.admin());
        Mutex::new(cluster)
    });
    cluster.lock().unwrap_or_else(PoisonError::into_inner)
}
