//! The real `gatescope serve`, started on a free port and ended after the test.

use crate::cli::program;
use crate::http::{self, Answer};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running exporter.
#[derive(Debug)]
pub struct Exporter {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Exporter {
    /// Starts it with these arguments, and waits until it listens.
    pub fn start(args: &[&str]) -> Self {
        Self::start_with(args, &[])
    }

    /// The same with variables of the environment.
    pub fn start_with(args: &[&str], env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program());
        command.arg("serve").args(["--listen", "127.0.0.1:0", "--log-format", "json"]).args(args);
        command.env_remove("KUBECONFIG").env_remove("PORT").env_remove("KUBERNETES_SERVICE_HOST").envs(env.iter().copied());
        Self::spawn(command)
    }

    /// The same by any command that becomes the exporter and logs in JSON.
    pub fn spawn(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (into, err) = (Arc::clone(&log), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(err).lines().map_while(Result::ok) {
                let mut log = into.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let began = Instant::now();
        loop {
            let text = log.lock().unwrap().clone();
            let serving = text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()).find(|v| v["message"] == "serving");
            if let Some(line) = serving {
                let address = line["address"].as_str().unwrap().parse().unwrap();
                return Self { child, address, log };
            }
            if let Some(status) = child.try_wait().unwrap() {
                panic!("it ended with {status}: {text}");
            }
            assert!(began.elapsed() < PATIENCE, "it does not listen: {text}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until `/readyz` says so.
    pub fn ready(self) -> Self {
        eventually("ready", || (self.get("/readyz").status == 200).then_some(()));
        self
    }

    /// A new connection.
    pub fn connect(&self) -> TcpStream {
        http::connect(self.address)
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// GET, which must succeed, as JSON.
    pub fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Any request.
    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        http::ask(self.connect(), method, path, headers)
    }

    /// What it logged so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits for a line of the log.
    pub fn logged(&self, text: &str) {
        eventually(&format!("`{text}` in the log"), || self.log().contains(text).then_some(()));
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal and waits for the end; the exit code and how long it took.
    pub fn signal(mut self, name: &str) -> (Option<i32>, Duration, String) {
        let began = Instant::now();
        assert!(Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap().success());
        let status = eventually("the end", || self.child.try_wait().unwrap());
        (status.code(), began.elapsed(), self.log())
    }

    /// Follows `/api/v1/events` with these headers.
    pub fn events(&self, query: &str, headers: &[(&str, &str)]) -> Events {
        let mut stream = BufReader::new(self.connect());
        http::send(stream.get_mut(), "GET", &format!("/api/v1/events{query}"), headers);
        let (status, head) = http::head(&mut stream).unwrap();
        assert_eq!((status, head["content-type"].as_str()), (200, "text/event-stream"));
        Events { stream, text: String::new() }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A stream of server-sent events.
#[derive(Debug)]
pub struct Events {
    stream: BufReader<TcpStream>,
    text: String,
}

/// One event.
#[derive(Debug)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its id.
    pub id: String,
    /// Its data.
    pub data: Value,
}

impl Events {
    /// The next event that is no comment; none when the stream has ended.
    pub fn event(&mut self) -> Option<Event> {
        self.event_with("")
    }

    /// The next event whose text has this in it: others are not taken apart.
    pub fn event_with(&mut self, text: &str) -> Option<Event> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n").map(|(a, b)| (a.to_owned(), b.to_owned())) {
                self.text = rest;
                let field = |name: &str| block.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default().to_owned();
                if field("event").is_empty() || !block.contains(text) {
                    continue;
                }
                return Some(Event { name: field("event"), id: field("id"), data: serde_json::from_str(&field("data")).unwrap() });
            }
            match http::chunk(&mut self.stream) {
                Ok(Some(part)) => self.text.push_str(std::str::from_utf8(&part).unwrap()),
                Ok(None) => return None,
                Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return None,
                Err(e) => panic!("the stream broke: {e}"),
            }
        }
    }

    /// The next event, which must have this name.
    pub fn expect(&mut self, name: &str) -> Event {
        let event = self.event().unwrap_or_else(|| panic!("the stream ended before `{name}`"));
        assert_eq!(event.name, name, "{event:?}");
        event
    }
}

/// Asks again and again until there is an answer.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(began.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
