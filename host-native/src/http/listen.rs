//! Where the exporter listens.

use crate::fail::Fail;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use tokio::net::TcpListener;

const PORT: u16 = 8080;

/// An address to listen on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listen(pub SocketAddr);

impl Listen {
    /// `--listen`, `PORT`, or the default: every address in a cluster, this machine alone elsewhere.
    pub(crate) fn new(asked: Option<&str>, port: Option<&str>, in_cluster: bool) -> Result<Self, Fail> {
        let default = if in_cluster { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V4(Ipv4Addr::LOCALHOST) };
        if let Some(text) = asked {
            return Self::parse(text, default);
        }
        let port = match port.map(str::trim).filter(|p| !p.is_empty()) {
            None => PORT,
            Some(text) => {
                text.parse().map_err(|_| Fail::usage(format!("PORT is `{text}`, and that is not a port")).hint("ports are 0 to 65535; 0 picks a free one"))?
            }
        };
        Ok(Self(SocketAddr::new(default, port)))
    }

    fn parse(text: &str, default: IpAddr) -> Result<Self, Fail> {
        let bad = || Fail::usage(format!("`{text}` is not an address to listen on")).hint("write ADDR:PORT, :PORT for every address, or [::1]:PORT");
        // `::1` is an address.
        if let Some(port) = text.strip_prefix(':').filter(|rest| !rest.contains(':')) {
            return Ok(Self(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port.parse().map_err(|_| bad())?)));
        }
        if let Ok(port) = text.parse::<u16>() {
            return Ok(Self(SocketAddr::new(default, port)));
        }
        if let Ok(ip) = text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
            return Ok(Self(SocketAddr::new(ip, PORT)));
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self(address));
        }
        let found = text.to_socket_addrs().map_err(|_| bad())?.next();
        found.map(Self).ok_or_else(bad)
    }

    /// Nobody but this machine can reach it.
    pub(crate) fn is_local(&self) -> bool {
        self.0.ip().is_loopback()
    }
}

/// Takes the port, or says who might have it.
pub(crate) async fn bind(listen: &Listen) -> Result<TcpListener, Fail> {
    TcpListener::bind(listen.0).await.map_err(|e| {
        let fail = Fail::usage(format!("cannot listen on {}: {}", listen.0, crate::input::plain_io(&e)));
        match e.kind() {
            std::io::ErrorKind::AddrInUse => fail.hint(
                "another program has this port, perhaps another gatescope: name a free one with --listen 127.0.0.1:8081, or --listen 127.0.0.1:0 for any",
            ),
            std::io::ErrorKind::PermissionDenied => fail.hint("ports below 1024 want more rights: use --listen with a higher one"),
            std::io::ErrorKind::AddrNotAvailable => fail.hint("this machine has no such address: --listen :8080 listens on all that it has"),
            _ => fail,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_and_words() {
        let of = |asked: Option<&str>, port: Option<&str>, cluster| Listen::new(asked, port, cluster).map(|l| l.0.to_string()).ok();
        assert_eq!(of(None, None, false).as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(of(None, None, true).as_deref(), Some("0.0.0.0:8080"));
        assert_eq!(of(None, Some("9090"), true).as_deref(), Some("0.0.0.0:9090"));
        assert_eq!(of(Some("[::1]:1"), Some("9090"), true).as_deref(), Some("[::1]:1"));
        assert_eq!(of(Some(":7"), None, false).as_deref(), Some("0.0.0.0:7"));
        assert_eq!(of(Some("7"), None, false).as_deref(), Some("127.0.0.1:7"));
        assert_eq!(of(Some("::1"), None, false).as_deref(), Some("[::1]:8080"));
        assert_eq!(of(None, Some("x"), false), None);
        assert_eq!(of(Some("nowhere"), None, false), None);
    }
}
