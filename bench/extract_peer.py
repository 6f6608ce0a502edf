"""Takes the text out of every page of a folder with resiliparse, bytes in, charset detection inside the timing.

usage: extract_peer.py FOLDER ROUNDS; prints pages a second of processor time, one line a round.
"""
import gzip
import os
import sys
import time

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

folder, rounds = sys.argv[1], int(sys.argv[2])
pages = [gzip.open(os.path.join(folder, name)).read() for name in sorted(os.listdir(folder))]
for _ in range(rounds):
    start = time.process_time()
    for page in pages:
        extract_plain_text(bytes_to_str(page, detect_encoding(page)), main_content=True)
    print("%.0f" % (len(pages) / (time.process_time() - start)), flush=True)
