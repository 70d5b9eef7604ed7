//! Symbols that the resolver itself compares with, interned once.

use crate::text::{Interner, Sym};

macro_rules! words {
    ($($name:ident = $text:expr),* $(,)?) => {
        /// Symbols of the vocabulary.
        #[derive(Debug)]
        pub(crate) struct Words { $(pub(crate) $name: Sym,)* }
        impl Words {
            pub(crate) fn new(names: &mut Interner) -> Self {
                Self { $($name: names.intern($text),)* }
            }
            /// Whether a symbol is one of them.
            pub(crate) fn has(&self, sym: Sym) -> bool {
                [$(self.$name,)*].contains(&sym)
            }
        }
    };
}

words! {
    any = "*",
    slash = "/",
    all = "All",
    gateway_group = crate::model::kinds::GATEWAY_GROUP,
    x_group = crate::model::kinds::X_GROUP,
    gateway = "Gateway",
    listener_set = "ListenerSet",
    x_listener_set = "XListenerSet",
    service = "Service",
    service_import = "ServiceImport",
    multicluster = "multicluster.x-k8s.io",
    x_backend = "XBackend",
    secret = "Secret",
    config_map = "ConfigMap",
    certificates = "certificates.k8s.io",
    trust_bundle = "ClusterTrustBundle",
    http_route = "HTTPRoute",
    grpc_route = "GRPCRoute",
    tls_route = "TLSRoute",
    tcp_route = "TCPRoute",
    udp_route = "UDPRoute",
    backend_tls_policy = "BackendTLSPolicy",
    metadata_name = "kubernetes.io/metadata.name",
    host_precedence = "GatewayRouteHostnameIntersectionPrecedence",
    tls_mixed = "TLSRouteModeMixed",
}

impl Words {
    /// The symbol of a kind that stands in references.
    pub(crate) fn kind(&self, kind: crate::model::Kind) -> Sym {
        use crate::model::Kind;
        match kind {
            Kind::Gateway => self.gateway,
            Kind::ListenerSet => self.listener_set,
            Kind::XListenerSet => self.x_listener_set,
            Kind::HttpRoute => self.http_route,
            Kind::GrpcRoute => self.grpc_route,
            Kind::TlsRoute => self.tls_route,
            Kind::TcpRoute => self.tcp_route,
            Kind::UdpRoute => self.udp_route,
            Kind::BackendTlsPolicy => self.backend_tls_policy,
            _ => Sym::NONE,
        }
    }
    /// The symbol of its group.
    pub(crate) fn group(&self, kind: crate::model::Kind) -> Sym {
        if kind == crate::model::Kind::XListenerSet { self.x_group } else { self.gateway_group }
    }
}
