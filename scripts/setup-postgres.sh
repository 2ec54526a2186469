#!/bin/sh
# Installs Debian's PostgreSQL for the tests, which start one of their own: no cluster is made, and no service started.
# postgresql-common(7): /etc/postgresql-common/createcluster.conf reads what lies in createcluster.d.
set -eu
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
[ "$(id -u)" = 0 ] || { echo "rackway: PostgreSQL is missing; as root: apt-get install postgresql" >&2; exit 1; }
echo "rackway: installing PostgreSQL with apt-get ..."
folder=/etc/postgresql-common/createcluster.d
file=$folder/rackway-tests.conf
had=$([ -d "$folder" ] && echo yes || echo no)
# Only for now: who installs PostgreSQL for himself later gets his cluster.
tidy() {
  rm -f "$file"
  [ "$had" = yes ] || rmdir --ignore-fail-on-non-empty "$folder" 2>/dev/null || true
}
trap tidy EXIT
mkdir -p "$folder"
echo 'create_main_cluster = false' >"$file"
install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends postgresql >/dev/null
}
install || { apt-get update -qq && install; }
