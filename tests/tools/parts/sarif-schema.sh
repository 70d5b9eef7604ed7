# shellcheck shell=bash disable=SC2034
# The crate carries the schema of OASIS as it was published.
CRATE=serde-sarif VERSION=0.8.0
ABOUT="JSON schema of SARIF 2.1.0 (OASIS), from the crate $CRATE $VERSION"
WAY_OUT="put sarif-schema-2.1.0.json of OASIS at $CACHE/sarif-schema/$VERSION/sarif-schema-2.1.0.json"

part_path() { echo "$CACHE/sarif-schema/$VERSION/sarif-schema-2.1.0.json"; }

# Cargo fetches and checks the crate; its archive is all that is wanted of it.
take() {
  local work archive
  work=$(mktemp -d)
  mkdir "$work/src"
  : >"$work/src/lib.rs"
  printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n%s = { version = "=%s", default-features = false }\n[workspace]\n' \
    "$CRATE" "$VERSION" >"$work/Cargo.toml"
  cargo fetch --manifest-path "$work/Cargo.toml"
  rm -rf "$work"
  archive=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/cache" -name "$CRATE-$VERSION.crate" | head -n 1)
  tar -xzf "$archive" -O "$CRATE-$VERSION/src/schema.json" >"$STAGE/sarif-schema-2.1.0.json"
  grep -q '"Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"' "$STAGE/sarif-schema-2.1.0.json"
}

part_install() {
  need cargo "install rustup"
  stage
  step "fetch $VERSION" take
  publish "$CACHE/sarif-schema/$VERSION"
}
