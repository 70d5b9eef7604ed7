# shellcheck shell=bash disable=SC2034
# Rust's libraries for the targets, in the toolchain that the checkout uses.
# wasm32v1-none has no std: what builds for it is no_std.
TARGETS=(wasm32-unknown-unknown wasm32-wasip1 wasm32v1-none)
ABOUT="Rust targets ${TARGETS[*]}, by rustup, for the active toolchain"
WAY_OUT="rustup target add ${TARGETS[*]}"

# The toolchain that a rust-toolchain file in the checkout selects, if any.
cd "$TOOLS/../.." || exit

part_path() { echo "$(rustc --print sysroot)/lib/rustlib"; }

part_ready() {
  local folder target
  folder=$(part_path 2>/dev/null) || return 1
  for target in "${TARGETS[@]}"; do
    [[ -d $folder/$target/lib ]] || return 1
  done
}

part_install() {
  need rustup "install rustup, or a Rust that has the targets ${TARGETS[*]}"
  step "add ${TARGETS[*]}" rustup target add "${TARGETS[@]}"
}
