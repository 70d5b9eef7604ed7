//! `/api/v1/targets`: the effective URLs, as Prometheus's `http_sd` wants them; a blackbox exporter can probe each.

use super::App;
use super::problem::Problem;
use super::query::Args;
use super::respond::{self, Kind};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use gatescope_core::types::{Action, Exposure, Report, State as RowState};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

#[derive(Debug, Serialize)]
struct Group {
    targets: [String; 1],
    labels: BTreeMap<&'static str, String>,
}

/// URLs of exposed rows that a plain GET reaches: no wildcard, regular expression, other method, header or query condition.
pub(super) async fn targets(State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only_filters_and(&[])?;
    let filter = args.filter()?;
    let leave = app.heavy().await?;
    let (_, report) = app.report_for(filter).await?;
    Ok(respond::stream(&headers, &Kind::JSON, move |out| {
        let _leave = leave;
        let mut out = std::io::BufWriter::new(out);
        serde_json::to_writer_pretty(&mut out, &groups(&report))?;
        out.write_all(b"\n")?;
        out.flush()
    }))
}

fn groups(report: &Report) -> Vec<Group> {
    let mut urls: BTreeMap<String, &Exposure> = BTreeMap::new();
    for row in report.exposures.iter().filter(|r| r.state == RowState::Exposed && matches!(r.action, Action::Forward | Action::Redirect)) {
        if let Some(url) = url(row) {
            urls.entry(url).or_insert(row);
        }
    }
    urls.into_iter().map(|(url, row)| Group { targets: [url], labels: labels(row) }).collect()
}

fn url(row: &Exposure) -> Option<String> {
    let plain = row.headers.is_empty() && row.query_params.is_empty() && row.grpc.is_none() && row.method.as_deref().is_none_or(|m| m == "GET");
    let host = match row.hostname.as_str() {
        "*" => row.addresses.first()?.clone(),
        wildcard if wildcard.starts_with("*.") => return None,
        host => host.to_owned(),
    };
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let port = row.listener.port;
    let (scheme, usual) = match row.listener.protocol.as_ref() {
        "HTTP" => ("http", 80),
        "HTTPS" => ("https", 443),
        "TLS" => return plain.then(|| format!("tls://{host}:{port}")),
        "TCP" => return plain.then(|| format!("tcp://{host}:{port}")),
        _ => return None,
    };
    let path = match &row.path {
        Some(p) if p.kind == "RegularExpression" => return None,
        Some(p) => p.value.as_str(),
        None => "/",
    };
    let port = if port == usual { String::new() } else { format!(":{port}") };
    plain.then(|| format!("{scheme}://{host}{port}{path}"))
}

fn labels(row: &Exposure) -> BTreeMap<&'static str, String> {
    let word = |value: &dyn std::fmt::Debug| format!("{value:?}").to_lowercase();
    let mut out = BTreeMap::from([
        ("__meta_gatescope_exposure", row.id.clone()),
        ("__meta_gatescope_gateway_namespace", row.gateway.namespace.clone()),
        ("__meta_gatescope_gateway", row.gateway.name.clone()),
        ("__meta_gatescope_listener", row.listener.name.clone()),
        ("__meta_gatescope_protocol", row.listener.protocol.to_string()),
        ("__meta_gatescope_port", row.listener.port.to_string()),
        ("__meta_gatescope_hostname", row.hostname.clone()),
        ("__meta_gatescope_route_kind", row.route.kind.to_string()),
        ("__meta_gatescope_route_namespace", row.route.namespace.clone().unwrap_or_default()),
        ("__meta_gatescope_route", row.route.name.clone()),
        ("__meta_gatescope_reach", word(&row.reach)),
        ("__meta_gatescope_action", word(&row.action)),
        ("__meta_gatescope_address", row.addresses.first().cloned().unwrap_or_default()),
    ]);
    if let Some(b) = &row.backend {
        out.insert("__meta_gatescope_backend_kind", b.kind.clone());
        out.insert("__meta_gatescope_backend_namespace", b.namespace.clone());
        out.insert("__meta_gatescope_backend", b.name.clone());
        out.insert("__meta_gatescope_backend_port", b.port.map(|p| p.to_string()).unwrap_or_default());
    }
    out
}
