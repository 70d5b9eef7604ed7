//! Rule 48: from where an IP address can be reached.

use crate::types::Reach;
use core::net::IpAddr;

/// Internal for private, shared, loopback, link-local and unique local addresses; unknown for what is no address.
pub(crate) fn of_ip(text: &str) -> Reach {
    match text.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            let [a, b, ..] = ip.octets();
            let shared = a == 100 && (64..128).contains(&b);
            if ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || shared { Reach::Internal } else { Reach::External }
        }
        Ok(IpAddr::V6(ip)) => {
            if let Some(v4) = ip.to_ipv4_mapped() {
                return of_ip(&alloc::format!("{v4}"));
            }
            if ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local() { Reach::Internal } else { Reach::External }
        }
        Err(_) => Reach::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_48_addresses_tell_their_reach() {
        for (ip, reach) in [
            ("203.0.113.7", Reach::External),
            ("10.1.2.3", Reach::Internal),
            ("100.64.0.1", Reach::Internal),
            ("100.128.0.1", Reach::External),
            ("fd00::1", Reach::Internal),
            ("2001:db8::1", Reach::External),
            ("::ffff:192.168.0.1", Reach::Internal),
            ("gateway", Reach::Unknown),
        ] {
            assert_eq!(of_ip(ip), reach, "{ip}");
        }
    }
}
