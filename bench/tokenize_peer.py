"""The race of bench/tokenize.sh, and the peers that it starts.
usage: tokenize_peer.py race HERD ROWS TOKENIZER WORK ROUNDS
       tokenize_peer.py tokenizers|tiktoken ROWS TOKENIZER OUT"""
import array
import glob
import hashlib
import json
import os
import resource
import struct
import subprocess
import sys

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BATCH = 1000


def alphabet():
    """Characters of a byte-level tokenizer.json to bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in plain]
    return {**{chr(b): b for b in plain}, **{chr(256 + i): b for i, b in enumerate(rest)}}


def encoder(peer, tokenizer):
    if peer == "tokenizers":
        from tokenizers import Tokenizer

        loaded = Tokenizer.from_file(tokenizer)
        return lambda texts: [e.ids for e in loaded.encode_batch_fast(texts, add_special_tokens=False)]
    import tiktoken

    back = alphabet()
    with open(tokenizer, encoding="utf-8") as file:
        model = json.load(file)["model"]
    ranks = {bytes(back[c] for c in token): rank for token, rank in model["vocab"].items()}
    loaded = tiktoken.Encoding(name="x", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
    return lambda texts: loaded.encode_ordinary_batch(texts, num_threads=1)


def peer(name, rows, tokenizer, out):
    encode = encoder(name, tokenizer)
    with open(rows, encoding="utf-8") as lines, open(out, "wb") as to:
        batch = []

        def flush():
            for ids in encode(batch):
                array.array("I", ids).tofile(to)
            batch.clear()

        for line in lines:
            batch.append(json.loads(line)["text"])
            if len(batch) == BATCH:
                flush()
        flush()


def digest_of_shards(folder):
    """SHA-256 of all ids as 32 bits each, and how many."""
    digest, count = hashlib.sha256(), 0
    for path in sorted(glob.glob(folder + "/[0-9]*.tokens")):
        with open(path, "rb") as file:
            data = file.read()
        width = struct.unpack_from("<I", data, 12)[0]
        tokens = struct.unpack_from("<Q", data, len(data) - 24)[0]
        ids = array.array("H" if width == 2 else "I", data[128 : 128 + tokens * width])
        digest.update(array.array("I", ids).tobytes())
        count += tokens
    return digest.hexdigest(), count


def digest_of_ids(path):
    with open(path, "rb") as file:
        data = file.read()
    return hashlib.sha256(data).hexdigest(), len(data) // 4


def seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "RAYON_NUM_THREADS": "1"}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def race(herd, rows, tokenizer, work, rounds):
    with open(rows, encoding="utf-8") as lines:
        size = sum(len(json.loads(line)["text"].encode()) for line in lines)
    times, digests = {}, {}
    for number in range(int(rounds)):
        for name in ("herd", "tokenizers", "tiktoken"):
            out = f"{work}/{name}-{number}"
            if name == "herd":
                command = [herd, "data", "tokenize", "--in", rows, "--tokenizer", tokenizer, "--out", out]
                command += ["--name", "all", "--holdout", "0", "--threads", "1"]
            else:
                command = [sys.executable, __file__, name, rows, tokenizer, out]
            times.setdefault(name, []).append(seconds(command))
            digests[name] = digest_of_shards(out) if name == "herd" else digest_of_ids(out)
    tokens = digests["herd"][1]
    print(f"{size / 1e6:.1f} MB of text, {tokens} tokens; processor seconds of whole processes, best of {rounds}")
    for name, some in times.items():
        equal = "same ids" if digests[name] == digests["herd"] else "OTHER IDS"
        best = min(some)
        print(f"{name:12s} {best:8.2f} s  {size / best / 1e6:7.1f} MB/s  {tokens / best:12,.0f} tokens/s  {equal}")


if __name__ == "__main__":
    {"race": race}.get(sys.argv[1], lambda *rest: peer(sys.argv[1], *rest))(*sys.argv[2:])
