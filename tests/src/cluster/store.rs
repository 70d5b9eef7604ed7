//! Objects written past the API server, straight into etcd, as the API server itself would keep them: it tells them to
//! everybody who watches like any other change. For loads and rates that its admission would take the machine for.

use prost::Message;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

/// One connection to etcd, for custom resources: those are kept as JSON.
#[derive(Debug)]
pub struct Store {
    runtime: Runtime,
    client: Grpc<Channel>,
}

/// `etcdserverpb.PutRequest`, what is used of it; so are the others.
#[derive(Clone, PartialEq, Message)]
struct Put {
    #[prost(bytes, tag = "1")]
    key: Vec<u8>,
    #[prost(bytes, tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Compact {
    #[prost(int64, tag = "1")]
    revision: i64,
    #[prost(bool, tag = "2")]
    physical: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Header {
    #[prost(int64, tag = "3")]
    revision: i64,
}

/// Every answer starts with a header.
#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(message, tag = "1")]
    header: Option<Header>,
}

impl Store {
    pub(super) fn open(url: &str) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let endpoint = Endpoint::from_shared(url.to_owned()).expect("a URL").tcp_nodelay(true);
        let channel = runtime.block_on(endpoint.connect()).expect("etcd listens");
        Self { runtime, client: Grpc::new(channel) }
    }

    fn ask(&mut self, method: &'static str, request: impl Message + 'static) -> Answer {
        let Self { runtime, client } = self;
        let said = runtime.block_on(async {
            client.ready().await.map_err(|e| e.to_string())?;
            let codec = ProstCodec::default();
            client.unary(tonic::Request::new(request), method.parse().expect("a path"), codec).await.map_err(|e| e.to_string())
        });
        said.unwrap_or_else(|e| panic!("etcd: {method}: {e}")).into_inner()
    }

    /// Writes an object; `resource` is its plural with the group before it, as in the path of its kind.
    pub fn put(&mut self, resource: &str, object: &Value) {
        let (namespace, name) = (object["metadata"]["namespace"].as_str().expect("a namespace"), object["metadata"]["name"].as_str().expect("a name"));
        let key = format!("/registry/{resource}/{namespace}/{name}");
        self.ask("/etcdserverpb.KV/Put", Put { key: key.into_bytes(), value: object.to_string().into_bytes() });
    }

    /// Compacts away all that was before now.
    pub(super) fn compact(&mut self) {
        let now = self.ask("/etcdserverpb.Maintenance/Status", ()).header.expect("a header").revision;
        self.ask("/etcdserverpb.KV/Compact", Compact { revision: now, physical: true });
    }
}
