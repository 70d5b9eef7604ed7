//! Text that is no manifest, or not all of one.

use super::{GOOD, beside_good, resolve, rest_stands, says, unreadable};
use gatescope_tests::cli::{Folder, run};

#[test]
fn neither_yaml_nor_json() {
    for (name, text) in [
        ("notes.yaml", &b"this: is: not: [a manifest\n"[..]),
        ("page.yaml", b"<!doctype html><html><body>Sign in</body></html>"),
        ("prose.yaml", b"Dear all, the cluster is down.\n"),
        ("broken.json", b"{\"apiVersion\": \"v1\", \"kind\": }\n"),
        ("archive.yaml", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"),
    ] {
        let folder = Folder::with(&[(name, text)]);
        let alone = resolve(&[&folder.file(name)]);
        unreadable(&alone, name);
        let beside = beside_good(name, text);
        rest_stands(&beside);
        says(&beside, &[name]);
    }
}

#[test]
fn the_place_is_named() {
    let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels: {a: b\nspec: {}\n";
    let folder = Folder::with(&[("web.yaml", text.as_bytes())]);
    let run = resolve(&[&folder.file("web.yaml")]);
    unreadable(&run, "web.yaml");
    let line = run.stderr.split("web.yaml:").nth(1).and_then(|rest| rest.split(':').next()).map(str::to_owned);
    let line: usize = line.and_then(|l| l.trim().parse().ok()).unwrap_or_else(|| panic!("no line in {}", run.stderr));
    assert!((5..=7).contains(&line), "line {line}: {}", run.stderr);
}

/// The place counts from the start of the file, not of the document.
#[test]
fn the_place_in_a_later_document() {
    let text = format!("{GOOD}---\na: [1\nb: 2\n");
    let lines = text.lines().count();
    let run = beside_good("many.yaml", text.replace("name: good", "name: other").as_bytes());
    rest_stands(&run);
    assert_eq!(run.states("other").len(), 1, "the documents before it are resolved");
    assert!((lines - 2..=lines + 1).any(|l| run.stderr.contains(&format!("many.yaml:{l}"))), "no line near {lines} in {}", run.stderr);
}

#[test]
fn cut_in_the_middle_yaml() {
    let cut = GOOD.find("[{name: web").unwrap() + 8;
    let run = beside_good("cut.yaml", &GOOD.as_bytes()[..cut]);
    rest_stands(&run);
    says(&run, &["cut.yaml", "hint"]);
}

/// A kubectl List that ends early: the objects before the cut are there.
#[test]
fn cut_in_the_middle_json() {
    let objects = [
        r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"GatewayClass","metadata":{"name":"class"},"spec":{"controllerName":"a.b/c"}}"#,
        r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway","metadata":{"namespace":"shop","name":"edge"},"spec":{"gatewayClassName":"class","listeners":[{"name":"http","port":80,"protocol":"HTTP"}]}}"#,
        r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"namespace":"shop","name":"first"},"spec":{"parentRefs":[{"name":"edge"}]}}"#,
        r#"{"apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute","metadata":{"namespace":"shop","name":"second"},"spec":{"parentRefs":[{"na"#,
    ];
    let text = format!("{{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n{}", objects.join(",\n"));
    let folder = Folder::with(&[("cut.json", text.as_bytes())]);
    let run = resolve(&[&folder.file("cut.json")]);
    assert_eq!(run.code, Some(0), "some of it could be read: {}", run.stderr);
    assert_eq!(run.states("first").len(), 1);
    assert!(run.states("second").is_empty());
    says(&run, &["cut.json:5", "hint"]);
}

#[test]
fn nothing_there() {
    let folder = Folder::with(&[("empty.yaml", b""), ("comments.yaml", b"# nothing\n---\n")]);
    unreadable(&resolve(&[&folder.file("empty.yaml")]), "empty.yaml");
    unreadable(&resolve(&[&folder.file("comments.yaml")]), "comments.yaml");
    unreadable(&resolve(&[&folder.file("gone.yaml")]), "gone.yaml");
    let none = Folder::with(&[]);
    unreadable(&resolve(&[&none.arg()]), &none.arg());
    let stdin = run(&["resolve", "-f", "-", "-o", "json"], b"");
    assert_eq!(stdin.code, Some(2));
    assert!(stdin.stdout.is_empty());
}

#[test]
fn not_utf8() {
    let run = beside_good("latin1.yaml", b"apiVersion: v1\nkind: Service\nmetadata: {name: caf\xe9}\n");
    rest_stands(&run);
    says(&run, &["latin1.yaml", "utf-8"]);
}

/// Well-formed, but no object: a text, a number, a list of numbers.
#[test]
fn no_objects() {
    for (name, text) in [("text.yaml", "hello\n"), ("number.json", "42"), ("numbers.json", "[1, 2, 3]"), ("null.json", "null")] {
        let run = beside_good(name, text.as_bytes());
        rest_stands(&run);
        let folder = Folder::with(&[(name, text.as_bytes())]);
        unreadable(&resolve(&[&folder.file(name)]), name);
    }
}

#[test]
fn wrong_usage_is_2() {
    for args in [&["resolve", "--no-such-option"][..], &["no-such-verb"], &["trace", "-f", "-", "::not a url::"]] {
        let run = run(args, GOOD.as_bytes());
        assert_eq!(run.code, Some(2), "{args:?}: {run:?}");
        assert!(!run.stderr.is_empty());
    }
}
