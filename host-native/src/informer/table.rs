//! What is watched: one table, from the kinds that the resolver reads and those that only metrics and references want.

use std::collections::BTreeSet;

/// A kind that is watched where the server serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// As the API spells it.
    pub kind: &'static str,
    /// Empty for core.
    pub group: &'static str,
    /// The versions that we know, the preferred first.
    pub versions: &'static [&'static str],
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// What of an object is kept.
    pub trim: Trim,
}

/// What of an object is kept. Less to hold, and changes of the rest cost nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// All but what a server notes for itself.
    Whole,
    /// Only that it exists.
    Name,
    /// Its labels: selectors and tenants go by them.
    Labels,
    /// Type and ports of a Service.
    Service,
    /// Of an EndpointSlice, its Service and whether any endpoint is ready.
    Slice,
    /// The certificates in a Secret or ConfigMap; never a key.
    Material,
}

impl Watched {
    /// `Kind.group`, and `Kind` for the core group: as the lists of a compact snapshot and the sources name it.
    pub fn name(&self) -> String {
        name(self.group, self.kind)
    }
}

/// `Kind.group`, and `Kind` for the core group.
pub fn name(group: &str, kind: &str) -> String {
    if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") }
}

const fn policy(kind: &'static str, group: &'static str, versions: &'static [&'static str]) -> Watched {
    Watched { kind, group, versions, namespaced: true, trim: Trim::Whole }
}

/// Kuadrant's kinds are for metrics (`metrics-compat.json`); Envoy Gateway's are referred to by routes.
const MORE: [Watched; 8] = [
    policy("AuthPolicy", "kuadrant.io", &["v1"]),
    policy("RateLimitPolicy", "kuadrant.io", &["v1"]),
    policy("DNSPolicy", "kuadrant.io", &["v1"]),
    policy("TLSPolicy", "kuadrant.io", &["v1"]),
    policy("DNSRecord", "kuadrant.io", &["v1alpha1"]),
    policy("DNSHealthCheckProbe", "kuadrant.io", &["v1alpha1"]),
    Watched { kind: "HTTPRouteFilter", group: "gateway.envoyproxy.io", versions: &["v1alpha1"], namespaced: true, trim: Trim::Name },
    Watched { kind: "Backend", group: "gateway.envoyproxy.io", versions: &["v1alpha1"], namespaced: true, trim: Trim::Name },
];

/// Every kind that is listed and watched, in the order in which snapshots have them. Secrets and ConfigMaps are
/// not among them: `certificates` reads them one by one.
pub fn watched() -> Vec<Watched> {
    let core = gatescope_core::kinds().filter(|k| !is_material(k.kind)).map(|k| Watched {
        kind: k.kind,
        group: k.group,
        versions: k.versions,
        namespaced: k.namespaced,
        trim: match k.kind {
            "Namespace" => Trim::Labels,
            "Service" => Trim::Service,
            "EndpointSlice" => Trim::Slice,
            _ => Trim::Whole,
        },
    });
    core.chain(MORE).collect()
}

/// Whether objects of this kind may hold keys.
pub fn is_material(kind: &str) -> bool {
    matches!(kind, "Secret" | "ConfigMap")
}

/// The groups to discover; core is served by every server.
pub(super) fn groups(watched: &[Watched]) -> BTreeSet<&'static str> {
    watched.iter().map(|w| w.group).filter(|g| !g.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_once_and_no_secrets() {
        let all = watched();
        let names: BTreeSet<String> = all.iter().map(Watched::name).collect();
        assert_eq!(names.len(), all.len());
        assert!(
            names.contains("HTTPRoute.gateway.networking.k8s.io") && names.contains("Service") && names.contains("XListenerSet.gateway.networking.x-k8s.io")
        );
        assert!(!names.contains("Secret") && !names.contains("ConfigMap"));
    }

    /// Group, version, kind and scope as the gateway-api crate has them from the CRDs.
    #[test]
    fn kinds_are_those_of_the_definitions() {
        use gateway_api::backendtlspolicies::BackendTlsPolicy;
        use gateway_api::experimental::{gatewayclasses, gateways, grpcroutes, httproutes, listenersets, referencegrants, tcproutes, tlsroutes, udproutes};
        fn is_watched<K: kube::Resource<DynamicType = ()>>(namespaced: bool) {
            let (group, version, kind) = (K::group(&()), K::version(&()), K::kind(&()));
            let found = watched().into_iter().find(|w| w.group == group && w.kind == kind);
            let found = found.unwrap_or_else(|| panic!("{kind}.{group} is not watched"));
            assert!(found.versions.contains(&&*version), "{kind}: {version} is not among {:?}", found.versions);
            assert_eq!(found.namespaced, namespaced, "{kind}");
        }
        is_watched::<gatewayclasses::GatewayClass>(false);
        is_watched::<gateways::Gateway>(true);
        is_watched::<httproutes::HttpRoute>(true);
        is_watched::<grpcroutes::GrpcRoute>(true);
        is_watched::<tlsroutes::TlsRoute>(true);
        is_watched::<tcproutes::TcpRoute>(true);
        is_watched::<udproutes::UdpRoute>(true);
        is_watched::<listenersets::ListenerSet>(true);
        is_watched::<referencegrants::ReferenceGrant>(true);
        is_watched::<BackendTlsPolicy>(true);
    }
}
