# shellcheck shell=bash disable=SC2034
# An OpenTelemetry Collector that takes OTLP and prints what it got.
VERSION=v0.162.0
ABOUT="OpenTelemetry Collector $VERSION with otlpreceiver and debugexporter, built from Go modules"
WAY_OUT="put such a collector at $CACHE/collector/$VERSION/collector"

part_path() { echo "$CACHE/collector/$VERSION/collector"; }

build() {
  local work=$SCRATCH/collector
  rm -rf "$work"
  mkdir -p "$work"
  cat >"$work/builder.yaml" <<YAML
dist:
  name: collector
  module: gatescope.test/collector
  version: ${VERSION#v}
  output_path: $work/out
receivers:
  - gomod: go.opentelemetry.io/collector/receiver/otlpreceiver $VERSION
exporters:
  - gomod: go.opentelemetry.io/collector/exporter/debugexporter $VERSION
YAML
  go run "go.opentelemetry.io/collector/cmd/builder@$VERSION" --config "$work/builder.yaml"
  mv "$work/out/collector" "$STAGE/collector"
  rm -rf "$work"
}

part_install() {
  go_build_setup
  stage
  step "build $VERSION" build
  publish "$CACHE/collector/$VERSION"
}
