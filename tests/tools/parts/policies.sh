# shellcheck shell=bash disable=SC2034
# CRDs of the controllers whose objects carry the Envoy plugin: FOLDER/*.yaml.
GATEWAY=v1.5.0 ISTIO=v1.31.1
ABOUT="CRDs of Envoy Gateway $GATEWAY and Istio $ISTIO, from their Go modules"
WAY_OUT="copy the CRDs that tests/tools/parts/policies.sh names to $CACHE/policies/$GATEWAY-$ISTIO"

part_path() { echo "$CACHE/policies/$GATEWAY-$ISTIO"; }

# From the archives that Go fetched and checked.
archive() {
  go mod download -json "$1" | sed -n 's/^\t"Zip": "\(.*\)",\{0,1\}$/\1/p'
}

copy() {
  local eg istio
  eg=$(archive "github.com/envoyproxy/gateway@$GATEWAY")
  istio=$(archive "istio.io/api@$ISTIO")
  [[ -f $eg && -f $istio ]]
  python3 - "$STAGE" "$eg" "$istio" <<'PYTHON'
import re, sys, pathlib, zipfile
stage = pathlib.Path(sys.argv[1])
wanted = r"charts/gateway-helm/crds/generated/(gateway\.envoyproxy\.io_[^/]+\.yaml)$|kubernetes/(customresourcedefinitions\.gen\.yaml)$"
for path in sys.argv[2:]:
    archive = zipfile.ZipFile(path)
    for name in archive.namelist():
        found = re.search(wanted, name)
        if found:
            stage.joinpath(found.group(1) or found.group(2)).write_bytes(archive.read(name))
assert len(list(stage.iterdir())) > 5
PYTHON
}

part_install() {
  need python3 "apt-get install python3"
  go_setup "$SCRATCH/policies"
  stage
  step "fetch $GATEWAY and $ISTIO" copy
  publish "$(part_path)"
  rm -rf "$SCRATCH/policies"
}
