//! Requests that nobody should send.

use super::demo;
use std::io::{Read as _, Write as _};

#[test]
fn foreign_hosts_are_refused() {
    let exporter = demo(&["--allowed-host", "dev.example"]);
    let port = exporter.address.port();
    for host in ["localhost", "127.0.0.1", "[::1]", "dev.example", "a.localhost"] {
        for host in [host.to_owned(), format!("{host}:{port}")] {
            assert_eq!(exporter.ask("GET", "/healthz", &[("host", &host)]).status, 200, "{host}");
        }
    }
    for host in ["evil.example", "localhost.evil.example", "127.0.0.1.nip.example", "192.0.2.1", "dev.example.evil.example"] {
        for path in ["/api/v1/snapshot", "/metrics", "/"] {
            let answer = exporter.ask("GET", path, &[("host", host)]);
            assert_eq!(answer.status, 421, "{host}");
            assert!(answer.json()["hint"].as_str().unwrap().contains("--allowed-host"), "{}", answer.text());
        }
    }
}

#[test]
fn odd_requests_leave_it_serving() {
    let exporter = demo(&[]);
    let long = "x".repeat(100_000);
    let deep = format!("/api/v1/explain/{}", "a/".repeat(2000));
    for path in [
        format!("/api/v1/exposures?host={}", &long[..8000]),
        "/api/v1/exposures?host=%ff%fe".into(),
        "/api/v1/exposures?route=%2e%2e%2f%2e%2e%2fetc%2fpasswd".into(),
        "/api/v1/report?".into(),
        "/api/v1/report?&&&=&=".into(),
        "/../../etc/passwd".into(),
        "/wasm/..%2f..%2fetc%2fpasswd".into(),
        "/api/v1/explain/Gateway/a%00b/c".into(),
        "/api/v1/trace?url=http://%5b/".into(),
        "/api/v1/layout?options=%7b".into(),
        deep,
    ] {
        let answer = exporter.get(&path);
        assert!(matches!(answer.status, 200 | 400 | 404), "{}: {}", &path[..path.len().min(80)], answer.status);
        if answer.status != 200 {
            assert!(answer.json()["error"].is_string(), "{}", answer.text());
        }
    }
    let headers = exporter.ask("GET", "/healthz", &[("x-long", &long)]);
    assert!(matches!(headers.status, 431 | 400), "{}", headers.status);
    for raw in ["\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\0\x01\0\x01\u{fc}", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "GET /healthz HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"] {
        let mut stream = exporter.connect();
        stream.write_all(raw.as_bytes()).unwrap();
        drop(stream.shutdown(std::net::Shutdown::Write));
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer));
        assert!(!String::from_utf8_lossy(&answer).contains("exposures"), "{raw:?}");
    }
    assert_eq!(exporter.get("/healthz").text(), "ok\n");
    assert!(!exporter.log().contains("panicked"));
}

#[test]
fn many_large_answers_at_once() {
    let exporter = demo(&[]);
    let wanted = exporter.get("/api/v1/report?runtime=false").body;
    std::thread::scope(|scope| {
        let asks: Vec<_> = (0..24).map(|_| scope.spawn(|| exporter.get("/api/v1/report?runtime=false").body)).collect();
        for ask in asks {
            assert_eq!(ask.join().unwrap(), wanted);
        }
    });
}
