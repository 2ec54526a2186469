#!/bin/sh
# Runs PostgreSQL for tests, in the foreground, for as long as a process lives. Usage: keep-postgres.sh BIN DIRECTORY PID
# Whatever becomes of the tests, the database ends with them, and its directory with it.
set -u
bin=$1
directory=$2
watched=$3
"$bin/postgres" -D "$directory/data" -k "$directory" -c listen_addresses= -c max_connections=200 -c shared_buffers=32MB \
  -c log_min_messages=fatal >"$directory/log" 2>&1 &
database=$!
trap 'watched=none' TERM INT
# By /proc: kill(2) refuses to look at a process of another user.
while [ -d "/proc/$watched" ] && kill -0 "$database" 2>/dev/null; do
  sleep 0.2
done
# SIGQUIT is an immediate shutdown: nothing in it is needed any more.
kill -QUIT "$database" 2>/dev/null
wait "$database"
rm -rf "$directory"
