//! Profiles of one's own: `istio,-no-udp`, `standard,+http-and-grpc`. What would change if the controller mended one
//! departure, or had one more? The diff of two profiles asks this for every flag between them.

use super::{ALL, Flag, Profile};
use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;

/// How a flag is named after `+` and `-`.
pub(super) fn name(flag: Flag) -> String {
    let label = flag.label();
    let shared = Flag::ALL.iter().filter(|f| f.label() == label).count() > 1;
    match ALL.iter().find(|p| p.has(flag)) {
        Some(holder) if shared => format!("{label}@{}", holder.name),
        _ => label.to_owned(),
    }
}

/// The profile of a name as [`parse`] takes it. A composed one lives as long as the program: they are as many as a
/// user cares to write.
pub(crate) fn find(text: &str) -> Option<&'static Profile> {
    if let Some(plain) = ALL.iter().copied().find(|p| p.name == text) {
        return Some(plain);
    }
    let made = parse(text).ok()?;
    Some(Box::leak(Box::new(Profile { name: Box::leak(Box::from(text)), ..made })))
}

/// Reads `NAME[,+FLAG|,-FLAG]…`. A label that two flags share is the base's own after `-`, and wants `@PROFILE` after `+`.
pub(crate) fn parse(text: &str) -> Result<Profile, String> {
    let mut parts = text.split(',');
    let base = parts.next().unwrap_or_default();
    let Some(profile) = ALL.iter().find(|p| p.name == base) else { return Err(format!("there is no profile `{base}`")) };
    let mut flags = profile.flags;
    for part in parts {
        let (on, wanted) = match (part.strip_prefix('+'), part.strip_prefix('-')) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(format!("`{part}` is neither `+FLAG` nor `-FLAG`")),
        };
        let of_label = || Flag::ALL.iter().copied().filter(|f| f.label() == wanted);
        let mut found = of_label().filter(|f| !on && flags.has(*f)).chain(Flag::ALL.iter().copied().filter(|f| name(*f) == wanted));
        let Some(flag) = found.next() else {
            return Err(match of_label().count() {
                0 => format!("there is no flag `{wanted}`"),
                _ => format!("more than one flag is called `{wanted}`: write `{wanted}@PROFILE`"),
            });
        };
        flags = flags.set(flag, on);
    }
    Ok(Profile { flags, ..**profile })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composes() {
        let p = parse("istio,-no-udp,+isolation@envoy-gateway").unwrap_or(Profile { ..*ALL[0] });
        assert!(p.has(Flag::EqualHostIsolation) && p.has(Flag::WholeHostIsolation) && !p.has(Flag::NoUdp));
        assert!(parse("istio,-isolation").is_ok_and(|p| !p.has(Flag::WholeHostIsolation)));
        assert_eq!(find("istio,-no-udp").map(|p| p.name), Some("istio,-no-udp"));
    }

    #[test]
    fn every_flag_has_one_name() {
        for flag in Flag::ALL {
            let text = format!("standard,+{}", name(*flag));
            assert!(parse(&text).is_ok_and(|p| p == p.only(*flag)), "{text}");
        }
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        assert_eq!(parse("nginx").err().as_deref(), Some("there is no profile `nginx`"));
        assert_eq!(parse("istio,+isolation").err().as_deref(), Some("more than one flag is called `isolation`: write `isolation@PROFILE`"));
        assert_eq!(parse("istio,no-udp").err().as_deref(), Some("`no-udp` is neither `+FLAG` nor `-FLAG`"));
        assert_eq!(parse("istio,+x").err().as_deref(), Some("there is no flag `x`"));
    }
}
