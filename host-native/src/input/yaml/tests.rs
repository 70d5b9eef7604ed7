use super::*;

fn json(text: &str) -> Vec<String> {
    let mut got = Vec::new();
    convert(text, &mut |j| got.push(String::from_utf8(j.to_vec()).unwrap())).unwrap();
    got
}

fn fails(text: &str) -> Failure {
    convert(text, &mut |_| {}).unwrap_err()
}

#[test]
fn scalars_as_kubectl_reads_them() {
    assert_eq!(
        json("a: 0755\nb: 1_000\nc: 1.0\nd: true\ne: 'true'\nf: ~\ng: 2024-01-01T00:00:00Z\nh: 1.50\ni: 0x10\nj: .inf"),
        [r#"{"a":493,"b":1000,"c":1,"d":true,"e":"true","f":null,"g":"2024-01-01T00:00:00Z","h":1.5,"i":16,"j":".inf"}"#]
    );
}

#[test]
fn quoted_numbers_stay_text() {
    assert_eq!(json("a: \"80\"\nb: '0755'\nc: '~'\nd: |-\n  80"), [r#"{"a":"80","b":"0755","c":"~","d":"80"}"#]);
}

#[test]
fn yaml11_words_stay_text_and_are_told() {
    let mut got = Vec::new();
    let done = convert("hostnames:\n- no\n- 'off'\nlabels:\n  a: yes # sure\n", &mut |j| got.push(j.to_vec())).unwrap();
    assert_eq!(got, [br#"{"hostnames":["no","off"],"labels":{"a":"yes"}}"#]);
    assert_eq!(done.yaml11, [(2, "no".into()), (5, "yes".into())]);
    assert!(convert("a: 'no'", &mut |_| {}).unwrap().yaml11.is_empty());
}

#[test]
fn the_last_of_equal_keys_counts() {
    let mut got = Vec::new();
    let done = convert("a: 1\nb: {x: 1, y: 2, x: [3]}\na: 4\n", &mut |j| got.push(j.to_vec())).unwrap();
    assert_eq!(got, [br#"{"b":{"y":2,"x":[3]},"a":4}"#]);
    assert_eq!(done.duplicate, Some(("x".into(), 2)));
}

#[test]
fn many_equal_keys() {
    let text: String = (0..100).map(|i| format!("k{}: {i}\n", i % 50)).collect();
    let value: serde_json::Value = serde_json::from_str(&json(&text).concat()).unwrap();
    assert_eq!(value.as_object().unwrap().len(), 50);
    assert_eq!(value["k0"], 50);
}

#[test]
fn anchors_and_merge_keys() {
    assert_eq!(json("a: &x {k: 1, l: 2}\nb: *x\nc:\n  <<: *x\n  k: 3\n"), [r#"{"a":{"k":1,"l":2},"b":{"k":1,"l":2},"c":{"k":3,"l":2}}"#]);
}

#[test]
fn lists_are_handed_on_item_by_item() {
    let text = "apiVersion: v1\nitems:\n- {apiVersion: v1, kind: A}\n- {apiVersion: v1, kind: B}\nkind: List\nmetadata: {}\n";
    assert_eq!(json(text), [r#"{"apiVersion":"v1","kind":"A"}"#, r#"{"apiVersion":"v1","kind":"B"}"#]);
    assert_eq!(json("kind: List\nitems: []"), Vec::<String>::new());
}

#[test]
fn items_without_a_kind_wait_for_their_list() {
    let text = "kind: ServiceList\napiVersion: v1\nitems:\n- metadata: {name: a}\n- {apiVersion: v1, kind: B}\n- metadata: {name: c}\n";
    assert_eq!(
        json(text),
        [r#"{"apiVersion":"v1","kind":"B"}"#, r#"{"kind":"ServiceList","apiVersion":"v1","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"c"}}]}"#]
    );
    assert_eq!(json("kind: ServiceList\nitems: []"), [r#"{"kind":"ServiceList","items":[]}"#]);
}

#[test]
fn roots_that_are_no_mapping() {
    assert_eq!(json("- {a: 1}\n- {b: 2}\n"), [r#"{"a":1}"#, r#"{"b":2}"#]);
    assert_eq!(convert("just text", &mut |_| {}).unwrap().shape, Shape::Scalar);
    assert_eq!(convert("# nothing", &mut |_| {}).unwrap().shape, Shape::Empty);
}

#[test]
fn number_keys_are_text() {
    assert_eq!(json("1: a\n0x2: b\ntrue: c"), [r#"{"1":"a","0x2":"b","true":"c"}"#]);
}

#[test]
fn depth_has_a_limit_and_a_word_for_it() {
    for text in ["[".repeat(10_000), format!("a: {}{}", "{a: ".repeat(500), "}".repeat(500)), (0..10_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect()] {
        let failure = fails(&text);
        assert_eq!(failure.cause, Cause::Depth, "{failure:?}");
        assert!(failure.line > 0);
    }
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    assert_eq!(json(&format!("a: {deep}")), [format!(r#"{{"a":{deep}}}"#)]);
}

#[test]
fn alias_bombs_are_given_up() {
    let mut bomb = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for i in 1..12 {
        bomb.push_str(&format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 10].join(",")));
    }
    assert_eq!(fails(&bomb).cause, Cause::Aliases);
    let fat = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 2000].join(","));
    assert_eq!(fails(&fat).cause, Cause::Aliases);
    assert_eq!(fails("a: &a [*a]").cause, Cause::Aliases);
    assert_eq!(fails("a: *nowhere").cause, Cause::UnknownAnchor);
}

#[test]
fn thousands_of_harmless_aliases_pass() {
    let text = format!("a: &a {{app: web}}\nb:\n{}", "- *a\n".repeat(5000));
    assert_eq!(json(&text).len(), 1);
}

#[test]
fn errors_have_places() {
    let failure = fails("a: 1\nb: [1, 2\nc: 3\n");
    assert!(failure.line >= 2, "{failure:?}");
    assert_eq!(failure.cause, Cause::Syntax);
}
