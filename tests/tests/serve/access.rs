//! Who may read: TLS, client certificates, passwords; and the exporter's own files as they change.

use super::{BASE, example, route};
use gatescope_tests::cli::{Folder, program, run};
use gatescope_tests::exporter::{Exporter, eventually};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Of `secret` and of `other`, as `htpasswd -nbBC 5` writes them.
const SECRET: &str = "prometheus:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";
const OTHER: &str = "prometheus:$2y$05$abcdefghijklmnopqrstuuVQd15VhR/oN1H3pzUR5lME0fZO6.qRW";

fn openssl(args: &[&str]) {
    let said = Command::new("openssl").args(args).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
}

/// An authority in `folder`, by its name.
fn authority(folder: &Path, name: &str) -> PathBuf {
    let at = |suffix: &str| folder.join(format!("{name}.{suffix}")).display().to_string();
    openssl(&["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", &at("key"), "-out", &at("crt"), "-subj", &format!("/CN={name}"), "-days", "2"]);
    at("crt").into()
}

/// A certificate of that authority for 127.0.0.1.
fn certificate(folder: &Path, ca: &str, name: &str) {
    let at = |name: &str, suffix: &str| folder.join(format!("{name}.{suffix}")).display().to_string();
    fs::write(at(name, "ext"), "subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n").unwrap();
    openssl(&["req", "-newkey", "rsa:2048", "-nodes", "-keyout", &at(name, "key"), "-out", &at(name, "csr"), "-subj", &format!("/CN={name}")]);
    let (csr, ext, ca_crt, ca_key, crt) = (at(name, "csr"), at(name, "ext"), at(ca, "crt"), at(ca, "key"), at(name, "crt"));
    openssl(&["x509", "-req", "-in", &csr, "-CA", &ca_crt, "-CAkey", &ca_key, "-CAcreateserial", "-out", &crt, "-days", "2", "-extfile", &ext]);
}

/// curl as a scraper would be: the status, 0 where there was none, and the body.
fn curl(exporter: &Exporter, path: &str, args: &[&str]) -> (u16, String) {
    let url = format!("https://{}{path}", exporter.address);
    let said = Command::new("curl").args(["-s", "--max-time", "20", "-w", "\n%{http_code}", &url]).args(args).output().unwrap();
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

#[test]
fn tls_and_certificates_that_are_renewed() {
    let folder = Folder::with(&[]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    for ca in ["one", "two", "clients", "strangers"] {
        authority(folder.path(), ca);
    }
    certificate(folder.path(), "one", "server");
    certificate(folder.path(), "clients", "scraper");
    certificate(folder.path(), "strangers", "stranger");
    let exporter = Exporter::start(&["-f", &example(), "--tls-cert", &at("server.crt"), "--tls-key", &at("server.key")]);
    eventually("ready", || (curl(&exporter, "/readyz", &["--cacert", &at("one.crt")]).0 == 200).then_some(()));
    assert_eq!(curl(&exporter, "/metrics", &["--cacert", &at("two.crt")]).0, 0, "another authority");
    for version in ["--http1.1", "--http2"] {
        let (status, body) = curl(&exporter, "/metrics", &["--cacert", &at("one.crt"), version]);
        assert_eq!(status, 200);
        assert!(body.contains("gatescope_build_info"));
    }
    // A request without TLS is no answer, and does no harm.
    assert!(std::panic::catch_unwind(|| exporter.get("/metrics").status).is_err());
    // Certificate and key are exchanged one after the other: in between they do not fit, and the old ones count.
    let old_key = fs::read(at("server.key")).unwrap();
    certificate(folder.path(), "two", "server");
    let new_key = fs::read(at("server.key")).unwrap();
    fs::write(at("server.key"), &old_key).unwrap();
    exporter.logged("what was in force before stays");
    assert!(curl(&exporter, "/readyz", &["--cacert", &at("one.crt")]).1.contains("TLS: "), "it is told");
    fs::write(at("server.key"), &new_key).unwrap();
    eventually("the new certificate", || (curl(&exporter, "/readyz", &["--cacert", &at("two.crt")]).0 == 200).then_some(()));
    assert_eq!(curl(&exporter, "/readyz", &["--cacert", &at("one.crt")]).0, 0);
    assert!(!curl(&exporter, "/readyz", &["--cacert", &at("two.crt")]).1.contains("TLS: "));
    drop(exporter);

    let mutual = Exporter::start(&["-f", &example(), "--tls-cert", &at("server.crt"), "--tls-key", &at("server.key"), "--tls-client-ca", &at("clients.crt")]);
    let with = |name: &str| vec!["--cacert".to_owned(), at("two.crt"), "--cert".into(), at(&format!("{name}.crt")), "--key".into(), at(&format!("{name}.key"))];
    let ask = |args: Vec<String>| curl(&mutual, "/metrics", &args.iter().map(String::as_str).collect::<Vec<_>>()).0;
    assert_eq!(ask(with("scraper")), 200);
    assert_eq!(ask(with("stranger")), 0, "a certificate of somebody else");
    assert_eq!(ask(vec!["--cacert".into(), at("two.crt")]), 0, "no certificate");
}

#[test]
fn passwords_that_change() {
    let folder = Folder::with(&[("users", format!("# who may scrape\n{SECRET}\n").as_bytes())]);
    let exporter = Exporter::start(&["-f", &example(), "--basic-auth", &folder.file("users")]).ready();
    // prometheus:secret, prometheus:other, x:secret
    let ask = |header: &str| exporter.ask("GET", "/metrics", &[("authorization", header)]).status;
    assert_eq!(ask("Basic cHJvbWV0aGV1czpzZWNyZXQ="), 200);
    for wrong in ["Basic cHJvbWV0aGV1czpvdGhlcg==", "Basic eDpzZWNyZXQ=", "Basic !!!", "Basic", "", "Bearer cHJvbWV0aGV1czpzZWNyZXQ="] {
        assert_eq!(ask(wrong), 401, "{wrong}");
    }
    let refused = exporter.get("/api/v1/report");
    assert!(refused.status == 401 && refused.header("www-authenticate").starts_with("Basic "), "{refused:?}");
    for path in ["/", "/api/v1/snapshot", "/api/v1/events", "/nowhere"] {
        assert_eq!(exporter.get(path).status, 401, "{path}");
    }
    // Probes have no password, and hear no more than the word.
    assert_eq!((exporter.get("/healthz").status, exporter.get("/readyz").text().as_str()), (200, "ready\n"));
    fs::write(folder.file("users"), "nonsense").unwrap();
    exporter.logged("is not USER:HASH");
    assert_eq!(ask("Basic cHJvbWV0aGV1czpzZWNyZXQ="), 200, "the users of before stay");
    fs::write(folder.file("users"), OTHER).unwrap();
    eventually("the new password", || (ask("Basic cHJvbWV0aGV1czpvdGhlcg==") == 200).then_some(()));
    assert_eq!(ask("Basic cHJvbWV0aGV1czpzZWNyZXQ="), 401, "the old one is no longer good");
    exporter.logged("without TLS");
}

#[test]
fn a_configuration_file_that_changes() {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes()), ("a.yaml", route("a", "a.example.com").as_bytes())]);
    let files = Folder::with(&[("gatescope.yaml", b"complete: true\nmetric-denylist: [exposed_route_info]\nallowed-host: [a.example]\n")]);
    let exporter = Exporter::start(&["-f", &folder.arg(), "--config", &files.file("gatescope.yaml")]).ready();
    let shown = |name: &str| exporter.get("/metrics").text().contains(name);
    let host = |name: &str| exporter.ask("GET", "/healthz", &[("host", name)]).status;
    assert!(!shown("exposed_route_info{") && shown("gatescope_exposure_info{"));
    assert_eq!((host("a.example"), host("b.example")), (200, 421));
    let write = |text: &str| fs::write(files.file("gatescope.yaml"), text).unwrap();
    write("complete: true\nmetric-denylist: [gatescope_exposure_info]\nallowed-host: [b.example]\nlog-level: debug\n");
    eventually("the other metrics", || (shown("exposed_route_info{") && !shown("gatescope_exposure_info{")).then_some(()));
    eventually("the other host", || (host("b.example") == 200).then_some(()));
    assert_eq!(host("a.example"), 421);
    // Mistakes change nothing, and are told; what needs a restart too.
    write("complet: true\n");
    eventually("the mistake", || exporter.get("/readyz").text().contains("did you mean `complete`").then_some(()));
    assert!(shown("exposed_route_info{"));
    write("complete: true\nmetric-denylist: [gatescope_exposure_info]\nallowed-host: [b.example]\nengine: native\n");
    eventually("the restart", || exporter.get("/readyz").text().contains("`engine` cannot change while it runs").then_some(()));
    assert_eq!(exporter.get("/readyz").status, 200);
    write("complete: true\nmetric-denylist: [gatescope_exposure_info]\nallowed-host: [b.example]\n");
    eventually("all in force", || (!exporter.get("/readyz").text().contains("configuration")).then_some(()));
}

