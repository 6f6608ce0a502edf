#!/bin/sh
# Races `herd data tokenize` on one thread against Hugging Face's tokenizers and tiktoken: rows of JSON to a file of ids,
# whole processes in turns, by processor time. The ids of all must be equal.
# usage: bench/tokenize.sh ROWS.jsonl TOKENIZER.json [ROUNDS]
# TOKENIZER.json: what `herd tokenizer train` writes. Needs python3 with venv; fetches both into .cache/bench once.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
[ $# -ge 2 ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
rows=$(realpath "$1")
tokenizer=$(realpath "$2")
cd "$root"
./herd --version >/dev/null
venv=.cache/bench
if [ ! -f "$venv/tokenize-peers" ]; then
  mkdir -p .cache
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q tiktoken tokenizers
  touch "$venv/tokenize-peers"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/tokenize.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$venv/bin/python" bench/tokenize_peer.py race ./herd "$rows" "$tokenizer" "$work" "${3:-3}"
