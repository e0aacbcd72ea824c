#!/usr/bin/python3
"""Makes resnet50_photos_golden.tsv and resnet50_photos_features.safetensors: outputs of ResNet-50 with the ImageNet weights of
TAGLOOM_DATA/weights/resnet50_v1.safetensors for a hundred photographs of TAGLOOM_DATA/corel5k (every 45th row of
train.tsv). The photographs themselves are not stored, so the test that reads these files needs TAGLOOM_DATA.

Run:  TAGLOOM_DATA=... /usr/bin/python3 tests/golden/resnet50_photos_golden.py   (torch 1.13.1, PIL 9.4; two minutes)

Each photograph is decoded by PIL, squashed to 224 x 224 with PIL's BILINEAR filter and normalised by the statistics in the
file's metadata; each stage's stride is on its first 1x1 convolution. A row of the .tsv has the path, the six highest
classes and their logits (the gap between the fifth and the sixth shows near ties). The .safetensors has the pooled
features [4, 2048] of the first four photographs.
"""
import os

import numpy as np
import torch
import torchvision
from PIL import Image

import safetensors_file
from backbones_golden import move_stride

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ["TAGLOOM_DATA"]


def load_network():
    tensors, metadata = safetensors_file.read(os.path.join(DATA, "weights/resnet50_v1.safetensors"))
    network = torchvision.models.resnet50(weights=None)
    move_stride(network)
    state = {name: torch.from_numpy(value.astype(np.float32)) for name, value in tensors.items()}
    missing, unexpected = network.load_state_dict(state, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    return network.eval(), metadata


def main():
    network, _ = load_network()
    mean = np.array([0.4850196, 0.4579569, 0.4076039], np.float32)
    with open(os.path.join(DATA, "corel5k/train.tsv")) as file:
        paths = [line.split("\t")[0] for line in file][::45]
    pooled = []
    network.avgpool.register_forward_hook(lambda module, x, y: pooled.append(y.flatten(1)))
    with open(os.path.join(HERE, "values", "resnet50_photos_golden.tsv"), "w") as out, torch.no_grad():
        for path in paths:
            picture = Image.open(os.path.join(DATA, "corel5k", path)).convert("RGB").resize((224, 224), Image.BILINEAR)
            x = (np.asarray(picture, np.float32) / 255 - mean) * 255
            logits = network(torch.from_numpy(x).permute(2, 0, 1)[None])[0]
            value, index = logits.topk(6)
            out.write("%s\t%s\t%s\n" % (path, ",".join(str(i.item()) for i in index), ",".join("%.5g" % v for v in value)))
    safetensors_file.write(os.path.join(HERE, "values", "resnet50_photos_features.safetensors"), {"pool5": torch.cat(pooled[:4]).numpy()})


if __name__ == "__main__":
    main()
