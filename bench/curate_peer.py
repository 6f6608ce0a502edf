"""Judges documents with datatrove's filters and makes its MinHash signatures.

usage: curate_peer.py DOCUMENTS.jsonl.gz; prints documents a second of processor time, a line for each part.
"Plain" replaces datatrove's tokenizer by the plain rule: words are \\w+|[^\\w\\s], sentences end at . ! ? before blanks.
"""
import gzip
import json
import re
import sys
import time

from datatrove.data import Document
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
from datatrove.pipeline.filters import C4QualityFilter, FineWebQualityFilter, GopherQualityFilter, GopherRepetitionFilter
from datatrove.utils import word_tokenizers
from datatrove.utils.text import split_into_parts

texts = [json.loads(line)["text"] for line in gzip.open(sys.argv[1], "rt", encoding="utf-8")]


def filters():
    chain = [GopherRepetitionFilter(), GopherQualityFilter(), C4QualityFilter(), FineWebQualityFilter()]
    for i, text in enumerate(texts):
        doc = Document(text=text, id=str(i))
        for step in chain:
            if step.filter(doc) is not True:
                break


def minhash(folder="/tmp/curate-peer"):
    step = MinhashDedupSignature(output_folder=folder, config=MinhashConfig())

    def run():
        for text in texts:
            shingles = step.get_shingles(text)
            if shingles.size:
                step.get_signature(shingles)

    return run


def measure(name, work):
    split_into_parts.cache_clear()
    start = time.process_time()
    work()
    print("%s\t%.2f" % (name, len(texts) / (time.process_time() - start)), flush=True)


class Plain:
    words = re.compile(r"\w+|[^\w\s]")
    ends = re.compile(r"(?<=[.!?])\s+")

    def word_tokenize(self, text):
        return self.words.findall(text)

    def sent_tokenize(self, text):
        return [s for s in self.ends.split(text.strip()) if s]

    def span_tokenize(self, text):
        return list(word_tokenizers.simple_span_tokenize(text, self.sent_tokenize(text)))


measure("datatrove filters", filters)
measure("datatrove minhash", minhash())
word_tokenizers.load_word_tokenizer = lambda language: Plain()
measure("datatrove filters plain", filters)
step = minhash
import datatrove.pipeline.dedup.minhash as module

module.load_word_tokenizer = lambda language: Plain()
measure("datatrove minhash plain", minhash())
