"""tiktoken's side of bench/tokenizer.sh. Prints the ids of a text, then for each line read encodes it again and prints
the seconds of processor time that took.
usage: tokenizer_peer.py RANK_FILE TEXT_FILE"""
import sys
import time

import tiktoken
from tiktoken.load import load_tiktoken_bpe

PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
encoding = tiktoken.Encoding(
    name="llama3", pat_str=PATTERN, mergeable_ranks=load_tiktoken_bpe(sys.argv[1]), special_tokens={}
)
with open(sys.argv[2], encoding="utf-8", newline="") as file:
    text = file.read()
print(*encoding.encode_ordinary(text), flush=True)
for _ in sys.stdin:
    start = time.process_time()
    encoding.encode_ordinary(text)
    print(time.process_time() - start, flush=True)
