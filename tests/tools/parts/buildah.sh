# shellcheck shell=bash disable=SC2034
# Builds container images without an engine. Installed on the machine: it reads its policies from /etc.
ABOUT="buildah, Debian's package, installed on the machine"
WAY_OUT="as root: apt-get install buildah"

part_path() { command -v buildah || echo /usr/bin/buildah; }

part_install() {
  need_apt
  step "install Debian's buildah package" apt_install buildah
}
