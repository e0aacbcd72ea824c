"""Exports a tiny tagger of every kind to ONNX, and checks that onnxruntime predicts the same scores and tags as tagpredict.

onnx_test.py PROGRAMS: the folder of Tagloom's programs.
"""
import functools
import struct
import sys
import tempfile
import unittest
import zlib

try:
    import numpy
    import onnx
    import onnxruntime
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

from trained_runs import Tools, test_pictures, write_classifier  # noqa: E402

TOOLS = None   # set at the end
MAP = {"backbone.layer": "conv5_map"}
LSTM = {"model.hidden": 24, "model.embedding": 12, "model.steps": 5}
RNN = {"model.kind": "ordered_rnn", **LSTM}
FITTED = {"optim.learning_rate": 5e-4, "train.best_by": "f1_label"}
NEIGHBOURS = {**FITTED, "neighbours.k": [5]}
BEAM = ["decode.method=beam", "decode.beam_width=3"]

# The settings of a run, and for each way of predicting the settings that differ from the run's.
KINDS = {
    "classifier": ({"model.kind": "classifier", "model.feature_norm": "batch_norm"},
                   [[], ["decode.selection=threshold", "decode.threshold=0.2"], ["decode.thresholds=per_label", "decode.selection=threshold"],
                    ["decode.calibration=platt", "decode.top_k=3"]]),
    "classifier_softmax": ({"model.kind": "classifier", "loss.classifier": "softmax"}, [[]]),
    "classifier_decision": ({"model.kind": "classifier", "loss.decision": True}, [["decode.selection=threshold", "decode.threshold=0.5"]]),
    "classifier_root": ({"model.kind": "classifier", "model.feature_root": True, "backbone.mirrored": True}, [[]]),
    "classifier_gap": ({"model.kind": "classifier", "model.head": "gap", **MAP}, [[]]),
    "classifier_csra": ({"model.kind": "classifier", "model.head": "csra", "model.csra_heads": 4, "model.feature_norm": "batch_norm",
                         **MAP}, [[]]),
    "multi_order": ({"model.kind": "multi_order", "model.state": "features", "model.feature_norm": "batch_norm", **LSTM}, [[]]),
    "multi_order_code": ({"model.kind": "multi_order", "model.preset": "code", **LSTM, "train.epochs": 40, "train.best_by": "loss"},
                         [[], ["decode.calibration=platt"]]),   # after 20 epochs scores hardly vary, and Platt's slopes magnify rounding
    "multi_order_zero": ({"model.kind": "multi_order", "model.state": "zero", **LSTM}, [[]]),
    "rank": ({"model.kind": "rank", "model.hidden": 24, "model.image_embedding": 16, "model.relu_image": True},
             [["decode.method=greedy"], ["decode.method=greedy", "decode.repeat=true"], ["decode.method=expected_gain"],
              ["decode.method=expected_gain", "decode.gain=linear", "decode.first_greedy=false"]]),
    "naive_rnn": ({**RNN, "model.state": "zero", "model.image_feed": "first"}, [[], BEAM, ["decode.repeat=true"], ["decode.exactly=4"]]),
    "ordered_cnn_rnn": ({**RNN, "model.state": "zero", "model.image_feed": "every", "model.image_embedding": 9, "model.order": "frequent"},
                        [[], BEAM]),
    "ria": ({**RNN, "model.state": "features", "model.order": "rare", "model.feature_norm": "batch_norm"},
            [[], [*BEAM, "decode.exactly=3"], ["decode.steps=40"]]),
    "sr_cnn_rnn": ({**RNN, "model.state": "probabilities", "model.order": "rare"},
                   [[], ["decode.selection=threshold", "decode.threshold=1"]]),
    "cnn_rnn": ({**RNN, "model.state": "zero", "model.output": "joint", "model.order": "frequent"}, [BEAM, [], ["decode.beam_width=40", *BEAM[:1]]]),
    "order_free": ({"model.kind": "order_free", "model.attention": 11, "model.image_embedding": 13, **LSTM, **MAP},
                   [["decode.beam_width=4"], ["decode.method=greedy"], ["decode.least_probability=0.05"], ["decode.steps=40"]]),
    "order_free_pla": ({"model.kind": "order_free", "model.alignment": "pla", "model.attention": 11, "model.feature_norm": "batch_norm",
                        **LSTM, **MAP}, [[], BEAM]),
    "jvsp": ({"model.kind": "jvsp", "model.jvsp.image": "linear", "model.jvsp.biases": True, "model.jvsp.scale_softmax": True, **LSTM},
             [[], ["decode.exactly=3", "decode.top_k=3", "decode.sequence_score=emission"], ["decode.sequence_score=most"]]),
    "jvsp_features": ({"model.kind": "jvsp", **LSTM, "model.hidden": 128}, [[]]),
    "linear_svm": ({"model.kind": "linear_svm", **FITTED, "fit.normalise": "hellinger"}, [[], ["decode.calibration=platt"]]),
    "rank_svm": ({"model.kind": "rank_svm", **FITTED, "linear.c": [1], "fit.projection": "whiten"}, [[]]),
    "knn": ({"model.kind": "knn", **NEIGHBOURS}, [[], ["decode.selection=threshold", "decode.threshold=0.4"]]),   # votes of exactly 2 in 5
    "knn_exponential": ({"model.kind": "knn", **FITTED, "neighbours.k": [5, 500], "neighbours.vote": "exponential", "neighbours.balance": "largest",
                         "fit.projection": "cca"}, [[]]),
    "jec": ({"model.kind": "jec", **NEIGHBOURS}, [[]]),
    "tagprop": ({"model.kind": "tagprop", **NEIGHBOURS}, [[]]),
    "tagprop_linear": ({"model.kind": "tagprop", **NEIGHBOURS, "neighbours.sigmoid": False}, [[]]),
    "two_pass_knn": ({"model.kind": "two_pass_knn", **FITTED, "neighbours.per_tag": [2], "neighbours.sharpness": [4], "neighbours.balance": "mean"},
                     [[]]),
}

