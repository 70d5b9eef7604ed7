//! Profiles: where controllers depart from the standard. A profile is data: a set of flags, each with its evidence.
//!
//! The resolver asks a flag where the rule stands; nothing outside of this folder knows a controller's name.

mod flags;

use alloc::vec::Vec;
pub(crate) use flags::{Evidence, Flag};

/// A controller's departures from the standard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    /// controllerNames that `auto` recognises.
    pub(crate) controllers: &'static [&'static str],
    flags: &'static [Flag],
    /// Groups whose kinds it may serve as backends, filters or policies' CA sources: references to them are
    /// unknown, not invalid.
    pub(crate) groups: &'static [&'static str],
}

impl Profile {
    pub(crate) fn has(&self, flag: Flag) -> bool {
        self.flags.contains(&flag)
    }
    pub(crate) fn flags(&self) -> &'static [Flag] {
        self.flags
    }
}

/// The rules as they are written.
pub(crate) static STANDARD: Profile = Profile { name: "standard", controllers: &[], flags: &[], groups: &[] };

static ENVOY_GATEWAY: Profile = Profile {
    name: "envoy-gateway",
    controllers: &["gateway.envoyproxy.io/gatewayclass-controller"],
    flags: flags::ENVOY_GATEWAY,
    groups: &["gateway.envoyproxy.io"],
};

static ISTIO: Profile = Profile {
    name: "istio",
    controllers: &["istio.io/gateway-controller"],
    flags: flags::ISTIO,
    groups: &["networking.istio.io"],
};

/// Every profile, `standard` first.
pub(crate) static ALL: [&Profile; 3] = [&STANDARD, &ENVOY_GATEWAY, &ISTIO];

/// A profile by its name.
pub(crate) fn by_name(name: &str) -> Option<&'static Profile> {
    ALL.iter().copied().find(|p| p.name == name)
}

/// The profile that `auto` picks for a controllerName; `standard` for the unknown.
pub(crate) fn by_controller(controller: &str) -> &'static Profile {
    ALL.iter().copied().find(|p| p.controllers.contains(&controller)).unwrap_or(&STANDARD)
}

/// The names of all profiles.
pub(crate) fn names() -> Vec<&'static str> {
    ALL.iter().map(|p| p.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_picks_by_controller_name() {
        assert_eq!(by_controller("istio.io/gateway-controller").name, "istio");
        assert_eq!(by_controller("gateway.envoyproxy.io/gatewayclass-controller").name, "envoy-gateway");
        assert_eq!(by_controller("example.org/other").name, "standard");
    }

    #[test]
    fn every_flag_has_evidence_and_a_holder() {
        for flag in Flag::ALL {
            assert!(!flag.evidence().does.is_empty());
            assert!(ALL.iter().any(|p| p.has(*flag)), "{}", flag.label());
        }
    }
}
