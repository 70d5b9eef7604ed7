//! The parts of Kubernetes objects that the resolver reads, as they stand in JSON: raw, before any default.
//!
//! One struct serves every version of a kind; where versions differ, both fields are here (rules.md, Versions).

use super::lenient::{F, Pairs, S, wire};
use alloc::vec::Vec;
use serde_json::value::RawValue;

/// JSON that is looked at only by the kinds that need it.
pub(crate) type Raw<'a> = Option<&'a RawValue>;
/// A list whose elements are judged one by one.
pub(crate) type List<T> = F<Vec<F<T>>>;

wire! {
    /// ObjectMeta, less what nothing depends on (managedFields, annotations that are not ours).
    Meta {
        name: F<S<'a>> = "name",
        namespace: F<S<'a>> = "namespace",
        created: F<S<'a>> = "creationTimestamp",
        generation: F<i64> = "generation",
        labels: Raw<'a> = "labels",
        annotations: Raw<'a> = "annotations",
    }
    /// The same where nobody asks for labels and annotations: these are skipped.
    SlimMeta {
        name: F<S<'a>> = "name",
        namespace: F<S<'a>> = "namespace",
        created: F<S<'a>> = "creationTimestamp",
        generation: F<i64> = "generation",
    }
    Condition {
        kind: F<S<'a>> = "type",
        status: F<S<'a>> = "status",
        reason: F<S<'a>> = "reason",
        observed: F<i64> = "observedGeneration",
    }

    ClassSpec {
        controller: F<S<'a>> = "controllerName",
    }
    ClassStatus {
        conditions: List<Condition<'a>> = "conditions",
        features: F<Vec<Feature<'a>>> = "supportedFeatures",
    }

    GatewaySpec {
        class: F<S<'a>> = "gatewayClassName",
        listeners: List<Listener<'a>> = "listeners",
        allowed: F<AllowedListeners<'a>> = "allowedListeners",
        tls: F<GatewayTls<'a>> = "tls",
        default_scope: F<S<'a>> = "defaultScope",
    }
    AllowedListeners {
        namespaces: F<Namespaces<'a>> = "namespaces",
    }
    Namespaces {
        from: F<S<'a>> = "from",
        selector: F<Selector<'a>> = "selector",
    }
    Selector {
        labels: F<Pairs<'a>> = "matchLabels",
        expressions: List<Expression<'a>> = "matchExpressions",
    }
    Expression {
        key: F<S<'a>> = "key",
        operator: F<S<'a>> = "operator",
        values: List<S<'a>> = "values",
    }
    GatewayTls {
        frontend: F<FrontendTls<'a>> = "frontend",
        backend: F<BackendTls<'a>> = "backend",
    }
    FrontendTls {
        default: F<TlsConfig<'a>> = "default",
        per_port: List<PortTls<'a>> = "perPort",
    }
    PortTls {
        port: F<i64> = "port",
        tls: F<TlsConfig<'a>> = "tls",
    }
    TlsConfig {
        validation: F<Validation<'a>> = "validation",
    }
    BackendTls {
        client: F<Ref<'a>> = "clientCertificateRef",
    }
    Validation {
        ca: List<Ref<'a>> = "caCertificateRefs",
        ca_v1alpha2: List<Ref<'a>> = "caCertRefs",
        well_known_v1alpha2: F<S<'a>> = "wellKnownCACerts",
        mode: F<S<'a>> = "mode",
        well_known: F<S<'a>> = "wellKnownCACertificates",
        hostname: F<S<'a>> = "hostname",
    }
    Ref {
        group: F<S<'a>> = "group",
        kind: F<S<'a>> = "kind",
        namespace: F<S<'a>> = "namespace",
        name: F<S<'a>> = "name",
        section: F<S<'a>> = "sectionName",
        port: F<i64> = "port",
    }
    Listener {
        name: F<S<'a>> = "name",
        hostname: F<S<'a>> = "hostname",
        port: F<i64> = "port",
        protocol: F<S<'a>> = "protocol",
        tls: F<ListenerTls<'a>> = "tls",
        allowed: F<AllowedRoutes<'a>> = "allowedRoutes",
    }
    ListenerTls {
        mode: F<S<'a>> = "mode",
        certificates: List<Ref<'a>> = "certificateRefs",
        options: F<Pairs<'a>> = "options",
        validation: F<Validation<'a>> = "frontendValidation",
    }
    AllowedRoutes {
        namespaces: F<Namespaces<'a>> = "namespaces",
        kinds: List<Ref<'a>> = "kinds",
    }
    GatewayStatus {
        addresses: List<Address<'a>> = "addresses",
        conditions: List<Condition<'a>> = "conditions",
        listeners: List<ListenerStatus<'a>> = "listeners",
    }
    Address {
        kind: F<S<'a>> = "type",
        value: F<S<'a>> = "value",
        routability: F<S<'a>> = "routability",
    }
    ListenerStatus {
        name: F<S<'a>> = "name",
        attached: F<i64> = "attachedRoutes",
        conditions: List<Condition<'a>> = "conditions",
    }

    ListenerSetSpec {
        parent: F<Ref<'a>> = "parentRef",
        listeners: List<Listener<'a>> = "listeners",
    }

    RouteSpec {
        parents: List<Ref<'a>> = "parentRefs",
        hostnames: List<S<'a>> = "hostnames",
        rules: List<Rule<'a>> = "rules",
        default_gateways: F<S<'a>> = "useDefaultGateways",
    }
    Rule {
        name: F<S<'a>> = "name",
        matches: List<Match<'a>> = "matches",
        filters: List<Filter<'a>> = "filters",
        backends: List<BackendRef<'a>> = "backendRefs",
    }
    Match {
        path: F<PathMatch<'a>> = "path",
        method: MethodMatch<'a> = "method",
        headers: List<ValueMatch<'a>> = "headers",
        query: List<ValueMatch<'a>> = "queryParams",
    }
    PathMatch {
        kind: F<S<'a>> = "type",
        value: F<S<'a>> = "value",
    }
    ValueMatch {
        kind: F<S<'a>> = "type",
        name: F<S<'a>> = "name",
        value: F<S<'a>> = "value",
    }
    GrpcMethod {
        kind: F<S<'a>> = "type",
        service: F<S<'a>> = "service",
        method: F<S<'a>> = "method",
    }
    BackendRef {
        group: F<S<'a>> = "group",
        kind: F<S<'a>> = "kind",
        namespace: F<S<'a>> = "namespace",
        name: F<S<'a>> = "name",
        port: F<i64> = "port",
        weight: F<i64> = "weight",
        filters: List<Filter<'a>> = "filters",
    }
    Filter {
        kind: F<S<'a>> = "type",
        redirect: F<Redirect<'a>> = "requestRedirect",
        mirror: F<BackendHolder<'a>> = "requestMirror",
        auth: F<BackendHolder<'a>> = "externalAuth",
        extension: F<Ref<'a>> = "extensionRef",
    }
    Redirect {
        status: F<i64> = "statusCode",
        scheme: F<S<'a>> = "scheme",
    }
    BackendHolder {
        backend: F<BackendRef<'a>> = "backendRef",
    }
    RouteStatus {
        parents: List<ParentStatus<'a>> = "parents",
    }
    ParentStatus {
        parent: F<Ref<'a>> = "parentRef",
        controller: F<S<'a>> = "controllerName",
        conditions: List<Condition<'a>> = "conditions",
    }

    GrantSpec {
        from: List<Ref<'a>> = "from",
        to: List<Ref<'a>> = "to",
    }
    ServiceSpec {
        kind: F<S<'a>> = "type",
        external: F<S<'a>> = "externalName",
        ports: List<ServicePort<'a>> = "ports",
    }
    ServicePort {
        name: F<S<'a>> = "name",
        port: F<i64> = "port",
        target: F<i64> = "targetPort",
        protocol: F<S<'a>> = "protocol",
        app: F<S<'a>> = "appProtocol",
    }
    Endpoint {
        addresses: List<S<'a>> = "addresses",
        conditions: F<EndpointConditions<'a>> = "conditions",
    }
    EndpointConditions {
        ready: F<bool> = "ready",
    }
    XBackendSpec {
        kind: F<S<'a>> = "type",
        port: F<XBackendPort<'a>> = "port",
    }
    XBackendPort {
        number: F<i64> = "number",
        port: F<i64> = "port",
    }
    PolicySpec {
        target: F<Ref<'a>> = "targetRef",
        targets: List<Ref<'a>> = "targetRefs",
        validation: F<Validation<'a>> = "validation",
        tls: F<Validation<'a>> = "tls",
    }
    BundleSpec {
        bundle: F<S<'a>> = "trustBundle",
    }
    SecretData {
        certificate: F<S<'a>> = "tls.crt",
        key: F<S<'a>> = "tls.key",
        ca: F<S<'a>> = "ca.crt",
    }
}

