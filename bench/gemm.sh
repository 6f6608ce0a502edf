#!/bin/sh
# Races the matrix products of training against oneDNN and OpenBLAS, taking turns in one run; prints a table and JSON.
# usage: bench/gemm.sh [--quick] [--rounds N] [--millis N] [--threads N] [--cpu] [--bf16]
# --cpu: one thread each, processor time instead of the clock: for machines that others use too.
# --bf16: operands in bf16, which oneDNN is given as such and Herd rounds on the way.
# Needs python3 with venv; fetches onednn-cpu-gomp, scipy-openblas32 and numpy into .cache/bench once.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
. "$root/bin/find-jdk"
find_jdk || {
  jdk_advice
  exit 2
}
cd "$root"
venv=.cache/bench
if [ ! -f "$venv/gemm-peers" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --no-deps numpy scipy-openblas32 onednn-cpu-gomp
  touch "$venv/gemm-peers"
fi
JAVA_HOME=$JDK mvn -q -B -ntp -pl engine,system,bench compile </dev/null
exec "$JDK/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
  -cp engine/target/classes:bench/target/classes herd.bench.GemmRace "$venv" "$@"
