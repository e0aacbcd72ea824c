#!/usr/bin/env python3
"""Compares packs with PyPI's webdataset: it reads our shards, and tagdata reads those that its ShardWriter writes.

    webdataset_test.py BIN_FOLDER

Skipped (exit code 77) where webdataset cannot be imported; TAGLOOM_PYTHON may name an interpreter that has it.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

if os.environ.get("TAGLOOM_PYTHON") and os.environ["TAGLOOM_PYTHON"] != sys.executable:
    os.execv(os.environ["TAGLOOM_PYTHON"], [os.environ["TAGLOOM_PYTHON"], *sys.argv])
try:
    import webdataset
except ImportError as reason:
    print(f"skipped: {reason}")
    sys.exit(77)


def rows_of(manifest):
    with open(manifest, encoding="utf-8") as lines:
        return [(path, tags.split(",")) for path, tags in (line.rstrip("\n").split("\t") for line in lines)]


def inspect(tagdata, pack):
    return json.loads(subprocess.run([tagdata, "inspect", pack, "--json"], check=True, capture_output=True).stdout)


def main():
    tagdata = os.path.join(sys.argv[1], "tagdata")
    with tempfile.TemporaryDirectory() as folder:
        scenes, pack = os.path.join(folder, "scenes"), os.path.join(folder, "pack")
        subprocess.run([tagdata, "scenes", scenes, "-n", "60", "--size", "96", "-q"], check=True)
        rows = rows_of(os.path.join(scenes, "train.tsv"))
        subprocess.run([tagdata, "pack", os.path.join(scenes, "train.tsv"), "-o", pack, "--size", "64", "--shard-size", "40KB", "-q"],
                       check=True)
        shards = sorted(glob.glob(os.path.join(pack, "*.tar")))
        assert len(shards) > 2, shards
        samples = list(webdataset.WebDataset(shards, shardshuffle=False, empty_check=False).decode("pil"))
        assert len(samples) == len(rows), (len(samples), len(rows))
        for sample, (path, tags) in zip(samples, rows):
            assert (sample["json"]["path"], sample["json"]["tags"]) == (path, tags), (sample["json"], path, tags)
            assert sample["jpg"].size == (64, 64), sample["jpg"].size

        pattern = os.path.join(folder, "other-%06d.tar")
        with webdataset.ShardWriter(pattern, maxcount=20, verbose=0) as writer:
            for number, (path, tags) in enumerate(rows):
                with open(os.path.join(scenes, path), "rb") as picture:
                    described = {"json": {"tags": tags}} if number % 2 else {"txt": ",".join(tags)}
                    writer.write({"__key__": f"{number:06}", "jpg": picture.read(), **described})
        ours = inspect(tagdata, os.path.join(scenes, "train.tsv"))
        last = len(glob.glob(os.path.join(folder, "other-*.tar"))) - 1
        theirs = inspect(tagdata, os.path.join(folder, f"other-{{000000..{last:06}}}.tar"))
        for key in ("pictures", "tags", "sizes", "unreadable"):
            assert ours[key] == theirs[key], (key, ours[key], theirs[key])
    print(f"webdataset {webdataset.__version__}: {len(rows)} pictures both ways")


main()
