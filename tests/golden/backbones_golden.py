#!/usr/bin/python3
"""Makes backbones_golden.txt and backbones_train_golden.txt: outputs and gradients of torchvision's ResNets, ResNeXts, wide
ResNets and VGGs with the weights of seeded_values.py, computed in double.

Run:  /usr/bin/python3 tests/golden/backbones_golden.py          (torch 1.13.1, torchvision 0.14.1, two minutes, 3 GB)

backbones_golden.txt, evaluation mode, one line per output:
    network output shape mean abs_mean l2 v[0] ... v[31]         v[i] = the (i * size / 32)-th value of the NHWC array
backbones_train_golden.txt, training mode, or with running statistics for NETWORK_frozen_bn; loss = sum(logits * slope) / N with
slope = 2 uniform("slope") - 1:
    network loss value
    network logits ...                                           as above
    network grad:NAME | buffer:NAME shape l2 v[0] ... v[3]       v[i] = the ((2 i + 1) * size / 8)-th value in torch order
The pictures are uint8 [N, 64, 64, 3], floor(256 uniform("input")) in that order, normalised with ImageNet's mean and deviation.
VGG has a classifier of width 64 and no dropout.
"""
import os

import numpy as np
import torch
import torchvision
from torch import nn

import seeded_values

HERE = os.path.dirname(os.path.abspath(__file__))
PIXELS = 64
CLASSES = 20
FC_WIDTH = 64


def make(name):
    base = name.replace("_1x1", "")
    network = getattr(torchvision.models, base)(num_classes=CLASSES, weights=None)
    if base.startswith("vgg"):
        network.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, FC_WIDTH), nn.ReLU(), nn.Dropout(0.0),
            nn.Linear(FC_WIDTH, FC_WIDTH), nn.ReLU(), nn.Dropout(0.0), nn.Linear(FC_WIDTH, CLASSES))
    if name.endswith("_1x1"):
        move_stride(network)
    return seeded(network, ".bn2.weight" if base in ("resnet18", "resnet34") else ".bn3.weight")


def seeded(network, residual_end):
    state = {}
    for key, value in network.state_dict().items():
        if key.endswith("num_batches_tracked"):
            continue
        values = seeded_values.parameter(key, tuple(value.shape), key.endswith(residual_end))
        state[key] = torch.from_numpy(values)
    network.load_state_dict(state, strict=False)
    return network.double()


def move_stride(network):
    """The original ResNet: the stride of a stage is that of its first 1x1 convolution."""
    for module in network.modules():
        if isinstance(module, torchvision.models.resnet.Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride


def make_input(n):
    pixels = np.floor(256.0 * seeded_values.uniform("input", n * PIXELS * PIXELS * 3)).reshape(n, PIXELS, PIXELS, 3)
    x = (pixels / 255 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    return torch.from_numpy(x).permute(0, 3, 1, 2)


def outputs(network, name, x):
    """conv5: the last map before pooling. pool5: its mean over the map. fc7: VGG's last hidden layer."""
    if not name.startswith("vgg"):
        activation = network.relu if hasattr(network, "relu") else network.act1  # torchvision's name, timm's
        x = network.maxpool(activation(network.bn1(network.conv1(x))))
        conv5 = network.layer4(network.layer3(network.layer2(network.layer1(x))))
        pool5 = conv5.mean((2, 3))
        return {"conv5": conv5.permute(0, 2, 3, 1), "pool5": pool5, "logits": network.fc(pool5)}
    conv5 = network.features[:-1](x)
    flat = torch.flatten(network.avgpool(network.features[-1](conv5)), 1)
    fc7 = network.classifier[:5](flat)
    return {"conv5": conv5.permute(0, 2, 3, 1), "pool5": conv5.mean((2, 3)), "fc7": fc7, "logits": network.classifier[6](fc7)}


def numbers(values):
    return " ".join("%.9g" % v for v in values)


def summary(value):
    flat = value.detach().contiguous().numpy().reshape(-1)
    picks = flat[[i * flat.size // 32 for i in range(32)]]
    shape = ",".join(str(s) for s in value.shape)
    return "%s %s %s" % (shape, numbers([flat.mean(), np.abs(flat).mean(), np.sqrt((flat ** 2).sum())]), numbers(picks))


def short_summary(value):
    flat = value.detach().contiguous().numpy().reshape(-1)
    picks = flat[[(2 * i + 1) * flat.size // 8 for i in range(4)]]
    return "%s %.9g %s" % (",".join(str(s) for s in value.shape), np.sqrt((flat ** 2).sum()), numbers(picks))


def write_evaluation(file, names, make):
    with open(os.path.join(HERE, "values", file), "w") as out, torch.no_grad():
        for name in names:
            network = make(name).eval()
            for key, value in outputs(network, name, make_input(2)).items():
                out.write("%s %s %s\n" % (name, key, summary(value)))


def write_training(file, names, make):
    with open(os.path.join(HERE, "values", file), "w") as out:
        for name in names:
            frozen = name.endswith("_frozen_bn")
            network = make(name.replace("_frozen_bn", "")).train(not frozen)
            logits = outputs(network, name, make_input(4))["logits"]
            slope = np.float32(2) * seeded_values.uniform("slope", logits.numel()) - np.float32(1)
            loss = (logits * torch.from_numpy(slope.reshape(4, CLASSES)).double()).sum() / 4
            loss.backward()
            out.write("%s loss %.9g\n" % (name, loss.item()))
            out.write("%s logits %s\n" % (name, summary(logits)))
            for key, value in network.named_parameters():
                out.write("%s grad:%s %s\n" % (name, key, short_summary(value.grad)))
            for key, value in network.named_buffers():
                if not frozen and not key.endswith("num_batches_tracked"):
                    out.write("%s buffer:%s %s\n" % (name, key, short_summary(value)))


if __name__ == "__main__":
    write_evaluation("backbones_golden.txt",
                     ["resnet18", "resnet34", "resnet50", "resnet50_1x1", "resnet101", "resnet152", "resnext50_32x4d",
                      "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2"] +
                     ["vgg%d%s" % (depth, bn) for depth in (11, 13, 16, 19) for bn in ("", "_bn")], make)
    write_training("backbones_train_golden.txt", ["resnet18", "resnet50", "resnext50_32x4d", "resnext50_32x4d_frozen_bn", "vgg11_bn"], make)
