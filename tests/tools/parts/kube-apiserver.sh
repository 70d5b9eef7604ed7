# shellcheck shell=bash disable=SC2034
# A real API server. Which version is said in kube-apiserver/go.mod alone.
MODULE=$TOOLS/kube-apiserver
VERSION=$(awk '$2 == "k8s.io/kubernetes" { print $3 }' "$MODULE/go.mod")
ABOUT="kube-apiserver $VERSION, built from its Go module; the one in KUBEBUILDER_ASSETS where set"
WAY_OUT="set KUBEBUILDER_ASSETS to a folder that has kube-apiserver and etcd"

part_path() { kubebuilder_asset kube-apiserver || echo "$CACHE/kube-apiserver/$VERSION/kube-apiserver"; }

# Without -X clients are told v0.0.0.
build() {
  local about=k8s.io/component-base/version major minor
  IFS=. read -r major minor _ <<<"${VERSION#v}"
  go build -C "$MODULE" -mod=readonly -o "$STAGE/kube-apiserver" \
    -ldflags "-s -w -X $about.gitVersion=$VERSION -X $about.gitMajor=$major -X $about.gitMinor=$minor" \
    k8s.io/kubernetes/cmd/kube-apiserver
}

part_install() {
  go_build_setup
  stage
  step "fetch the modules of $VERSION" go mod download -C "$MODULE"
  step "build $VERSION" build
  publish "$CACHE/kube-apiserver/$VERSION"
}
