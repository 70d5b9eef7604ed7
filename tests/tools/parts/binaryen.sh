# shellcheck shell=bash disable=SC2034
# Each of the package's tools is a script for node that carries its own wasm.
VERSION=132.0.0
ABOUT="wasm-opt of Binaryen $VERSION from npm, run by node"
WAY_OUT="put a wasm-opt at $CACHE/binaryen/$VERSION/wasm-opt"

part_path() { echo "$CACHE/binaryen/$VERSION/wasm-opt"; }

fetch() {
  npm install --prefix "$STAGE/npm" --no-save --no-package-lock --ignore-scripts --no-audit --no-fund \
    --cache "$STAGE/npm-cache" "binaryen@$VERSION"
  # package.json says what kind of script it is.
  mv "$STAGE"/npm/node_modules/binaryen/bin/{wasm-opt,package.json} "$STAGE/"
  rm -rf "$STAGE/npm" "$STAGE/npm-cache"
}

part_install() {
  need npm "apt-get install nodejs npm"
  stage
  step "fetch $VERSION" fetch
  publish "$CACHE/binaryen/$VERSION"
}
