use super::*;

/// Reads files of a scratch folder; the sink takes valid JSON and counts it.
struct Scratch(std::path::PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("gatescope-input-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }
    fn put(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path.to_string_lossy().into_owned()
    }
    fn dir(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn read_all(args: &[String]) -> (Loaded, Vec<serde_json::Value>) {
    let mut got = Vec::new();
    let loaded = load(args, &Progress::start(), &mut |json| match serde_json::from_slice(json) {
        Ok(v) => {
            got.push(v);
            Ok(1)
        }
        Err(e) => Err(InputError { message: e.to_string(), line: e.line(), column: e.column(), objects: 0 }),
    });
    (loaded, got)
}

#[test]
fn folders_are_read_in_order_and_hidden_entries_are_not() {
    let s = Scratch::new("folder");
    s.put("b.yml", "kind: B\n");
    s.put("a/z.yaml", "kind: Z\n");
    s.put("c.JSON", "{\"kind\":\"C\"}");
    s.put(".git/x.yaml", "kind: X\n");
    s.put("README.md", "# no\n");
    let (loaded, got) = read_all(&[s.dir()]);
    assert_eq!(loaded.problems, []);
    let kinds: Vec<&str> = got.iter().map(|v| v["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Z", "B", "C"]);
}

#[test]
fn a_broken_document_costs_only_itself() {
    let s = Scratch::new("broken");
    let file = s.put("m.yaml", "kind: A\n---\nkind: B\nx: [1, 2\ny: 3\n---\nkind: C\n");
    let (loaded, got) = read_all(&[file]);
    assert_eq!(got.len(), 2);
    assert!(!loaded.failed());
    let [problem] = loaded.problems.as_slice() else { panic!("{:?}", loaded.problems) };
    assert_eq!(problem.weight, Weight::Warning);
    assert!((4..=6).contains(&problem.line), "{problem:?}");
}

#[test]
fn a_named_file_that_gives_nothing_is_an_error_and_the_rest_is_read() {
    let s = Scratch::new("named");
    let good = s.put("good.yaml", "kind: A\n");
    let bad = s.put("bad.yaml", "kind: {{ .Values.kind }}\n");
    let (loaded, got) = read_all(&[bad, good.clone()]);
    assert_eq!(got.len(), 1);
    assert!(loaded.failed());
    assert!(loaded.problems[0].hint.as_ref().unwrap().contains("Helm template"));
    let (loaded, got) = read_all(&[s.dir()]);
    assert_eq!(got.len(), 1);
    assert!(!loaded.failed(), "{:?}", loaded.problems);
}

#[test]
fn missing_files_get_a_suggestion() {
    let s = Scratch::new("missing");
    s.put("gateway.yaml", "kind: A\n");
    let (loaded, _) = read_all(&[format!("{}/gatway.yaml", s.dir())]);
    assert!(loaded.failed());
    assert!(loaded.problems[0].hint.as_ref().unwrap().contains("gateway.yaml"));
}

#[test]
fn json_and_yaml_are_told_apart_by_content() {
    let s = Scratch::new("kinds");
    let files = [
        s.put("1.yaml", "{\"kind\": \"A\"}"),
        s.put("2.yaml", "{kind: B}"),
        s.put("3.yaml", "{\"kind\": C}"),
        s.put("4.txt", "kind: D"),
        s.put("5.yaml", "[{\"kind\": \"E\"}]"),
    ];
    let (loaded, got) = read_all(&files);
    assert_eq!(loaded.problems, []);
    assert_eq!(got.len(), 5);
}

#[test]
fn cut_off_json_and_yaml() {
    let s = Scratch::new("cut");
    let (loaded, _) = read_all(&[s.put("a.json", "{\"kind\": \"A\", \"metadata\": {\"na"), s.put("b.yaml", "kind: A\nspec: {a: [1,")]);
    for p in &loaded.problems {
        assert!(p.hint.as_ref().is_some_and(|h| h.contains("cut off")), "{p:?}");
        assert!(p.line > 0);
    }
    assert_eq!(loaded.problems.len(), 2);
}

#[test]
fn other_encodings() {
    let s = Scratch::new("encodings");
    let mut wide = vec![0xff, 0xfe];
    wide.extend("kind: A\r\n".encode_utf16().flat_map(u16::to_le_bytes));
    let (loaded, got) = read_all(&[s.put("w.yaml", wide), s.put("bom.yaml", b"\xef\xbb\xbfkind: B\n")]);
    assert_eq!((loaded.problems.len(), got.len()), (0, 2));
    let (loaded, _) = read_all(&[s.put("l1.yaml", b"kind: A\nname: caf\xe9\n")]);
    assert_eq!((loaded.problems[0].line, loaded.failed()), (2, true));
}

#[test]
fn secrets_are_not_shown() {
    assert_eq!(excerpt(b"kind: Secret\nstringData: {a: [hunter2\n", 2, 3), None);
    assert_eq!(excerpt(b"kind: Gateway\nspec: [x\n", 2, 3), Some("spec: [x".into()));
}

#[test]
fn nothing_at_all() {
    let s = Scratch::new("nothing");
    for (name, text) in [("empty.yaml", ""), ("comments.yaml", "# a\n---\n# b\n"), ("text.yaml", "hello world\n")] {
        let (loaded, _) = read_all(&[s.put(name, text)]);
        assert!(loaded.failed(), "{name}");
    }
    let dir = Scratch::new("nodir");
    let (loaded, _) = read_all(&[dir.dir()]);
    assert!(loaded.problems[0].message.contains("no manifests"));
}
