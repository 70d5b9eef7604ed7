# shellcheck shell=bash disable=SC2034
# The API server's store, new enough for lists that are streamed. Which version is said in etcd/go.mod alone.
MODULE=$TOOLS/etcd
VERSION=$(awk '$2 == "go.etcd.io/etcd/server/v3" { print $3 }' "$MODULE/go.mod")
ABOUT="etcd $VERSION, built from its Go module; the one in KUBEBUILDER_ASSETS where set"
WAY_OUT="set KUBEBUILDER_ASSETS to a folder that has kube-apiserver and etcd"

part_path() { kubebuilder_asset etcd || echo "$CACHE/etcd/$VERSION/etcd"; }

build() {
  go build -C "$MODULE" -mod=readonly -o "$STAGE/etcd" -ldflags "-s -w" go.etcd.io/etcd/server/v3
}

part_install() {
  go_build_setup
  stage
  step "fetch the modules of $VERSION" go mod download -C "$MODULE"
  step "build $VERSION" build
  publish "$CACHE/etcd/$VERSION"
}
