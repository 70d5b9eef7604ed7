//! A URL and headers, as curl takes them, to a request.

use gatescope_core::types::{GatewayRef, Request};

/// What a URL said that the request does not hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Parsed {
    pub request: Request,
    /// Something assumed, to be told.
    pub note: Option<&'static str>,
}

/// What is wrong, and the way out.
type Refusal = (String, Option<String>);

/// Parses `[SCHEME://][HOST][:PORT][/PATH][?QUERY]` with `NAME: VALUE` headers.
pub(crate) fn parse(url: &str, method: &str, headers: &[String]) -> Result<Parsed, Refusal> {
    let (scheme, rest, note) = match url.split_once("://") {
        Some((scheme, rest)) => (scheme.to_lowercase(), rest, None),
        None => ("http".to_owned(), url, Some("no scheme in the URL: taken as http://; write https:// to ask HTTPS and TLS listeners")),
    };
    let scheme = match scheme.as_str() {
        "http" | "https" | "tls" | "tcp" | "udp" => scheme,
        "ws" | "grpc" | "h2c" => "http".into(),
        "wss" | "grpcs" | "h2" => "https".into(),
        other => return Err((format!("unknown scheme `{other}://`"), Some("http, https, tls, tcp and udp are known".into()))),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if authority.contains('@') {
        return Err((
            "the URL holds a user name".into(),
            Some("leave out what stands before the @; send it with -H 'authorization: …' if a route matches on it".into()),
        ));
    }
    let (host, port) = split_port(authority)?;
    if !host.is_ascii() {
        return Err((format!("`{host}` is not in ASCII"), Some("write the host in its xn-- form, as a Gateway has it".into())));
    }
    let (path, query) = match tail.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (tail, None),
    };
    // Only TCP and UDP listeners know no names.
    if host.is_empty() && !matches!(scheme.as_str(), "tcp" | "udp") && !headers.iter().any(|h| h.to_lowercase().starts_with("host:")) {
        return Err((format!("`{url}` names no host"), Some(format!("write the host as a client would: {scheme}://shop.example.com{tail}"))));
    }
    let mut request = Request {
        gateway: GatewayRef::default(),
        port,
        scheme: Some(scheme.clone()),
        host: (!host.is_empty()).then(|| host.to_lowercase()),
        path: None,
        method: None,
        query,
        ..Request::default()
    };
    if matches!(scheme.as_str(), "http" | "https") {
        request.path = Some(if path.is_empty() { "/".into() } else { path.to_owned() });
        request.method = Some(method.to_uppercase());
    } else if !path.is_empty() && path != "/" {
        return Err((format!("a {scheme} connection has no path"), Some("leave the path out".into())));
    }
    for header in headers {
        let Some((name, value)) = header.split_once(':') else {
            return Err((format!("`{header}` is not a header"), Some("write -H 'name: value'".into())));
        };
        let (name, value) = (name.trim().to_lowercase(), value.trim().to_owned());
        if name == "host" {
            request.host = Some(split_port(&value)?.0.to_lowercase());
        } else {
            // As a proxy joins repeated headers.
            request.headers.entry(name).and_modify(|v| v.extend([",", &value])).or_insert(value);
        }
    }
    Ok(Parsed { request, note })
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), Refusal> {
    let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
        let Some((host, after)) = inner.split_once(']') else {
            return Err((format!("`{authority}` lacks a closing bracket"), Some("write an IPv6 address as [2001:db8::1]".into())));
        };
        (host, after.strip_prefix(':'))
    } else {
        match authority.split_once(':') {
            Some((_, after)) if after.contains(':') => {
                return Err((format!("`{authority}` is neither a host nor host:port"), Some("write an IPv6 address as [2001:db8::1]".into())));
            }
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        }
    };
    match port.filter(|p| !p.is_empty()) {
        None => Ok((host, None)),
        Some(port) => match port.parse::<u16>() {
            Ok(n) if n > 0 => Ok((host, Some(n))),
            _ => Err((format!("`{port}` is not a port"), Some("ports are 1 to 65535".into()))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(url: &str) -> Request {
        parse(url, "get", &[]).unwrap().request
    }

    #[test]
    fn urls() {
        let r = of("https://Shop.example.com:8443/cart/1?q=tea&x#frag");
        assert_eq!((r.scheme.as_deref(), r.host.as_deref(), r.port), (Some("https"), Some("shop.example.com"), Some(8443)));
        assert_eq!((r.path.as_deref(), r.query.as_deref(), r.method.as_deref()), (Some("/cart/1"), Some("q=tea&x"), Some("GET")));
        assert_eq!(of("http://a.example.com?q=1").path.as_deref(), Some("/"));
        assert_eq!(of("http://[2001:db8::1]:80/").host.as_deref(), Some("2001:db8::1"));
        let r = of("tcp://:5432");
        assert_eq!((r.host, r.port, r.path, r.method), (None, Some(5432), None, None));
        assert!(parse("shop.example.com/cart", "GET", &[]).unwrap().note.is_some());
    }

    #[test]
    fn headers() {
        let h = |list: &[&str]| parse("http://a/", "GET", &list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        let r = h(&["Host: b.example.com:80", "X-A:1", "x-a: 2"]).unwrap().request;
        assert_eq!(r.host.as_deref(), Some("b.example.com"));
        assert_eq!(r.headers.get("x-a").map(String::as_str), Some("1,2"));
        assert!(h(&["nonsense"]).is_err());
    }

    #[test]
    fn refusals() {
        for url in ["ftp://a/", "http://u@a/", "http://a:99999/", "http://2001:db8::1/", "tcp://a/path", "http://bücher.example/"] {
            assert!(parse(url, "GET", &[]).is_err(), "{url}");
        }
    }
}
