# shellcheck shell=bash disable=SC2034
# Installed on the machine: it needs some fifty libraries beside it.
ABOUT="Chromium, Debian's package, installed on the machine"
WAY_OUT="as root: apt-get install chromium"

part_path() { command -v chromium || echo /usr/bin/chromium; }

part_install() {
  need_apt
  step "install Debian's chromium package" apt_install chromium
}
