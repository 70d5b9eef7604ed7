//! A real etcd and kube-apiserver on loopback, ready a few seconds after they were asked for, gone with their folder
//! when dropped. `tests/tools/install etcd kube-apiserver crds` has the programs; KUBEBUILDER_ASSETS is heeded.

mod api;
mod crds;
mod follower;
mod objects;
mod process;
mod proxy;
mod store;

pub use api::{Answer, Api};
pub use crds::{Channel, RELEASES, Release};
pub use follower::{Follower, cold};
pub use objects::{Sample, samples};
pub use process::{Process, ended, signal};
pub use proxy::{Fault, Proxy};
pub use store::Store;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// The token of a user who may do everything.
pub const ADMIN: &str = "admin-token";
/// The token of a user who may do nothing but what a role says: the exporter's.
pub const EXPORTER: &str = "exporter-token";
/// The servers share few cores with what is tested: they collect less often while there is memory. An API server keeps the
/// events of the last 75 s, gigabytes of them in a storm.
const SPARING: [(&str, &str); 2] = [("GOGC", "200"), ("GOMEMLIMIT", "8GiB")];
/// The exporter's user.
pub const EXPORTER_USER: &str = "gatescope-exporter";

/// The parts of a cluster that the tests need: no kubelet, no controllers.
#[derive(Debug)]
pub struct Cluster {
    dir: PathBuf,
    port: u16,
    store: String,
    etcd: Process,
    server: Process,
}

/// Where an installed part is; a part that is missing fails the test, and says what to do.
pub fn tool(part: &str) -> PathBuf {
    let said = Command::new(crate::paths::tests().join("tools/path")).arg(part).output().expect("tests/tools/path runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    PathBuf::from(String::from_utf8(said.stdout).expect("a path").trim())
}

/// A port on loopback that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port()
}