#[test]
fn the_printed_configuration_is_one() {
    let args = ["serve", "--print-config", "--max-series", "5", "--allowed-host", "a.example", "--certificates"];
    let printed = run(&args, b"");
    assert_eq!(printed.code, Some(0), "{printed:?}");
    for line in ["max-series: 5", "allowed-host: [\"a.example\"]", "certificates: true", "#tls-cert: FILE", "log-level: \"info\""] {
        assert!(printed.stdout.lines().any(|l| l == line), "{line} in {}", printed.stdout);
    }
    let folder = Folder::with(&[("printed.yaml", printed.stdout.as_bytes())]);
    let again = run(&["serve", "--config", &folder.file("printed.yaml"), "--print-config"], b"");
    assert_eq!(again.stdout, printed.stdout);
}

#[test]
fn files_that_cannot_be_used_are_told_before_anybody_is_served() {
    let folder = Folder::with(&[("empty", b""), ("users", SECRET.as_bytes()), ("wrong.yaml", b"max-serie: 1\n")]);
    let (example, empty, users, wrong) = (example(), folder.file("empty"), folder.file("users"), folder.file("wrong.yaml"));
    for (args, says) in [
        (vec!["--tls-cert", &empty, "--tls-key", &empty], "there is no certificate in it"),
        (vec!["--tls-cert", "/nowhere", "--tls-key", &empty], "no such file"),
        (vec!["--tls-cert", &empty], "--tls-key"),
        (vec!["--basic-auth", &empty], "there is no user in it"),
        (vec!["--config", &wrong], "did you mean `max-series`"),
        (vec!["--config", "/nowhere"], "no such file"),
        (vec!["--basic-auth", &users, "--tls-client-ca", &empty], "--tls-cert"),
    ] {
        let mut all = vec!["serve", "-f", &example, "--listen", "127.0.0.1:0"];
        all.extend(&args);
        let said = Command::new(program()).args(&all).output().unwrap();
        let text = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.code() == Some(2) && text.contains(says), "{args:?}: {text}");
    }
}
