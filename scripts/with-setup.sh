#!/bin/sh
# Runs a TypeScript entry of this checkout with everything installed first. Usage: with-setup.sh FILE.ts [ARG ...]
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)
case $(uname -m) in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) arch=unknown ;; esac
node=$root/node_modules/node-linux-$arch/bin/node
cmp -s "$root/package-lock.json" "$root/node_modules/.rackway-lock" || sh "$root/scripts/setup-node.sh" "$root" "$node"
entry=$1
shift
exec "$root/rackway-node" "$root/$entry" "$@"
