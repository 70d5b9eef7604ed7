//! Series as OTLP data points, in requests below what receivers take.

use crate::metrics::text::{parse, unescape};
use crate::metrics::{Kind, Metric as About};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric::Data, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message as _;
use std::collections::BTreeMap;

/// Receivers take 4 MiB. A quarter of it is as fast, and takes a quarter of the memory while it is made.
/// The estimate below is never less than what a request comes to.
const MOST: usize = 1024 * 1024;

/// The series is no more (`FLAG_NO_RECORDED_VALUE`).
const GONE: u32 = 1;

/// Fills requests.
#[derive(Debug)]
pub(super) struct Builder {
    resource: Resource,
    /// When the round began and when the process did, in unix nanoseconds.
    now: u64,
    start: u64,
    metrics: Vec<Metric>,
    points: usize,
    size: usize,
    /// What a request without a metric comes to.
    empty: usize,
}

/// A request's bytes with how many points it has.
pub(super) type Full = (Bytes, usize);

impl Builder {
    pub(super) fn new(resource: &[(String, String)], now: u64, start: u64) -> Self {
        let attributes: Vec<KeyValue> = resource.iter().map(|(k, v)| pair(k, v.clone())).collect();
        let empty = attributes.iter().map(weight).sum::<usize>().saturating_add(256);
        let resource = Resource { attributes, ..Resource::default() };
        Self { resource, now, start, metrics: Vec::new(), points: 0, size: empty, empty }
    }

    /// Adds a series of a metric that is a number; a request comes back when it is full. `gone` where the series is no more.
    pub(super) fn line(&mut self, about: &About, line: &str, gone: bool) -> Option<Full> {
        let (_, labels, value) = parse(line)?;
        let attributes: Vec<KeyValue> = labels.iter().map(|(k, v)| pair(k, unescape(v).into_owned())).collect();
        let value = match (gone, value.parse::<i64>()) {
            (true, _) => None,
            (false, Ok(n)) => Some(number_data_point::Value::AsInt(n)),
            (false, Err(_)) => Some(number_data_point::Value::AsDouble(value.parse().ok()?)),
        };
        let size = attributes.iter().map(weight).sum::<usize>().saturating_add(64);
        let full = self.room(about, size);
        let point = NumberDataPoint {
            attributes,
            start_time_unix_nano: if about.kind == Kind::Counter { self.start } else { 0 },
            time_unix_nano: self.now,
            flags: if gone { GONE } else { 0 },
            value,
            ..NumberDataPoint::default()
        };
        match self.metrics.last_mut().and_then(|m| m.data.as_mut()) {
            Some(Data::Gauge(gauge)) => gauge.data_points.push(point),
            Some(Data::Sum(sum)) => sum.data_points.push(point),
            _ => {}
        }
        full
    }

    /// Adds a metric that is a histogram, from its series.
    pub(super) fn histogram<'l>(&mut self, about: &About, lines: impl Iterator<Item = &'l str>) -> Option<Full> {
        let mut points: BTreeMap<Vec<(String, String)>, HistogramDataPoint> = BTreeMap::new();
        for (name, labels, value) in lines.filter_map(parse) {
            let own = |(k, v): &(&str, &str)| (*k != "le").then(|| ((*k).to_owned(), unescape(v).into_owned()));
            let key: Vec<(String, String)> = labels.iter().filter_map(own).collect();
            let point = points.entry(key).or_default();
            let count = value.parse::<f64>().unwrap_or(0.0);
            match name.rsplit('_').next() {
                Some("bucket") => {
                    // Buckets are cumulative in text and are not here.
                    let below: u64 = point.bucket_counts.iter().sum();
                    point.bucket_counts.push((count as u64).saturating_sub(below));
                    let bound = labels.iter().find(|(k, _)| *k == "le").and_then(|(_, v)| v.parse::<f64>().ok());
                    point.explicit_bounds.extend(bound.filter(|b| b.is_finite()));
                }
                Some("sum") => point.sum = Some(count),
                _ => point.count = count as u64,
            }
        }
        let mut full = None;
        for (labels, mut point) in points {
            point.attributes = labels.into_iter().map(|(k, v)| pair(&k, v)).collect();
            (point.start_time_unix_nano, point.time_unix_nano) = (self.start, self.now);
            let size = point.attributes.iter().map(weight).sum::<usize>().saturating_add(512);
            full = full.or(self.room(about, size));
            if let Some(Data::Histogram(histogram)) = self.metrics.last_mut().and_then(|m| m.data.as_mut()) {
                histogram.data_points.push(point);
            }
        }
        full
    }

    /// Room for one more point of a metric.
    fn room(&mut self, about: &About, size: usize) -> Option<Full> {
        let full = if self.size.saturating_add(size) > MOST { self.take() } else { None };
        if self.metrics.last().is_none_or(|m| m.name != about.name) {
            let delta = AggregationTemporality::Cumulative as i32;
            let data = match about.kind {
                Kind::Gauge => Data::Gauge(Gauge::default()),
                Kind::Counter => Data::Sum(Sum { is_monotonic: true, aggregation_temporality: delta, ..Sum::default() }),
                Kind::Histogram => Data::Histogram(Histogram { aggregation_temporality: delta, ..Histogram::default() }),
            };
            self.size = self.size.saturating_add(about.name.len()).saturating_add(about.help.len()).saturating_add(128);
            self.metrics.push(Metric { name: about.name.clone(), description: about.help.clone(), data: Some(data), ..Metric::default() });
        }
        self.size = self.size.saturating_add(size);
        self.points = self.points.saturating_add(1);
        full
    }

    /// What has gathered, where it is anything.
    pub(super) fn take(&mut self) -> Option<Full> {
        let (metrics, points) = (core::mem::take(&mut self.metrics), core::mem::take(&mut self.points));
        self.size = self.empty;
        if points == 0 {
            return None;
        }
        let scope = InstrumentationScope { name: "gatescope".into(), version: env!("CARGO_PKG_VERSION").into(), ..InstrumentationScope::default() };
        let scope_metrics = vec![ScopeMetrics { scope: Some(scope), metrics, ..ScopeMetrics::default() }];
        let resource_metrics = vec![ResourceMetrics { resource: Some(self.resource.clone()), scope_metrics, ..ResourceMetrics::default() }];
        Some((ExportMetricsServiceRequest { resource_metrics }.encode_to_vec().into(), points))
    }
}

fn pair(key: &str, value: String) -> KeyValue {
    let value = Some(AnyValue { value: Some(any_value::Value::StringValue(value)) });
    KeyValue { key: key.to_owned(), value, ..KeyValue::default() }
}

/// The most bytes that an attribute comes to: tags and lengths take at most five bytes each.
fn weight(pair: &KeyValue) -> usize {
    let value = match pair.value.as_ref().and_then(|v| v.value.as_ref()) {
        Some(any_value::Value::StringValue(s)) => s.len(),
        _ => 0,
    };
    pair.key.len().saturating_add(value).saturating_add(24)
}
