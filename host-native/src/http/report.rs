//! The report, its parts, and what is made of it.

use super::App;
use super::problem::Problem;
use super::query::Args;
use super::respond::{self, Kind, Pretty};
use crate::filter::Filter;
use crate::hub::Runtime;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use gatescope_core::layout::{LayoutOptions, Parts, layout as lay_out};
use gatescope_core::types::Report;
use std::io::{Read as _, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// Parts of the report that have a path of their own.
pub(super) const PARTS: [&str; 9] = ["summary", "gateways", "listenerSets", "listeners", "attachments", "exposures", "policies", "mesh", "findings"];

/// The newest report, so that it is made once for each revision; and the last good one where the resolver is down.
#[derive(Debug, Default)]
pub(crate) struct Cache(tokio::sync::Mutex<Option<Cached>>);

#[derive(Debug, Clone)]
struct Cached {
    revision: u64,
    packed: Arc<[u8]>,
    size: usize,
}

impl Cached {
    fn pack(revision: u64, bytes: &[u8]) -> std::io::Result<Self> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(bytes)?;
        Ok(Self { revision, packed: packed.finish()?.into(), size: bytes.len() })
    }

    fn unpack(&self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.size);
        DeflateDecoder::new(&*self.packed).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl App {
    /// Leave to work on a whole report.
    pub(super) async fn heavy(&self) -> Result<OwnedSemaphorePermit, Problem> {
        const PATIENCE: Duration = Duration::from_secs(20);
        let busy = || {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too many reports are asked for at once")
                .hint("try again; /api/v1/events tells what changes without asking")
        };
        tokio::time::timeout(PATIENCE, Arc::clone(&self.heavy).acquire_owned()).await.map_err(|_| busy())?.map_err(|_| busy())
    }

    /// The newest report as compact JSON, and its revision. Where the resolver has none, the last good one.
    async fn report_bytes(&self) -> Result<(u64, Vec<u8>), Problem> {
        let mut cache = self.reports.0.lock().await;
        let revision = self.hub.now().revision;
        if let Some(cached) = cache.clone().filter(|c| c.revision == revision) {
            drop(cache);
            return slow(move || Ok((cached.revision, cached.unpack()?))).await?.map_err(|e: std::io::Error| broken(&e));
        }
        let fresh = match self.hub.ask(|hub| hub.report()).await {
            Ok(Ok(fresh)) => Ok(fresh),
            Ok(Err(failure)) => Err(Problem::from(failure)),
            Err(none) => Err(Problem::from(none)),
        };
        let (revision, bytes) = match (fresh, cache.clone()) {
            (Ok(fresh), _) => fresh,
            (Err(_), Some(last)) => return slow(move || Ok((last.revision, last.unpack()?))).await?.map_err(|e: std::io::Error| broken(&e)),
            (Err(problem), None) => return Err(problem),
        };
        let (packed, bytes) = slow(move || (Cached::pack(revision, &bytes), bytes)).await?;
        *cache = packed.ok();
        Ok((revision, bytes))
    }

    /// The newest report, narrowed.
    pub(super) async fn report_for(&self, filter: Filter) -> Result<(u64, Report), Problem> {
        let (revision, bytes) = self.report_bytes().await?;
        let report = slow(move || narrowed(&bytes, &filter)).await??;
        Ok((revision, report))
    }
}

fn broken(e: &dyn std::fmt::Display) -> Problem {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, format!("the report cannot be read back: {e}"))
}

/// Work that would hold up others.
pub(super) async fn slow<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be made"))
}

fn narrowed(bytes: &[u8], filter: &Filter) -> Result<Report, Problem> {
    let mut report: Report = serde_json::from_slice(bytes).map_err(|e| broken(&e))?;
    crate::verbs::check_filter(filter, &report).map_err(|f| Problem::of(f, StatusCode::NOT_FOUND))?;
    filter.apply(&mut report);
    Ok(report)
}

/// Writes JSON for people or for programs.
fn print(compact: bool, out: &mut dyn Write, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    if compact { write(out) } else { write(&mut Pretty::new(&mut *out)) }?;
    out.write_all(b"\n")
}

