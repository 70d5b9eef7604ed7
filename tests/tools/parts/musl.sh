# shellcheck shell=bash disable=SC2034
# For the static binary: Rust's libraries and a C compiler for musl.
MUSL_TARGET=$(uname -m)-unknown-linux-musl
ABOUT="Rust target $MUSL_TARGET, by rustup, and Debian's musl-tools"
WAY_OUT="rustup target add $MUSL_TARGET; as root: apt-get install musl-tools"

# The toolchain that a rust-toolchain file in the checkout selects, if any.
cd "$TOOLS/../.." || exit

part_path() { echo "$(rustc --print sysroot)/lib/rustlib/$MUSL_TARGET"; }

part_ready() { [[ -d $(part_path 2>/dev/null)/lib ]] && command -v musl-gcc >/dev/null; }

part_install() {
  need rustup "install rustup, or a Rust that has the target $MUSL_TARGET"
  step "add $MUSL_TARGET" rustup target add "$MUSL_TARGET"
  command -v musl-gcc >/dev/null && return
  need_apt
  step "install Debian's musl-tools package" apt_install musl-tools
}
