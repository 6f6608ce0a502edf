#!/bin/sh
# How far 8-bit activations are from 32-bit floats: ours and llama.cpp's, on the same file and text, in one run.
# usage: bench/divergence.sh MODEL.gguf TEXT [CONTEXT]
# Needs what bench/peers says, two cores for a minute or two and 3 GB on the disk for a text of 9,000 tokens.
set -e
[ $# -ge 2 ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
model=$(realpath "$1")
text=$(realpath "$2")
context=${3:-512}
. "$root/bench/peers"
work=$(mktemp -d "${TMPDIR:-/tmp}/divergence.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$root/herd" perplexity --model "$model" --file "$text" --context "$context" --kernels vector --save-logits "$work/floats"
echo "herd, 32-bit floats against its blocks and 8-bit activations:"
"$root/herd" perplexity --model "$model" --file "$text" --context "$context" --against "$work/floats"
llama_peer
if [ -n "$LLAMA_PEER" ]; then
  # The file of logits begins with the tokens of the text: 20 bytes, then four for each.
  size=$(od -An -t u4 -j 8 -N 12 "$work/floats")
  set -- $size
  tail -c +21 "$work/floats" | head -c $((4 * $1 * $3)) >"$work/ids"
  "$LLAMA_PEER" logits "$model" "$work/ids" "$context" "$work/peer" "$(nproc)"
  echo "herd, 32-bit floats against llama.cpp:"
  "$root/herd" perplexity --logits "$work/peer" --against "$work/floats"
fi