LINEAR = {"model.kind": "classifier", "model.feature_norm": "batch_norm", "train.epochs": 2, "optim.learning_rate": 1e-3}
BACKBONES = {
    "resnet18": {"backbone.name": "resnet18", "data.size": 64, **LINEAR},
    "resnet50": {"backbone.name": "resnet50", "data.size": 64, "backbone.stride_in_1x1": True, **LINEAR},
    "resnet18_trained": {"backbone.name": "resnet18", "data.size": 40, "backbone.freeze": False, "optim.backbone.learning_rate": 1e-3, **LINEAR},
    "resnext50_32x4d": {"backbone.name": "resnext50_32x4d", "data.size": 64, **LINEAR},
    "resnet50d": {"backbone.name": "resnet50d", "data.size": 72, **LINEAR},
    "vgg11": {"backbone.name": "vgg11", "data.size": 64, **LINEAR},
    "vgg11_bn": {"backbone.name": "vgg11_bn", "backbone.layer": "conv5", "data.size": 64, **LINEAR},
}


def differences(names, outputs, every, given):
    """The largest difference between scores, and what else differs; `every` and `given` are tagpredict's lists of tags."""
    scores, ranking, tags = outputs
    worst, wrong = 0.0, []
    for picture, (all_tags, some_tags) in enumerate(zip(every, given)):
        expected = dict(all_tags)
        worst = max(worst, max(abs(float(scores[picture][tag]) - expected[name]) for tag, name in enumerate(names)))
        order = [names[tag] for tag in ranking[picture]]
        for ours, (theirs, score) in zip(order, all_tags):   # tags with the same score within rounding may change places
            if ours != theirs and abs(expected[ours] - score) > 1e-6:
                wrong.append(f"picture {picture} is ranked {order}, not {all_tags}")
                break
        if (found := [names[tag] for tag in tags[picture] if tag >= 0]) != [tag for tag, _ in some_tags]:
            wrong.append(f"picture {picture} has the tags {found}, not {some_tags}")
    return worst, wrong


