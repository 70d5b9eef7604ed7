//! What a request asks for after its `?`.

use super::problem::Problem;
use crate::filter::{Filter, Named};
use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use gatescope_core::types::State;

/// Names and values in order.
#[derive(Debug, Default)]
pub(super) struct Args(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Args {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map(|q| Self(q.0))
            .map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "what stands after the `?` cannot be read").hint("write name=value pairs with & between them, percent-encoded"))
    }
}

/// The filters, as `resolve` has them.
const FILTERS: [&str; 5] = ["gateway", "route", "host", "state", "namespace"];

impl Args {
    /// Refuses names that mean nothing here: a filter that is spelled wrong would read as an answer.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Problem> {
        let Some((name, _)) = self.0.iter().find(|(n, _)| !known.contains(&n.as_str())) else { return Ok(()) };
        let problem = Problem::new(StatusCode::BAD_REQUEST, format!("there is no parameter `{name}` here"));
        Err(match crate::suggest::closest(name, known.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None if known.is_empty() => problem.hint("it takes none"),
            None => problem.hint(format!("there are {}", crate::suggest::list(&known.iter().map(|k| (*k).to_owned()).collect::<Vec<_>>()))),
        })
    }

    /// The same with the filters.
    pub(super) fn only_filters_and(&self, known: &[&str]) -> Result<(), Problem> {
        self.only(&FILTERS.iter().chain(known).copied().collect::<Vec<_>>())
    }

    /// The last value of a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every value of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A switch: `true` and `false` in the words that people use.
    pub(super) fn switch(&self, name: &str, default: bool) -> Result<bool, Problem> {
        match self.get(name) {
            None => Ok(default),
            Some("" | "1" | "true" | "yes") => Ok(true),
            Some("0" | "false" | "no") => Ok(false),
            Some(other) => Err(Problem::new(StatusCode::BAD_REQUEST, format!("`{name}` is true or false, and not `{other}`"))),
        }
    }

    /// The filters.
    pub(super) fn filter(&self) -> Result<Filter, Problem> {
        let named = |name: &str| self.get(name).filter(|v| !v.is_empty());
        let mut states = Vec::new();
        for word in self.all("state").flat_map(|v| v.split(',')).map(str::trim).filter(|w| !w.is_empty()) {
            states.push(match word {
                "exposed" => State::Exposed,
                "shadowed" => State::Shadowed,
                "blocked" => State::Blocked,
                "unknown" => State::Unknown,
                other => {
                    let known = ["exposed", "shadowed", "blocked", "unknown"];
                    let problem = Problem::new(StatusCode::BAD_REQUEST, format!("there is no state `{other}`"));
                    let near = crate::suggest::closest(other, known.into_iter());
                    return Err(problem.hint(near.map_or_else(|| "states are exposed, shadowed, blocked and unknown".into(), |n| format!("did you mean `{n}`?"))));
                }
            });
        }
        Ok(Filter {
            namespace: named("namespace").map(str::to_owned),
            gateway: named("gateway").map(Named::parse),
            route: named("route").map(Named::parse),
            host: named("host").map(|h| h.trim_end_matches('.').to_lowercase()),
            states,
        })
    }
}
