#!/bin/sh
# Races encoding against tiktoken and JTokkit on one thread, taking turns in one run; ids must be equal.
# usage: bench/tokenizer.sh RANK_FILE [TEXT_FILE [ROUNDS]]
# RANK_FILE: Llama 3's tokenizer.model. Without TEXT_FILE: the King James Bible, by Debian's program `bible`
# (packages bible-kjv and bible-kjv-text). Needs python3 with venv; fetches tiktoken into .cache/bench once.
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
ranks=$(realpath "$1")
text=${2:+$(realpath "$2")}
cd "$root"
venv=.cache/bench
if [ ! -f "$venv/tokenizer-peers" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q tiktoken
  touch "$venv/tokenizer-peers"
fi
if [ -z "$text" ]; then
  text=.cache/bench/bible.txt
  [ -s "$text" ] || bible -f Gen1:1-Rev22:21 >"$text"
fi
rm -rf bench/target/lib
JAVA_HOME=$JDK mvn -q -B -ntp -pl bench -am package -Dmaven.test.skip=true </dev/null
exec "$JDK/bin/java" --add-modules jdk.incubator.vector -cp "bench/target/classes:bench/target/lib/*" \
  herd.bench.TokenizerRace "$venv/bin/python" bench/tokenizer_peer.py "$ranks" "$text" "${3:-15}"
