//! Series about this process: few, and written at each scrape, so that they are of that moment.

use super::chunk::{deflate, zstd_frame};
use super::negotiate::{Encoding, Format};
use super::own::{BOUNDS, Histogram, Own};
use super::process;
use super::scrapes::Scrapes;
use super::store::shown;
use super::table::{Kind, Metric, table};
use super::text::{Number, Series};
use super::{MetricsConfig, heads};
use crate::otlp::Counters;
use bytes::Bytes;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// What these series are made of.
#[derive(Debug, Default)]
pub(super) struct Live {
    pub own: Arc<Own>,
    pub otlp: Option<Arc<Counters>>,
    pub scrapes: Arc<Scrapes>,
    pub traffic: Option<Arc<crate::traffic::Traffic>>,
    pub cluster: Option<String>,
    /// Places of the metrics that are shown.
    pub metrics: Vec<usize>,
}

impl Live {
    pub(super) fn new(config: &MetricsConfig) -> Self {
        let metrics = table()
            .iter()
            .enumerate()
            .filter(|(_, m)| (m.family == super::Family::Process || m.name == "gateway_metrics_up") && shown(config, m))
            .map(|(i, _)| i)
            .collect();
        Self { own: Arc::default(), otlp: None, traffic: None, scrapes: Arc::default(), cluster: config.cluster.clone(), metrics }
    }

    /// The series with their heads.
    pub(super) fn text(&self, format: Format) -> String {
        let mut out = String::new();
        let process = process::read();
        let mut body = String::new();
        for at in &self.metrics {
            let Some(metric) = table().get(*at) else { continue };
            body.clear();
            self.series(metric, process.as_ref(), &mut body);
            if !body.is_empty() {
                heads::write(metric, format, &mut out);
                out.push_str(&body);
            }
        }
        out
    }

