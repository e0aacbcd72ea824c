"""Trains tiny taggers of every kind with Tagloom's programs, and reads their predictions."""
import json
import os
import pathlib
import struct
import subprocess

import numpy

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


class Tools:
    def __init__(self, programs, folder):
        self.programs, self.folder = pathlib.Path(programs).resolve(), pathlib.Path(folder)

    def run(self, *words, code=0):
        command = [self.programs / words[0], *map(str, words[1:])]
        result = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
        if result.returncode != code:
            raise AssertionError(f"{command} exited with {result.returncode}, not {code}: {result.stderr}")
        return result

    def scenes(self, size):
        """Draws 160 scenes of size x size pixels, once."""
        folder = self.folder / f"scenes{size}"
        if not folder.exists():
            self.run("tagdata", "scenes", "--images", 160, "--size", size, "--seed", 3, "--format", "png", "--quiet", folder)
        return folder

    def backbone(self):
        """The weights of a small CNN that was trained on the scenes, so that pictures differ in their tags."""
        file = self.folder / "small.safetensors"
        if not file.exists():
            run, _ = self.train("backbone", {"model.kind": "classifier", "backbone.freeze": False, "backbone.weights": "",
                                             "optim.learning_rate": 3e-3, "optim.backbone.learning_rate": 3e-3, "train.epochs": 10})
            write_backbone(file, (run / "best.safetensors").read_bytes())
        return file

    def train(self, name, settings):
        """Trains a run; settings are keys with their values. Returns its folder and the paths of the test pictures."""
        size = settings.get("data.size", 32)
        scenes = self.scenes(size)
        values = {"data.train": scenes / "train.tsv", "data.validation": scenes / "val.tsv", "data.test": scenes / "test.tsv",
                  "data.size": size, "data.cache_dir": self.folder / "cache", "backbone.name": "small", "train.epochs": 20,
                  "train.batch_size": 16, "train.device": "cpu", "optim.learning_rate": 0.01, **settings}
        if values["backbone.name"] == "small" and "backbone.weights" not in values:
            values["backbone.weights"] = self.backbone()
        config = self.folder / f"{name}.toml"
        config.write_text("".join(f"{key} = {literal(value)}\n" for key, value in values.items()), encoding="utf-8")
        run = self.folder / name
        self.run("tagtrain", "-c", config, "-o", run, "--quiet")
        return run, test_pictures(scenes)

    def predictions(self, run, pictures, *more):
        """The tags of each picture with their scores, best first."""
        lines = self.run("tagpredict", run, *pictures, "--format", "jsonl", "--quiet", *more).stdout.splitlines()
        return [[(tag["tag"], tag["score"]) for tag in json.loads(line)["tags"]] for line in lines]

    def features(self, run):
        """The test pictures' features, from the cache that tageval writes."""
        cache = self.folder / f"features of {run.name}"
        self.run("tageval", run, "--quiet", "--set", f"data.cache_dir={cache}")
        (file,) = cache.glob("features-*.bin")
        return cached_features(file.read_bytes())


def literal(value):
    return json.dumps(value) if isinstance(value, (bool, int, float, list)) else json.dumps(str(value))


def test_pictures(scenes):
    rows = (scenes / "test.tsv").read_text(encoding="utf-8").splitlines()
    return [scenes / row.split("\t")[0] for row in rows]


def write_backbone(file, run):
    """Writes the tensors "cnn.…" of a run's safetensors, without the prefix."""
    length = struct.unpack_from("<Q", run)[0]
    header, data, tensors = json.loads(run[8:8 + length]), b"", {}
    for name, entry in header.items():
        if name.startswith("cnn."):
            begin, end = entry["data_offsets"]
            tensors[name[len("cnn."):]] = {**entry, "data_offsets": [len(data), len(data) + end - begin]}
            data += run[8 + length + begin:8 + length + end]
    text = json.dumps(tensors).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_classifier(file, backbone, classes):
    """Writes the tensors of a backbone's safetensors, and a random classifier."""
    length = struct.unpack_from("<Q", backbone)[0]
    tensors, data = json.loads(backbone[8:8 + length]), backbone[8 + length:]
    width, = tensors["bn4.weight"]["shape"]
    random = numpy.random.default_rng(5)
    for name, shape in (("fc.weight", [classes, width]), ("fc.bias", [classes])):
        values = random.normal(0, 0.3, shape).astype("<f4").tobytes()
        tensors[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(tensors).encode()
    file.write_bytes(struct.pack("<Q", len(text)) + text + data)


def cached_features(data):
    """The rows of a cache file, whose layout engine/data/feature_cache.h documents."""
    key_length, count, dimension = struct.unpack_from("<IQQ", data, 12)
    begin = (32 + key_length + 63) // 64 * 64
    return numpy.frombuffer(data, "<f4", count * dimension, begin).reshape(count, dimension)
