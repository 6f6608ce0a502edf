"""Rows for `herd score` from ARC's items, and the comparison of its answers with lm-eval's samples."""

import json
import sys


def lines(name):
    with open(name, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rows(items):
    for i, item in enumerate(lines(items)):
        for j, choice in enumerate(item["choices"]["text"]):
            row = {"id": f"{i}:{j}", "context": f"Question: {item['question']}\nAnswer:", "continuation": " " + choice}
            print(json.dumps(row))


def compare(scores, samples):
    ours = {row["id"]: row for row in lines(scores)}
    largest, greedy, count = 0.0, 0, 0
    for sample in lines(samples):
        for j, answer in enumerate(sample["filtered_resps"]):
            value, best = float(answer[0]), str(answer[1]) == "True"
            mine = ours[f"{sample['doc_id']}:{j}"]
            largest = max(largest, abs(value - mine["logLikelihood"]))
            greedy += best != mine["greedy"]
            count += 1
    print(f"{count} answers: log-likelihoods differ by at most {largest:.2e}, greedy flags differ in {greedy}")
    sys.exit(count == 0 or largest > 1e-3 or greedy > 0)


{"rows": rows, "compare": compare}[sys.argv[1]](*sys.argv[2:])
