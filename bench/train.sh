#!/bin/sh
# Races whole training steps against torch, eager and compiled, in f32 and bf16 (torch: autocast), on both shapes,
# taking turns; one JSON line per run.
# usage: bench/train.sh PYTHON TORCH_SCRIPT [--rounds N] [--steps N] [--shapes "small smollm2"] [--modes "eager compile"]
# PYTHON has torch; TORCH_SCRIPT prints one JSON line and understands --shape 15m|135m, --mode, --dtype and --steps. Its
# allocator keeps freed pages, without which it is up to 1.6 times slower, in bf16 twice.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
python=$1
script=$2
shift 2
rounds=3
steps=8
shapes="small smollm2"
modes="eager compile"
while [ $# -gt 1 ]; do
  case $1 in
    --rounds) rounds=$2 ;;
    --steps) steps=$2 ;;
    --shapes) shapes=$2 ;;
    --modes) modes=$2 ;;
    *)
      echo "bench/train.sh: $1; allowed: --rounds, --steps, --shapes, --modes" >&2
      exit 2
      ;;
  esac
  shift 2
done
for _ in $(seq "$rounds"); do
  for shape in $shapes; do
    theirs=15m
    [ "$shape" = smollm2 ] && theirs=135m
    for dtype in f32 bf16; do
      "$root/herd" bench train --shape "$shape" --dtype "$dtype" --steps "$steps" --json
      for mode in $modes; do
        MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8000000000 MALLOC_TOP_PAD_=268435456 \
          "$python" "$script" --shape "$theirs" --dtype "$dtype" --mode "$mode" --steps "$steps"
      done
    done
  done
done
