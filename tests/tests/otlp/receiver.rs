//! A receiver that keeps what it gets. It takes requests of at most 4 MiB, as tonic and the Collector do by default.

use super::Labels;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{MetricsService, MetricsServiceServer};
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsServiceRequest, ExportMetricsServiceResponse};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{metric::Data, number_data_point};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use tonic::codec::CompressionEncoding;
use tonic::{Request, Response, Status};

/// A request as it came.
#[derive(Debug)]
pub struct Got {
    pub headers: tonic::metadata::MetadataMap,
    pub body: ExportMetricsServiceRequest,
}

/// What came so far, and what to answer next instead of taking it.
#[derive(Clone, Debug, Default)]
pub struct Receiver {
    pub got: Arc<Mutex<Vec<Got>>>,
    pub refuse: Arc<Mutex<Vec<Status>>>,
}

#[tonic::async_trait]
impl MetricsService for Receiver {
    async fn export(&self, request: Request<ExportMetricsServiceRequest>) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        if let Some(status) = self.refuse.lock().unwrap().pop() {
            return Err(status);
        }
        let headers = request.metadata().clone();
        self.got.lock().unwrap().push(Got { headers, body: request.into_inner() });
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

impl Receiver {
    /// Listens on a port for as long as the test's runtime runs.
    pub async fn listen(port: u16) -> Self {
        let own = Self::default();
        let service = MetricsServiceServer::new(own.clone()).accept_compressed(CompressionEncoding::Gzip);
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve(([127, 0, 0, 1], port).into()));
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        own
    }

    /// Rounds so far: points of a round share their time. For each, the label sets of a metric with whether they are gone.
    pub fn rounds(&self, metric: &str) -> Vec<BTreeMap<Labels, bool>> {
        let mut out: BTreeMap<u64, BTreeMap<Labels, bool>> = BTreeMap::new();
        for got in self.got.lock().unwrap().iter() {
            for m in got.body.resource_metrics.iter().flat_map(|r| &r.scope_metrics).flat_map(|s| &s.metrics) {
                let points = match m.data.as_ref().unwrap() {
                    Data::Gauge(g) => &g.data_points,
                    Data::Sum(s) => &s.data_points,
                    _ => continue,
                };
                for p in points {
                    let round = out.entry(p.time_unix_nano).or_default();
                    if m.name == metric {
                        let gone = p.flags == 1;
                        assert_eq!(p.value.is_none(), gone);
                        assert!(gone || metric != "exposed_route_info" || p.value == Some(number_data_point::Value::AsInt(1)));
                        assert!(round.insert(labels(&p.attributes), gone).is_none(), "a point twice in a round");
                    }
                }
            }
        }
        out.into_values().collect()
    }

    /// The attributes of the resource.
    pub fn resource(&self) -> Labels {
        labels(&self.got.lock().unwrap()[0].body.resource_metrics[0].resource.as_ref().unwrap().attributes)
    }

    /// Names of all metrics.
    pub fn names(&self) -> BTreeSet<String> {
        let got = self.got.lock().unwrap();
        got.iter().flat_map(|g| &g.body.resource_metrics).flat_map(|r| &r.scope_metrics).flat_map(|s| &s.metrics).map(|m| m.name.clone()).collect()
    }
}

fn labels(attributes: &[KeyValue]) -> Labels {
    let text = |kv: &KeyValue| match kv.value.as_ref().unwrap().value.as_ref().unwrap() {
        Value::StringValue(s) => s.clone(),
        other => panic!("{other:?}"),
    };
    attributes.iter().map(|kv| (kv.key.clone(), text(kv))).collect()
}
