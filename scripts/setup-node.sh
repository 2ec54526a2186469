#!/bin/sh
# Installs the npm packages of the lock file. Usage: setup-node.sh ROOT NODE
# `npm install --no-save` rather than `npm ci`: the latter insists on optional packages of foreign platforms that a mirror may lack.
set -eu
root=$1
node=$2
command -v npm >/dev/null 2>&1 || {
  echo "rackway: installing npm with apt-get ..."
  if [ "$(id -u)" != 0 ]; then echo "rackway: npm is missing; as root: apt-get install npm" >&2; exit 1; fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends npm >/dev/null
}
echo "rackway: installing npm packages ..."
(cd "$root" && npm install --no-save --no-audit --no-fund --loglevel=error)
[ -x "$node" ] || { echo "rackway: $node is still absent after npm install" >&2; exit 1; }
cp "$root/package-lock.json" "$root/node_modules/.rackway-lock"
