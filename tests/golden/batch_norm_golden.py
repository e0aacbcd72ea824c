#!/usr/bin/env python3
"""Writes batch_norm_golden.txt: PyTorch's batch normalisation of a [2, 3, 4, 5] (N H W C) array, in double.

Lines are "name dims value value ...": x, weight, bias, running_mean, running_var, dy, residual; then for both `train.` and `eval.` y,
dx, dweight, dbias; and train.running_mean, train.running_var after the pass; the same with `_relu`, `_add` (of the residual) and
`_add_relu` after the mode, and dresidual. epsilon 1e-3, momentum 0.2.
"""
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(6)
N, H, W, C = 2, 3, 4, 5
x = torch.randn(N, H, W, C, dtype=torch.float64) * 2 + torch.arange(C) * 10
weight = torch.rand(C, dtype=torch.float64) + 0.5
bias = torch.randn(C, dtype=torch.float64)
running_mean = torch.randn(C, dtype=torch.float64)
running_var = torch.rand(C, dtype=torch.float64) + 0.5
dy = torch.randn(N, H, W, C, dtype=torch.float64)
residual = torch.randn(N, H, W, C, dtype=torch.float64)
lines = []


def write(name, tensor):
    dims = ",".join(str(size) for size in tensor.shape)
    lines.append(" ".join([name, dims] + [f"{v:.12g}" for v in tensor.detach().flatten().tolist()]))


for name in ("x", "weight", "bias", "running_mean", "running_var", "dy", "residual"):
    write(name, globals()[name])
for mode in [start + tail for start in ("train", "eval") for tail in ("", "_relu", "_add", "_add_relu")]:
    leaves = [t.clone().requires_grad_() for t in (x, weight, bias, residual)]
    mean, var = running_mean.clone(), running_var.clone()
    y = F.batch_norm(leaves[0].permute(0, 3, 1, 2), mean, var, leaves[1], leaves[2], mode.startswith("train"), 0.2, 1e-3)
    y = y.permute(0, 2, 3, 1)
    if "_add" in mode:
        y = y + leaves[3]
    if "_relu" in mode:
        y = F.relu(y)
    y.backward(dy)
    write(f"{mode}.y", y)
    for name, leaf in zip(("dx", "dweight", "dbias", "dresidual"), leaves):
        if leaf.grad is not None:
            write(f"{mode}.{name}", leaf.grad)
    if mode == "train":
        write("train.running_mean", mean)
        write("train.running_var", var)
(Path(__file__).parent / "values" / "batch_norm_golden.txt").write_text("\n".join(lines) + "\n")
