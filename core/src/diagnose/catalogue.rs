//! Every finding there is: the one place to add one.

use super::Info;
use super::route as on_route;

/// All findings, by code.
pub const ALL: &[&Info] = &[
    &on_route::ref_not_permitted::INFO,
    &on_route::backend_not_found::INFO,
    &on_route::not_attached::NO_MATCHING_PARENT,
    &on_route::not_attached::NOT_ALLOWED,
    &on_route::not_attached::NO_HOSTNAME_INFO,
    &on_route::not_attached::PARENT_UNKNOWN,
];
