# shellcheck shell=bash disable=SC2034
# Unpacked from Debian's package, not installed: that would start a server.
# Keyed by Debian's release, which fixes the version.
RELEASE=$(. /etc/os-release && echo "$ID-${VERSION_ID:-unstable}")
ABOUT="promtool of Debian's prometheus package ($RELEASE)"
WAY_OUT="put a promtool at $CACHE/promtool/$RELEASE/promtool"

part_path() { echo "$CACHE/promtool/$RELEASE/promtool"; }

fetch() {
  deb_into "$STAGE/root" prometheus
  mv "$STAGE/root/usr/bin/promtool" "$STAGE/promtool"
  rm -rf "$STAGE/root"
}

part_install() {
  need_apt
  stage
  step "fetch Debian's prometheus package" fetch
  publish "$CACHE/promtool/$RELEASE"
}
