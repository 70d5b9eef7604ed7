//! Objects written past the API server, straight into etcd, as the API server itself would keep them: it tells them to
//! everybody who watches like any other change. For loads and rates that its admission would take the machine for.

use crate::http::{Answer, answer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// One connection to etcd, for custom resources: those are kept as JSON.
#[derive(Debug)]
pub struct Store {
    stream: BufReader<TcpStream>,
}

impl Store {
    pub(super) fn open(url: &str) -> Self {
        let stream = TcpStream::connect(url.trim_start_matches("http://")).expect("etcd listens");
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        stream.set_nodelay(true).expect("an option");
        Self { stream: BufReader::new(stream) }
    }

    /// Asks etcd's JSON gateway.
    pub(super) fn ask(&mut self, path: &str, body: &Value) -> Value {
        let body = body.to_string();
        let head = format!("POST {path} HTTP/1.1\r\nhost: etcd\r\ncontent-length: {}\r\n\r\n", body.len());
        self.stream.get_mut().write_all((head + &body).as_bytes()).expect("etcd reads");
        let said: Answer = answer(&mut self.stream, "POST").expect("etcd answers");
        assert_eq!(said.status, 200, "{path}: {}", said.text());
        said.json()
    }

    /// Writes an object; `resource` is its plural with the group before it, as in the path of its kind.
    pub fn put(&mut self, resource: &str, object: &Value) {
        let (namespace, name) = (object["metadata"]["namespace"].as_str().expect("a namespace"), object["metadata"]["name"].as_str().expect("a name"));
        let key = format!("/registry/{resource}/{namespace}/{name}");
        self.ask("/v3/kv/put", &json!({"key": STANDARD.encode(key), "value": STANDARD.encode(object.to_string())}));
    }
}
