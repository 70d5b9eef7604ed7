//! One line a flag: its label, the rule it departs from, what the controller does, and how that was measured.

/// What is known of a departure.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) rule: &'static str,
    /// What the controller does.
    pub(crate) does: &'static str,
    /// What the standard says there.
    pub(crate) standard: &'static str,
}

macro_rules! flags {
    ($($name:ident $label:literal $rule:literal $does:literal $standard:literal)*) => {
        /// A departure from the standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Flag { $($name,)* }
        impl Flag {
            pub(crate) const ALL: &[Flag] = &[$(Flag::$name,)*];
            pub(crate) const fn label(self) -> &'static str {
                match self { $(Flag::$name => $label,)* }
            }
            /// A profile that departs in this one place: what a flag does by itself.
            pub(crate) fn alone(self) -> &'static super::Profile {
                match self { $(Flag::$name => {
                    static ALONE: super::Profile = super::Profile { name: $label, controllers: &[], flags: &[Flag::$name], groups: &[], measured: "" };
                    &ALONE
                })* }
            }
            pub(crate) const fn evidence(self) -> &'static Evidence {
                match self { $(Flag::$name => &Evidence { rule: $rule, does: $does, standard: $standard },)* }
            }
        }
    };
}

flags! {
    EqualHostIsolation "isolation" "17"
        "takes out of a listener only the hostnames that equal another listener's hostname of the port; other hosts that a listener owns are still served through a wider one"
        "the most specific listener of a port owns a host, and no other serves it"
    IsolationAttached "isolation-attached" "17, 43"
        "a route without a hostname left after isolation is not accepted there, and not counted"
        "attachment and attachedRoutes ignore isolation"
    HostNoFallThrough "host-no-fall-through" "36"
        "matches a request only against the routes of the most specific hostname that covers it"
        "leaves open whether a wider hostname's rules are tried next; they are"
    UnprogrammedNoOwner "unprogrammed-owner" "17, 44"
        "a listener whose certificate does not resolve is not served and does not own its host"
        "a listener that is not programmed still owns its host"
    InvalidKindsNotServed "invalid-kinds-not-served" "8"
        "a listener with any invalid route kind is not programmed and not served"
        "the valid kinds stay supported"
    ConflictHiddenByCertificate "conflict-hidden-by-certificate" "18"
        "a listener whose certificate does not resolve takes no part in conflicts"
        "every listener takes part in conflicts"
    GrpcTakesHttp "grpc-route-takes-http" "37"
        "a GRPCRoute matches by path and headers whatever the content type"
        "a GRPCRoute matches gRPC requests"
    FirstQueryValue "repeated-query-parameter" "35"
        "of a repeated query parameter the first value counts"
        "leaves open which value of a repeated query parameter counts; any may match"
    MergeByHostname "merge-by-hostname" "36"
        "sorts rules together only over routes that write the same hostname; other routes of a host follow whole: the Gateway's namespace first, then by age, then by hostname; rules with `/` and nothing else last"
        "the rules of all routes of a host are sorted together"
    RegexLast "regex-precedence" "36"
        "a regex path comes after every prefix, and is left out behind a rule with `/` and nothing else"
        "gives regular expressions no place; they come after Exact and before prefixes"
    WholeHostIsolation "isolation" "17"
        "takes a route hostname out of a listener only where it lies wholly inside another listener's hostname of the same port, protocol and owner"
        "the most specific listener of a port owns a host, and no other serves it"
    ConflictByHostname "conflict-by-hostname" "18, 20"
        "HTTP and HTTPS or TLS on one port conflict only where their hostnames are equal"
        "HTTP and HTTPS or TLS on one port conflict"
    ConflictFirstWins "conflict-first-wins" "19"
        "of a Gateway's conflicting listeners the first in the list stays"
        "inside one Gateway every conflicting listener is rejected"
    ConflictedNoParent "conflicted-listener-attachment" "43"
        "a conflicted listener is no parent: routes get NoMatchingParent and are not counted"
        "routes are counted for a listener that is not accepted too"
    FilterDropsRoute "unsupported-filter-drops-route" "40"
        "a filter that is not supported takes every rule of its route out: requests get another route's answer or 404"
        "a filter that cannot be applied is never skipped: the request gets an error"
    UnprogrammedTakesHosts "unprogrammed-owner" "17, 44"
        "a listener without a usable certificate is not served, yet takes the hosts inside its own out of wider listeners"
        "a listener that is not programmed owns its host"
    HttpAndGrpc "http-and-grpc" "22"
        "sorts HTTPRoute and GRPCRoute rules of one host together"
        "accepts only the older of an HTTPRoute and a GRPCRoute with intersecting hosts"
    PrefixTrailingSlash "prefix-trailing-slash" "36"
        "a trailing slash does not count for the length of a prefix"
        "the prefix with more characters wins"
    BackendPortUnchecked "backend-port" "30"
        "does not look whether the Service has the port: ResolvedRefs is True, and requests get 500"
        "does not say what a missing Service port gives; the reference does not resolve"
    WeightZeroUnchecked "weight-zero-refs" "29, 31"
        "does not look at backendRefs of weight 0"
        "every backendRef is resolved"
    LastReason "some-reason" "29"
        "of several failing references the last rule's last one gives the reason, and a missing grant comes before an invalid kind"
        "leaves open which of several reasons is reported; the first is"
    HostnameBeforeKind "reason-order" "14"
        "judges the hostname before the kind, and the namespace last; of several listeners `not allowed` wins over `no hostname`"
        "leaves open which of several reasons is reported"
    NoValidCa "no-valid-ca" "28"
        "a certificateRef without a grant also gives NoValidCACertificate"
        "NoValidCACertificate is about client validation only"
    InvalidKindsProgrammed "invalid-kinds-programmed" "8"
        "a listener without any valid kind is programmed and owns its host"
        "a listener without any valid kind is not programmed"
    UnacceptedSetUncounted "unaccepted-listenerset" "23, 43"
        "routes of a ListenerSet that is not accepted get no status, and its listeners count none"
        "routes are counted for a listener that is not accepted too"
    NoUdp "no-udp" "7, 44"
        "UDP listeners are UnsupportedProtocol, UDPRoutes get no status"
        "UDP listeners take UDPRoutes"
    UnsupportedProtocolProgrammed "unsupported-protocol-programmed" "7, 44"
        "a listener of an unknown protocol is Accepted=False and Programmed=True"
        "a listener of an unknown protocol is not programmed"
    DuplicateDomain "duplicate-domain" "17"
        "writes a hostname twice where a route reaches two listeners of one port under it, and Envoy refuses the port (a hazard: no row shows it)"
        "each listener serves the route"
    HttpsWithoutHostname "https-without-hostname" "18"
        "programs an HTTPS listener without a hostname on the port of an HTTP listener with one, and Envoy refuses the port (a hazard: no row shows it)"
        "HTTP and HTTPS on one port conflict"
}

