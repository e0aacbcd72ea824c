#!/usr/bin/env python3
"""Writes optimizers_golden.txt: weights after each of 6 steps of PyTorch's optimizers, in double.

Lines are "name dims value value ...": `start`, the initial weights; `gradient.T`, the gradient of step T = 0 .. 5; then
`VARIANT.T`, the weights after step T. RMSProp runs with eps = 0, where the rules of PyTorch and TensorFlow agree.
"""
from pathlib import Path

import torch

torch.manual_seed(5)
STEPS, COUNT = 6, 11
start = torch.randn(COUNT, dtype=torch.float64)
gradients = [torch.randn(COUNT, dtype=torch.float64) * 10 ** (t % 3 - 1) for t in range(STEPS)]

VARIANTS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "sgd_momentum_decay": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.05),
    "sgd_nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.8, nesterov=True, weight_decay=0.05),
    "sgd_clip_norm": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.999), eps=1e-8),
    "adam_decay": lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.9, 0.99), eps=1e-3, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.02, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=0),
    "rmsprop_momentum_decay": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=0, momentum=0.9, weight_decay=0.05),
}

lines = []


def write(name, tensor):
    dims = ",".join(str(size) for size in tensor.shape)
    lines.append(" ".join([name, dims] + [f"{v:.12g}" for v in tensor.detach().flatten().tolist()]))


write("start", start)
for t, gradient in enumerate(gradients):
    write(f"gradient.{t}", gradient)
for name, make in VARIANTS.items():
    weight = torch.nn.Parameter(start.clone())
    optimizer = make([weight])
    for t, gradient in enumerate(gradients):
        weight.grad = gradient.clone()
        if name.endswith("clip_norm"):
            torch.nn.utils.clip_grad_norm_([weight], 1.5)
        optimizer.step()
        write(f"{name}.{t}", weight)
(Path(__file__).parent / "values" / "optimizers_golden.txt").write_text("\n".join(lines) + "\n")
