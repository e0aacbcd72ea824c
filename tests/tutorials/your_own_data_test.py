#!/usr/bin/env python3
"""Runs the commands of docs/your_own_data.md on tiny data: your_own_data_test.py FOLDER_OF_THE_TOOLS.

The data is made from the built-in scenes: a COCO folder, photographs with keywords, and random weights. Environment variables make the
trainings small. Skipped (exit code 77) without exiftool, which writes the keywords; onnxruntime runs the last program if it is installed.
"""
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/your_own_data.md"
SKIPPED = 77
TINY = {"TAGLOOM_BACKBONE_NAME": "resnet18", "TAGLOOM_DATA_SIZE": "32", "TAGLOOM_TRAIN_EPOCHS": "1", "TAGLOOM_DATA_MINIMUM_COUNT": "2"}


def run(words, folder, environment):
    result = subprocess.run(words, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {result.returncode}\n{result.stdout}")
    return result.stdout


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(), re.M | re.S)


def read_rows(manifest):
    return [(path, tags.split(",")) for path, tags in (line.split("\t") for line in manifest.read_text().splitlines())]


def write_coco(folder, part, scenes, rows):
    """The pictures of `rows`, and instances_PART.json with an object for each tag."""
    (folder / part).mkdir(parents=True)
    (folder / "annotations").mkdir(exist_ok=True)
    tags = sorted({tag for _, names in rows for tag in names})
    images, objects = [], []
    for number, (path, names) in enumerate(rows, 1):
        shutil.copy(scenes / path, folder / part)
        images.append({"id": number, "file_name": pathlib.Path(path).name, "width": 32, "height": 32})
        objects += [{"id": len(objects) + i, "image_id": number, "category_id": 2 * tags.index(tag) + 1, "iscrowd": 0,
                     "bbox": [0, 0, 8, 8], "area": 64, "segmentation": []} for i, tag in enumerate(names, 1)]
    categories = [{"id": 2 * i + 1, "name": tag, "supercategory": "thing"} for i, tag in enumerate(tags)]
    text = json.dumps({"images": images, "annotations": objects, "categories": categories})
    (folder / f"annotations/instances_{part}.json").write_text(text)


def write_photos(folder, scenes, rows, environment):
    """The pictures of `rows` with their tags as embedded keywords."""
    folder.mkdir()
    arguments = []
    for path, names in rows:
        shutil.copy(scenes / path, folder)
        arguments += [f"-XMP-dc:Subject={tag}" for tag in names] + ["-overwrite_original", str(folder / pathlib.Path(path).name), "-execute"]
    (folder.parent / "keywords.txt").write_text("\n".join(arguments) + "\n")
    run(["exiftool", "-q", "-@", "keywords.txt"], folder.parent, environment)


def write_resnet18(path):
    """Weights of a ResNet-18 with torchvision's names: small values in a repeating pattern."""
    shapes = {"conv1.weight": [64, 3, 7, 7], "fc.weight": [1000, 512], "fc.bias": [1000]}

    def norm(name, channels):
        shapes.update({f"{name}.{part}": [channels] for part in ("weight", "bias", "running_mean", "running_var")})

    norm("bn1", 64)
    channels = 64
    for stage in range(4):
        width = 64 << stage
        for block in range(2):
            name = f"layer{stage + 1}.{block}"
            shapes.update({f"{name}.conv1.weight": [width, channels, 3, 3], f"{name}.conv2.weight": [width, width, 3, 3]})
            norm(f"{name}.bn1", width)
            norm(f"{name}.bn2", width)
            if channels != width:
                shapes[f"{name}.downsample.0.weight"] = [width, channels, 1, 1]
                norm(f"{name}.downsample.1", width)
            channels = width
    pattern = struct.pack("<1021f", *(0.02 * (((7919 * i) % 1021) / 510 - 1) for i in range(1021)))
    ones = struct.pack("<f", 1)
    header, data = {}, []
    offset = 0
    for name, shape in shapes.items():
        size = 4
        for extent in shape:
            size *= extent
        positive = name.endswith("running_var") or (len(shape) == 1 and name.endswith("weight"))
        data.append(((ones if positive else pattern) * (size // 4 // (1 if positive else 1021) + 1))[:size])
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(data))


def write_files_of_page(folder):
    """Writes the files that the page introduces with "Write `NAME`:" and a block."""
    found = re.findall(r"^Write `(\S+)`:\n\n```\w+\n(.*?)^```", PAGE.read_text(), re.M | re.S)
    assert [name for name, _ in found] == ["coco.toml", "photos.toml"], found
    for name, text in found:
        (folder / name).write_text(text)


def main(tools):
    if not shutil.which("exiftool"):
        print("skipped: exiftool is not installed")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work)
        environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": work, "TAGLOOM_CACHE": work + "/cache", "OMP_WAIT_POLICY": "passive",
                       **TINY}
        run(["tagdata", "scenes", "--images", "150", "--size", "32", "--seed", "5", "-q", "scenes"], folder, environment)
        scenes = folder / "scenes"
        write_coco(folder / "coco", "train2017", scenes, read_rows(scenes / "train.tsv")[:80])
        write_coco(folder / "coco", "val2017", scenes, read_rows(scenes / "val.tsv"))
        write_photos(folder / "photos", scenes, read_rows(scenes / "train.tsv")[-60:], environment)
        write_resnet18(folder / "weights/resnet50.safetensors")
        write_files_of_page(folder)
        outputs = {}
        for block in blocks("sh"):
            for command in block.splitlines():
                outputs[command] = run(["sh", "-ec", command], folder, environment)

        for name in ("coco.onnx", "photos.onnx", "photos.html", "tags.jsonl", "runs/coco/report.html"):
            assert (folder / name).stat().st_size > 1000, name
        assert len(read_rows(folder / "coco_train.tsv")) == 80
        parts = [read_rows(folder / f"parts/{part}.tsv") for part in ("train", "test")]
        assert sum(map(len, parts)) == 60 and all(parts), parts
        expected = {pathlib.Path(path).name: set(tags) for path, tags in read_rows(scenes / "train.tsv")[-60:]}
        assert {pathlib.Path(path).name: set(tags) for part in parts for path, tags in part} == expected

        [program] = blocks("python")
        packages = subprocess.run([sys.executable, "-c", "import onnxruntime, numpy, PIL"], capture_output=True)
        if packages.returncode != 0:
            print("onnxruntime or Pillow is not installed: the program of the page was not run")
            return
        environment["PYTHONPATH"] = os.environ.get("PYTHONPATH", "")
        (folder / "use_model.py").write_text(program)
        picture = sorted((folder / "photos").iterdir())[0]
        printed = run([sys.executable, "use_model.py", str(picture)], folder, environment)
        assert re.fullmatch(rf"{re.escape(str(picture))} \[.*\]\n", printed), printed


if __name__ == "__main__":
    main(sys.argv[1])
