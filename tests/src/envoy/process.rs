//! An Envoy process.

use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A port that nobody listens on now, and that is not given out twice.
pub fn free_port() -> u16 {
    use std::sync::Mutex;
    static GIVEN: Mutex<Vec<u16>> = Mutex::new(Vec::new());
    let mut given = GIVEN.lock().unwrap();
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        if !given.contains(&port) {
            given.push(port);
            return port;
        }
    }
}

/// A running Envoy; it ends with this value.
#[derive(Debug)]
pub struct Envoy {
    child: Child,
    admin: u16,
    folder: PathBuf,
}

/// The program: `tests/tools/install envoy` puts it there.
fn program() -> PathBuf {
    let tools = crate::paths::tests().join("tools");
    let run = |name: &str| Command::new(tools.join(name)).arg("envoy").output().unwrap();
    let installed = run("install");
    assert!(installed.status.success(), "{}", String::from_utf8_lossy(&installed.stderr));
    PathBuf::from(String::from_utf8(run("path").stdout).unwrap().trim())
}

impl Envoy {
    /// Starts Envoy with a bootstrap, and waits until it is live. The admin interface is added.
    pub fn start(bootstrap: Value, arguments: &[&str]) -> Self {
        Self::start_at(bootstrap, arguments, None)
    }

    /// The same with the admin interface at a port that others know already.
    pub fn start_at(mut bootstrap: Value, arguments: &[&str], admin: Option<u16>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = std::env::temp_dir().join(format!("gatescope-envoy-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        std::fs::create_dir_all(&folder).unwrap();
        let admin = admin.unwrap_or_else(free_port);
        bootstrap["admin"] = serde_json::json!({"address": address(admin)});
        let file = folder.join("bootstrap.json");
        std::fs::write(&file, serde_json::to_vec(&bootstrap).unwrap()).unwrap();
        let log = std::fs::File::create(folder.join("envoy.log")).unwrap();
        let child = Command::new(program())
            .args(["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warning", "--file-flush-interval-msec", "50"])
            .args(["--disable-hot-restart", "--drain-time-s", "1", "--parent-shutdown-time-s", "2"])
            .arg("-c")
            .arg(&file)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut envoy = Self { child, admin, folder };
        envoy.wait_live();
        envoy
    }

    fn wait_live(&mut self) {
        let until = Instant::now() + Duration::from_secs(120);
        while self.try_admin("/ready").is_none_or(|(status, _)| status != 200) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "Envoy ended with {ended:?}:\n{}", self.log());
            assert!(Instant::now() < until, "Envoy is not live:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn try_admin(&self, path: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.admin)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(10))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nhost: admin\r\nconnection: close\r\n\r\n").ok()?;
        let mut text = Vec::new();
        stream.read_to_end(&mut text).ok()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
        Some((status, if chunked { dechunk(body) } else { body.to_owned() }))
    }

    /// What the admin interface answers.
    pub fn admin(&self, path: &str) -> String {
        let (status, body) = self.try_admin(path).expect("the admin interface answers");
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// The base URL of the admin interface.
    pub fn admin_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin)
    }

    /// The lines of `/stats/prometheus` that begin so.
    pub fn metrics(&self, prefix: &str) -> Vec<String> {
        self.admin("/stats/prometheus").lines().filter(|l| l.starts_with(prefix)).map(str::to_owned).collect()
    }

    /// The sum over a metric's series that have all of these texts in them.
    pub fn sum(&self, family: &str, having: &[&str]) -> f64 {
        let of = |l: &&String| l.split(['{', ' ']).next() == Some(family) && having.iter().all(|h| l.contains(h));
        self.metrics(family).iter().filter(of).filter_map(|l| l.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// What Envoy logged so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("envoy.log")).unwrap_or_default()
    }

    /// A file in the process's own folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Seconds that it spent on the processor.
    pub fn processor(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(") ").next().unwrap().split(' ').collect();
        // User and system time, in hundredths of a second.
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
    }

    /// Resident memory in bytes.
    pub fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() * 1024
    }

    /// Whether the process is still there.
    pub fn alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::env::var_os("GATESCOPE_KEEP").is_none() && !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

fn dechunk(mut body: &str) -> String {
    let mut out = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let Ok(size) = usize::from_str_radix(size.trim(), 16) else { break };
        let Some(chunk) = rest.get(..size) else { break };
        out.push_str(chunk);
        body = rest.get(size + 2..).unwrap_or("");
    }
    out
}

/// A loopback address as Envoy's configuration writes it.
pub(super) fn address(port: u16) -> Value {
    serde_json::json!({"socket_address": {"address": "127.0.0.1", "port_value": port}})
}
