"""Exports taggers for PyTorch, and checks that examples/load_in_pytorch.py gives their pictures the scores and tags of tagpredict.

torch_test.py PROGRAMS: the folder of Tagloom's programs.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

try:
    import numpy  # noqa: F401
    import safetensors.torch
    import torch  # noqa: F401
    import torchvision
    from PIL import Image  # noqa: F401
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

from trained_runs import ENVIRONMENT, Tools  # noqa: E402

TOOLS = None   # set at the end
SCRIPT = pathlib.Path(__file__).parents[2] / "examples" / "load_in_pytorch.py"
LSTM = {"model.hidden": 24, "model.embedding": 12, "model.steps": 4}
CLASSIFIER = {"model.kind": "classifier", "model.feature_norm": "batch_norm"}
LARGE = {**CLASSIFIER, "data.size": 64, "train.epochs": 2, "optim.learning_rate": 1e-3}
RUNS = {
    "classifier": {**CLASSIFIER, "decode.selection": "threshold", "decode.threshold": 0.3},
    "multi_order": {"model.kind": "multi_order", "model.state": "features", "model.feature_norm": "batch_norm", **LSTM},
    "multi_order_code": {"model.kind": "multi_order", "model.preset": "code", **LSTM},
    "rank": {"model.kind": "rank", "model.hidden": 24, "model.image_embedding": 16},
    "rank_gain": {"model.kind": "rank", "model.hidden": 24, "model.image_embedding": 16, "model.relu_image": True,
                  "decode.method": "expected_gain"},
    "resnet18": {"backbone.name": "resnet18", **LARGE},
    "resnet50": {"backbone.name": "resnet50", "backbone.stride_in_1x1": True, **LARGE},
    "resnext50": {"backbone.name": "resnext50_32x4d", **LARGE},
    "vgg11": {"backbone.name": "vgg11", **LARGE},
    "vgg11_fc7": {"backbone.name": "vgg11_bn", "backbone.layer": "fc7", **LARGE},
}


class TorchExport(unittest.TestCase):
    def test_scores_and_tags_are_those_of_tagpredict(self):
        for name, settings in RUNS.items():
            with self.subTest(run=name):
                run, pictures = TOOLS.train(name, settings)
                file = TOOLS.folder / f"{name}.safetensors"
                TOOLS.run("tagtrain", "export", run, file)
                result = subprocess.run([sys.executable, SCRIPT, file, *pictures], capture_output=True, text=True, env=ENVIRONMENT,
                                        check=True)
                theirs = [json.loads(line)["tags"] for line in result.stdout.splitlines()]
                ours = TOOLS.predictions(run, pictures)
                self.assertEqual(len(ours), len(theirs))
                for expected, found in zip(ours, theirs):
                    self.assertEqual([tag for tag, _ in expected], [one["tag"] for one in found])
                    for (_, score), one in zip(expected, found):
                        self.assertAlmostEqual(score, one["score"], delta=1e-4)

    def test_the_script_refuses_what_it_does_not_compute(self):
        run, pictures = TOOLS.train("refused", {**CLASSIFIER, "loss.classifier": "softmax"})
        other, _ = TOOLS.train("accepted", CLASSIFIER)
        for source, words, message in ((run, [], "loss.classifier"), (other, ["--set", "data.resize=short_side"], "data.resize"),
                                       (other, ["--set", "data.interpolation=bicubic"], "data.interpolation")):
            file = TOOLS.folder / "refused.safetensors"
            TOOLS.run("tagtrain", "export", source, file, "--force", *words)
            self.refused(f"this script does not implement {message}", file, pictures[0])
        self.refused("has no settings: write it with tagtrain export", run / "best.safetensors", pictures[0])
        self.refused("python3 load_in_pytorch.py tagger.safetensors a.jpg b.jpg", file)

    def refused(self, message, *words):
        result = subprocess.run([sys.executable, SCRIPT, *words], capture_output=True, text=True, env=ENVIRONMENT, check=False)
        self.assertEqual((1, ""), (result.returncode, result.stdout))
        self.assertIn(message, result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def test_names_and_layouts_are_torchvisions(self):
        run, _ = TOOLS.train("names", {"backbone.name": "resnet18", **LARGE})
        file = TOOLS.folder / "names.safetensors"
        TOOLS.run("tagtrain", "export", run, file)
        state = safetensors.torch.load_file(file)
        expected = torchvision.models.resnet18().state_dict()
        for name in ("fc.weight", "fc.bias"):
            del expected[name]
        found = {name[len("cnn."):]: value for name, value in state.items() if name.startswith("cnn.")}
        self.assertEqual({name: (value.shape, value.dtype) for name, value in expected.items()},
                         {name: (value.shape, value.dtype) for name, value in found.items()})

    def test_the_file_has_no_paths_of_this_machine(self):
        run, _ = TOOLS.train("paths", CLASSIFIER)
        file = TOOLS.folder / "paths.safetensors"
        TOOLS.run("tagtrain", "export", run, file)
        self.assertNotIn(str(TOOLS.folder).encode(), file.read_bytes())


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        TOOLS = Tools(sys.argv.pop(1), temporary)
        unittest.main(verbosity=2)
