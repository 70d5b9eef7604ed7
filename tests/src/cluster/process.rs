//! Child processes that cannot outlive the tests: a shell between waits for the end of its own input, which comes
//! with the end of this process, however that ends.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

/// A running program.
#[derive(Debug)]
pub struct Process {
    shell: Child,
    input: Option<ChildStdin>,
    pid: u32,
}

const SHELL: &str = r#""$@" </dev/null & echo $!; exec 1>&-; read -r _; kill -KILL $! 2>/dev/null; wait $!"#;

impl Process {
    /// Starts a program; what it says goes to the end of `log`.
    pub fn start(program: &Path, args: &[&str], log: &Path) -> Self {
        Self::start_with(program, args, &[], log)
    }

    /// The same with variables of the environment.
    pub fn start_with(program: &Path, args: &[&str], env: &[(&str, &str)], log: &Path) -> Self {
        let log = OpenOptions::new().create(true).append(true).open(log).expect("a log");
        // The shell's own standard output carries the process id; the program writes to the log alone.
        let script = SHELL.replace("</dev/null", "</dev/null >&2");
        let mut shell = Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(program)
            .args(args)
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("sh runs");
        let input = shell.stdin.take();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().expect("a pipe")).read_line(&mut line).expect("a process id");
        let pid = line.trim().parse().expect("a process id");
        Self { shell, input, pid }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        ended(self.pid)
    }

    /// Sends a signal, by its name without SIG.
    pub fn signal(&self, name: &str) {
        signal(self.pid, name);
    }

    /// Waits for its end, and gives whether that came in time.
    pub fn wait(&self, within: Duration) -> bool {
        let began = Instant::now();
        while !self.has_ended() {
            if began.elapsed() > within {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }

    /// Kills it.
    pub fn kill(&mut self) {
        if !self.has_ended() {
            self.signal("KILL");
        }
        drop(self.input.take());
        drop(self.shell.wait());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Sends a signal to one process.
pub fn signal(pid: u32, name: &str) {
    let said = Command::new("kill").args([format!("-{name}"), pid.to_string()]).output().expect("kill runs");
    drop(said);
}

/// Whether a process is gone, or only waits to be reaped.
pub fn ended(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_none_or(|rest| rest.trim_start().is_empty() || rest.trim_start().starts_with('Z'))
}
