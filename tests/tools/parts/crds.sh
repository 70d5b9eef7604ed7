# shellcheck shell=bash disable=SC2034
# The Gateway API's CRDs: FOLDER/VERSION/{standard,experimental}/*.yaml.
# The last patch release of each minor release.
VERSIONS=(v1.0.0 v1.1.1 v1.2.1 v1.3.0 v1.4.1 v1.5.1 v1.6.3 v1.7.0)
ABOUT="Gateway API CRDs ${VERSIONS[0]} .. ${VERSIONS[-1]}, both channels, from the Go module"
WAY_OUT="copy config/crd/{standard,experimental} of each release to $CACHE/crds/VERSION/"

part_path() { echo "$CACHE/crds"; }

part_ready() {
  local version
  for version in "${VERSIONS[@]}"; do
    [[ -d $CACHE/crds/$version ]] || return 1
  done
}

# From the archive that Go fetched and checked, and not from the folder that it
# unpacks: v1.7.0 asks for a Go newer than need be here, and Go then refuses to
# unpack it although these files are no Go.
copy() {
  local said archive
  said=$(go mod download -json "sigs.k8s.io/gateway-api@$1") || true
  echo "$said"
  archive=$(sed -n 's/^\t"Zip": "\(.*\)",\{0,1\}$/\1/p' <<<"$said")
  [[ -f $archive ]]
  python3 - "$archive" "$STAGE" <<'PYTHON'
import re, sys, pathlib, zipfile
archive, stage = zipfile.ZipFile(sys.argv[1]), pathlib.Path(sys.argv[2])
for name in archive.namelist():
    # Beside the CRDs there is a kustomization.yaml, which is not one.
    found = re.search(r"/config/crd/(standard|experimental)/(gateway\.[^/]+\.yaml)$", name)
    if found:
        file = stage.joinpath(*found.groups())
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(archive.read(name))
PYTHON
  [[ -d $STAGE/standard && -d $STAGE/experimental ]]
}

part_install() {
  local version
  need python3 "apt-get install python3"
  go_setup "$SCRATCH/crds"
  for version in "${VERSIONS[@]}"; do
    [[ -d $CACHE/crds/$version ]] && continue
    stage
    step "fetch $version" copy "$version"
    publish "$CACHE/crds/$version"
  done
  rm -rf "$SCRATCH/crds"
}