/// An HTTP method (a string) or a GRPC method match (an object): one member name, two kinds of route.
#[derive(Default)]
pub(crate) enum MethodMatch<'a> {
    #[default]
    Absent,
    Http(S<'a>),
    Grpc(GrpcMethod<'a>),
    Bad(&'static str),
}

impl<'de> serde::Deserialize<'de> for MethodMatch<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let raw = <Raw<'de>>::deserialize(d)?;
        let Some(raw) = raw else { return Ok(Self::Absent) };
        let wrong = |e: serde_json::Error| serde::de::Error::custom(e);
        Ok(match raw.get().as_bytes().first() {
            Some(b'"') => Self::Http(serde_json::from_slice(raw.get().as_bytes()).map_err(wrong)?),
            Some(b'{') => Self::Grpc(serde_json::from_slice(raw.get().as_bytes()).map_err(wrong)?),
            Some(b'n') | None => Self::Absent,
            Some(b'[') => Self::Bad("a list"),
            Some(b't' | b'f') => Self::Bad("a boolean"),
            Some(_) => Self::Bad("a number"),
        })
    }
}

/// A supported feature: a string until v1.1, an object with a name since.
pub(crate) enum Feature<'a> {
    Name(S<'a>),
    Object(F<S<'a>>),
    Other,
}

impl<'de> serde::Deserialize<'de> for Feature<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> serde::de::Visitor<'de> for V {
            type Value = Feature<'de>;
            fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str("a feature")
            }
            fn visit_borrowed_str<E: serde::de::Error>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(Feature::Name(S(v.into())))
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Feature::Name(S(alloc::string::String::from(v).into())))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                let named: Ref<'de> = serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Feature::Object(named.name))
            }
            fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
                Ok(Feature::Other)
            }
            fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Feature::Other)
            }
            fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Feature::Other)
            }
            fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Feature::Other)
            }
            fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Feature::Other)
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Feature::Other)
            }
        }
        d.deserialize_any(V)
    }
}
