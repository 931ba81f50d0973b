# The second half of boot.sh, which brings it and reads it in: Debian's packages from the deployment's own bucket, and from nowhere else.
step=packages-pointer
pointer=$(ssm GetParameter "{\"Name\":\"/paddock/$deployment/packages/$packages\"}" | python3 -c 'import json, sys
pointer = json.loads(json.load(sys.stdin)["Parameter"]["Value"])
print(pointer["key"], pointer["digest"], *pointer["install"])')
read -ra found <<< "$pointer"
bring packages "${found[0]}" "${found[1]}"
step=packages; install -d "$disk/from/lists/partial"
tar -xf "$disk/packages" -C "$disk/from"
# Their signatures were verified where they were put together, and that they are the same by their digest.
echo "deb [trusted=yes] file:$disk/from ./" > "$disk/from/sources.list"
# The machine's own sources and lists stay as they are.
apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o "Dir::Etc::SourceList=$disk/from/sources.list" -o Dir::Etc::SourceParts=/dev/null -o "Dir::State::Lists=$disk/from/lists" \
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=300 "$@"
}
# A package must not start its daemon with Debian's default site.
install -m 755 /dev/stdin /usr/sbin/policy-rc.d <<< $'#!/bin/sh\nexit 101'
apt update
apt install -y --no-install-recommends "${found[@]:2}"
rm /usr/sbin/policy-rc.d
