//! What any client has to do.

use gatescope_tests::cli::program;
use gatescope_tests::cluster::{ADMIN, Cluster, eventually};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// Kinds that there are objects of.
const PATHS: [&str; 6] = [
    "/apis/gateway.networking.k8s.io/v1/gatewayclasses",
    "/apis/gateway.networking.k8s.io/v1/gateways",
    "/apis/gateway.networking.k8s.io/v1/httproutes",
    "/api/v1/namespaces",
    "/api/v1/services",
    "/apis/discovery.k8s.io/v1/endpointslices",
];

/// Lists every kind in the way that takes the server least, by curl over one connection (of HTTP/1.1, as the exporter's), and
/// decodes the lists by a program of the same build as the exporter's. A server that asks to wait (429), or whose cache does
/// not have all `objects` yet, is asked again: such a list is quick and is none.
pub(super) fn list_and_decode(cluster: &Cluster, objects: usize) -> Duration {
    let files: Vec<PathBuf> = (0..PATHS.len()).map(|i| cluster.dir().join(format!("list-{i}.json"))).collect();
    let mut curl = Command::new("curl");
    curl.args(["-sSf", "--fail-early", "--http1.1", "--cacert"]).arg(cluster.ca()).args(["-H", &format!("Authorization: Bearer {ADMIN}")]);
    for (path, file) in PATHS.iter().zip(&files) {
        curl.arg(format!("{}{path}?resourceVersion=0", cluster.url())).arg("-o").arg(file);
    }
    eventually("all is listed", Duration::from_secs(120), || {
        let began = Instant::now();
        let said = curl.output().expect("curl runs");
        let listed = began.elapsed();
        if !said.status.success() {
            return Err(String::from_utf8_lossy(&said.stderr).into_owned());
        }
        let said = Command::new(program().with_file_name("decode")).args(&files).output().expect("`decode` lies beside the program");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let said = String::from_utf8(said.stdout).unwrap();
        let (decoded, many) = said.trim().split_once(' ').expect("a time and a number");
        let many: usize = many.parse().unwrap();
        if many < objects {
            return Err(format!("{many} objects of {objects}"));
        }
        Ok(listed + Duration::from_secs_f64(decoded.parse::<f64>().unwrap() / 1e3))
    })
}
