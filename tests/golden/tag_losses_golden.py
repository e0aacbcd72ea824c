#!/usr/bin/python3
"""Makes tag_losses_golden.txt: the losses of a set of tags and their gradients, by PyTorch's autograd in double, each written as in
its paper: sums over pairs are loops over pairs, and probabilities are not logits.

Run:  /usr/bin/python3 tests/golden/tag_losses_golden.py            (torch 1.13.1, seconds)

Arrays: logits [4,9], labels [4,9] (the third picture has no tag, the fourth all), then NAME.loss [4] and NAME.dlogits [4,9] at
scale 0.25. NAME: bce (pos_weight 3, label smoothing 0.1), focal (gamma 2), asl (gamma+ 1, gamma- 4, margin .05, clamp 1e-8), lsep,
pairs, warp, softmax. Format: README.md.
"""
import os

import torch
import torch.nn.functional as F

torch.manual_seed(11)
SCALE = 0.25
logits = (2 * torch.randn(4, 9)).float().double()
labels = (torch.rand(4, 9) < 0.4).long()
labels[2], labels[3] = 0, 1
arrays = {"logits": logits, "labels": labels}


def bce(x, y):
    target = y.double() * 0.9 + 0.05
    return F.binary_cross_entropy_with_logits(x, target, pos_weight=torch.full((9,), 3.0).double(), reduction="sum")


def focal(x, y):
    p = torch.sigmoid(x)
    p_t = torch.where(y == 1, p, 1 - p)
    return (-((1 - p_t) ** 2) * p_t.log()).sum()


def asl(x, y):
    p = torch.sigmoid(x)
    p_m = (p - 0.05).clamp(min=0)
    positive = (1 - p) * p.clamp(min=1e-8).log()
    negative = p_m**4 * (1 - p_m).clamp(min=1e-8).log()
    return -torch.where(y == 1, positive, negative).sum()


def split(x, y):
    return [x[i] for i in range(9) if y[i]], [x[i] for i in range(9) if not y[i]]


def lsep(x, y):
    true, other = split(x, y)
    return torch.log(1 + sum(((n - p).exp() for p in true for n in other), torch.zeros(()).double()))


def pairs(x, y):
    true, other = split(x, y)
    return sum((F.relu(1 - p + n) for p in true for n in other), torch.zeros(()).double())


def warp(x, y):
    true, other = split(x, y)
    total = torch.zeros(()).double()
    for p in true:
        hinges = [1 - p + n for n in other if 1 - p + n > 0]
        if hinges:
            total = total + sum(1.0 / i for i in range(1, len(hinges) + 1)) / len(hinges) * sum(hinges)
    return total


def softmax(x, y):
    return -(y / y.sum().clamp(min=1) * F.log_softmax(x, 0)).sum()


losses = dict(bce=bce, focal=focal, asl=asl, lsep=lsep, pairs=pairs, warp=warp, softmax=softmax)
for name, function in losses.items():
    x = logits.clone().requires_grad_()
    loss = SCALE * torch.stack([function(x[i], labels[i]) + 0 * x[i].sum() for i in range(4)])
    loss.sum().backward()
    arrays[name + ".loss"], arrays[name + ".dlogits"] = loss.detach(), x.grad

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "values", "tag_losses_golden.txt"), "w") as out:
    for name, tensor in arrays.items():
        dims = ",".join(str(size) for size in tensor.shape)
        out.write(f"{name} {dims} {' '.join(f'{value:.15g}' for value in tensor.flatten().tolist())}\n")
