#!/bin/sh
# Races the training of a byte-level BPE against rustbpe and Hugging Face's tokenizers, taking turns in one run; the
# characters per token are then measured alike for all, on the corpus' first 4 MiB.
# usage: bench/bpe.sh CORPUS.txt [ROUNDS [VOCAB [PEERS]]]   (3 rounds, 32768 entries, peers "rustbpe hf")
# Seconds are those that each program states, from its first read to its last merge; whole processes beside them.
# Needs python3 with venv; fetches the peers into .cache/bench once. CPUS=0,1 pins every program to these processors.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
[ $# -ge 1 ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
corpus=$(realpath "$1")
cd "$root"
./herd --version >/dev/null
venv=.cache/bench
if [ ! -f "$venv/bpe-peers" ]; then
  mkdir -p .cache
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q rustbpe tokenizers
  touch "$venv/bpe-peers"
fi
exec "$venv/bin/python" bench/bpe_peer.py race "$corpus" "${2:-3}" "${3:-32768}" "${4:-rustbpe hf}" "${CPUS:-}"
