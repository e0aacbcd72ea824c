#!/usr/bin/python3
"""Makes classifier_golden.txt: class-specific residual attention by PyTorch's autograd in double, and Platt's sigmoids by scikit-learn.

Run:  /usr/bin/python3 tests/golden/classifier_golden.py            (torch 1.13.1, scikit-learn 1.2.1, seconds)

Arrays
    csra.map [2,5,4] (pictures, places, channels), csra.weight [3,4], csra.dy [2,3]; lambda is 0.3
    csra.H.logits [2,3], csra.H.dmap, csra.H.dweight                    for H = 1, 2, 4, 6, 8 heads, gradients of (logits * dy).sum()
    platt.I.score [40] in (0, 1), platt.I.truth [40], platt.I.slope [1], platt.I.offset [1]                     for I = 0, 1, 2
Format: README.md.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.calibration import _sigmoid_calibration

torch.manual_seed(13)
arrays = {}
HEADS = {1: [1], 2: [1, 99], 4: [1, 2, 4, 99], 6: [1, 2, 3, 4, 5, 99], 8: [1, 2, 3, 4, 5, 6, 7, 99]}


def rounded(x):
    return x.float().double()


x0, w0, dy = rounded(torch.randn(2, 5, 4)), rounded(torch.randn(3, 4)), rounded(torch.randn(2, 3))
arrays.update({"csra.map": x0, "csra.weight": w0, "csra.dy": dy})
for heads, temperatures in HEADS.items():
    x, w = x0.clone().requires_grad_(), w0.clone().requires_grad_()
    score = F.conv1d(x.transpose(1, 2), w.unsqueeze(2)) / w.norm(dim=1)[None, :, None]  # [N,V,P], divided as in the authors' code
    logits = 0
    for t in temperatures:
        attended = score.max(dim=2).values if t == 99 else ((score * t).softmax(dim=2) * score).sum(dim=2)
        logits = logits + score.mean(dim=2) + 0.3 * attended
    (logits * dy).sum().backward()
    arrays.update({f"csra.{heads}.logits": logits.detach(), f"csra.{heads}.dmap": x.grad, f"csra.{heads}.dweight": w.grad})

random = np.random.RandomState(5)
for i, rate in enumerate((0.5, 0.15, 0.05)):
    truth = (random.rand(40) < rate).astype(int)
    truth[0] = 1
    z = (random.randn(40) * 2 + 1.5 * truth - 2).astype(np.float32)
    score = (1 / (1 + np.exp(-z.astype(np.float64)))).astype(np.float32).astype(np.float64)
    a, b = _sigmoid_calibration(np.log(score / (1 - score)), truth)
    arrays.update({f"platt.{i}.score": torch.tensor(score), f"platt.{i}.truth": torch.tensor(truth),
                   f"platt.{i}.slope": torch.tensor([-a]), f"platt.{i}.offset": torch.tensor([-b])})

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "values", "classifier_golden.txt"), "w") as out:
    for name, tensor in arrays.items():
        dims = ",".join(str(size) for size in tensor.shape)
        out.write(f"{name} {dims} {' '.join(f'{value:.15g}' for value in tensor.flatten().tolist())}\n")
