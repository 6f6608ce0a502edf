"""What packages say of their licences, for bench/licences.sh.

usage: licences_peer.py lay WORK      lays the licence texts of WORK/wheels beside a line of code, a folder each
       licences_peer.py compare WORK  compares rows on standard input with the packages' SPDX expressions
"""
import json
import pathlib
import re
import sys
import zipfile

RECIPE = """repositories: true
steps:
  - kind: licence-filter
    allow: [public-domain, permissive, weak-copyleft, copyleft, network-copyleft, restricted]
    unknown: keep
"""


def lay(work):
    """Only texts: metadata would tell the answer."""
    said = {}
    for wheel in sorted((work / "wheels").glob("*.whl")):
        package = wheel.name.split("-")[0]
        with zipfile.ZipFile(wheel) as files:
            inside = [name for name in files.namelist() if ".dist-info/" in name and not name.endswith("/")]
            texts = [name for name in inside if re.search(r"licen[cs]e|copying", pathlib.Path(name).name, re.I)]
            metadata = [name for name in inside if name.endswith(".dist-info/METADATA")]
            head = files.read(metadata[0]).decode("utf-8", "replace").split("\n\n")[0] if metadata else ""
            expression = re.search(r"^License-Expression: (.+?)\r?$", head, re.M)
            if not texts or not expression:
                continue
            folder = work / "tree" / package
            folder.mkdir(parents=True, exist_ok=True)
            for name in texts:
                file = folder / re.sub(r"^[^/]*/(licen[cs]es/)?", "", name)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(files.read(name))
            (folder / "main.py").write_text(f"import os\n\ndef {re.sub(r'[^a-z]', '_', package.lower())}(path):\n    return os.stat(path)\n")
            said[package] = expression.group(1)
    (work / "said.json").write_text(json.dumps(said, indent=1))
    (work / "licences.yaml").write_text(RECIPE)


def names(expression, exactly):
    words = set(re.findall(r"[\w.+-]+", expression or "")) - {"OR", "AND", "WITH"}
    return words if exactly else {re.sub("-only|-or-later", "", word) for word in words}


def compare(work):
    said = json.loads((work / "said.json").read_text())
    counts = {"equal": 0, "equal but for 'or later'": 0, "other": 0}
    for row in map(json.loads, sys.stdin):
        if not row["id"].endswith("main.py"):
            continue
        package, found = row["group"], row["metadata"].get("licence")
        exactly, nearly = (names(said[package], e) == names(found, e) for e in (True, False))
        counts["equal" if exactly else "equal but for 'or later'" if nearly else "other"] += 1
        if not nearly:
            print(f"{package}: says {said[package]}, found {found}")
    print(counts)


{"lay": lay, "compare": compare}[sys.argv[1]](pathlib.Path(sys.argv[2]))
