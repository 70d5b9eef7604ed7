//! Settings of the push, from the environment that OpenTelemetry's programs share.

use std::path::PathBuf;
use std::time::Duration;

/// Where and how to push.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtlpConfig {
    /// `http://HOST:PORT` or `https://HOST:PORT`.
    pub endpoint: String,
    /// Sent with every request.
    pub headers: Vec<(String, String)>,
    /// For one request.
    pub timeout: Duration,
    /// Requests are compressed.
    pub gzip: bool,
    /// CA certificates that the collector's must be signed by (PEM); the system's where there are none.
    pub ca: Option<PathBuf>,
    /// The client's certificate chain (PEM).
    pub certificate: Option<PathBuf>,
    /// Its key (PEM).
    pub key: Option<PathBuf>,
    /// The name that the collector's certificate must be for, where it is not the endpoint's host.
    pub server_name: Option<String>,
    /// From one round to the next.
    pub interval: Duration,
    /// Attributes of the resource, `service.name` among them.
    pub resource: Vec<(String, String)>,
}

impl OtlpConfig {
    /// What the environment asks for; `None` where it asks for no push. `cluster` becomes `k8s.cluster.name`.
    ///
    /// `ENABLE_OTEL` (kubernetes-gateway-exporter's) decides; without it an endpoint is enough. Every `OTEL_EXPORTER_OTLP_*` has its
    /// `OTEL_EXPORTER_OTLP_METRICS_*` twin, which wins. An empty variable is one that is not set. Errors name the variable.
    pub fn from_env(get: impl Fn(&str) -> Option<String>, cluster: Option<&str>) -> Result<Option<Self>, String> {
        let get = |name: &str| get(name).filter(|v| !v.trim().is_empty());
        let named = |what: &str| {
            let names = [format!("OTEL_EXPORTER_OTLP_METRICS_{what}"), format!("OTEL_EXPORTER_OTLP_{what}")];
            names.into_iter().find_map(|name| get(&name).map(|value| (name, value)))
        };
        let value = |what: &str| named(what).map(|(_, value)| value);
        let yes = |name: &str, text: &str| match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Ok(true),
            "false" | "0" | "no" | "off" => Ok(false),
            _ => Err(format!("`{name}` is `{text}`, and not true or false")),
        };
        let flag = |name: &str| get(name).map(|v| yes(name, &v)).transpose();
        let off = flag("OTEL_SDK_DISABLED")?.unwrap_or(false) || get("OTEL_METRICS_EXPORTER").is_some_and(|v| v.trim() == "none");
        if off || !flag("ENABLE_OTEL")?.unwrap_or_else(|| value("ENDPOINT").is_some()) {
            return Ok(None);
        }
        if let Some((name, protocol)) = named("PROTOCOL").filter(|(_, p)| p.trim() != "grpc") {
            return Err(format!("`{name}` is `{protocol}`, and only `grpc` is spoken: set it to `grpc`, with the collector's gRPC port (4317)"));
        }
        let insecure = named("INSECURE").map(|(name, v)| yes(&name, &v)).transpose()?.unwrap_or(false);
        let gzip = match named("COMPRESSION") {
            None => false,
            Some((_, v)) if v.trim() == "gzip" => true,
            Some((_, v)) if v.trim() == "none" => false,
            Some((name, v)) => return Err(format!("`{name}` is `{v}`, and not gzip or none")),
        };
        let milliseconds = |name: String, text: String| match text.trim().parse::<u64>() {
            Ok(n) if n > 0 => Ok(Duration::from_millis(n)),
            _ => Err(format!("`{name}` is `{text}`, and not a number of milliseconds")),
        };
        let timeout = named("TIMEOUT").map(|(name, v)| milliseconds(name, v)).transpose()?;
        let interval = get("OTEL_METRIC_EXPORT_INTERVAL").map(|v| milliseconds("OTEL_METRIC_EXPORT_INTERVAL".into(), v)).transpose()?;
        let (certificate, key) = (value("CLIENT_CERTIFICATE"), value("CLIENT_KEY"));
        if certificate.is_some() != key.is_some() {
            return Err("`OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` and `OTEL_EXPORTER_OTLP_CLIENT_KEY` go together, and one is missing".into());
        }
        let headers = named("HEADERS").map(|(name, v)| pairs(&name, &v)).transpose()?.unwrap_or_default();
        let given = get("OTEL_RESOURCE_ATTRIBUTES").map(|v| pairs("OTEL_RESOURCE_ATTRIBUTES", &v)).transpose()?.unwrap_or_default();
        Ok(Some(Self {
            endpoint: endpoint(&value("ENDPOINT").unwrap_or_else(|| "http://localhost:4317".into()), insecure)?,
            headers: headers.into_iter().map(|(k, v)| (k.to_ascii_lowercase(), v)).collect(),
            timeout: timeout.unwrap_or(Duration::from_secs(10)),
            gzip,
            ca: value("CERTIFICATE").map(PathBuf::from),
            certificate: certificate.map(PathBuf::from),
            key: key.map(PathBuf::from),
            server_name: value("SERVER_NAME"),
            // kubernetes-gateway-exporter pushes every 15 seconds, OpenTelemetry's SDKs every minute.
            interval: interval.unwrap_or(Duration::from_secs(if get("ENABLE_OTEL").is_some() { 15 } else { 60 })),
            resource: resource(given, get("OTEL_SERVICE_NAME"), cluster, get("HOSTNAME")),
        }))
    }
}

