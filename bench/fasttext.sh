#!/bin/sh
# Races the training of a classifier against fastText itself, one thread each, whole processes in turns, by processor time.
# usage: bench/fasttext.sh TRAIN TEST [KEY=VALUE...]
# TRAIN, TEST: lines such as "__label__good the text"; settings by fastText's names: dim, epoch, lr, wordNgrams, minn,
# maxn, bucket, loss. Needs python3 with venv; fetches fastText into .cache/bench once.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
[ $# -ge 2 ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
train=$(realpath "$1")
texts=$(realpath "$2")
shift 2
cd "$root"
./herd --version >/dev/null
venv=.cache/bench
if [ ! -f "$venv/language-peers" ]; then
  mkdir -p .cache
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q fasttext-numpy2-wheel
  touch "$venv/language-peers"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/fasttext.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$venv/bin/python" bench/language_peer.py race ./herd "$train" "$texts" "$work" "$@"
