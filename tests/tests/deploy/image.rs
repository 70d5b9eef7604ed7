//! The container image: built as users build it, looked into, and run as a kubelet would run the plain manifests' Pod, with
//! nothing but the image's files around it, by an unprivileged user, under the ServiceAccount's token.

use super::one;
use super::role::{equals, installed, token};
use gatescope_tests::cluster::{ADMIN, Channel, Cluster, free_port, tool};
use gatescope_tests::exporter::Exporter;
use gatescope_tests::paths;
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A place of buildah's own, gone with what is in it.
struct Builder {
    dir: PathBuf,
}

impl Builder {
    fn new() -> Self {
        let dir = std::env::temp_dir().join(format!("gatescope-image-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        Self { dir }
    }

    fn place(&self) -> Vec<String> {
        let at = |name: &str| self.dir.join(name).display().to_string();
        ["--root", &at("root"), "--runroot", &at("run"), "--storage-driver", "vfs"].map(str::to_owned).to_vec()
    }

    fn say(&self, args: &[&str]) -> String {
        let said = Command::new(tool("buildah")).args(self.place()).args(args).output().unwrap();
        assert!(said.status.success(), "buildah {args:?}: {}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Builder {
    fn drop(&mut self) {
        drop(Command::new(tool("buildah")).args(self.place()).args(["rm", "--all"]).output());
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

/// What a kubelet puts into a container for its ServiceAccount, and the manifests' ConfigMap.
fn mount(root: &Path, cluster: &Cluster, objects: &[Value]) {
    let put = |path: &str, text: &str| {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let account = "var/run/secrets/kubernetes.io/serviceaccount";
    put(&format!("{account}/token"), &token(cluster, "gatescope", "gatescope"));
    put(&format!("{account}/ca.crt"), &std::fs::read_to_string(cluster.ca()).unwrap());
    put(&format!("{account}/namespace"), "gatescope");
    // An emptyDir.
    std::fs::create_dir(root.join("tmp")).unwrap();
    std::fs::set_permissions(root.join("tmp"), std::fs::Permissions::from_mode(0o777)).unwrap();
    let config = objects.iter().find(|o| o["kind"] == "ConfigMap").unwrap();
    for (name, text) in config["data"].as_object().unwrap() {
        put(&format!("etc/gatescope/{name}"), text.as_str().unwrap());
    }
}

fn files(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn the_image_runs_as_the_manifests_pod() {
    // Mounts and other users are root's, as they are a kubelet's.
    let user = Command::new("id").arg("-u").output().unwrap();
    if user.stdout != b"0\n" {
        eprintln!("SKIPPED, 1 test: the image is built and run by root alone (sudo -E make test)");
        return;
    }
    let builder = Builder::new();
    let archive = builder.dir.join("gatescope.tar");
    let built = Command::new(paths::workspace().join("deploy/image/build"))
        .args(["--profile", "dev", "--tag", "localhost/gatescope:test", "--output"])
        .arg(&archive)
        .envs([("BUILDER", "buildah"), ("BUILDAH", &builder.place().join(" "))])
        .env("PATH", format!("{}:{}", tool("buildah").parent().unwrap().display(), std::env::var("PATH").unwrap()))
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(std::fs::metadata(&archive).unwrap().len() > 1 << 20);

    // From the archive, as from a registry.
    let container = builder.say(&["from", "--name", "pod", &format!("oci-archive:{}", archive.display())]);
    let inspected: Value = serde_json::from_str(&builder.say(&["inspect", &container])).unwrap();
    let config = &inspected["OCIv1"]["config"];
    assert_eq!(
        (config["User"].as_str(), &config["Entrypoint"], &config["Cmd"]),
        (Some("65532:65532"), &serde_json::json!(["/gatescope"]), &serde_json::json!(["serve"]))
    );
    assert_eq!(config["Labels"]["org.opencontainers.image.version"], env!("CARGO_PKG_VERSION"));
    let root = PathBuf::from(builder.say(&["mount", &container]));
    assert_eq!(files(&root), ["gatescope"], "nothing else is in it");

    let (cluster, objects) = installed(Channel::Standard);
    mount(&root, &cluster, &objects);
    // Nothing but the program is there to be run, so that a shared library would be missed at once.
    let pod = &one(&objects, "Deployment", "gatescope")["spec"]["template"]["spec"];
    let (user, group) = (&pod["securityContext"]["runAsUser"], &pod["securityContext"]["runAsGroup"]);
    let arguments = pod["containers"][0]["args"].as_array().unwrap().iter().map(|a| a.as_str().unwrap());
    let listen = format!("--listen=127.0.0.1:{}", free_port());
    let arguments: Vec<&str> = arguments.map(|a| if a.starts_with("--listen") { &listen } else { a }).collect();
    let mut command = Command::new("chroot");
    command.arg(format!("--userspec={user}:{group}")).arg(&root).arg("/gatescope").args(arguments);
    let (host, port) = cluster.url().trim_start_matches("https://").split_once(':').map(|(h, p)| (h.to_owned(), p.to_owned())).unwrap();
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    for variable in pod["containers"][0]["env"].as_array().unwrap() {
        command.env(variable["name"].as_str().unwrap(), variable["value"].as_str().unwrap());
    }
    command.env("KUBERNETES_SERVICE_HOST", host).env("KUBERNETES_SERVICE_PORT", port);
    let exporter = Exporter::spawn(command).ready();
    equals(&exporter, &cluster.kubeconfig(ADMIN));
    assert!(exporter.get("/metrics").text().contains("\nexposed_route_info{"), "the rows are there");
    assert!(exporter.get("/").text().contains("<html"), "and the page");
    let (code, _, log) = exporter.signal("TERM");
    assert_eq!(code, Some(0), "{log}");
}
