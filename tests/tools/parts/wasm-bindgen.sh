# shellcheck shell=bash disable=SC2034
# Must be the version of the crate wasm-bindgen that the module is built with.
VERSION=0.2.130
ABOUT="wasm-bindgen and its test runner $VERSION, built with cargo"
WAY_OUT="put wasm-bindgen $VERSION at $CACHE/wasm-bindgen/$VERSION/wasm-bindgen"

part_path() { echo "$CACHE/wasm-bindgen/$VERSION/wasm-bindgen"; }

# Not --locked: the published lock file names versions that a registry may have withdrawn.
# No default features: TLS is for driving browsers elsewhere.
build() {
  local work=$SCRATCH/wasm-bindgen
  # Away from the checkout, whose Cargo configuration is for other targets.
  cd "$STAGE" || return
  unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_TARGET CARGO_BUILD_RUSTFLAGS
  CARGO_PROFILE_RELEASE_STRIP=true cargo install wasm-bindgen-cli --version "=$VERSION" --no-default-features \
    --bin wasm-bindgen --bin wasm-bindgen-test-runner --no-track --root "$work/root" --target-dir "$work"
  mv "$work/root/bin"/* "$STAGE/"
  rm -rf "$work"
}

part_install() {
  need cargo "install rustup"
  stage
  step "build $VERSION" build
  publish "$CACHE/wasm-bindgen/$VERSION"
}
