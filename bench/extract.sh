#!/bin/sh
# Races the extraction of text from web pages against resiliparse on one thread, in turns, by processor time.
# usage: bench/extract.sh FOLDER [ROUNDS]
# FOLDER: pages, *.html.gz. Needs python3 with venv; fetches resiliparse into .cache/bench once.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
. "$root/bin/find-jdk"
find_jdk || {
  jdk_advice
  exit 2
}
[ $# -ge 1 ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
pages=$(realpath "$1")
cd "$root"
venv=.cache/bench
if [ ! -f "$venv/extract-peers" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q resiliparse
  touch "$venv/extract-peers"
fi
rm -rf bench/target/lib
JAVA_HOME=$JDK mvn -q -B -ntp -pl bench -am package -Dmaven.test.skip=true </dev/null
exec "$JDK/bin/java" -cp "bench/target/classes:bench/target/lib/*" \
  herd.bench.ExtractRace "$venv/bin/python" bench/extract_peer.py "$pages" "${2:-5}"