/// `/api/v1/report`: the bytes of `resolve -o json`, with `runtime` at the end.
pub(super) async fn report(State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only_filters_and(&["runtime", "compact"])?;
    let filter = args.filter()?;
    let (with_runtime, compact) = (args.switch("runtime", true)?, args.switch("compact", false)?);
    let leave = app.heavy().await?;
    let (_, mut bytes) = app.report_bytes().await?;
    if !filter.is_empty() {
        bytes = slow(move || {
            let report = narrowed(&bytes, &filter)?;
            serde_json::to_vec(&report).map_err(|e| broken(&e))
        })
        .await??;
    }
    if with_runtime && bytes.pop() == Some(b'}') {
        let now = app.hub.now();
        bytes.extend_from_slice(b",\"runtime\":");
        serde_json::to_writer(&mut bytes, &Runtime::of(&now).and(app.traffic_findings())).map_err(|e| broken(&e))?;
        bytes.push(b'}');
    }
    Ok(respond::stream(&headers, &Kind::JSON, move |out| {
        let _leave = leave;
        print(compact, out, |out| out.write_all(&bytes))
    }))
}

/// `/api/v1/exposures` and the like: one member of the report, as it stands there.
pub(super) async fn part(name: &'static str, State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only_filters_and(&["compact"])?;
    let filter = args.filter()?;
    let compact = args.switch("compact", false)?;
    if name == "summary" && filter.is_empty() {
        // Known without a report, which is the largest thing that there is.
        let summary = app.hub.now().summary;
        return Ok(respond::stream(&headers, &Kind::JSON, move |out| {
            print(compact, out, |out| serde_json::to_writer(out, &summary).map_err(std::io::Error::from))
        }));
    }
    let leave = app.heavy().await?;
    let (_, report) = app.report_for(filter).await?;
    Ok(respond::stream(&headers, &Kind::JSON, move |out| {
        let _leave = leave;
        print(compact, out, |out| {
            let out = std::io::BufWriter::new(out);
            match name {
                "summary" => serde_json::to_writer(out, &report.summary),
                "gateways" => serde_json::to_writer(out, &report.gateways),
                "listenerSets" => serde_json::to_writer(out, &report.listener_sets),
                "listeners" => serde_json::to_writer(out, &report.listeners),
                "attachments" => serde_json::to_writer(out, &report.attachments),
                "exposures" => serde_json::to_writer(out, &report.exposures),
                "policies" => serde_json::to_writer(out, &report.policies),
                "mesh" => serde_json::to_writer(out, &report.mesh),
                _ => serde_json::to_writer(out, &report.findings),
            }
            .map_err(std::io::Error::from)
        })
    }))
}

/// `/api/v1/runtime`.
pub(super) async fn runtime(State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only(&[])?;
    let now = app.hub.now();
    respond::json(&headers, &Runtime::of(&now).and(app.traffic_findings()))
}

/// `/api/v1/layout`.
pub(super) async fn layout(State(app): State<Arc<App>>, headers: HeaderMap, args: Args) -> Result<Response, Problem> {
    args.only_filters_and(&["compact", "options"])?;
    let filter = args.filter()?;
    let compact = args.switch("compact", false)?;
    let options: LayoutOptions = match args.get("options") {
        None => LayoutOptions::default(),
        Some(text) => serde_json::from_str(text).map_err(|e| {
            Problem::new(StatusCode::BAD_REQUEST, format!("`options` cannot be read: {e}")).hint("they are JSON, as in options={\"shareBackends\":true}")
        })?,
    };
    let leave = app.heavy().await?;
    let (_, report) = app.report_for(filter).await?;
    let layout = slow(move || lay_out(Parts::from(&report), &options)).await?;
    Ok(respond::stream(&headers, &Kind::JSON, move |out| {
        let _leave = leave;
        print(compact, out, |out| serde_json::to_writer(std::io::BufWriter::new(out), &layout).map_err(std::io::Error::from))
    }))
}
