"""The peers' side of bench/bpe.sh, and its referee.
usage: bpe_peer.py race CORPUS ROUNDS VOCAB PEERS CPUS | bpe_peer.py rustbpe|hf CORPUS VOCAB
A peer reads the corpus in documents of about 64 KiB, cut at line ends, as it is fed from Python."""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
HEAD = 4 << 20


def documents(path):
    with open(path, encoding="utf-8", newline="") as file:
        while lines := file.readlines(65536):
            yield "".join(lines)


def sample(path):
    with open(path, "rb") as file:
        text = file.read(HEAD).decode("utf-8", "ignore")
    return [text[i : i + 65536] for i in range(0, len(text), 65536)]


def measured(path, encode):
    parts = sample(path)
    return round(sum(map(len, parts)) / sum(map(encode, parts)), 4)


def peer(kind, path, vocab):
    start = time.perf_counter()
    if kind == "rustbpe":
        import rustbpe

        tokenizer = rustbpe.Tokenizer()
        tokenizer.train_from_iterator(documents(path), vocab, pattern=PATTERN)
        encode = lambda part: len(tokenizer.encode(part))
    else:
        from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(PATTERN), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(
            vocab_size=vocab, min_frequency=0, initial_alphabet=alphabet, show_progress=False
        )
        tokenizer.train_from_iterator(documents(path), trainer)
        encode = lambda part: len(tokenizer.encode(part).ids)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "each": measured(path, encode)}))


def run(command, pin):
    start = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = dict(os.environ, RAYON_NUM_THREADS="2", TOKENIZERS_PARALLELISM="true")
    done = subprocess.run(pin + command, env=environment, stdout=subprocess.PIPE, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    result = json.loads(done.stdout.splitlines()[-1])
    result |= {"whole": time.perf_counter() - start, "cpu": cpu}
    print(f"{command[2] if command[0] != './herd' else 'herd'}: {result['seconds']:.2f} s", flush=True)
    return result


def herd(path, vocab, pin, out):
    command = ["./herd", "tokenizer", "train", "--in", path, "--vocab-size", str(vocab)]
    result = run(command + ["--no-special", "--out", out, "--json"], pin)
    return result | {"peak": result["peakMemoryBytes"] / 2**20}


def race(path, rounds, vocab, peers, cpus):
    pin = ["taskset", "-c", cpus] if cpus else []
    results = {}
    with tempfile.TemporaryDirectory() as out:
        for _ in range(rounds):
            results.setdefault("herd", []).append(herd(path, vocab, pin, out))
            for kind in peers:
                command = [sys.executable, __file__, kind, path, str(vocab)]
                results.setdefault(kind, []).append(run(command, pin))
        from tokenizers import Tokenizer

        made = Tokenizer.from_file(out + "/tokenizer.json")
        each = measured(path, lambda part: len(made.encode(part).ids))
    for result in results["herd"]:
        result["each"] = each
    print(f"{os.path.getsize(path):,} bytes to {vocab:,} entries, {rounds} rounds")
    print("            median s  best s  whole s   cpu s  peak MiB  characters/token")
    for name, all_rounds in results.items():
        column = lambda key: [r[key] for r in all_rounds]
        print(
            f"{name:10}  {statistics.median(column('seconds')):8.2f}  {min(column('seconds')):6.2f}"
            f"  {statistics.median(column('whole')):7.2f}  {statistics.median(column('cpu')):6.2f}"
            f"  {max(column('peak')):8.0f}  {all_rounds[0]['each']:.4f}"
        )


if sys.argv[1] == "race":
    race(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5].split(), sys.argv[6])
else:
    peer(sys.argv[1], sys.argv[2], int(sys.argv[3]))
