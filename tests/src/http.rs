//! A small HTTP/1.1 client over TCP, so that tests see what is on the wire.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The body as it came, chunks joined.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("not JSON: {e}: {}", self.text()))
    }

    /// A header's value, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Anything that carries bytes both ways.
pub trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// Opens a connection.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream
}

/// Sends one request and reads its answer; the connection is closed after it.
pub fn ask(stream: impl Wire, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut stream = BufReader::new(stream);
    send(stream.get_mut(), method, path, headers);
    answer(&mut stream, method).unwrap()
}

/// Sends a request, without waiting.
pub fn send(stream: &mut dyn Wire, method: &str, path: &str, headers: &[(&str, &str)]) {
    let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    if !headers.iter().any(|(n, _)| n.eq_ignore_ascii_case("host")) {
        head.push_str("host: localhost\r\n");
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    // A server that refuses may close before it has read all.
    drop(stream.write_all(head.as_bytes()));
}

/// Reads the head of an answer.
pub fn head(stream: &mut dyn BufRead) -> std::io::Result<(u16, BTreeMap<String, String>)> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|s| s.parse().ok()).ok_or_else(|| std::io::Error::other(format!("no status in `{line}`")))?;
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_lowercase(), value.trim().to_owned()),
            None => return Ok((status, headers)),
        };
    }
}

/// Reads an answer.
pub fn answer(stream: &mut dyn BufRead, method: &str) -> std::io::Result<Answer> {
    let (status, headers) = head(stream)?;
    let mut body = Vec::new();
    if method != "HEAD" {
        if headers.get("transfer-encoding").is_some_and(|t| t == "chunked") {
            while let Some(mut part) = chunk(stream)? {
                body.append(&mut part);
            }
        } else if let Some(length) = headers.get("content-length") {
            body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body)?;
        } else {
            stream.read_to_end(&mut body)?;
        }
    }
    Ok(Answer { status, headers, body })
}

/// Reads one chunk; none at the end.
pub fn chunk(stream: &mut dyn BufRead) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let size = usize::from_str_radix(line.trim(), 16).map_err(std::io::Error::other)?;
    let mut part = vec![0; size + 2];
    stream.read_exact(&mut part)?;
    part.truncate(size);
    Ok((size > 0).then_some(part))
}
