//! What was wrong with a route's own text.

use super::OnRoute;
use crate::diagnose::text::subject;
use crate::types::Finding;
use alloc::vec::Vec;

pub(crate) fn notice(on: &OnRoute<'_>, out: &mut Vec<Finding>) {
    if !on.route.issues.is_empty() {
        crate::diagnose::issues::notice(&subject(&on.facts, on.route), &on.route.issues, out);
    }
}
