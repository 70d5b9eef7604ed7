//! Which format and which coding a scrape asked for.

/// The text format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// `text/plain; version=0.0.4`.
    #[default]
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl Format {
    /// What an `Accept` header asks for; text where it is absent or asks for neither.
    pub fn negotiate(accept: Option<&str>) -> Self {
        let wanted = |media: &str| {
            let mut parts = media.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default();
            let (mut quality, mut version) = (1.0, None);
            for part in parts {
                if let Some(q) = part.strip_prefix("q=") {
                    quality = q.parse::<f64>().unwrap_or(0.0);
                } else if let Some(v) = part.strip_prefix("version=") {
                    version = Some(v.trim_matches('"').to_owned());
                }
            }
            match name {
                "application/openmetrics-text" if version.as_deref().is_none_or(|v| matches!(v, "1.0.0" | "0.0.1")) => Some((Self::OpenMetrics, quality)),
                "text/plain" | "text/*" | "*/*" if version.as_deref().is_none_or(|v| v == "0.0.4") => Some((Self::Text, quality)),
                _ => None,
            }
        };
        let mut best = (Self::Text, 0.0);
        for (format, quality) in accept.unwrap_or_default().split(',').filter_map(wanted) {
            if quality > best.1 {
                best = (format, quality);
            }
        }
        best.0
    }
    /// The `Content-Type` of the answer.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The coding of the body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// As it is.
    #[default]
    Identity,
    /// gzip, from prepared parts.
    Gzip,
    /// zstd.
    Zstd,
}

impl Encoding {
    /// What an `Accept-Encoding` header asks for. Of equals gzip comes first: it is prepared.
    pub fn negotiate(accept: Option<&str>) -> Self {
        let mut best = (Self::Identity, 0.0);
        let (mut any, mut named) = (0.0, [false; 2]);
        for part in accept.unwrap_or_default().split(',') {
            let mut parts = part.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let quality = parts.find_map(|p| p.strip_prefix("q=")).map_or(1.0, |q| q.parse::<f64>().unwrap_or(0.0));
            let coding = match name.as_str() {
                "gzip" | "x-gzip" => Self::Gzip,
                "zstd" => Self::Zstd,
                "*" => {
                    any = quality;
                    continue;
                }
                _ => continue,
            };
            named = [named[0] || coding == Self::Gzip, named[1] || coding == Self::Zstd];
            if quality > best.1 || (quality > 0.0 && quality >= best.1 && coding == Self::Gzip) {
                best = (coding, quality);
            }
        }
        if any > best.1 && !named[0] { Self::Gzip } else { best.0 }
    }
    /// The `Content-Encoding` of the answer.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        // What Prometheus 3 sends, without the protobuf that we do not speak.
        let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
        for (accept, format) in [
            (None, Format::Text),
            (Some(""), Format::Text),
            (Some("*/*"), Format::Text),
            (Some("text/html,application/xhtml+xml,*/*;q=0.8"), Format::Text),
            (Some(prometheus), Format::OpenMetrics),
            (Some("application/openmetrics-text;version=2.0.0,text/plain"), Format::Text),
            (Some("application/openmetrics-text;q=0.1,text/plain;q=0.5"), Format::Text),
            (Some("application/openmetrics-text;q=0"), Format::Text),
        ] {
            assert_eq!(Format::negotiate(accept), format, "{accept:?}");
        }
    }

    #[test]
    fn encodings() {
        for (accept, encoding) in [
            (None, Encoding::Identity),
            (Some("gzip"), Encoding::Gzip),
            (Some("zstd, gzip"), Encoding::Gzip),
            (Some("gzip, deflate, br, zstd"), Encoding::Gzip),
            (Some("zstd"), Encoding::Zstd),
            (Some("gzip;q=0.5, zstd;q=1.0"), Encoding::Zstd),
            (Some("gzip;q=0"), Encoding::Identity),
            (Some("*"), Encoding::Gzip),
            (Some("gzip;q=0, *"), Encoding::Identity),
            (Some("br"), Encoding::Identity),
            (Some("GZIP"), Encoding::Gzip),
        ] {
            assert_eq!(Encoding::negotiate(accept), encoding, "{accept:?}");
        }
    }
}
