//! The plugin's counters in Prometheus' text format, as Envoy prints it.

/// A counter or gauge.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    /// The name after `gatescope_proxy_`.
    pub(super) name: String,
    /// In the order of the line, unescaped.
    pub(super) labels: Vec<(String, String)>,
    pub(super) value: f64,
}

impl Sample {
    pub(super) fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(k, _)| k == name).map_or("", |(_, v)| v)
    }
}

const PREFIX: &str = "gatescope_proxy_";

/// One line; `None` where it is no sample of the plugin's.
///
/// An Envoy without our `stats_tags` writes everything into the name: the exposure's id is found there all the same.
pub(super) fn line(line: &str) -> Option<Sample> {
    let rest = line.get(line.find(PREFIX)?..)?.strip_prefix(PREFIX)?;
    if line.starts_with('#') {
        return None;
    }
    let end = rest.find(['{', ' '])?;
    let (name, rest) = rest.split_at_checked(end)?;
    let mut labels = Vec::new();
    let value = match rest.strip_prefix('{') {
        Some(rest) => self::labels(rest, &mut labels)?,
        None => rest,
    };
    let value = value.split_ascii_whitespace().next()?.parse::<f64>().ok().filter(|v| v.is_finite() && *v >= 0.0)?;
    let mut sample = Sample { name: name.to_owned(), labels, value };
    if let Some((family, id)) = untagged(name) {
        sample.labels.push(("exposure".into(), id));
        sample.name = family.into();
    }
    Some(sample)
}

/// Reads labels; what comes after them.
fn labels<'l>(mut rest: &'l str, into: &mut Vec<(String, String)>) -> Option<&'l str> {
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some(rest);
        }
        let (name, after) = rest.split_once("=\"")?;
        let mut value = String::new();
        let mut chars = after.char_indices();
        rest = loop {
            match chars.next()? {
                (at, '"') => break after.get(at.checked_add(1)?..)?,
                (_, '\\') => value.push(match chars.next()?.1 {
                    'n' => '\n',
                    c => c,
                }),
                (_, c) => value.push(c),
            }
        };
        into.push((name.trim().to_owned(), value));
    }
}

/// `requests_total_…_exposure_e_0123456789abcdef_…`.
fn untagged(name: &str) -> Option<(&'static str, String)> {
    const MARK: &str = "_exposure_e_";
    name.strip_prefix("requests_total_")?;
    let id = name.get(name.find(MARK)?..)?.get(MARK.len()..)?.get(..16)?;
    id.bytes().all(|b| b.is_ascii_hexdigit()).then(|| ("requests_total", format!("e-{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_envoy() {
        let text = r#"gatescope_proxy_requests_total{exposure="e-0123456789abcdef",hostname="*.a \"b\" \\ c",class="2xx"} 17"#;
        let sample = line(text).unwrap();
        assert_eq!((sample.name.as_str(), sample.value), ("requests_total", 17.0));
        assert_eq!(sample.label("hostname"), r#"*.a "b" \ c"#);
        assert_eq!(sample.label("class"), "2xx");
        assert_eq!(line("gatescope_proxy_overflow_total{} 3").unwrap().value, 3.0);
        assert_eq!(line("gatescope_proxy_exposures 3 1700000000000").unwrap().value, 3.0);
        let bare = line("gatescope_proxy_requests_total_gateway_namespace_a_exposure_e_0123456789abcdef_listener_http_class_2xx{} 4").unwrap();
        assert_eq!((bare.name.as_str(), bare.label("exposure"), bare.value), ("requests_total", "e-0123456789abcdef", 4.0));
    }

    #[test]
    fn what_is_no_sample_is_none() {
        for text in [
            "",
            "# TYPE gatescope_proxy_requests_total counter",
            "envoy_cluster_upstream_rq{} 1",
            "gatescope_proxy_requests_total",
            "gatescope_proxy_requests_total{",
            "gatescope_proxy_requests_total{a=\"",
            "gatescope_proxy_requests_total{a=\"b\\",
            "gatescope_proxy_requests_total{a=\"b\"} NaN",
            "gatescope_proxy_requests_total{a=\"b\"} -1",
            "gatescope_proxy_requests_total{a=\"é\"}",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }
}
