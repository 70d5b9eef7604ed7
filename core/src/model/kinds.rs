//! The kinds that the resolver knows, and the versions of them that releases served.

use alloc::borrow::Cow;

/// The group of the Gateway API.
pub(crate) const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";
/// The group of its experimental kinds.
pub(crate) const X_GROUP: &str = "gateway.networking.x-k8s.io";

macro_rules! kinds {
    ($($name:ident $text:literal $group:ident [$($version:literal)*] $scope:ident)*) => {
        /// A kind of object that the resolver reads.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Kind { $($name,)* }

        impl Kind {
            pub(crate) const ALL: &[Kind] = &[$(Kind::$name,)*];

            pub(crate) const fn name(self) -> &'static str {
                match self { $(Kind::$name => $text,)* }
            }
            pub(crate) const fn group(self) -> &'static str {
                match self { $(Kind::$name => $group,)* }
            }
            /// The versions that a release served, the preferred first.
            pub(crate) const fn versions(self) -> &'static [&'static str] {
                match self { $(Kind::$name => &[$($version,)*],)* }
            }
            pub(crate) const fn namespaced(self) -> bool {
                match self { $(Kind::$name => scope::$scope,)* }
            }
        }
    };
}

mod scope {
    pub(super) const NAMESPACED: bool = true;
    pub(super) const CLUSTER: bool = false;
}
const CORE: &str = "";
const DISCOVERY: &str = "discovery.k8s.io";
const MULTICLUSTER: &str = "multicluster.x-k8s.io";
const CERTIFICATES: &str = "certificates.k8s.io";

kinds! {
    GatewayClass "GatewayClass" GATEWAY_GROUP ["v1" "v1beta1"] CLUSTER
    Gateway "Gateway" GATEWAY_GROUP ["v1" "v1beta1"] NAMESPACED
    ListenerSet "ListenerSet" GATEWAY_GROUP ["v1"] NAMESPACED
    XListenerSet "XListenerSet" X_GROUP ["v1alpha1"] NAMESPACED
    HttpRoute "HTTPRoute" GATEWAY_GROUP ["v1" "v1beta1"] NAMESPACED
    GrpcRoute "GRPCRoute" GATEWAY_GROUP ["v1" "v1alpha2"] NAMESPACED
    TlsRoute "TLSRoute" GATEWAY_GROUP ["v1" "v1alpha3" "v1alpha2"] NAMESPACED
    TcpRoute "TCPRoute" GATEWAY_GROUP ["v1" "v1alpha2"] NAMESPACED
    UdpRoute "UDPRoute" GATEWAY_GROUP ["v1" "v1alpha2"] NAMESPACED
    ReferenceGrant "ReferenceGrant" GATEWAY_GROUP ["v1" "v1beta1" "v1alpha2"] NAMESPACED
    BackendTlsPolicy "BackendTLSPolicy" GATEWAY_GROUP ["v1" "v1alpha3" "v1alpha2"] NAMESPACED
    XBackend "XBackend" X_GROUP ["v1alpha1"] NAMESPACED
    XMesh "XMesh" X_GROUP ["v1alpha1"] CLUSTER
    Namespace "Namespace" CORE ["v1"] CLUSTER
    Service "Service" CORE ["v1"] NAMESPACED
    ServiceImport "ServiceImport" MULTICLUSTER ["v1alpha1" "v1beta1" "v1"] NAMESPACED
    EndpointSlice "EndpointSlice" DISCOVERY ["v1" "v1beta1"] NAMESPACED
    Secret "Secret" CORE ["v1"] NAMESPACED
    ConfigMap "ConfigMap" CORE ["v1"] NAMESPACED
    ClusterTrustBundle "ClusterTrustBundle" CERTIFICATES ["v1" "v1beta1" "v1alpha1"] CLUSTER
}

impl Kind {
    /// The kind of a group and kind name; `None` for what the resolver does not know.
    pub(crate) fn of(group: &str, kind: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|k| k.name() == kind && k.group() == group)
    }
    /// The kind by its name alone, as a user names it.
    pub(crate) fn by_name(name: &str) -> Option<Kind> {
        let (name, group) = match name.split_once('.') {
            Some((name, group)) => (name, Some(group)),
            None => (name, None),
        };
        Kind::ALL.iter().copied().find(|k| k.name().eq_ignore_ascii_case(name) && group.is_none_or(|g| g == k.group()))
    }
    /// Whether this is a ListenerSet, of either channel.
    pub(crate) const fn is_set(self) -> bool {
        matches!(self, Kind::ListenerSet | Kind::XListenerSet)
    }
    /// Whether it is one of the five route kinds.
    pub(crate) const fn is_route(self) -> bool {
        matches!(self, Kind::HttpRoute | Kind::GrpcRoute | Kind::TlsRoute | Kind::TcpRoute | Kind::UdpRoute)
    }
    pub(crate) const fn text(self) -> Cow<'static, str> {
        Cow::Borrowed(self.name())
    }
    pub(crate) const fn bit(self) -> u32 {
        1 << (self as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_group_is_not_the_gateway_apis() {
        assert_eq!(Kind::of("networking.istio.io", "Gateway"), None);
        assert_eq!(Kind::of(GATEWAY_GROUP, "Gateway"), Some(Kind::Gateway));
        assert_eq!(Kind::by_name("gateway"), Some(Kind::Gateway));
        assert_eq!(Kind::by_name("Gateway.networking.istio.io"), None);
    }
}
