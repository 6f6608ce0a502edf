#!/bin/sh
# Races language identification by a fastText model against fastText itself, on one thread, in turns, by processor time.
# usage: bench/language.sh MODEL TEXTS.jsonl [ROUNDS]
# MODEL: lid.176.ftz, say; TEXTS: rows with "text". Needs python3 with venv; fetches fastText into .cache/bench once.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
. "$root/bin/find-jdk"
find_jdk || {
  jdk_advice
  exit 2
}
[ $# -ge 2 ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
model=$(realpath "$1")
texts=$(realpath "$2")
cd "$root"
venv=.cache/bench
if [ ! -f "$venv/language-peers" ]; then
  mkdir -p .cache
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q fasttext-numpy2-wheel
  touch "$venv/language-peers"
fi
JAVA_HOME=$JDK mvn -q -B -ntp -pl bench -am package -Dmaven.test.skip=true </dev/null
exec "$JDK/bin/java" -cp "bench/target/classes:bench/target/lib/*" \
  herd.bench.LanguageRace "$venv/bin/python" bench/language_peer.py "$model" "$texts" "${3:-5}"