/// Waits until it holds, and fails with what it is otherwise.
pub fn eventually<T>(what: &str, within: Duration, mut probe: impl FnMut() -> Result<T, String>) -> T {
    let began = Instant::now();
    loop {
        match probe() {
            Ok(value) => return value,
            Err(why) => assert!(began.elapsed() < within, "{what}: not within {within:?}: {why}"),
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

impl Cluster {
    /// Starts both, and waits until the API server is ready. Another process may take a port that was free: then once more.
    pub fn start() -> Self {
        let mut last = String::new();
        for _ in 0..3 {
            match Self::try_start() {
                Ok(cluster) => return cluster,
                Err(why) => last = why,
            }
        }
        panic!("no API server: {last}");
    }

    fn try_start() -> Result<Self, String> {
        let dir = std::env::temp_dir().join(format!("gatescope-cluster-{}-{}", std::process::id(), free_port()));
        std::fs::create_dir_all(&dir).map_err(|e| e.to_string())?;
        let (client, peer, port) = (free_port(), free_port(), free_port());
        let store = format!("http://127.0.0.1:{client}");
        let peers = format!("http://127.0.0.1:{peer}");
        let data = dir.join("etcd");
        let etcd = Process::start_with(
            &tool("etcd"),
            &[
                "--data-dir",
                &text(&data),
                "--unsafe-no-fsync",
                "--listen-client-urls",
                &store,
                "--advertise-client-urls",
                &store,
                "--listen-peer-urls",
                &peers,
                "--initial-advertise-peer-urls",
                &peers,
                "--initial-cluster",
                &format!("default={peers}"),
            ],
            &SPARING,
            &dir.join("etcd.log"),
        );
        std::fs::write(
            dir.join("tokens.csv"),
            format!("{ADMIN},admin,1,\"system:masters\"\n{EXPORTER},{EXPORTER_USER},2\nscraper-token,scraper,3\nstranger-token,stranger,4\n"),
        )
        .map_err(|e| e.to_string())?;
        account_key(&dir);
        client_certificate(&dir);
        let server = serve(&dir, &store, port, &[]);
        let mut cluster = Self { dir, port, store, etcd, server };
        cluster.await_ready()?;
        Ok(cluster)
    }

    fn await_ready(&mut self) -> Result<(), String> {
        let began = Instant::now();
        loop {
            if self.dir.join("certs/apiserver.crt").is_file()
                && let Ok(api) = Api::try_new(&self.kubeconfig(ADMIN))
                && api.get("/readyz").is_ok()
            {
                return Ok(());
            }
            for (name, process) in [("etcd", &mut self.etcd), ("apiserver", &mut self.server)] {
                if process.has_ended() || began.elapsed() > Duration::from_secs(90) {
                    let log = std::fs::read_to_string(self.dir.join(format!("{name}.log"))).unwrap_or_default();
                    let tail: Vec<&str> = log.lines().rev().take(15).collect();
                    return Err(format!("{name} is not ready:\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n")));
                }
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// A folder that is gone with the cluster.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The certificate authority of the server.
    pub fn ca(&self) -> PathBuf {
        self.dir.join("certs/apiserver.crt")
    }

    /// A kubeconfig of the user of this token, written into the cluster's folder.
    pub fn kubeconfig(&self, token: &str) -> PathBuf {
        self.kubeconfig_with(token, &serde_json::json!({ "token": token }))
    }

    /// The same with any credentials; `name` names the file.
    pub fn kubeconfig_with(&self, name: &str, user: &serde_json::Value) -> PathBuf {
        self.kubeconfig_at(name, &self.url(), user)
    }

    /// The same for a server that stands between.
    pub fn kubeconfig_at(&self, name: &str, url: &str, user: &serde_json::Value) -> PathBuf {
        let path = self.dir.join(format!("{name}.kubeconfig"));
        let config = serde_json::json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {"server": url, "certificate-authority": text(&self.ca())}}],
            "users": [{"name": "me", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "me"}}, {"name": "other", "context": {"cluster": "test", "user": "me", "namespace": "shop"}}],
        });
        std::fs::write(&path, config.to_string()).expect("a kubeconfig");
        path
    }

    /// A client of the administrator.
    pub fn admin(&self) -> Api {
        Api::try_new(&self.kubeconfig(ADMIN)).expect("a client")
    }

    /// The API server's process.
    pub fn server(&mut self) -> &mut Process {
        &mut self.server
    }

    /// Kills the API server, as a crash would.
    pub fn kill_server(&mut self) {
        self.server.kill();
    }

    /// Starts the API server again, on the same store and port, with these flags beside the usual ones.
    pub fn start_server(&mut self, flags: &[&str]) {
        self.server = serve(&self.dir, &self.store, self.port, flags);
        self.await_ready().expect("the API server is ready again");
    }

    /// Has the API server collect its garbage now.
    pub fn collect_garbage(&self) {
        self.admin().get("/debug/pprof/heap?gc=1").expect("the API server's heap");
    }

    /// What the API server keeps objects in.
    pub fn store(&self) -> Store {
        Store::open(&self.store)
    }

    /// Compacts the store up to now, so that no older version can be resumed from.
    pub fn compact(&self) {
        self.store().compact();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.server.kill();
        self.etcd.kill();
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The key that service account tokens are signed with.
fn account_key(dir: &Path) {
    let (key, public) = (text(&dir.join("sa.key")), text(&dir.join("sa.pub")));
    for args in [vec!["genrsa", "-out", &key, "2048"], vec!["rsa", "-in", &key, "-pubout", "-out", &public]] {
        let said = Command::new("openssl").args(args).output().expect("openssl runs: apt-get install openssl");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}

/// A client certificate of an administrator, `client.crt` and `client.key`, and the authority that it is of.
fn client_certificate(dir: &Path) {
    let at = |name: &str| text(&dir.join(name));
    let (ca, ca_key, cert, key, request) = (at("client-ca.crt"), at("client-ca.key"), at("client.crt"), at("client.key"), at("client.csr"));
    let extensions = at("client.ext");
    std::fs::write(&extensions, "basicConstraints=CA:FALSE\nextendedKeyUsage=clientAuth\n").expect("a file");
    for args in [
        vec!["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", &ca_key, "-out", &ca, "-subj", "/CN=client-ca", "-days", "2"],
        vec!["req", "-newkey", "rsa:2048", "-nodes", "-keyout", &key, "-out", &request, "-subj", "/O=system:masters/CN=certified"],
        // Without extensions it would be of version 1, which rustls refuses.
        vec!["x509", "-req", "-in", &request, "-CA", &ca, "-CAkey", &ca_key, "-CAcreateserial", "-out", &cert, "-days", "2", "-extfile", &extensions],
    ] {
        let said = Command::new("openssl").args(args).output().expect("openssl runs: apt-get install openssl");
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}

fn serve(dir: &Path, store: &str, port: u16, flags: &[&str]) -> Process {
    let at = |name: &str| text(&dir.join(name));
    let (port, certs, public, key, tokens, clients) = (port.to_string(), at("certs"), at("sa.pub"), at("sa.key"), at("tokens.csv"), at("client-ca.crt"));
    let mut args = vec![
        "--etcd-servers",
        store,
        "--bind-address",
        "127.0.0.1",
        "--secure-port",
        &port,
        "--cert-dir",
        &certs,
        "--service-account-key-file",
        &public,
        "--service-account-signing-key-file",
        &key,
        "--service-account-issuer",
        "https://kubernetes.default.svc",
        "--authorization-mode",
        "RBAC",
        "--token-auth-file",
        &tokens,
        "--service-cluster-ip-range",
        "10.0.0.0/24",
        "--disable-admission-plugins",
        "ServiceAccount",
        "--advertise-address",
        "127.0.0.1",
        "--client-ca-file",
        &clients,
    ];
    args.extend(flags);
    Process::start_with(&tool("kube-apiserver"), &args, &SPARING, &dir.join("apiserver.log"))
}