class OnnxExport(unittest.TestCase):
    def exported(self, run, *more):
        file = TOOLS.folder / "model.onnx"
        TOOLS.run("tagtrain", "export", run, file, "--force", "--quiet", *more)
        model = onnx.load(file)
        onnx.checker.check_model(model, full_check=True)
        names = {entry.key: entry.value for entry in model.metadata_props}["tags"].split("\n")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        return names, onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])

    def compare(self, run, pictures, values, *more, input_name="pictures"):
        names, session = self.exported(run, "--input", input_name, *more)
        # Every tag, in the order of the ranking, whatever the selection.
        every = TOOLS.predictions(run, pictures, *more, "--set", "decode.selection=top_k", "--set", "decode.thresholds=global",
                                  "--top-k", len(names))
        given = TOOLS.predictions(run, pictures, *more)
        for batch in (1, 7):
            parts = [session.run(None, {input_name: values[at:at + batch]}) for at in range(0, len(values), batch)]
            worst, wrong = differences(names, [numpy.concatenate(part) for part in zip(*parts)], every, given)
            self.assertEqual([], wrong)
            self.assertLess(worst, 1e-4)

    def check_run(self, name, settings, variants):
        run, files = TOOLS.train(name, settings)
        pictures = pixels(files)
        # The comparison would prove little if every picture had the same tags.
        different = {str([tag for tag, _ in tags]) for tags in TOOLS.predictions(run, files)}
        self.assertGreater(len(different), 3 if settings.get("model.state") != "zero" or "model.image_feed" in settings else 0)
        for variant in variants:
            with self.subTest(settings=variant):
                self.compare(run, files, pictures, *(word for one in variant for word in ("--set", one)))

    def test_features_are_an_input(self):
        for kind in ("classifier_csra", "classifier_root", "cnn_rnn", "tagprop"):
            with self.subTest(kind=kind):
                run, files = TOOLS.train(f"{kind}_features", KINDS[kind][0])
                self.compare(run, files, TOOLS.features(run), input_name="features")

    def test_pretrained(self):
        weights, names, run = (TOOLS.folder / f"pretrained{ending}" for ending in (".safetensors", ".txt", ""))
        write_classifier(weights, TOOLS.backbone().read_bytes(), 7)
        names.write_text("".join(f"class {number}\n" for number in range(7)))
        TOOLS.run("tagdata", "tagger", weights, "--classes", names, "-o", run, "--set", "data.size=32", "--set", "data.short_side=32")
        files = test_pictures(TOOLS.scenes(32))
        self.compare(run, files, pixels(files))

    def test_bfloat16_is_exported_as_fp32(self):
        run, files = TOOLS.train("bf16", {**LINEAR, "backbone.precision": "bf16"})
        self.compare(run, files, pixels(files), "--set", "backbone.precision=fp32")
        self.assertIn("bfloat16", TOOLS.run("tagtrain", "export", run, TOOLS.folder / "bf16.onnx").stderr)


def pixels(files):
    return numpy.stack([read_png(file) for file in files])


@functools.cache
def read_png(file):
    """An 8-bit RGB PNG without interlacing, as tagdata writes them."""
    data, at, packed = file.read_bytes(), 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack_from(">IIBB", body)
            assert (depth, colour) == (8, 2), "an 8-bit RGB picture"
        if kind == b"IDAT":
            packed += body
        at += length + 12
    rows = numpy.frombuffer(zlib.decompress(packed), numpy.uint8).reshape(height, 1 + 3 * width)
    above, out = numpy.zeros(3 * width, numpy.int32), []
    for row in rows:
        line = numpy.zeros(3 * width, numpy.int32)
        for x in range(3 * width):
            a, b, c = (line[x - 3] if x >= 3 else 0), above[x], (above[x - 3] if x >= 3 else 0)
            guess = min((a, b, c), key=lambda value: abs(a + b - c - value))
            line[x] = (row[1 + x] + (0, a, b, (a + b) // 2, guess)[row[0]]) & 255
        out.append(line)
        above = line
    return numpy.array(out, numpy.uint8).reshape(height, width, 3)


def add_cases(kinds, backbones):
    for name, (settings, variants) in kinds.items():
        setattr(OnnxExport, f"test_{name}", lambda self, n=name, s=settings, v=variants: self.check_run(n, s, v))
    for name, settings in backbones.items():
        setattr(OnnxExport, f"test_backbone_{name}", lambda self, n=name, s=settings: self.check_run(f"backbone_{n}", s, [[]]))


if __name__ == "__main__":
    add_cases(KINDS, BACKBONES)
    with tempfile.TemporaryDirectory() as temporary:
        TOOLS = Tools(sys.argv.pop(1), temporary)
        unittest.main(verbosity=2)
