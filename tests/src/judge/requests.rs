//! Requests, their answers, and who answered.

use super::{Diff, Kind, Verdict, name};
use crate::case::Request;
use crate::run::Resolved;
use gatescope_core::types::{self, Answer, Outcome};

pub(super) fn has_answer(want: &Request) -> bool {
    want.backend.is_some() || want.status.is_some() || want.outcome.is_some() || want.error_share.is_some()
}

pub(super) fn judge(want: &Request, resolved: &Resolved) -> Vec<Verdict> {
    let answer = resolved.trace(&request(want));
    let clue = match &answer {
        Ok(answer) => line(answer),
        Err(panic) => panic.clone(),
    };
    let verdict = |kind, diff| Verdict::new(kind, name::request(want), want.label.as_ref(), diff, clue.clone());
    let mut out = Vec::new();
    if has_answer(want) {
        out.push(verdict(Kind::Requests, compare(want, answer.as_ref())));
    }
    if let Some(by) = &want.by {
        let wanted = format!("{} rule {}", name::object(&by.route), by.rule);
        let mut diff = Diff::default();
        diff.compare("by", Some(&wanted), &answer.as_ref().map_or_else(|_| "a panic".into(), who));
        out.push(verdict(Kind::By, diff));
    }
    out
}

/// The request that a case asks about, as the resolver takes it.
pub fn request(want: &Request) -> types::Request {
    types::Request {
        gateway: want.gateway.clone(),
        port: want.port,
        scheme: want.scheme.clone(),
        host: want.host.clone(),
        path: want.path.clone(),
        method: want.method.clone(),
        headers: want.headers.clone(),
        query: want.query.clone(),
    }
}

fn compare(want: &Request, answer: Result<&Answer, &String>) -> Diff {
    let mut diff = Diff::default();
    let Ok(got) = answer else {
        diff.add("answer", "one", "a panic");
        return diff;
    };
    if let Some(status) = want.status
        && !status_holds(status, got)
    {
        diff.add("status", status, short(got));
    }
    if let Some(b) = &want.backend {
        let hit = |w: &types::WeightedBackend| w.namespace == b.namespace && w.name == b.name && (b.port.is_none() || w.port == b.port);
        if got.outcome != Outcome::Forward || !got.backends.iter().any(hit) {
            let port = b.port.map(|p| format!(":{p}")).unwrap_or_default();
            diff.add("backend", format!("{}/{}{port}", b.namespace, b.name), short(got));
        }
    }
    match want.outcome.as_deref() {
        None => {}
        Some("rejected") => {
            if matches!(got.outcome, Outcome::Forward | Outcome::Redirect) {
                diff.add("outcome", "rejected", short(got));
            }
        }
        Some(outcome) => diff.compare("outcome", Some(&outcome.to_owned()), &word(got.outcome)),
    }
    if let Some(share) = want.error_share {
        let got = got.error_share.map_or(0.0, types::Share::fraction);
        if (share - got).abs() > 0.001 {
            diff.add("errorShare", share, got);
        }
    }
    diff
}

fn status_holds(status: u16, got: &Answer) -> bool {
    match status {
        200 => got.outcome == Outcome::Forward,
        404 => matches!(got.outcome, Outcome::NoMatch | Outcome::NoListener),
        300..=399 => got.outcome == Outcome::Redirect && got.status == Some(status),
        _ => got.outcome == Outcome::Error,
    }
}

fn word(outcome: Outcome) -> String {
    serde_json::to_value(outcome).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn short(got: &Answer) -> String {
    let status = got.status.map(|s| format!(" {s}")).unwrap_or_default();
    let backends = got.backends.iter().map(|b| {
        let port = b.port.map(|p| format!(":{p}")).unwrap_or_default();
        format!("{}/{}{port}", b.namespace, b.name)
    });
    match got.outcome {
        Outcome::Forward => name::set(backends),
        outcome => format!("{}{status}", word(outcome)),
    }
}

fn who(got: &Answer) -> String {
    match (&got.route, got.rule) {
        (Some(route), Some(rule)) => format!("{} rule {rule}", name::object(route)),
        _ => format!("nobody ({})", word(got.outcome)),
    }
}

fn line(got: &Answer) -> String {
    let listener = got.listener.as_ref().map_or("-", |l| l.name.as_str());
    let host = got.hostname.as_deref().unwrap_or("-");
    let cause = got.cause.as_deref().unwrap_or_default();
    let lost: Vec<&str> = got.lost.iter().take(3).map(|l| l.why.as_str()).collect();
    format!("{} by {} on {listener} under {host} {cause} lost={lost:?}", short(got), who(got))
}
