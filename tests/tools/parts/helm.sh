# shellcheck shell=bash disable=SC2034
VERSION=v3.22.0
ABOUT="Helm $VERSION, built from its Go module"
WAY_OUT="put a helm 3 at $CACHE/helm/$VERSION/helm"

part_path() { echo "$CACHE/helm/$VERSION/helm"; }

build() {
  GOBIN=$STAGE go install -ldflags "-s -w -X helm.sh/helm/v3/internal/version.version=$VERSION" \
    "helm.sh/helm/v3/cmd/helm@$VERSION"
}

part_install() {
  go_build_setup
  stage
  step "build $VERSION" build
  publish "$CACHE/helm/$VERSION"
}
