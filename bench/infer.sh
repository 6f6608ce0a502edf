#!/bin/sh
# Races reading a prompt and writing an answer against llama.cpp and ik_llama.cpp, taking turns in one run.
# usage: bench/infer.sh MODEL.gguf [--prompt N] [--answer N] [--rounds N] [--turns N]
# LLAMA_NODE: a folder where `npm install node-llama-cpp` was run. IK_BENCH: ik_llama.cpp's llama-bench. A peer whose
# place is not named is left out.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
model=$(CDPATH= cd -P -- "${1%/*}" && pwd -P)/${1##*/}
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