/// Measured on a running Envoy Gateway after v1.9.0 with Envoy 1.40.
pub(super) const ENVOY_GATEWAY: &[Flag] = &[
    Flag::EqualHostIsolation,
    Flag::IsolationAttached,
    Flag::HostNoFallThrough,
    Flag::UnprogrammedNoOwner,
    Flag::InvalidKindsNotServed,
    Flag::ConflictHiddenByCertificate,
    Flag::GrpcTakesHttp,
    Flag::FirstQueryValue,
    Flag::DuplicateDomain,
];

/// Measured on a running istiod (1.32 in the making) driving Envoy 1.40.
pub(super) const ISTIO: &[Flag] = &[
    Flag::MergeByHostname,
    Flag::RegexLast,
    Flag::WholeHostIsolation,
    Flag::HostNoFallThrough,
    Flag::ConflictByHostname,
    Flag::ConflictFirstWins,
    Flag::ConflictedNoParent,
    Flag::FilterDropsRoute,
    Flag::UnprogrammedTakesHosts,
    Flag::HttpAndGrpc,
    Flag::GrpcTakesHttp,
    Flag::FirstQueryValue,
    Flag::PrefixTrailingSlash,
    Flag::BackendPortUnchecked,
    Flag::WeightZeroUnchecked,
    Flag::LastReason,
    Flag::HostnameBeforeKind,
    Flag::NoValidCa,
    Flag::InvalidKindsProgrammed,
    Flag::UnacceptedSetUncounted,
    Flag::NoUdp,
    Flag::UnsupportedProtocolProgrammed,
    Flag::HttpsWithoutHostname,
];
