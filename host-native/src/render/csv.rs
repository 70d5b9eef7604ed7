//! The rows as CSV (RFC 4180: CRLF, quotes doubled), one line an exposure, always the same header.

use super::url::url;
use super::wide::reach;
use crate::term::safe;
use gatescope_core::types::{Action, Exposure, State, ValueMatch};
use std::io::Write;

/// The header. Columns may be added at the end, never moved or renamed.
const HEAD: [&str; 37] = [
    "id",
    "state",
    "reasons",
    "cause",
    "url",
    "gateway_namespace",
    "gateway",
    "listener_owner_kind",
    "listener_owner_namespace",
    "listener_owner",
    "listener",
    "port",
    "protocol",
    "tls_mode",
    "hostname",
    "route_kind",
    "route_namespace",
    "route",
    "rule",
    "rule_name",
    "match",
    "path_type",
    "path",
    "method",
    "headers",
    "query",
    "grpc_service",
    "grpc_method",
    "action",
    "backend_kind",
    "backend_namespace",
    "backend",
    "backend_port",
    "weight",
    "reach",
    "addresses",
    "shadowed_by",
];

/// Writes the rows. Several values in one cell are separated by a blank. With `escape`, for a terminal, what
/// would act on it is escaped.
pub(crate) fn csv(out: impl Write, exposures: &[Exposure], escape: bool) -> std::io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    let io = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(e) => e,
        other => std::io::Error::other(format!("{other:?}")),
    };
    writer.write_record(HEAD).map_err(io)?;
    for e in exposures {
        let cells = record(e);
        if escape {
            writer.write_record(cells.iter().map(|c| safe(c).into_owned())).map_err(io)?;
        } else {
            writer.write_record(&cells).map_err(io)?;
        }
    }
    writer.flush()
}

fn record(e: &Exposure) -> [String; 37] {
    let text = |t: &Option<String>| t.clone().unwrap_or_default();
    let owner = &e.listener.owner;
    let backend = e.backend.as_ref();
    [
        e.id.clone(),
        state(e.state).into(),
        e.reasons.join(" "),
        text(&e.cause),
        url(e),
        e.gateway.namespace.clone(),
        e.gateway.name.clone(),
        owner.kind.to_string(),
        text(&owner.namespace),
        owner.name.clone(),
        e.listener.name.clone(),
        e.listener.port.to_string(),
        e.listener.protocol.to_string(),
        e.listener.tls_mode.as_ref().map(ToString::to_string).unwrap_or_default(),
        e.hostname.clone(),
        e.route.kind.to_string(),
        text(&e.route.namespace),
        e.route.name.clone(),
        e.rule.to_string(),
        text(&e.rule_name),
        e.match_index.to_string(),
        e.path.as_ref().map(|p| p.kind.to_string()).unwrap_or_default(),
        e.path.as_ref().map(|p| p.value.clone()).unwrap_or_default(),
        text(&e.method),
        values(&e.headers),
        values(&e.query_params),
        e.grpc.as_ref().and_then(|g| g.service.clone()).unwrap_or_default(),
        e.grpc.as_ref().and_then(|g| g.method.clone()).unwrap_or_default(),
        action(e.action).into(),
        backend.map(|b| b.kind.clone()).unwrap_or_default(),
        backend.map(|b| b.namespace.clone()).unwrap_or_default(),
        backend.map(|b| b.name.clone()).unwrap_or_default(),
        backend.and_then(|b| b.port).map(|p| p.to_string()).unwrap_or_default(),
        e.weight.map(|w| w.to_string()).unwrap_or_default(),
        reach(e.reach).into(),
        e.addresses.join(" "),
        text(&e.shadowed_by),
    ]
}

fn values(matches: &[ValueMatch]) -> String {
    let one = |m: &ValueMatch| format!("{}{}{}", m.name, if m.kind == "RegularExpression" { "~" } else { "=" }, m.value);
    matches.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Forward => "forward",
        Action::Redirect => "redirect",
        Action::Mirror => "mirror",
        Action::Error => "error",
        Action::None => "none",
    }
}

/// A state's word, as the report spells it.
pub(crate) fn state(state: State) -> &'static str {
    match state {
        State::Exposed => "exposed",
        State::Shadowed => "shadowed",
        State::Blocked => "blocked",
        State::Unknown => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::url::tests::row;
    use serde_json::json;

    #[test]
    fn quotes_and_line_ends() {
        let e = row(json!({"path": {"type": "Exact", "value": "/a,\"b\""}}));
        let mut out = Vec::new();
        csv(&mut out, &[e], false).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text.matches("\r\n").count(), 2);
        assert!(text.contains("\"/a,\"\"b\"\"\""));
        assert!(text.starts_with("id,state,reasons,"));
    }

    #[test]
    fn a_terminal_gets_escapes() {
        let e = row(json!({"hostname": "a\u{1b}[31m"}));
        let mut out = Vec::new();
        csv(&mut out, &[e], true).unwrap();
        assert!(!out.contains(&0x1b));
    }
}
