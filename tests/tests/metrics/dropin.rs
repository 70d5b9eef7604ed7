//! Queries of the dashboards and alerts that exist for the exporters that this one replaces, still answered: each with its
//! metric, matchers, and the labels that its panel shows.

use super::promql::{empty, having, scraped};
use super::*;

/// gateway-api-state-metrics: its eight dashboards and its alert rules. Kuadrant's and Envoy Gateway's read the same series.
const STATE_METRICS: &[(&str, &str)] = &[
    ("gatewayapi_gateway_info", "customresource_version gatewayclass_name name namespace"),
    (
        "gatewayapi_gateway_created * on (name, namespace, instance) group_right gatewayapi_gateway_info",
        "customresource_version gatewayclass_name name namespace",
    ),
    ("gatewayapi_gateway_status{type=\"Accepted\"}", "name namespace"),
    ("gatewayapi_gateway_status{type=\"Programmed\"}", "name namespace"),
    ("gatewayapi_gateway_listener_info", "customresource_version hostname listener_name name namespace port protocol tls_mode allowed_routes_namespaces_from"),
    ("gatewayapi_gateway_listener_info{protocol=\"HTTP\"}", "name namespace port"),
    ("gatewayapi_gateway_status_listener_attached_routes", "customresource_version listener_name name namespace"),
    ("gatewayapi_gateway_status_address_info", "customresource_version name namespace type value"),
    ("gatewayapi_gatewayclass_info", "name"),
    ("gatewayapi_gatewayclass_created", "customresource_version name"),
    ("gatewayapi_gatewayclass_status{type=\"Accepted\"} > 0", "name"),
    ("gatewayapi_gatewayclass_status_supported_features", "features name"),
    ("gatewayapi_httproute_created", "customresource_version name namespace"),
    ("gatewayapi_httproute_parent_info{parent_kind=\"Gateway\"}", "name namespace parent_name customresource_version parent_namespace"),
    ("gatewayapi_httproute_status_parent_info", "name namespace parent_kind parent_name"),
    ("gatewayapi_httproute_hostname_info", "name namespace hostname"),
    ("gatewayapi_grpcroute_created", "customresource_version name namespace"),
    ("gatewayapi_grpcroute_parent_info{parent_kind=\"Gateway\"}", "name namespace parent_name"),
    ("gatewayapi_grpcroute_status_parent_info", "name namespace parent_name"),
    ("gatewayapi_tlsroute_created", "customresource_version name namespace"),
    ("gatewayapi_tlsroute_parent_info{parent_kind=\"Gateway\"}", "name namespace parent_name"),
    ("gatewayapi_tlsroute_status_parent_info", "name namespace parent_name"),
    ("gatewayapi_tcproute_created", "customresource_version name namespace"),
    ("gatewayapi_tcproute_parent_info{parent_kind=\"Gateway\"}", "name namespace parent_name"),
    ("gatewayapi_tcproute_status_parent_info", "name namespace parent_name"),
    ("gatewayapi_udproute_created", "customresource_version name namespace"),
    ("gatewayapi_udproute_parent_info{parent_kind=\"Gateway\"}", "name namespace parent_name"),
    ("gatewayapi_udproute_status_parent_info", "name namespace parent_name"),
    ("gatewayapi_tlspolicy_status", "name type"),
    ("gatewayapi_tlspolicy_target_info", "name target_kind target_name"),
    ("gatewayapi_dnspolicy_status", "name type"),
    ("gatewayapi_dnspolicy_target_info", "name target_kind target_name"),
    ("gatewayapi_ratelimitpolicy_status", "name type"),
    ("gatewayapi_ratelimitpolicy_target_info", "name target_kind target_name"),
    ("gatewayapi_authpolicy_status", "name type"),
    ("gatewayapi_authpolicy_target_info", "name target_kind target_name"),
    ("gatewayapi_backendtlspolicy_target_info", "name target_kind target_name"),
    // Traffic is joined with routes by labels of the user's.
    ("label_replace(gatewayapi_httproute_labels, \"workload\", \"$1\", \"name\", \"(.+)\")", "workload name namespace"),
];

/// kubernetes-gateway-exporter: its labels, as its documentation groups by them.
const ROUTES: &[(&str, &str)] = &[
    ("exposed_route_info", "namespace gateway_name route_name hostname listener_name http_path service_name backend_namespace backend_port lb_type ip_address"),
    ("exposed_route_info{lb_type=\"external\"} == 1", "hostname"),
    ("exposed_route_info{lb_type=\"internal\"} == 1", "hostname"),
];

fn unanswered(text: &str, panels: &[(&str, &str)]) -> Vec<String> {
    let queries: Vec<String> =
        panels.iter().flat_map(|(query, labels)| std::iter::once((*query).to_owned()).chain(labels.split(' ').map(|l| having(query, l)))).collect();
    empty(&scraped(text), &queries)
}

#[test]
fn dashboards_of_gateway_api_state_metrics_are_answered() {
    let mut objects = example();
    objects.extend(super::objects::objects());
    // As the API server stores them.
    for route in &mut objects {
        for parent in route["spec"]["parentRefs"].as_array_mut().into_iter().flatten().filter(|p| p.get("kind").is_none()) {
            parent["kind"] = serde_json::json!("Gateway");
        }
    }
    let text = text(&metrics(&objects, MetricsConfig::default()).scrape());
    let none = unanswered(&text, STATE_METRICS);
    assert!(none.is_empty(), "{none:#?}");
}

#[test]
fn queries_for_kubernetes_gateway_exporter_are_answered() {
    let text = text(&metrics(&example(), MetricsConfig::default()).scrape());
    let none = unanswered(&text, ROUTES);
    assert!(none.is_empty(), "{none:#?}");
}
