"""Loads a tagger that `tagtrain export RUN tagger.safetensors` wrote into plain PyTorch modules, and tags pictures with it.

    python3 load_in_pytorch.py tagger.safetensors a.jpg b.jpg

prints one JSON object per picture, as `tagpredict --format jsonl` does. It needs torch, safetensors, Pillow and, for ResNet and VGG,
torchvision. The kinds classifier, multi_order and rank are here; models/README.md shows how the others work.
"""
import json
import sys
import tomllib

import numpy
import torch
from PIL import Image, ImageOps
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn


# Settings that change scores or tags, with the values for which this script computes what Tagloom does.
KNOWN = {
    "data": {"resize": ["squash"], "interpolation": ["bilinear"]},
    "backbone": {"layer": ["pool5", "fc7", "conv5"], "mirrored": [False]},
    "model": {"feature_root": [False], "head": ["linear", "tanh_two_layer"]},
    "loss": {"classifier": ["bce", "pairwise", "warp", "lsep", "focal", "asl"], "decision": [False]},
    "decode": {"thresholds": ["global"], "calibration": ["none"], "method": ["auto", "greedy", "expected_gain", "scores"], "repeat": [False]},
}


def check(settings, file):
    if settings["backbone"]["name"] == "resnet50d":
        raise SystemExit(f"{file}: torchvision has no resnet50d, so this script has none either")
    for section, keys in KNOWN.items():
        for key, values in keys.items():
            value = settings.get(section, {}).get(key, values[0])
            if value not in values:
                raise SystemExit(f"{file}: this script does not implement {section}.{key} = {json.dumps(value)}; tagtrain export RUN FILE.onnx does")


class SmallCnn(nn.Module):
    """backbone.name = "small"."""

    def __init__(self):
        super().__init__()
        for number, (wide, out, stride) in enumerate([(3, 32, 2), (32, 48, 1), (48, 96, 1), (96, 128, 1)], 1):
            self.add_module(f"conv{number}", nn.Conv2d(wide, out, 3, stride, 1, bias=False))
            self.add_module(f"bn{number}", nn.BatchNorm2d(out))

    def forward(self, x):
        x = self.bn1(self.conv1(x)).relu()
        x = nn.functional.max_pool2d(self.bn2(self.conv2(x)).relu(), 2)
        x = nn.functional.max_pool2d(self.bn3(self.conv3(x)).relu(), 2)
        return self.bn4(self.conv4(x)).relu().mean((2, 3))


class Vgg(nn.Module):
    def __init__(self, name, layer):
        super().__init__()
        import torchvision
        whole = torchvision.models.get_model(name, weights=None)
        self.features, self.layer = whole.features, layer
        if layer == "fc7":
            self.classifier = whole.classifier[:5]   # two linear layers; ReLU and dropout after the first, ReLU after the second

    def forward(self, x):
        if self.layer == "conv5":
            return self.features[:-1](x).mean((2, 3))
        x = nn.functional.adaptive_avg_pool2d(self.features(x), 7)
        return self.classifier(x.flatten(1)) if self.layer == "fc7" else x.permute(0, 2, 3, 1).flatten(1)


def resnet(name, stride_in_1x1):
    import torchvision
    cnn = torchvision.models.get_model(name, weights=None)
    cnn.fc = nn.Identity()
    for block in cnn.modules():
        if stride_in_1x1 and hasattr(block, "conv3"):   # the original network's place for a stage's stride
            block.conv1.stride, block.conv2.stride = block.conv2.stride, (1, 1)
    return cnn


class Classifier(nn.Module):
    def __init__(self, features, tags, norm):
        super().__init__()
        self.norm = nn.BatchNorm1d(features) if norm else nn.Identity()
        self.output = nn.Linear(features, tags)

    def logits(self, x):
        return self.output(self.norm(x))

    def forward(self, x):
        return self.logits(x).sigmoid()


class MultiOrder(nn.Module):
    def __init__(self, features, tags, model):
        super().__init__()
        hidden, embedding = model["hidden"], model["embedding"]
        self.steps, self.start, self.state = model["steps"], tags, model["state"]
        if self.state != "zero":
            width = tags if self.state == "probabilities" else features
            if self.state == "probabilities":
                self.classifier = Classifier(features, tags, True)
            normed = self.state == "probabilities" or model["feature_norm"] == "batch_norm"
            self.start_norm = nn.BatchNorm1d(width, eps=1e-3) if normed else nn.Identity()
            self.start_h, self.start_c = nn.Linear(width, hidden), nn.Linear(width, hidden)
        self.embedding = nn.Embedding(tags + 1, embedding)   # the last row is START
        self.lstm = nn.LSTMCell(embedding, hidden)
        two_layers = model["head"] == "tanh_two_layer"
        if two_layers:
            self.projection = nn.Linear(hidden, embedding)
        self.output = nn.Linear(embedding if two_layers else hidden, tags)

    def first_state(self, x):
        if self.state == "zero":
            zero = x.new_zeros(len(x), self.lstm.hidden_size)
            return zero, zero
        if self.state == "probabilities":
            x = self.classifier(x)
        x = self.start_norm(x)
        return self.start_h(x).tanh(), self.start_c(x).tanh()

    def forward(self, x):
        state, previous, steps = self.first_state(x), x.new_full((len(x),), self.start, dtype=torch.long), []
        for _ in range(self.steps):
            state = self.lstm(self.embedding(previous), state)
            f = self.output(self.projection(state[0]).tanh() if hasattr(self, "projection") else state[0])
            steps.append(f)
            previous = f.argmax(1)
        return torch.stack(steps).amax(0).sigmoid()


