#!/bin/sh
# Runs lm-evaluation-harness (its local-completions) against `herd serve`, and compares its log-likelihood of every
# answer with `herd score` on the same items.
# usage: bench/lm-eval.sh MODEL [ITEMS.jsonl [LIMIT]]
# ITEMS has rows as ARC's: {"question", "choices": {"text": [...], "label": [...]}, "answerKey"}.
# KERNELS: how to compute (vector). With 8-bit activations (machine) both are right, and differ by their noise.
# PYTHON: an interpreter with `pip install "lm-eval[api]"` (python3). Nothing is downloaded.
set -e
root=$(CDPATH= cd -P -- "${0%/*}/.." && pwd -P)
model=$1
items=${2:-$root/../shared/benchmarks/knowledge/arc_easy_val.jsonl}
limit=${3:-50}
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
head -n "$limit" "$items" >"$work/items.jsonl"
cat >"$work/herd_items.yaml" <<END
task: herd_items
dataset_path: json
dataset_kwargs: {data_files: {test: $work/items.jsonl}}
output_type: multiple_choice
test_split: test
doc_to_text: "Question: {{question}}\nAnswer:"
doc_to_target: "{{choices.label.index(answerKey)}}"
doc_to_choice: "{{choices.text}}"
metric_list: [{metric: acc}, {metric: acc_norm}]
metadata: {version: 1}
END
"$root/herd" serve "m=$model" --port 0 --quiet --kernels "${KERNELS:-vector}" >"$work/serve.log" 2>&1 &
server=$!
until grep -q '^Try:' "$work/serve.log"; do
  kill -0 "$server" 2>/dev/null || { cat "$work/serve.log" && exit 1; }
  sleep 0.2
done
address=$(sed -n 's/^Serving .* on //p' "$work/serve.log")
HF_HUB_OFFLINE=1 HF_DATASETS_OFFLINE=1 HF_HOME=$work/hf "${PYTHON:-python3}" -m lm_eval --model local-completions \
  --model_args "model=m,base_url=$address/v1/completions,num_concurrent=4" \
  --tasks herd_items --include_path "$work" --log_samples --output_path "$work/out"
"${PYTHON:-python3}" "$root/bench/lm_eval_compare.py" rows "$work/items.jsonl" >"$work/rows.jsonl"
kill "$server"
"$root/herd" score --model "$model" --kernels "${KERNELS:-vector}" --in "$work/rows.jsonl" >"$work/scores.jsonl"
"${PYTHON:-python3}" "$root/bench/lm_eval_compare.py" compare "$work/scores.jsonl" "$work"/out/*/samples_*.jsonl
