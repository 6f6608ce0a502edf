#!/bin/sh
# Races reading a prompt and writing an answer against llama.cpp and ik_llama.cpp, taking turns in one run.
# usage: bench/infer.sh MODEL.gguf [--prompt N] [--answer N] [--rounds N] [--turns N] [--threads N]
# Fetches llama.cpp (needs node and npm) and builds ik_llama.cpp (needs git, cmake and a C++ compiler) once into .cache/bench.
# LLAMA_NODE: a folder where `npm install node-llama-cpp` was run; IK_BENCH: ik_llama.cpp's llama-bench, to use these instead.
# A peer that cannot be had is left out, and why is said.
set -e
[ $# -ge 1 ] && [ -f "$1" ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
. "$root/bench/peers"
model=$(realpath "$1")
shift
prompt=512 answer=128 rounds=3 turns=2 threads=$(nproc)
while [ $# -gt 1 ]; do
  case $1 in
    --prompt) prompt=$2 ;;
    --answer) answer=$2 ;;
    --rounds) rounds=$2 ;;
    --turns) turns=$2 ;;
    --threads) threads=$2 ;;
    *) echo "$0: $1" >&2 && exit 2 ;;
  esac
  shift 2
done
llama_node
ik_bench
for _ in $(seq "$turns"); do
  "$root/herd" bench infer --model "$model" --prompt "$prompt" --answer "$answer" --rounds "$rounds" --threads "$threads"
  if [ -n "$LLAMA_NODE" ]; then
    (cd "$LLAMA_NODE" && node "$root/bench/llama_peer.mjs" "$model" --prompt "$prompt" --answer "$answer" \
      --rounds "$rounds" --threads "$threads")
  fi
  if [ -n "$IK_BENCH" ]; then
    "$IK_BENCH" -m "$model" -p "$prompt" -n "$answer" -r "$rounds" -t "$threads" -rtr 1 2>/dev/null | grep '|'
  fi
done
