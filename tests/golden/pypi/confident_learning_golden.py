#!/usr/bin/env python3
"""Writes confident_learning_golden.txt: for each tag, the off-diagonal pictures of cleanlab's confident joint.

Run in an environment with `pip install cleanlab` (2.9.0, seconds):  PYTHONPATH=tests/golden python tests/golden/pypi/confident_learning_golden.py

60 pictures, 6 tags, from the numbers u = uniform("suspects", 3 * 360) of seeded_values.py, as in tests/engine/metrics/label_suspects_test.cpp:
cell i (picture i / 6, tag i mod 6) truly has the tag if u[i] < 0.2 + 0.1 tag; its score is 0.75 u[360 + i] + 0.25 if so, else
0.6 u[360 + i]; and its label is flipped if u[720 + i] < 0.08.

  T.wrong, T.missing    pictures that have tag T and probably should not, and the reverse
"""
from pathlib import Path

import numpy as np
from cleanlab.count import compute_confident_joint

from seeded_values import uniform

PICTURES, TAGS = 60, 6


def main():
    u = uniform("suspects", 3 * PICTURES * TAGS).reshape(3, PICTURES, TAGS)
    real = u[0] < np.float32(0.2) + np.float32(0.1) * np.arange(TAGS, dtype=np.float32)
    scores = np.where(real, np.float32(0.75) * u[1] + np.float32(0.25), np.float32(0.6) * u[1]).astype(np.float64)
    labels = real ^ (u[2] < np.float32(0.08))
    lines = []
    for tag in range(TAGS):
        has, p = labels[:, tag].astype(int), scores[:, tag]
        _, off = compute_confident_joint(has, np.stack([1 - p, p], 1), calibrate=False, return_indices_of_off_diagonals=True)
        for name, value in (("wrong", 1), ("missing", 0)):
            found = sorted(i for i in off if has[i] == value)
            lines.append(" ".join(["%d.%s" % (tag, name), str(len(found))] + [str(i) for i in found]))
    (Path(__file__).parents[1] / "values" / "confident_learning_golden.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