/// What the user gave wins, but for the service's name, which has a variable of its own.
fn resource(mut given: Vec<(String, String)>, name: Option<String>, cluster: Option<&str>, host: Option<String>) -> Vec<(String, String)> {
    if let Some(name) = name {
        given.retain(|(k, _)| k != "service.name");
        given.push(("service.name".into(), name));
    }
    let ours = [
        ("service.name", Some("gatescope".to_owned())),
        ("service.version", Some(env!("CARGO_PKG_VERSION").to_owned())),
        ("service.instance.id", host),
        ("k8s.cluster.name", cluster.map(str::to_owned)),
    ];
    for (key, value) in ours {
        if let Some(value) = value.filter(|_| given.iter().all(|(k, _)| k != key)) {
            given.push((key.into(), value));
        }
    }
    given.sort();
    given
}

fn endpoint(text: &str, insecure: bool) -> Result<String, String> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://").unwrap_or((if insecure { "http" } else { "https" }, text));
    // gRPC has no path of its own here.
    let host = rest.split('/').next().unwrap_or_default();
    if !matches!(scheme, "http" | "https") || host.is_empty() {
        return Err(format!("the OTLP endpoint is `{text}`, and not `http://HOST:PORT` or `https://HOST:PORT`"));
    }
    let port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    Ok(if port { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:4317") })
}

/// `key=value,key=value`, percent-encoded.
fn pairs(name: &str, text: &str) -> Result<Vec<(String, String)>, String> {
    let pair = |part: &str| {
        let (key, value) = part.split_once('=').ok_or_else(|| format!("`{name}` holds `{part}`, which is not `key=value`"))?;
        Ok((decoded(key.trim()), decoded(value.trim())))
    };
    text.split(',').filter(|p| !p.trim().is_empty()).map(pair).collect()
}

fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|h| core::str::from_utf8(h).ok()).and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex.filter(|_| *first == b'%') {
            Some(byte) => {
                out.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(vars: &[(&str, &str)]) -> Result<Option<OtlpConfig>, String> {
        OtlpConfig::from_env(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()), Some("eu-1"))
    }

    #[test]
    fn the_environment_decides() {
        assert_eq!(from(&[]), Ok(None));
        assert_eq!(from(&[("ENABLE_OTEL", "false"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317")]), Ok(None));
        assert_eq!(from(&[("OTEL_SDK_DISABLED", "true"), ("ENABLE_OTEL", "true")]), Ok(None));
        assert_eq!(from(&[("ENABLE_OTEL", "true")]).unwrap().unwrap().endpoint, "http://localhost:4317");
        for (text, insecure, want) in [
            ("http://c:1", "false", "http://c:1"),
            ("c:4317", "true", "http://c:4317"),
            ("c:4317", "false", "https://c:4317"),
            ("https://c", "true", "https://c:4317"),
            ("https://c:9/v1/metrics", "", "https://c:9"),
            ("http://[::1]:4317", "", "http://[::1]:4317"),
        ] {
            let vars = [("OTEL_EXPORTER_OTLP_ENDPOINT", text), ("OTEL_EXPORTER_OTLP_INSECURE", insecure)];
            assert_eq!(from(&vars).unwrap().unwrap().endpoint, want);
        }
    }

    #[test]
    fn the_interval_is_that_of_the_exporter_whose_variable_is_set() {
        let seconds = |vars: &[(&str, &str)]| from(vars).unwrap().unwrap().interval.as_secs();
        assert_eq!(seconds(&[("ENABLE_OTEL", "true")]), 15);
        assert_eq!(seconds(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4317")]), 60);
        assert_eq!(seconds(&[("ENABLE_OTEL", "true"), ("OTEL_METRIC_EXPORT_INTERVAL", "30000")]), 30);
    }

    #[test]
    fn every_variable_and_its_twin() {
        let got = from(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://general:4317"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://metrics:4317"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "X-Tenant=a%20b, authorization=Basic%3D"),
            ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca"),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/crt"),
            ("OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY", "/key"),
            ("OTEL_EXPORTER_OTLP_SERVER_NAME", "otel.example.com"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "5000"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=other,deployment.environment=prod,k8s.cluster.name=mine"),
            ("OTEL_SERVICE_NAME", "edge"),
            ("HOSTNAME", "pod-1"),
        ])
        .unwrap()
        .unwrap();
        let pairs = |list: &[(&str, &str)]| list.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
        assert_eq!(
            got,
            OtlpConfig {
                endpoint: "https://metrics:4317".into(),
                headers: pairs(&[("x-tenant", "a b"), ("authorization", "Basic=")]),
                timeout: Duration::from_millis(2500),
                gzip: true,
                ca: Some("/ca".into()),
                certificate: Some("/crt".into()),
                key: Some("/key".into()),
                server_name: Some("otel.example.com".into()),
                interval: Duration::from_secs(5),
                resource: pairs(&[
                    ("deployment.environment", "prod"),
                    ("k8s.cluster.name", "mine"),
                    ("service.instance.id", "pod-1"),
                    ("service.name", "edge"),
                    ("service.version", env!("CARGO_PKG_VERSION")),
                ]),
            }
        );
    }

    #[test]
    fn errors_name_the_variable() {
        for (vars, word) in [
            (&[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")][..], "OTEL_EXPORTER_OTLP_PROTOCOL"),
            (&[("OTEL_EXPORTER_OTLP_TIMEOUT", "10s")], "OTEL_EXPORTER_OTLP_TIMEOUT"),
            (&[("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key")], "CLIENT_CERTIFICATE"),
            (&[("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "br")], "METRICS_COMPRESSION"),
            (&[("OTEL_EXPORTER_OTLP_HEADERS", "x")], "`x`"),
            (&[("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://x")], "ftp://x"),
        ] {
            let mut all = vec![("ENABLE_OTEL", "true")];
            all.extend(vars);
            assert!(from(&all).unwrap_err().contains(word), "{vars:?}");
        }
    }
}
