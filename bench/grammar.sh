#!/bin/sh
# Measures constrained output: compile times of forms, and the time of masks at a tokenizer's vocabulary.
# usage: bench/grammar.sh TOKENIZER (tokenizer.json, tokenizer.model or a GGUF file)
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
. "$root/bin/find-jdk"
find_jdk || {
  jdk_advice
  exit 2
}
[ $# -eq 1 ] && [ -f "$1" ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
tokenizer=$(CDPATH= cd -P -- "$(dirname -- "$1")" && pwd -P)/${1##*/}
cd "$root"
JAVA_HOME=$JDK mvn -q -B -ntp -pl engine,system,bench compile </dev/null
exec "$JDK/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
  -cp "engine/target/classes:bench/target/classes" herd.bench.GrammarSpeed "$tokenizer"
