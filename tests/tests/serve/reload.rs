//! Files that change under the exporter: however they are written, and also where they break.

use super::{BASE, hosts, route};
use gatescope_tests::cli::{Folder, run};
use gatescope_tests::exporter::{Exporter, eventually};
use std::fs;
use std::path::Path;

fn becomes(exporter: &Exporter, wanted: &[&str]) {
    eventually(&format!("{wanted:?}, and not {:?}", hosts(exporter)), || (hosts(exporter) == wanted).then_some(()));
}

fn start(folder: &Folder) -> Exporter {
    Exporter::start(&["-f", &folder.arg(), "--complete"]).ready()
}

#[test]
fn written_in_place_renamed_over_added_and_removed() {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes()), ("a.yaml", route("a", "a.example.com").as_bytes())]);
    let exporter = start(&folder);
    becomes(&exporter, &["a.example.com"]);
    fs::write(folder.path().join("a.yaml"), route("a", "b.example.com")).unwrap();
    becomes(&exporter, &["b.example.com"]);
    fs::write(folder.path().join(".a.tmp"), route("a", "c.example.com")).unwrap();
    fs::rename(folder.path().join(".a.tmp"), folder.path().join("a.yaml")).unwrap();
    becomes(&exporter, &["c.example.com"]);
    fs::create_dir_all(folder.path().join("more/deep")).unwrap();
    fs::write(folder.path().join("more/deep/d.json"), "").unwrap();
    fs::write(folder.path().join("more/deep/d.yaml"), route("d", "d.example.com")).unwrap();
    becomes(&exporter, &["c.example.com", "d.example.com"]);
    fs::write(folder.path().join("more/deep/d.yaml"), route("d", "e.example.com")).unwrap();
    becomes(&exporter, &["c.example.com", "e.example.com"]);
    fs::remove_dir_all(folder.path().join("more")).unwrap();
    becomes(&exporter, &["c.example.com"]);
    let wanted = run(&["resolve", "-f", &folder.arg(), "--complete", "-o", "json"], b"").stdout;
    assert_eq!(exporter.get("/api/v1/report?runtime=false").text(), wanted);
}

/// As the kubelet writes a ConfigMap: files are links through `..data`, which is exchanged as a whole.
#[test]
fn a_configmap_volume() {
    let folder = Folder::with(&[]);
    let version = |name: &str, host: &str| {
        let dir = folder.path().join(name);
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("base.yaml"), BASE).unwrap();
        fs::write(dir.join("route.yaml"), route("a", host)).unwrap();
    };
    let link = |to: &str, from: &Path| std::os::unix::fs::symlink(to, from).unwrap();
    version("..2026_1", "a.example.com");
    link("..2026_1", &folder.path().join("..data"));
    link("..data/base.yaml", &folder.path().join("base.yaml"));
    link("..data/route.yaml", &folder.path().join("route.yaml"));
    for path in [folder.arg(), folder.file("route.yaml")] {
        let exporter = Exporter::start(&["-f", &folder.file("base.yaml"), "-f", &path, "--complete"]).ready();
        let next = format!("b{}.example.com", path.len());
        let dir = format!("..2026_{}", path.len());
        version(&dir, &next);
        link(&dir, &folder.path().join("..data_tmp"));
        fs::rename(folder.path().join("..data_tmp"), folder.path().join("..data")).unwrap();
        becomes(&exporter, &[&next]);
    }
}

#[test]
fn a_broken_file_keeps_the_last_good_state() {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes()), ("a.yaml", route("a", "a.example.com").as_bytes()), ("b.yaml", route("b", "b.example.com").as_bytes())]);
    let exporter = start(&folder);
    for broken in [format!("{}---\nfoo: [", route("a", "x.example.com")), String::new(), "not a manifest".into(), "\u{0}\u{1}".into()] {
        fs::write(folder.path().join("a.yaml"), &broken).unwrap();
        let degraded = || exporter.get("/readyz").text().contains("a.yaml");
        eventually(&format!("{broken:?} to be told"), || degraded().then_some(()));
        assert_eq!(exporter.get("/readyz").status, 200, "it still serves");
        let source = exporter.json("/api/v1/runtime")["sources"][0].clone();
        assert!(source["cause"].as_str().is_some_and(|c| c.contains("a.yaml")) && source["badObjects"].as_u64() > Some(0), "{source}");
        // The other file still counts.
        let other = format!("b{}.example.com", broken.len());
        fs::write(folder.path().join("b.yaml"), route("b", &other)).unwrap();
        becomes(&exporter, &["a.example.com", &other]);
        fs::write(folder.path().join("a.yaml"), route("a", "a.example.com")).unwrap();
        eventually("the recovery", || (!degraded()).then_some(()));
        becomes(&exporter, &["a.example.com", &other]);
    }
    exporter.logged("stay in force");
    exporter.logged("can be read again");
}

#[test]
fn what_was_named_and_is_gone_stands_until_it_is_back() {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes()), ("a.yaml", route("a", "a.example.com").as_bytes())]);
    let file = folder.file("a.yaml");
    let exporter = Exporter::start(&["-f", &folder.file("base.yaml"), "-f", &file, "--complete"]).ready();
    fs::remove_file(&file).unwrap();
    eventually("the cause", || exporter.get("/readyz").text().contains("no such file").then_some(()));
    becomes(&exporter, &["a.example.com"]);
    fs::write(&file, route("a", "b.example.com")).unwrap();
    becomes(&exporter, &["b.example.com"]);
    assert!(!exporter.get("/readyz").text().contains("degraded"), "{}", exporter.get("/readyz").text());
}

#[test]
fn a_thousand_writes_end_where_they_end() {
    let folder = Folder::with(&[("base.yaml", BASE.as_bytes())]);
    let exporter = start(&folder);
    for i in 0..1000 {
        fs::write(folder.path().join(format!("r{}.yaml", i % 7)), route(&format!("r{}", i % 7), &format!("h{i}.example.com"))).unwrap();
    }
    let wanted: Vec<String> = (993..1000).map(|i| format!("h{i}.example.com")).collect();
    becomes(&exporter, &wanted.iter().map(String::as_str).collect::<Vec<_>>());
}
