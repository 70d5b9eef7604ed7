//! Certificates, and the real Envoy and Collector, on loopback.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A folder of a test's own, gone after it.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let path = std::env::temp_dir().join(format!("gatescope-otlp-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A CA that signed a server's certificate (for `otel.example.com`) and a client's, and another CA with a client of its own.
pub struct Certificates {
    pub folder: Folder,
}

impl Certificates {
    pub fn new() -> Self {
        let folder = Folder::new();
        std::fs::write(folder.join("san"), "subjectAltName=DNS:otel.example.com\nextendedKeyUsage=serverAuth\n").unwrap();
        std::fs::write(folder.join("use"), "extendedKeyUsage=clientAuth\n").unwrap();
        for ca in ["ca", "other-ca"] {
            openssl(&folder, &format!("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN={ca} -keyout {ca}.key -out {ca}.crt"));
        }
        for (name, ca, extensions) in [("server", "ca", "san"), ("client", "ca", "use"), ("other", "other-ca", "use")] {
            openssl(&folder, &format!("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN={name} -keyout {name}.key -out {name}.csr"));
            openssl(&folder, &format!("x509 -req -in {name}.csr -CA {ca}.crt -CAkey {ca}.key -CAcreateserial -days 2 -extfile {extensions} -out {name}.crt"));
        }
        Self { folder }
    }
}

fn openssl(folder: &Folder, args: &str) {
    let out = Command::new("openssl").args(args.split(' ')).current_dir(&folder.0).output().expect("openssl is installed");
    assert!(out.status.success(), "openssl {args}: {}", String::from_utf8_lossy(&out.stderr));
}

/// A program that ends with the test.
pub struct Program {
    child: Child,
    pub log: PathBuf,
}

impl Program {
    fn start(part: &str, args: &[&str], log: &Path) -> Self {
        let file = std::fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let child = Command::new(path(part)).args(args).stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log: log.to_path_buf() }
    }
    pub fn text(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
    fn ready(mut self, port: u16) -> Self {
        let end = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(self.child.try_wait().unwrap().is_none() && Instant::now() < end, "it does not start: {}", self.text());
            std::thread::sleep(Duration::from_millis(50));
        }
        self
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that is free now.
pub fn port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An Envoy that asks for client certificates and hands gRPC to a port.
pub fn envoy(certificates: &Certificates, to: u16) -> (Program, u16) {
    let port = port();
    let file = |name: &str| certificates.folder.join(name).display().to_string();
    let config = serde_json::json!({"static_resources": {
        "listeners": [{"name": "otlp", "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}}, "filter_chains": [{
            "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                "stat_prefix": "otlp", "codec_type": "HTTP2",
                "route_config": {"virtual_hosts": [{"name": "otlp", "domains": ["*"], "routes": [
                    {"match": {"prefix": "/opentelemetry.proto.collector.metrics.v1.MetricsService/", "grpc": {}}, "route": {"cluster": "collector", "timeout": "30s"}}]}]},
                "http_filters": [{"name": "envoy.filters.http.router", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}],
            "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
                "require_client_certificate": true,
                "common_tls_context": {"alpn_protocols": ["h2"],
                    "tls_certificates": [{"certificate_chain": {"filename": file("server.crt")}, "private_key": {"filename": file("server.key")}}],
                    "validation_context": {"trusted_ca": {"filename": file("ca.crt")}}}}}}]}],
        "clusters": [{"name": "collector", "type": "STATIC", "connect_timeout": "1s",
            "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", "explicit_http_config": {"http2_protocol_options": {}}}},
            "load_assignment": {"cluster_name": "collector", "endpoints": [{"lb_endpoints": [
                {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": to}}}}]}]}}]}});
    let at = certificates.folder.join("envoy.json");
    std::fs::write(&at, config.to_string()).unwrap();
    let args = ["-c", at.to_str().unwrap(), "--use-dynamic-base-id", "--concurrency", "1", "-l", "warning"];
    (Program::start("envoy", &args, &certificates.folder.join("envoy.log")).ready(port), port)
}

/// A Collector that prints what it gets.
pub fn collector(folder: &Folder, port: u16) -> Program {
    let config = format!(
        "receivers:\n  otlp:\n    protocols:\n      grpc:\n        endpoint: 127.0.0.1:{port}\nexporters:\n  debug:\n    verbosity: detailed\n    sampling_initial: 100000\n\
         service:\n  telemetry:\n    metrics:\n      level: none\n  pipelines:\n    metrics:\n      receivers: [otlp]\n      exporters: [debug]\n"
    );
    let at = folder.join("collector.yaml");
    std::fs::write(&at, config).unwrap();
    Program::start("collector", &["--config", at.to_str().unwrap()], &folder.join("collector.log")).ready(port)
}

/// Where a part is; installs it where it is missing.
fn path(part: &str) -> PathBuf {
    let tools = gatescope_tests::paths::tests().join("tools");
    let found = || Command::new(tools.join("path")).arg(part).output().unwrap();
    let mut out = found();
    if !out.status.success() {
        assert!(Command::new(tools.join("install")).arg(part).status().unwrap().success(), "tests/tools/install {part}");
        out = found();
    }
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    PathBuf::from(String::from_utf8(out.stdout).unwrap().trim())
}
