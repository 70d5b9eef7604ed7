//! Long input: 20 MB, or 200 MB with `GATESCOPE_BIG=1`.

use super::{GOOD, resolve, rest_stands, says};
use gatescope_tests::cli::Folder;
use std::fmt::Write as _;
use std::time::Duration;

fn bytes() -> usize {
    if std::env::var_os("GATESCOPE_BIG").is_some() { 200_000_000 } else { 20_000_000 }
}

fn limit() -> Duration {
    // Minutes would be a hang; how fast it is, the benchmarks say.
    Duration::from_secs(if std::env::var_os("GATESCOPE_BIG").is_some() { 300 } else { 60 })
}

#[test]
fn a_long_list() {
    let mut text = String::from("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n");
    let mut number = 0;
    while text.len() < bytes() {
        let _ = writeln!(
            text,
            "{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"namespace\":\"shop\",\"name\":\"c{number}\"}},\"data\":{{\"text\":\"{}\"}}}},",
            "x".repeat(2000)
        );
        number += 1;
    }
    text.push_str("{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"namespace\":\"shop\",\"name\":\"last\"}}]}");
    let folder = Folder::with(&[("good.yaml", GOOD.as_bytes()), ("long.json", text.as_bytes())]);
    drop(text);
    let run = resolve(&[&folder.arg()]);
    rest_stands(&run);
    assert!(run.took < limit(), "{:?}", run.took);
}

/// Many YAML documents, of which one in the middle is bad.
#[test]
fn a_long_dump_with_one_bad_document() {
    let mut text = String::new();
    let mut number = 0;
    let half = bytes() / 8;
    while text.len() < 2 * half {
        if text.len() > half && !text.contains("BAD") {
            text.push_str("---\nBAD: [1\n");
        }
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Service\nmetadata:\n  namespace: shop\n  name: s{number}\n  annotations:\n    long: {}\nspec:\n  ports:\n  - port: 80\n",
            "x".repeat(3000)
        );
        number += 1;
    }
    let _ = write!(text, "---\n{GOOD}");
    let folder = Folder::with(&[("dump.yaml", text.as_bytes())]);
    drop(text);
    let run = resolve(&[&folder.file("dump.yaml")]);
    rest_stands(&run);
    says(&run, &["dump.yaml:"]);
    assert!(run.took < limit(), "{:?}", run.took);
}

/// One line without end, of no format at all.
#[test]
fn a_long_line() {
    for (name, byte) in [("line.yaml", b'a'), ("line.json", b'['), ("blanks.yaml", b' ')] {
        let text = vec![byte; bytes()];
        let folder = Folder::with(&[("good.yaml", GOOD.as_bytes()), (name, &text)]);
        let run = resolve(&[&folder.arg()]);
        rest_stands(&run);
        says(&run, &[name]);
        assert!(run.took < limit(), "{name}: {:?}", run.took);
        assert!(run.stderr.len() < 10_000, "the line is not printed back");
    }
}
