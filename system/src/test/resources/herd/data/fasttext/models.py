"""Makes the small models and fastText's predictions that FastTextTest compares ours with.

usage: pip install fasttext-numpy2-wheel==0.9.2; python models.py
"""
import json
import os
import random
import fasttext

LABELS = ["ada", "bohr", "curie", "dirac", "euler", "fermi", "gauss", "hertz"]
SYLLABLES = ["ka", "lo", "mi", "nu", "re", "sö", "ту", "wi", "xa", "yo", "ze", "語"]


def word(random, label):
    own = SYLLABLES[LABELS.index(label) :] + SYLLABLES[: LABELS.index(label)]
    return "".join(random.choice(own[: random.randint(2, 12)]) for _ in range(random.randint(1, 2)))


def line(random, label):
    return " ".join(word(random, label) for _ in range(random.randint(3, 9)))


def main():
    draw = random.Random(7)
    with open("train.txt", "w") as out:
        for i in range(300):
            label = LABELS[int(len(LABELS) * draw.random() ** 2)]
            out.write(f"__label__{label} {line(draw, label)}\n")
    common = dict(input="train.txt", dim=10, epoch=20, lr=0.5, verbose=0, minCount=2, bucket=300, thread=10)
    # With fewer threads, or rows that ten do not divide, it leaves rows unset.
    wanted = {
        "softmax.bin": (dict(wordNgrams=2), None),
        "characters.bin": (dict(loss="ova", lr=0.1, minn=2, maxn=4), None),
        "tree.bin": (dict(loss="hs", minn=1, maxn=3, wordNgrams=3), None),
        "drawn.bin": (dict(loss="ns", lr=0.1, bucket=0), None),
        "words.ftz": (dict(wordNgrams=2), dict(dsub=2)),
        "tree.ftz": (dict(loss="hs", minn=2, maxn=3), dict(qnorm=True, cutoff=280)),
        "softmax.ftz": (dict(minn=2, maxn=3), dict(qnorm=True, cutoff=300, dsub=3)),
    }
    texts = [line(draw, draw.choice(LABELS)) for _ in range(20)]
    texts += ["", " \t ", "kalo </s> mi", "__label__bohr kalo", "__label__nobody", "<kalo>", "\u0000kalo\u000bmi\fre"]
    texts += ["語" * 50, "kalo" * 60, "😀 kalo", " ".join(texts[:8])]
    with open("predictions.jsonl", "w") as out:
        for name, (settings, quantise) in wanted.items():
            model = fasttext.train_supervised(**{**common, **settings})
            if quantise is not None:
                model.quantize(**quantise)
            model.save_model(name)
            model = fasttext.load_model(name)
            for text in texts:
                top = [[label[9:], float(p)] for label, p in zip(*model.predict(text, k=3))]
                out.write(json.dumps({"model": name, "text": text, "top": top}) + "\n")
    os.remove("train.txt")


main()
