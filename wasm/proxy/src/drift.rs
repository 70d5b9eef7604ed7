//! The route that Envoy chose, from its name, against the predicted one.
//!
//! Envoy Gateway names routes `httproute/NS/NAME/rule/I/match/J/HOST` (dots of the host as `_`; a rule without matches
//! has match -1), Istio `NS.NAME.RULE`, or a named rule by its name alone (as measured on running controllers).

use gatescope_core::matcher::Served;

/// What the chosen route says of the prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// The chosen route is the predicted one.
    Agrees,
    /// The name is nobody's we know, or there is no prediction.
    NotJudged,
    /// Another route or rule was chosen.
    Route,
    /// The same rule was chosen, by another match or under another hostname.
    Match,
    /// An exposure is predicted, and no route was chosen.
    NotRouted,
}

impl Drift {
    /// Label of the counter; none where there is nothing to count.
    pub fn label(self) -> Option<&'static str> {
        match self {
            Self::Agrees | Self::NotJudged => None,
            Self::Route => Some("route"),
            Self::Match => Some("match"),
            Self::NotRouted => Some("not-routed"),
        }
    }
}

/// Judges the chosen route; `None` where Envoy has none.
pub fn judge(chosen: Option<&str>, istio: bool, served: &Served<'_>) -> Drift {
    match chosen {
        None => Drift::NotRouted,
        Some(name) => envoy_gateway(name, served).unwrap_or_else(|| if istio { self::istio(name, served) } else { Drift::NotJudged }),
    }
}

fn envoy_gateway(name: &str, served: &Served<'_>) -> Option<Drift> {
    let mut parts = name.splitn(8, '/');
    let kind = match parts.next()? {
        "httproute" => "HTTPRoute",
        "grpcroute" => "GRPCRoute",
        _ => return None,
    };
    let (namespace, route) = (parts.next()?, parts.next()?);
    let rule: u32 = parts.next().filter(|p| *p == "rule").and_then(|_| parts.next()?.parse().ok())?;
    let index: i64 = parts.next().filter(|p| *p == "match").and_then(|_| parts.next()?.parse().ok())?;
    let host = parts.next()?;
    if (kind, namespace, route, rule) != (served.route_kind, served.route_namespace, served.route_name, served.rule) {
        return Some(Drift::Route);
    }
    let same_host = host.len() == served.hostname.len() && host.bytes().zip(served.hostname.bytes()).all(|(a, b)| a == if b == b'.' { b'_' } else { b });
    Some(if index.max(0) == i64::from(served.match_index) && same_host { Drift::Agrees } else { Drift::Match })
}

fn istio(name: &str, served: &Served<'_>) -> Drift {
    let numbered = || {
        let rest = name.strip_prefix(served.route_namespace)?.strip_prefix('.')?;
        let rule = rest.strip_prefix(served.route_name)?.strip_prefix('.')?;
        Some(rule.parse() == Ok(served.rule))
    };
    let same = if served.rule_name.is_empty() { numbered().unwrap_or(false) } else { name == served.rule_name };
    if same { Drift::Agrees } else { Drift::Route }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatescope_core::types::Outcome;

    fn served() -> Served<'static> {
        Served {
            id: 1,
            route: "HTTPRoute/shop/web.v2",
            route_kind: "HTTPRoute",
            route_namespace: "shop",
            route_name: "web.v2",
            rule: 1,
            rule_name: "",
            match_index: 0,
            listener: "infra/edge/https",
            listener_name: "https",
            hostname: "*.a.example",
            outcome: Outcome::Forward,
            status: 0,
            backend: "",
        }
    }

    #[test]
    fn names_of_envoy_gateway() {
        let of = |name| judge(Some(name), false, &served());
        assert_eq!(of("httproute/shop/web.v2/rule/1/match/0/*_a_example"), Drift::Agrees);
        assert_eq!(of("httproute/shop/web.v2/rule/1/match/-1/*_a_example"), Drift::Agrees);
        assert_eq!(of("httproute/shop/web.v2/rule/1/match/2/*_a_example"), Drift::Match);
        assert_eq!(of("httproute/shop/web.v2/rule/1/match/0/b_example"), Drift::Match);
        assert_eq!(of("httproute/shop/web.v2/rule/0/match/0/*_a_example"), Drift::Route);
        assert_eq!(of("grpcroute/shop/web.v2/rule/1/match/0/*_a_example"), Drift::Route);
        assert_eq!(of("my-own-route"), Drift::NotJudged);
        assert_eq!(judge(None, false, &served()), Drift::NotRouted);
    }

    #[test]
    fn names_of_istio() {
        let of = |name| judge(Some(name), true, &served());
        assert_eq!(of("shop.web.v2.1"), Drift::Agrees);
        assert_eq!(of("shop.web.v2.0"), Drift::Route);
        assert_eq!(of("shop.web.1"), Drift::Route);
        let named = Served { rule_name: "cart", ..served() };
        assert_eq!(judge(Some("cart"), true, &named), Drift::Agrees);
        assert_eq!(judge(Some("shop.web.v2.1"), true, &named), Drift::Route);
    }
}
