//! `--deny`: codes and names of findings, and conditions that only a whole report, or two, can tell.

use crate::diff::Diff;
use crate::fail::Fail;
use crate::filter::gateway_object;
use crate::{render, suggest};
use gatescope_core::diagnose;
use gatescope_core::types::{Action, Exposure, Finding, GatewayRef, ObjectRef, Reach, Report, Severity, State};
use std::collections::{BTreeMap, BTreeSet};

/// Conditions on rows, with what each means. Where the core's catalogue has a finding of the name, that counts.
pub(crate) const CONDITIONS: [(&str, &str); 4] = [
    ("cleartext-external", "a host is served without TLS to the internet"),
    ("takeover", "a route takes requests that another namespace's route answered"),
    ("wildcard-host", "a route takes every host, or every host under a wildcard"),
    ("contested-host", "routes of several namespaces answer for one host"),
];

/// What `--deny` names.
#[derive(Debug, Default)]
pub(crate) struct Deny {
    words: Vec<String>,
    /// Codes of findings, and the conditions that are asked for.
    codes: BTreeSet<String>,
}

impl Deny {
    pub(crate) fn parse(words: &[String]) -> Result<Self, Fail> {
        let mut codes = BTreeSet::new();
        for word in words {
            match (diagnose::info(word), CONDITIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word))) {
                (Some(info), _) => codes.insert(info.code.to_owned()),
                (None, Some((name, _))) => codes.insert((*name).to_owned()),
                (None, None) => return Err(unknown(word)),
            };
        }
        Ok(Self { words: words.to_vec(), codes })
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether a finding of this code is denied.
    pub(crate) fn takes(&self, code: &str) -> bool {
        self.codes.contains(code)
    }

    /// Whether the condition is to be told from rows.
    pub(crate) fn asks(&self, condition: &str) -> bool {
        self.codes.contains(condition)
    }

    /// The asked conditions that hold in a report.
    pub(crate) fn findings(&self, report: &Report) -> Vec<Finding> {
        let mut out = Vec::new();
        if self.asks("cleartext-external") {
            out.extend(hosts(report, |e| e.listener.protocol == "HTTP" && e.reach == Reach::External && e.action == Action::Forward).into_iter().map(
                |(at, routes)| {
                    at.finding(
                        "cleartext-external",
                        &routes,
                        format!("`http://{}` is served without TLS to the internet", at.authority()),
                        "attach the route to an HTTPS listener, and redirect HTTP to it",
                    )
                },
            ));
        }
        if self.asks("wildcard-host") {
            for (at, routes) in hosts(report, |e| e.hostname.starts_with('*') && matches!(e.listener.protocol.as_ref(), "HTTP" | "HTTPS" | "TLS")) {
                for route in &routes {
                    let what = if at.hostname == "*" { "every host".to_owned() } else { format!("every host under `{}`", at.hostname) };
                    out.push(at.finding(
                        "wildcard-host",
                        &BTreeSet::from([route.clone()]),
                        format!("takes {what} on Gateway {}", render::gateway(&at.gateway)),
                        "name the hosts that the route is for",
                    ));
                }
            }
        }
        if self.asks("contested-host") {
            for (at, routes) in hosts(report, |e| matches!(e.listener.protocol.as_ref(), "HTTP" | "HTTPS" | "TLS") && e.hostname != "*") {
                let namespaces: BTreeSet<&str> = routes.iter().filter_map(|r| r.namespace.as_deref()).collect();
                if namespaces.len() > 1 {
                    let list: Vec<String> = namespaces.iter().map(|n| format!("`{n}`")).collect();
                    let message = format!("`{}` is answered by routes of the namespaces {}", at.authority(), list.join(", "));
                    out.push(at.finding("contested-host", &routes, message, "let one namespace own the host, or give each team a host of its own"));
                }
            }
        }
        out
    }

    /// Takeovers that a change brings, if they are asked for.
    pub(crate) fn takeovers(&self, diff: &Diff) -> Vec<Finding> {
        if !self.asks("takeover") {
            return Vec::new();
        }
        let one = |t: &crate::diff::Takeover| {
            let from: Vec<String> = t.from.iter().map(|r| format!("`{}`", render::object(r))).collect();
            Finding {
                code: "takeover".into(),
                severity: Severity::Error,
                subject: t.to.clone(),
                message: format!(
                    "takes {} of `{}:{}` on Gateway {} from {}",
                    matches(t.ways.len()),
                    t.hostname,
                    t.port,
                    render::gateway(&t.gateway),
                    from.join(", ")
                ),
                hint: Some("agree with its owner, or take the hostname out of the route".into()),
                field: Some("spec.hostnames".into()),
                related: t.from.clone(),
            }
        };
        diff.takeovers.iter().map(one).collect()
    }
}

fn matches(n: usize) -> String {
    if n == 1 { "1 match".into() } else { format!("{n} matches") }
}

fn unknown(word: &str) -> Fail {
    let names: Vec<&str> = CONDITIONS.iter().map(|(n, _)| *n).chain(diagnose::CATALOGUE.iter().flat_map(|i| [i.name, i.code])).collect();
    let fail = Fail::usage(format!("--deny `{word}` is neither the code nor the name of a finding"));
    match suggest::closest(word, names.iter().copied()) {
        Some(near) => fail.hint(format!("did you mean `{near}`?")),
        None => fail.hint(format!("conditions are {}; findings go by code (GS0102) or name", suggest::list(&CONDITIONS.map(|(n, _)| n.to_owned())))),
    }
}

/// A host on a port of a Gateway.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Host {
    gateway: GatewayRef,
    port: u16,
    hostname: String,
}

impl Host {
    fn authority(&self) -> String {
        match self.port {
            80 | 443 => self.hostname.clone(),
            port => format!("{}:{port}", self.hostname),
        }
    }

    fn finding(&self, code: &'static str, routes: &BTreeSet<ObjectRef>, message: String, hint: &str) -> Finding {
        let gateway = gateway_object(&self.gateway);
        let subject = routes.first().cloned().unwrap_or_else(|| gateway.clone());
        let mut related: Vec<ObjectRef> = routes.iter().skip(1).cloned().collect();
        related.push(gateway);
        related.sort();
        Finding { code: code.into(), severity: Severity::Error, subject, message, hint: Some(hint.into()), field: Some("spec.hostnames".into()), related }
    }
}

/// Exposed hosts that a condition holds for, with their routes.
fn hosts(report: &Report, condition: impl Fn(&Exposure) -> bool) -> BTreeMap<Host, BTreeSet<ObjectRef>> {
    let mut out: BTreeMap<Host, BTreeSet<ObjectRef>> = BTreeMap::new();
    for e in report.exposures.iter().filter(|e| matches!(e.state, State::Exposed | State::Shadowed) && condition(e)) {
        let host = Host { gateway: e.gateway.clone(), port: e.listener.port, hostname: e.hostname.clone() };
        out.entry(host).or_default().insert(e.route.clone());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let parse = |w: &str| Deny::parse(&[w.to_owned()]);
        assert!(parse("takeover").unwrap().asks("takeover"));
        assert!(parse("GS0102").unwrap().takes("GS0102") && parse("gs0102").unwrap().takes("GS0102"));
        let Err(Fail::Usage { hint: Some(hint), .. }) = parse("takeovr") else { panic!("takeovr is no condition") };
        assert_eq!(hint, "did you mean `takeover`?");
    }
}