    fn series(&self, metric: &Metric, process: Option<&process::Process>, out: &mut String) {
        let name = metric.name.as_str();
        let own = &*self.own;
        let cluster = self.cluster.as_deref();
        let mut one = |labels: &[(&str, &str)], value: f64| {
            let mut line = Series::new(out, name);
            for (label, value) in labels {
                line.add(label, value);
            }
            line.maybe("cluster", cluster).value(value);
        };
        let count = |n: u64| n as f64;
        if let Some(what) = name.strip_prefix("gatescope_otlp_") {
            let Some(otlp) = &self.otlp else { return };
            match what {
                "exports_total" => {
                    one(&[("result", "success")], count(otlp.succeeded.load(Relaxed)));
                    one(&[("result", "failure")], count(otlp.failed.load(Relaxed)));
                }
                "requests_total" => otlp.codes().into_iter().for_each(|(code, n)| one(&[("code", code)], count(n))),
                "points_total" => one(&[], count(otlp.points.load(Relaxed))),
                "points_rejected_total" => one(&[], count(otlp.rejected.load(Relaxed))),
                "last_success_timestamp_seconds" => match otlp.last_success.load(Relaxed) {
                    0 => {}
                    millis => one(&[], count(millis) / 1e3),
                },
                _ => one(&[], count(otlp.up.load(Relaxed))),
            }
            return;
        }
        if self.traffic.as_ref().is_some_and(|t| t.series(name, &mut |labels, value| one(labels, value))) {
            return;
        }
        if let Some(what) = name.strip_prefix("process_") {
            let Some(p) = process else { return };
            let value = match what {
                "cpu_seconds_total" => Some(p.cpu_seconds),
                "max_fds" => p.max_fds.map(count),
                "open_fds" => p.open_fds.map(count),
                "resident_memory_bytes" => Some(count(p.resident_bytes)),
                "start_time_seconds" => Some(p.start),
                "threads" => Some(count(p.threads)),
                _ => Some(count(p.virtual_bytes)),
            };
            value.into_iter().for_each(|v| one(&[], v));
            return;
        }
        let flag = |b: bool| f64::from(u8::from(b));
        match name {
            "gatescope_build_info" => one(&[("version", &own.version), ("module_sha256", &own.module_sha256), ("engine", &own.engine)], 1.0),
            "gatescope_ready" | "gateway_metrics_up" => one(&[], flag(own.ready)),
            "gatescope_revision" => one(&[], count(own.revision)),
            "gatescope_source_synced" => own.sources.iter().for_each(|s| one(&[("kind", &s.kind)], flag(s.synced))),
            "gatescope_source_last_event_timestamp_seconds" => {
                own.sources.iter().for_each(|s| s.last_event.into_iter().for_each(|at| one(&[("kind", &s.kind)], at)));
            }
            "gatescope_source_objects" => own.sources.iter().for_each(|s| one(&[("kind", &s.kind)], count(s.objects))),
            "gatescope_source_bad_objects_total" => own.sources.iter().for_each(|s| one(&[("kind", &s.kind)], count(s.bad_objects))),
            "gatescope_watch_restarts_total" => own.sources.iter().for_each(|s| one(&[("kind", &s.kind)], count(s.restarts))),
            "gatescope_engine_traps_total" => one(&[], count(own.health.traps)),
            "gatescope_engine_deadlines_total" => one(&[], count(own.health.deadlines)),
            "gatescope_engine_memory_caps_total" => one(&[], count(own.health.memory_caps)),
            "gatescope_engine_rebuilds_total" => one(&[], count(own.health.rebuilds)),
            "gatescope_engine_changes_left_out" => one(&[], count(own.health.left_out as u64)),
            "gatescope_engine_stale" => one(&[], flag(own.health.down || own.health.stale.is_some())),
            "gatescope_engine_memory_bytes" => one(&[], count(own.health.memory as u64)),
            "controller_reconcile_total" => {
                for r in &own.reconciles {
                    one(&[("controller", &r.controller), ("result", "success")], count(r.success));
                    one(&[("controller", &r.controller), ("result", "error")], count(r.error));
                }
            }
            "gatescope_render_duration_seconds" => self.histogram(metric, &[], &own.render, out),
            "gatescope_scrape_duration_seconds" => {
                self.scrapes.each(|encoding, durations| self.histogram(metric, &[("encoding", encoding)], durations, out));
            }
            "gatescope_resolve_duration_seconds" => self.histogram(metric, &[], &own.resolve, out),
            "gatescope_event_to_metrics_seconds" => self.histogram(metric, &[], &own.event_to_metrics, out),
            "controller_reconcile_duration_seconds" => {
                own.reconciles.iter().for_each(|r| self.histogram(metric, &[("controller", &r.controller)], &r.duration, out));
            }
            _ => {}
        }
    }

    fn histogram(&self, metric: &Metric, labels: &[(&str, &str)], histogram: &Histogram, out: &mut String) {
        debug_assert_eq!(metric.kind, Kind::Histogram);
        let cluster = self.cluster.as_deref();
        let start = |out: &mut String, suffix: &str, le: Option<&str>, value: f64| {
            let name = format!("{}_{suffix}", metric.name);
            let mut line = Series::new(out, &name);
            for (label, value) in labels {
                line.add(label, value);
            }
            line.maybe("cluster", cluster).maybe("le", le).value(value);
        };
        let mut below = 0_u64;
        for (bucket, bound) in histogram.buckets.iter().zip(BOUNDS.iter().copied().chain([f64::INFINITY])) {
            below = below.saturating_add(*bucket);
            // OpenMetrics wants floats, and so does whoever joins the two formats.
            let le = if bound.is_finite() && bound.fract() == 0.0 { format!("{bound}.0") } else { Number(bound).to_string() };
            start(out, "bucket", Some(&le), below as f64);
        }
        start(out, "sum", None, histogram.sum);
        start(out, "count", None, below as f64);
    }
}

/// Bytes of a text for a coding, with what the trailer needs of it.
pub(super) fn coded(text: String, encoding: Encoding) -> Bytes {
    match encoding {
        Encoding::Identity => Bytes::from(text),
        Encoding::Gzip => Bytes::from(deflate(text.as_bytes())),
        Encoding::Zstd => zstd_frame(text.as_bytes()),
    }
}
