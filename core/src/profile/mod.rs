//! Profiles: where controllers depart from the standard. A profile is data: a set of flags, each with its evidence.
//!
//! The resolver asks a flag where the rule stands; nothing outside of this folder knows a controller's name.

mod compose;
mod flags;

use alloc::string::String;
use alloc::vec::Vec;
pub(crate) use compose::{find, parse};
pub(crate) use flags::Flag;
use flags::Flags;

/// A controller's departures from the standard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    /// controllerNames that `auto` recognises.
    pub(crate) controllers: &'static [&'static str],
    flags: Flags,
    /// On what its flags were measured.
    measured: &'static str,
    /// Groups whose kinds it may serve as backends, filters or policies' CA sources: references to them are
    /// unknown, not invalid.
    pub(crate) groups: &'static [&'static str],
}

impl Profile {
    pub(crate) fn has(&self, flag: Flag) -> bool {
        self.flags.has(flag)
    }
    /// Whether it is the standard.
    pub(crate) fn departs(&self) -> bool {
        self.flags != Flags::of(&[])
    }
    /// A profile that departs in one place: what a flag does by itself.
    pub(crate) fn only(&self, flag: Flag) -> Self {
        Self { flags: Flags::of(&[flag]), ..*self }
    }
    /// The same without a departure.
    pub(crate) fn without(&self, flag: Flag) -> Self {
        Self { flags: self.flags.set(flag, false), ..*self }
    }
}

/// The rules as they are written.
pub(crate) static STANDARD: Profile =
    Profile { name: "standard", controllers: &[], flags: Flags::of(&[]), measured: "the rules as they are written", groups: &[] };

static ENVOY_GATEWAY: Profile = Profile {
    name: "envoy-gateway",
    controllers: &["gateway.envoyproxy.io/gatewayclass-controller"],
    flags: Flags::of(flags::ENVOY_GATEWAY),
    measured: "measured on a running Envoy Gateway after v1.9.0 with Envoy 1.40, on generated clusters and real requests",
    groups: &["gateway.envoyproxy.io"],
};

static ISTIO: Profile = Profile {
    name: "istio",
    controllers: &["istio.io/gateway-controller"],
    flags: Flags::of(flags::ISTIO),
    measured: "measured on a running istiod (1.32 in the making) driving Envoy 1.40, on the same clusters and requests",
    groups: &["networking.istio.io"],
};

/// Every profile, `standard` first.
pub(crate) static ALL: [&Profile; 3] = [&STANDARD, &ENVOY_GATEWAY, &ISTIO];

/// The profile that `auto` picks for a controllerName; `standard` for the unknown.
pub(crate) fn by_controller(controller: &str) -> &'static Profile {
    ALL.iter().copied().find(|p| p.controllers.contains(&controller)).unwrap_or(&STANDARD)
}

/// The names of all profiles.
pub(crate) fn names() -> Vec<&'static str> {
    ALL.iter().map(|p| p.name).collect()
}

/// A profile, for documentation.
#[derive(Clone, Debug)]
pub struct ProfileInfo {
    /// Its name, as `--profile` takes it.
    pub name: &'static str,
    /// The controllerNames that `auto` picks it for.
    pub controllers: &'static [&'static str],
    /// On what it was measured.
    pub measured: &'static str,
    /// The ids of its flags.
    pub flags: Vec<usize>,
}

/// A flag, for documentation.
#[derive(Clone, Debug)]
pub struct FlagInfo {
    /// A number, unique among flags.
    pub id: usize,
    /// Its label; two flags may share one where controllers depart in different ways.
    pub label: &'static str,
    /// The rules it departs from.
    pub rule: &'static str,
    /// What the standard says.
    pub standard: &'static str,
    /// What the controller does.
    pub does: &'static str,
    /// The change to the manifests under which both agree.
    pub agree: &'static str,
    /// How `--profile` names it after a `+` or a `-`: its label, with `@PROFILE` where two flags share the label.
    pub name: String,
}

/// Every profile, `standard` first.
pub fn profiles() -> Vec<ProfileInfo> {
    let one = |p: &&'static Profile| ProfileInfo {
        name: p.name,
        controllers: p.controllers,
        measured: p.measured,
        flags: p.flags.iter().map(|f| f as usize).collect(),
    };
    ALL.iter().map(one).collect()
}

/// The ids of the flags of a profile, as [`crate::ProfileChoice::parse`] reads it; none for `auto` and for other texts.
pub fn flags_of(text: &str) -> Vec<usize> {
    parse(text).map(|p| p.flags.iter().map(|f| f as usize).collect()).unwrap_or_default()
}

/// Every flag.
pub fn flags() -> Vec<FlagInfo> {
    let one = |f: &Flag| {
        let e = f.evidence();
        FlagInfo { id: *f as usize, label: f.label(), rule: e.rule, standard: e.standard, does: e.does, agree: e.agree, name: compose::name(*f) }
    };
    Flag::ALL.iter().map(one).collect()
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
