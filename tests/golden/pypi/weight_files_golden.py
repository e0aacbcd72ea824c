#!/usr/bin/env python3
"""Makes small files with torch.save(), and the names and shapes of whole networks.

Run:  python3 tests/golden/pypi/weight_files_golden.py       (torch 2.15.0, torchvision 0.29.2, timm 1.0.31, transformers 5.24.0, from PyPI)

values/torch/*.pth
    zip, old: the same tensors in the archive and in the layout before PyTorch 1.6; checkpoint, old_checkpoint: under state_dict, beside
    what training programs save; no_crc: an archive without checksums; namespace: with a Python object; script: a TorchScript program
values/torch_files_golden.txt, one line per tensor:
    file name type shape v[0] v[1] ...                  all values in row-major order; shape "-" for one element without axes
values/weight_names_golden.txt, one line per tensor:
    source backbone name shape
"""
import argparse
import collections
import os

import timm
import torch
import torchvision
import transformers
from torch import nn

VALUES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "values")
TYPES = {torch.float64: "F64", torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64",
         torch.int32: "I32", torch.int16: "I16", torch.int8: "I8", torch.uint8: "U8", torch.uint16: "U16", torch.bool: "BOOL"}


def tensors(old=False):
    base = torch.arange(24, dtype=torch.float32) / 8 - 1
    tied = torch.arange(4, dtype=torch.float32)
    return collections.OrderedDict([
        ("plain", base.reshape(2, 3, 4).clone()),
        ("parameter", nn.Parameter(torch.tensor([1.5, -2.5]))),
        ("transposed", base.reshape(4, 6).t()),
        ("slice", base.reshape(4, 6)[1:3, 2:5]),
        ("every_second", base[1::2]),
        ("channels_last", base.reshape(2, 3, 2, 2).clone().to(memory_format=torch.channels_last)),
        ("tied_a", tied), ("tied_b", tied),
        ("scalar", torch.tensor(0.25)),
        ("empty", torch.zeros(0, 3)),
        ("half", torch.tensor([1.0, -0.333251953125, 65504.0]).half()),
        ("half_transposed", (base.reshape(4, 6) * 3).half().t()),
        ("brain", torch.tensor([1.0, -0.333984375, 3e38]).bfloat16()),
        ("double", torch.tensor([0.1, -1e300], dtype=torch.float64)),
        ("long", torch.tensor([1, -2**40])), ("int", torch.tensor([1, -2], dtype=torch.int32)),
        ("short", torch.tensor([1, -2], dtype=torch.int16)), ("char", torch.tensor([1, -2], dtype=torch.int8)),
        ("byte", torch.tensor([1, 255], dtype=torch.uint8)), ("bool", torch.tensor([True, False])),
    ] + ([] if old else [("unsigned", torch.tensor([1, 65535], dtype=torch.uint16))]))  # PyTorch cannot read it in the old layout


def checkpoint():
    layer = nn.Linear(3, 2)
    nn.init.constant_(layer.weight, 0.5)
    nn.init.constant_(layer.bias, -0.5)
    optimizer = torch.optim.AdamW(layer.parameters(), 0.1)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    layer(torch.ones(1, 3)).sum().backward()
    state = nn.DataParallel(layer).state_dict()
    optimizer.step()
    return {"epoch": 3, "best": None, "loss": 0.25, "amp": True, "big": 2**70, "names": ["a", ("b", 2)], "raw": b"\0\1", "set": {1, 2},
            "size": torch.Size([1, 2]), "device": torch.device("cuda:0"), "dtype": torch.float32, "complex": torch.zeros(2, dtype=torch.complex64),
            "rng": torch.arange(8, dtype=torch.uint8), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(),
            "state_dict": state}


def write_files():
    folder = os.path.join(VALUES, "torch")
    os.makedirs(folder, exist_ok=True)
    path = lambda name: os.path.join(folder, name + ".pth")
    torch.save(tensors(), path("zip"))
    torch.save(tensors(old=True), path("old"), _use_new_zipfile_serialization=False)
    torch.save(checkpoint(), path("checkpoint"))
    torch.save(checkpoint(), path("old_checkpoint"), _use_new_zipfile_serialization=False)
    torch.save({"model": tensors(), "args": argparse.Namespace(lr=0.1)}, path("namespace"))
    torch.jit.script(nn.Linear(2, 1)).save(path("script"))
    torch.serialization.set_crc32_options(False)
    torch.save({"a": torch.tensor([1.0, 2.0])}, path("no_crc"))
    torch.serialization.set_crc32_options(True)
    with open(os.path.join(VALUES, "torch_files_golden.txt"), "w") as out:
        for name in ["zip", "old", "checkpoint", "old_checkpoint", "no_crc"]:
            state = torch.load(path(name), weights_only=True)
            for key, value in state.get("state_dict", state).items():
                shape = ",".join(str(s) for s in value.shape) or "-"
                values = " ".join("%.17g" % v for v in value.detach().double().reshape(-1).tolist())
                out.write(("%s %s %s %s %s" % (name, key, TYPES[value.dtype], shape, values)).strip() + "\n")


def write_names():
    networks = [("torchvision", n, getattr(torchvision.models, n)()) for n in ("resnet18", "resnet50", "vgg11", "vgg16_bn")]
    networks += [("timm", n, timm.create_model(n)) for n in ("resnet34", "resnet50", "vgg13", "vgg19_bn")]
    small = transformers.ResNetConfig(depths=[2, 2, 2, 2], hidden_sizes=[64, 128, 256, 512], layer_type="basic", num_labels=10)
    networks += [("transformers", "resnet18", transformers.ResNetForImageClassification(small)),
                 ("transformers", "resnet50", transformers.ResNetModel(transformers.ResNetConfig()))]
    with open(os.path.join(VALUES, "weight_names_golden.txt"), "w") as out:
        for source, backbone, network in networks:
            for key, value in network.state_dict().items():
                out.write("%s %s %s %s\n" % (source, backbone, key, ",".join(str(s) for s in value.shape) or "-"))


if __name__ == "__main__":
    write_files()
    write_names()
