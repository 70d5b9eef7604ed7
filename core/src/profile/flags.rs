//! One entry a flag: its label, the rule it departs from, what the controller does, what the standard says, and the
//! change to the manifests under which both agree.

/// What is known of a departure.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub(crate) rule: &'static str,
    /// What the controller does.
    pub(crate) does: &'static str,
    /// What the standard says there.
    pub(crate) standard: &'static str,
    /// The change to the manifests under which both agree.
    pub(crate) agree: &'static str,
}

macro_rules! flags {
    ($($name:ident $label:literal $rule:literal $does:literal $standard:literal $agree:literal)*) => {
        /// A departure from the standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub(crate) enum Flag { $($name,)* }
        impl Flag {
            pub(crate) const ALL: &[Flag] = &[$(Flag::$name,)*];
            pub(crate) const fn label(self) -> &'static str {
                match self { $(Flag::$name => $label,)* }
            }
            pub(crate) const fn evidence(self) -> &'static Evidence {
                match self { $(Flag::$name => &Evidence { rule: $rule, does: $does, standard: $standard, agree: $agree },)* }
            }
        }
    };
}

flags! {
    EqualHostIsolation "isolation" "17"
        "takes out of a listener only the hostnames that equal another listener's hostname of the port; other hosts that a listener owns are still served through a wider one"
        "the most specific listener of a port owns a host, and no other serves it"
        "name on the route only hostnames that no other listener of the port owns, or point its parentRef at the owning listener with sectionName"
    IsolationAttached "isolation-attached" "17, 43"
        "a route without a hostname left after isolation is not accepted there, and not counted"
        "attachment and attachedRoutes ignore isolation"
        "drop the parentRef to the listener whose hostnames all belong to others, or point it with sectionName at the listener that owns them"
    HostNoFallThrough "host-no-fall-through" "36"
        "matches a request only against the routes of the most specific hostname that covers it"
        "leaves open whether a wider hostname's rules are tried next; they are"
        "repeat the wider hostname's rules on the route of the more specific hostname, so that every request finds a match there"
    UnprogrammedNoOwner "unprogrammed-owner" "17, 44"
        "a listener whose certificate does not resolve is not served and does not own its host"
        "a listener that is not programmed still owns its host"
        "mend the listener's certificate, or remove the listener"
    InvalidKindsNotServed "invalid-kinds-not-served" "8"
        "a listener with any invalid route kind is not programmed and not served"
        "the valid kinds stay supported"
        "remove the unknown kinds from the listener's allowedRoutes.kinds"
    ConflictHiddenByCertificate "conflict-hidden-by-certificate" "18"
        "a listener whose certificate does not resolve takes no part in conflicts"
        "every listener takes part in conflicts"
        "give the conflicting listeners different hostnames or ports, or remove the one without a certificate"
    GrpcTakesHttp "grpc-route-takes-http" "37"
        "a GRPCRoute matches by path and headers whatever the content type"
        "a GRPCRoute matches gRPC requests"
        "give gRPC services a hostname of their own, which no HTTP client uses"
    FirstQueryValue "repeated-query-parameter" "35"
        "of a repeated query parameter the first value counts"
        "leaves open which value of a repeated query parameter counts; any may match"
        "match on a header or a path where clients may repeat the parameter"
    MergeByHostname "merge-by-hostname" "36"
        "sorts rules together only over routes that write the same hostname; other routes of a host follow whole: the Gateway's namespace first, then by age, then by hostname; rules with `/` and nothing else last"
        "the rules of all routes of a host are sorted together"
        "write the same hostnames on all routes of a host, so that their rules are sorted together"
    RegexLast "regex-precedence" "36"
        "a regex path comes after every prefix, and is left out behind a rule with `/` and nothing else"
        "gives regular expressions no place; they come after Exact and before prefixes"
        "write the regex path as Exact or PathPrefix, or keep prefixes that cover it off its hostname"
    WholeHostIsolation "isolation" "17"
        "takes a route hostname out of a listener only where it lies wholly inside another listener's hostname of the same port, protocol and owner"
        "the most specific listener of a port owns a host, and no other serves it"
        "name on the route only hostnames that no other listener of the port owns, or point its parentRef at the owning listener with sectionName"
    ConflictByHostname "conflict-by-hostname" "18, 20"
        "HTTP and HTTPS or TLS on one port conflict only where their hostnames are equal"
        "HTTP and HTTPS or TLS on one port conflict"
        "give HTTP and HTTPS or TLS listeners ports of their own"
    ConflictFirstWins "conflict-first-wins" "19"
        "of a Gateway's conflicting listeners the first in the list stays"
        "inside one Gateway every conflicting listener is rejected"
        "give every listener of the Gateway its own pair of port and hostname"
    ConflictedNoParent "conflicted-listener-attachment" "43"
        "a conflicted listener is no parent: routes get NoMatchingParent and are not counted"
        "routes are counted for a listener that is not accepted too"
        "give the conflicting listeners different hostnames or ports"
    FilterDropsRoute "unsupported-filter-drops-route" "40"
        "a filter that is not supported takes every rule of its route out: requests get another route's answer or 404"
        "a filter that cannot be applied is never skipped: the request gets an error"
        "remove the filter, or move its rule to a route of its own"
    UnprogrammedTakesHosts "unprogrammed-owner" "17, 44"
        "a listener without a usable certificate is not served, yet takes the hosts inside its own out of wider listeners"
        "a listener that is not programmed owns its host"
        "mend the listener's certificate, or remove the listener"
    HttpAndGrpc "http-and-grpc" "22"
        "sorts HTTPRoute and GRPCRoute rules of one host together"
        "accepts only the older of an HTTPRoute and a GRPCRoute with intersecting hosts"
        "give HTTPRoutes and GRPCRoutes different hostnames"
    PrefixTrailingSlash "prefix-trailing-slash" "36"
        "a trailing slash does not count for the length of a prefix"
        "the prefix with more characters wins"
        "write prefixes without a trailing slash"
    BackendPortUnchecked "backend-port" "30"
        "does not look whether the Service has the port: ResolvedRefs is True, and requests get 500"
        "does not say what a missing Service port gives; the reference does not resolve"
        "name a port that the Service has"
    WeightZeroUnchecked "weight-zero-refs" "29, 31"
        "does not look at backendRefs of weight 0"
        "every backendRef is resolved"
        "remove backendRefs of weight 0, or mend them"
    LastReason "some-reason" "29"
        "of several failing references the last rule's last one gives the reason, and a missing grant comes before an invalid kind"
        "leaves open which of several reasons is reported; the first is"
        "mend the references: the reason then no longer matters"
    HostnameBeforeKind "reason-order" "14"
        "judges the hostname before the kind, and the namespace last; of several listeners `not allowed` wins over `no hostname`"
        "leaves open which of several reasons is reported"
        "mend the refused parentRef: the reason then no longer matters"
    NoValidCa "no-valid-ca" "28"
        "a certificateRef without a grant also gives NoValidCACertificate"
        "NoValidCACertificate is about client validation only"
        "add the ReferenceGrant for the certificate"
    InvalidKindsProgrammed "invalid-kinds-programmed" "8"
        "a listener without any valid kind is programmed and owns its host"
        "a listener without any valid kind is not programmed"
        "allow at least one kind that the listener's protocol can carry"
    UnacceptedSetUncounted "unaccepted-listenerset" "23, 43"
        "routes of a ListenerSet that is not accepted get no status, and its listeners count none"
        "routes are counted for a listener that is not accepted too"
        "have the Gateway allow the ListenerSet, or move its routes to listeners that are accepted"
    NoUdp "no-udp" "7, 44"
        "UDP listeners are UnsupportedProtocol, UDPRoutes get no status"
        "UDP listeners take UDPRoutes"
        "none: this controller serves no UDP; take the UDP listener and its routes elsewhere"
    UnsupportedProtocolProgrammed "unsupported-protocol-programmed" "7, 44"
        "a listener of an unknown protocol is Accepted=False and Programmed=True"
        "a listener of an unknown protocol is not programmed"
        "give the listener a protocol that the controller supports"
    DuplicateDomain "duplicate-domain" "17"
        "writes a hostname twice where a route reaches two listeners of one port under it, and Envoy refuses the port (a hazard: no row shows it)"
        "each listener serves the route"
        "attach the route to one listener of the port with sectionName, or make the listeners' hostnames disjoint"
    HttpsWithoutHostname "https-without-hostname" "18"
        "programs an HTTPS listener without a hostname on the port of an HTTP listener with one, and Envoy refuses the port (a hazard: no row shows it)"
        "HTTP and HTTPS on one port conflict"
        "give the HTTPS listener a hostname, or a port of its own"
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

/// A set of flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Flags(u64);

impl Flags {
    pub(crate) const fn of(list: &[Flag]) -> Self {
        let mut bits = 0;
        let mut rest = list;
        while let [flag, more @ ..] = rest {
            bits |= flag.bit();
            rest = more;
        }
        Self(bits)
    }
    pub(crate) const fn has(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }
    /// With a flag, or without it.
    pub(crate) const fn set(self, flag: Flag, on: bool) -> Self {
        Self(if on { self.0 | flag.bit() } else { self.0 & !flag.bit() })
    }
    pub(crate) fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.iter().copied().filter(move |f| self.has(*f))
    }
}

impl Flag {
    const fn bit(self) -> u64 {
        1 << (self as u8)
    }
}

const _: () = assert!(Flag::ALL.len() <= 64, "a set of flags is 64 bits");
