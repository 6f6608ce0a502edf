"""fastText at the work that herd does, for bench/language.sh.

usage: language_peer.py predict MODEL TEXTS  prints texts a second and MB a second of processor time
       language_peer.py train TRAIN MODEL SETTINGS...  trains a classifier of KEY=VALUE settings
       language_peer.py test MODEL TEST  prints the share of texts whose best label is right
       language_peer.py race HERD TRAIN TEST FOLDER SETTINGS...  trains both on one thread, in turns, for bench/fasttext.sh
"""
import json
import resource
import subprocess
import sys
import time

import fasttext


def rate(model, texts, least=2.0):
    """Calls with one text and with a list of texts: the faster counts."""
    size = sum(len(text.encode()) for text in texts)
    best = 0
    for call in (lambda: [model.predict(text) for text in texts], lambda: model.predict(texts)):
        done, start = 0, time.process_time()
        while time.process_time() - start < least / 2:
            call()
            done += 1
        best = max(best, done / (time.process_time() - start))
    return best * len(texts), best * size / 1e6


def predict(file, rows):
    model = fasttext.load_model(file)
    texts = [json.loads(line)["text"].replace("\n", " ") for line in open(rows)]
    short, _ = rate(model, texts)
    documents = [" ".join(texts[i : i + 40]) for i in range(0, len(texts) - 40, 40)]
    _, long = rate(model, documents)
    print(short, long, flush=True)


def train(data, model, *settings):
    values = {}
    for setting in settings:
        key, value = setting.split("=")
        values[key] = value if key == "loss" else float(value) if key == "lr" else int(value)
    start, cpu = time.time(), time.process_time()
    trained = fasttext.train_supervised(data, verbose=0, **values)
    print(time.time() - start, time.process_time() - cpu, flush=True)
    trained.save_model(model)


def test(model, data):
    texts, precision, _ = fasttext.load_model(model).test(data)
    print(precision, flush=True)


def children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def race(herd, data, texts, folder, *settings):
    names = {"wordNgrams": "word-ngrams", "minCount": "min-count"}
    options = []
    for setting in settings:
        key, value = setting.split("=")
        options += ["--" + names.get(key, key), value]
    ours, theirs = folder + "/herd.bin", folder + "/fasttext.bin"
    for _ in range(3):
        before = children()
        subprocess.run([herd, "fasttext", "train", "--in", data, "--out", ours, *options], check=True)
        middle = children()
        command = [sys.executable, __file__, "train", data, theirs, "thread=1", *settings]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        print("processor seconds: herd %.2f, fastText %.2f" % (middle - before, children() - middle), flush=True)
    for name, model in (("herd", ours), ("fastText", theirs)):
        print("right: %s %.4f" % (name, fasttext.load_model(model).test(texts)[1]), flush=True)


{"predict": predict, "train": train, "test": test, "race": race}[sys.argv[1]](*sys.argv[2:])