class Rank(nn.Module):
    """Decodes by decode.method = "expected_gain" or, without decode.repeat, "greedy"."""

    def __init__(self, features, tags, model, decode):
        super().__init__()
        self.norm = nn.BatchNorm1d(features) if model["feature_norm"] == "batch_norm" else nn.Identity()
        self.image_embedding = nn.Linear(features, model["image_embedding"])
        self.lstm = nn.LSTMCell(model["image_embedding"], model["hidden"])
        self.output = nn.Linear(model["hidden"], tags)
        self.relu, self.decode, self.steps = model["relu_image"], decode, min(decode["steps"] or 10, tags)

    def forward(self, x):
        v = self.image_embedding(self.norm(x))
        v, state, steps = v.relu() if self.relu else v, None, []
        for _ in range(self.steps):
            state = self.lstm(v, state)
            steps.append(self.output(state[0]).softmax(1))
        p = torch.stack(steps, 1)   # [N,T,V]
        return self.expected_gain(p) if self.decode["method"] == "expected_gain" else self.greedy(p)

    def expected_gain(self, p):
        counted = min(self.decode["gain_steps"], self.steps)
        t = torch.arange(counted, dtype=torch.float64)
        weights = (counted - t) / counted if self.decode["gain"] == "linear" else 1 / (t + 1)
        scores = (p[:, :counted].double() * weights[:, None]).sum(1).float()
        if self.decode["first_greedy"]:   # the best tag of the first step comes first, with a score just above the others
            first, above = p[:, 0].argmax(1, keepdim=True), scores.amax(1, keepdim=True)
            above = torch.where(scores.gather(1, first) == above, above, torch.nextafter(above, above + 1))
            scores = scores.scatter(1, first, above)
        return scores

    def greedy(self, p):
        scores, named = p.amax(1), torch.zeros_like(p[:, 0], dtype=torch.bool)
        for t in range(self.steps):
            tag = p[:, t].masked_fill(named, -1).argmax(1, keepdim=True)
            scores, named = scores.scatter(1, tag, 1.0 + self.steps - t), named.scatter(1, tag, True)
        return scores


def normalised(text):
    """Three numbers of the file's metadata, for the channels of a batch."""
    return torch.tensor([float(number) for number in text.split(",")])[:, None, None]


class Tagger:
    def __init__(self, file):
        with safe_open(file, "pt") as opened:
            about = opened.metadata()
        if "settings" not in (about or {}):
            raise SystemExit(f"{file}: has no settings: write it with tagtrain export RUN {file}")
        settings, state = tomllib.loads(about["settings"]), load_file(file)
        check(settings, file)
        self.tags, self.decode, self.data = about["tags"].split("\n"), settings["decode"], settings["data"]
        self.mean, self.std = normalised(about["image_mean"]), normalised(about["image_std"])
        backbone, model = settings["backbone"], settings["model"]
        if backbone["name"] == "small":
            self.cnn = SmallCnn()
        elif backbone["name"].startswith("vgg"):
            self.cnn = Vgg(backbone["name"], backbone["layer"])
        else:
            self.cnn = resnet(backbone["name"], about["stride_in_1x1"] == "true")
        for module in self.cnn.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = float(about["batch_norm_epsilon"])
        self.cnn.load_state_dict({name[4:]: value for name, value in state.items() if name.startswith("cnn.")})
        size = self.data["size"]
        features = self.cnn.eval()(torch.zeros(1, 3, size, size)).shape[1]
        if model["kind"] == "multi_order":
            self.head = MultiOrder(features, len(self.tags), model)
        elif model["kind"] == "rank":
            self.head = Rank(features, len(self.tags), model, self.decode)
        elif model["kind"] == "classifier":
            self.head = Classifier(features, len(self.tags), model["feature_norm"] == "batch_norm")
        else:
            raise SystemExit(f"{file}: this script has no modules for model.kind = \"{model['kind']}\"")
        self.head.load_state_dict({name: value for name, value in state.items() if not name.startswith("cnn.")})
        self.head.eval()

    def pixels(self, file):
        """A picture as data.resize = "squash" makes it."""
        picture = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
        size = (self.data["size"], self.data["size"])
        return torch.from_numpy(numpy.array(picture if picture.size == size else picture.resize(size, Image.BILINEAR)))

    @torch.no_grad()
    def scores(self, files):
        x = torch.stack([self.pixels(file) for file in files]).permute(0, 3, 1, 2).float() / 255
        return self.head(self.cnn((x - self.mean) / self.std))

    def chosen(self, scores):
        """The tags that decode.selection predicts, best first."""
        order = sorted(range(len(self.tags)), key=lambda tag: -scores[tag])
        kind = self.decode["selection"]
        if "top_k" in kind:
            order = order[:self.decode["top_k"]]
        return [tag for tag in order if "threshold" not in kind or scores[tag] > self.decode["threshold"]]


def main(file, *pictures):
    tagger = Tagger(file)
    for path, scores in zip(pictures, tagger.scores(pictures).tolist()):
        print(json.dumps({"path": path, "tags": [{"tag": tagger.tags[tag], "score": scores[tag]} for tag in tagger.chosen(scores)]}))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
