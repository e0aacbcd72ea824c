"""Reads what tagdata exports, and what it imports, with pycocotools and Hugging Face's datasets; skipped (77) without both.

    python3 peers_test.py build/cpu/bin
"""
import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

try:
    import datasets
except ImportError:
    datasets = None
try:
    from pycocotools.coco import COCO
except ImportError:
    COCO = None

TAGDATA = pathlib.Path(sys.argv[1]).resolve() / "tagdata"


def tagdata(*words):
    subprocess.run([TAGDATA, *map(str, words)], check=True)


def manifest_rows(path):
    """{picture: tags}, with absolute paths."""
    rows = {}
    for line in path.read_text().splitlines():
        picture, tags = line.split("\t")
        rows[os.path.realpath(path.parent / picture)] = next(csv.reader([tags])) if tags else []
    return rows


def check_coco_export(folder, expected):
    tagdata("export", folder / "train.tsv", "--format", "coco", "-o", folder / "labels.json", "--words", folder / "words.txt", "-q")
    coco = COCO(folder / "labels.json")
    names = {one["id"]: one["name"] for one in coco.loadCats(coco.getCatIds())}
    assert list(names.values()) == (folder / "words.txt").read_text().splitlines()
    found = {}
    for picture in coco.loadImgs(coco.getImgIds()):
        assert (picture["width"], picture["height"]) == (32, 32), picture
        annotations = coco.loadAnns(coco.getAnnIds(imgIds=picture["id"]))
        found[os.path.realpath(folder / picture["file_name"])] = [names[one["category_id"]] for one in annotations]
    assert found == expected


def check_huggingface_export(folder, expected):
    for name in ("metadata.jsonl", "metadata.csv"):
        tagdata("export", folder / "train.tsv", "--format", "huggingface", "-o", folder / "images" / name, "-q")
        data = datasets.load_dataset("imagefolder", data_dir=str(folder / "images"), split="train", cache_dir=str(folder / f"cache {name}"))
        data = data.cast_column("image", datasets.Image(decode=False))
        read = json.loads if name.endswith(".csv") else list
        found = {os.path.realpath(row["image"]["path"]): read(row["tags"]) for row in data if row["tags"] is not None}
        assert found == expected, name
        (folder / "images" / name).unlink()


def check_coco_import(folder):
    """Random instances: gaps between ids, crowds, pictures without annotations, parts in another order."""
    rng = random.Random(7)
    categories = [{"id": i, "name": f"class {i}"} for i in rng.sample(range(1, 91), 20)]
    pictures = [{"id": i, "file_name": f"{i:012}.jpg", "width": 9, "height": 9} for i in rng.sample(range(10**6), 300)]
    annotations = [{"id": i, "image_id": rng.choice(pictures[:250])["id"], "category_id": rng.choice(categories)["id"],
                    "iscrowd": int(rng.random() < 0.1), "area": rng.random() * 81, "bbox": [0, 0, 1, 1],
                    "segmentation": [[rng.random() for _ in range(8)]]} for i in range(2000)]
    source = folder / "instances.json"
    source.write_text(json.dumps({"annotations": annotations, "categories": categories, "images": pictures}))
    coco = COCO(source)
    for crowd, chosen in (("keep", None), ("drop", False)):
        tagdata("import", source, "--crowd", crowd, "--on-missing", "keep", "-o", folder / "imported.tsv", "--force", "-q")
        expected = {}
        for picture in coco.loadImgs(coco.getImgIds()):
            ids = [one["category_id"] for one in coco.loadAnns(coco.getAnnIds(imgIds=picture["id"], iscrowd=chosen))]
            names = [one["name"] for one in coco.loadCats(dict.fromkeys(ids))]
            expected[os.path.realpath(folder / picture["file_name"])] = names
        assert manifest_rows(folder / "imported.tsv") == expected, crowd


missing = [name for name, package in (("pycocotools", COCO), ("datasets", datasets)) if package is None]
if missing:
    print("not installed, so not compared with:", ", ".join(missing))
if len(missing) == 2:
    sys.exit(77)
with tempfile.TemporaryDirectory() as temporary:
    folder = pathlib.Path(temporary) / "scenes"
    tagdata("scenes", folder, "--images", 30, "--size", 32, "--seed", 3, "-q")
    expected = manifest_rows(folder / "train.tsv")
    assert len(expected) == 24
    if COCO:
        check_coco_export(folder, expected)
        check_coco_import(pathlib.Path(temporary))
    if datasets:
        check_huggingface_export(folder, expected)
