#!/bin/sh
# Races the filters and the MinHash signatures of curation against datatrove's on one core, in turns, by processor time.
# usage: bench/curate.sh DOCUMENTS.jsonl.gz [ROUNDS]
# DOCUMENTS: a JSON object with "text" a line. Needs python3 with venv; fetches datatrove into .cache/bench once.
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
docs=$(realpath "$1")
cd "$root"
venv=.cache/bench-curate
if [ ! -f "$venv/ready" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q datatrove==0.10.1 spacy numpy "xxhash<3.6" nltk orjson regex tokenizers
  touch "$venv/ready"
fi
rm -rf bench/target/lib
JAVA_HOME=$JDK mvn -q -B -ntp -pl bench -am package -Dmaven.test.skip=true </dev/null
exec "$JDK/bin/java" -cp "bench/target/classes:bench/target/lib/*" \
  herd.bench.CurateRace "$venv/bin/python" bench/curate_peer.py "$docs" "${2:-3}"
