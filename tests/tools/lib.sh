# shellcheck shell=bash
# What every command and part in this folder shares. Sourced, never run.
#
# A part is one file, parts/NAME.sh, that sets
#   ABOUT     one line: what it is, which version, from where
#   WAY_OUT   what to do instead when it cannot be installed
# and defines
#   part_path       prints where the binary or folder is, installed or not
#   part_install    puts it there, through step, stage and publish
#   part_ready      optional: whether it is installed; else part_path exists
# Adding a part is adding that file.

set -euo pipefail

TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${GATESCOPE_CACHE:-${HOME:?HOME is not set: set it or GATESCOPE_CACHE}/.cache/gatescope}
[[ $CACHE == /* ]] || CACHE=$PWD/$CACHE
SCRATCH=$CACHE/.scratch
# How long one install waits for another that does the same, in seconds.
LOCK_WAIT=${GATESCOPE_LOCK_WAIT:-2700}

say() { printf 'tools: %s\n' "$*" >&2; }

# die MESSAGE [WAY-OUT]
die() {
  say "error: $1"
  [[ -z ${2:-} ]] || say "  way out: $2"
  exit 1
}

part_names() {
  local file
  for file in "$TOOLS"/parts/*.sh; do basename "$file" .sh; done
}

# Reads one part's file. Use it in a subshell: parts define the same names.
load_part() {
  PART=$1
  # Read by what calls load_part.
  # shellcheck disable=SC2034
  ABOUT=''
  WAY_OUT=''
  part_ready() { [[ -e $(part_path) ]]; }
  [[ $PART =~ ^[a-z0-9-]+$ && -f $TOOLS/parts/$PART.sh ]] ||
    die "there is no part \`$PART\`" "one of: $(part_names | tr '\n' ' ')"
  # shellcheck source=/dev/null
  source "$TOOLS/parts/$PART.sh"
}

# kubebuilder_asset NAME: prints the executable of that name in the folder that
# controller tests elsewhere use too; fails where it is not set or has none.
kubebuilder_asset() {
  [[ -n ${KUBEBUILDER_ASSETS:-} && -x $KUBEBUILDER_ASSETS/$1 ]] && printf '%s\n' "$KUBEBUILDER_ASSETS/$1"
}

# lock NAME: until this shell ends, nobody else holds the same name. The order
# is always a part's own lock, then one of `go-build` and `apt`.
lock() {
  local file=$CACHE/.locks/$1 fd
  mkdir -p "$CACHE/.locks"
  exec {fd}>>"$file"
  if ! flock -n "$fd"; then
    say "$PART: waiting for another install that holds \`$1\`"
    flock -w "$LOCK_WAIT" "$fd" ||
      die "\`$file\` is still held after $LOCK_WAIT s (by process $(cat "$file" || true))" \
        "end that process, or set GATESCOPE_LOCK_WAIT to more seconds"
  fi
  echo "$BASHPID" >"$file"
  LOCK_FDS+=("$fd")
}
LOCK_FDS=()

# step TEXT COMMAND...: runs it with its output in a log, and prints one line
# with the seconds it took. On failure: the log's end, then out.
# Not to be called where bash ignores errors (if, &&, ||).
step() {
  local text=$1 log=$CACHE/.logs/$PART.log from=$SECONDS code=0 fd
  shift
  mkdir -p "$CACHE/.logs"
  set +e
  (
    set -e
    # Whatever stays in the background must not keep our locks.
    for fd in "${LOCK_FDS[@]}"; do exec {fd}>&-; done
    "$@"
  ) >"$log" 2>&1 </dev/null
  code=$?
  set -e
  if ((code != 0)); then
    say "$PART: $text: failed after $((SECONDS - from)) s; the end of $log:"
    tail -n 20 "$log" | sed 's/^/    /' >&2
    die "cannot install \`$PART\`" "$WAY_OUT"
  fi
  say "$PART: $text ($((SECONDS - from)) s)"
  rm -f "$log"
}

# stage: an empty folder that publish moves into place whole, so that what is
# in the cache is complete whenever it is there. Sets STAGE.
stage() {
  STAGE=$CACHE/.stage/$PART
  rm -rf "$STAGE"
  mkdir -p "$STAGE"
}

# publish FOLDER
publish() {
  mkdir -p "$(dirname "$1")"
  rm -rf "$1"
  mv "$STAGE" "$1"
}

# need COMMAND WAY-OUT
need() {
  command -v "$1" >/dev/null || die "\`$PART\` needs the command \`$1\`, which is not on the PATH" "$2"
}

# install_part NAME: nothing, silently, where it is there already.
install_part() {
  (
    load_part "$1"
    if part_ready; then exit 0; fi
    mkdir -p "$CACHE" || die "cannot make the cache folder \`$CACHE\`" "set GATESCOPE_CACHE to a folder that can be written"
    lock "part-$PART"
    if part_ready; then exit 0; fi
    part_install
    part_ready || die "\`$PART\` was installed, but \`$(part_path)\` is not right" "$WAY_OUT"
    rm -rf "$CACHE/.stage/$PART"
  )
}

# The packages' own clients.

# pip_into FOLDER PACKAGE==VERSION: the wheel's files alone, no dependencies.
pip_into() {
  PIP_USER=0 python3 -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --no-compile --no-cache-dir --target "$1" "$2"
}

need_pip() {
  need python3 "apt-get install python3 python3-pip"
  python3 -m pip --version >/dev/null 2>&1 || die "\`$PART\` needs pip for python3" "apt-get install python3-pip"
}

# deb_into FOLDER PACKAGE: the package's files, without installing it, so that
# no maintainer script runs and no service starts.
deb_into() {
  local work=$1.deb
  rm -rf "$work"
  mkdir -p "$work" "$1"
  (cd "$work" && apt_twice apt-get -q -o APT::Sandbox::User=root download "$2")
  dpkg-deb -x "$work"/*.deb "$1"
  rm -rf "$work"
}

# Once with the package lists as they are, and again after an update: a new
# machine has none, or old ones that name files which are gone.
apt_twice() {
  if "$@"; then return 0; fi
  "${AS_ROOT[@]}" apt-get -q update
  "$@"
}

# Sets AS_ROOT, the prefix of a command that only root may run.
AS_ROOT=()
need_apt() {
  need apt-get "$WAY_OUT"
  lock apt
  ((EUID == 0)) || AS_ROOT=(sudo -n)
}

# apt_install PACKAGE: on the machine itself, without what is only recommended.
apt_install() {
  apt_twice "${AS_ROOT[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends \
    -o DPkg::Lock::Timeout=300 install "$1"
}

# Go: the machine's where it is new enough, else the part `go`. Modules and
# objects go to a folder of their own, gigabytes that nobody needs again.
# go_setup FOLDER
go_setup() {
  local go
  install_part go
  go=$(load_part go && part_path)
  PATH=$(dirname "$go"):$PATH
  export GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=0
  export GOFLAGS='-trimpath -buildvcs=false -modcacherw -p=2'
  export GOCACHE=$1/go-build GOMODCACHE=$1/go-mod
  unset GOOS GOARCH GOROOT
}

# Go for a build. One build at a time: two would only share the cores, and so
# they share the folder, which drop_scratch removes.
go_build_setup() {
  go_setup "$SCRATCH"
  lock go-build
}

# Removes what the builds needed and nobody reads again, unless another install
# is in the middle of it: then that one does. GATESCOPE_KEEP_SCRATCH=1 keeps it.
drop_scratch() {
  [[ -d $SCRATCH && -z ${GATESCOPE_KEEP_SCRATCH:-} ]] || return 0
  (
    exec {fd}>>"$CACHE/.locks/go-build"
    if flock -n "$fd"; then rm -rf "$SCRATCH/go-build" "$SCRATCH/go-mod"; fi
    rmdir "$SCRATCH" 2>/dev/null || true
  )
}
