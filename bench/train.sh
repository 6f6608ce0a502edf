#!/bin/sh
# Races whole training steps against torch (eager, f32) on the 6 x 288 shape, taking turns; one JSON line per run.
# usage: bench/train.sh PYTHON TORCH_SCRIPT [--rounds N] [options of both, such as --steps 8]
# PYTHON has torch; TORCH_SCRIPT prints one JSON line and understands --shape and --steps. Its allocator keeps freed pages,
# without which it is up to 1.6 times slower.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
. "$root/bin/find-jdk"
find_jdk || {
  jdk_advice
  exit 2
}
python=$1
script=$(CDPATH= cd -P -- "${2%/*}" && pwd -P)/${2##*/}
shift 2
rounds=3
if [ "$1" = --rounds ]; then
  rounds=$2
  shift 2
fi
cd "$root"
JAVA_HOME=$JDK mvn -q -B -ntp -pl engine,system,bench compile </dev/null
for _ in $(seq "$rounds"); do
  MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8000000000 MALLOC_TOP_PAD_=268435456 \
    "$python" "$script" --shape 15m "$@"
  "$JDK/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED \
    -cp "engine/target/classes:system/target/classes:bench/target/classes" herd.bench.TrainSpeed --shape 15m "$@" \
    2>/dev/null
done
