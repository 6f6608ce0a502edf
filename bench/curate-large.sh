#!/bin/sh
# Curates made-up documents of any size with a heap of 2 GB, and shows the memory of the process over time.
# usage: bench/curate-large.sh DOCUMENTS.jsonl.gz [GIGABYTES] [FOLDER]
# DOCUMENTS: a JSON object with "text" a line, of whose lines the documents are made. Needs Linux and, in FOLDER, three
# times the room of the documents; the documents and the outcome are removed at the end.
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
size=${2:-5}
folder=${3:-$root/.cache/bench-large}
cd "$root"
rm -rf bench/target/lib
JAVA_HOME=$JDK mvn -q -B -ntp -pl bench -am package -Dmaven.test.skip=true </dev/null
mkdir -p "$folder"
trap 'rm -rf "$folder/documents" "$folder/out" "$folder/recipe.yaml"' EXIT
cat >"$folder/recipe.yaml" <<'RECIPE'
steps:
- kind: heuristics
  rules: [{kind: gopher-repetition}, {kind: gopher-quality}, {kind: fine-web-quality}]
- kind: near-duplicates
RECIPE
class_path="bench/target/classes:bench/target/lib/*"
"$JDK/bin/java" -Xmx300m -cp "$class_path" herd.bench.LargeCorpus "$docs" "$size" "$folder/documents"
"$JDK/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Xmx2g -cp "$class_path" \
  herd.cli.Main curate --in "$folder/documents" --recipe "$folder/recipe.yaml" --out "$folder/out" &
run=$!
seconds=0
while kill -0 $run 2>/dev/null; do
  [ $((seconds % 60)) -ne 0 ] || awk -v s=$seconds '/VmRSS/ {printf "%d s: %d MB\n", s, $2 / 1024}' /proc/$run/status
  sleep 5
  seconds=$((seconds + 5))
done
wait $run
