#!/bin/sh
# Licences found in the texts that Python packages come with, beside the SPDX expressions that their metadata give.
# usage: bench/licences.sh PACKAGES.txt WORK
# PACKAGES: names of packages, one a word; WORK: a folder for wheels and results. Needs python3 with venv, and zstd.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
[ $# -eq 2 ] || {
  sed -n 's/^# //p' "$0" >&2
  exit 2
}
names=$(realpath "$1")
mkdir -p "$2/wheels"
work=$(realpath "$2")
venv=$root/.cache/bench
[ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
for name in $(cat "$names"); do
  "$venv/bin/pip" download -q --no-deps --only-binary :all: -d "$work/wheels" "$name" || echo "left out: $name" >&2
done
"$venv/bin/python" "$root/bench/licences_peer.py" lay "$work"
rm -rf "$work/out"
"$root/herd" curate --in "$work"/tree/* --recipe "$work/licences.yaml" --out "$work/out" --format jsonl
zstd -qdc "$work"/out/curate/documents/*.jsonl.zst | "$venv/bin/python" "$root/bench/licences_peer.py" compare "$work"
