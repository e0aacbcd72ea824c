#!/usr/bin/env python3
"""Writes stratify_golden.txt: how evenly the package iterative-stratification divides 400 pictures with 20 tags.

Run in an environment with `pip install iterative-stratification` (0.1.9, seconds):  PYTHONPATH=tests/golden python tests/golden/pypi/stratify_golden.py

Picture p has tag t if u[20 p + t] < 0.4 * 0.85^t, with u = uniform("stratify", 8000) of seeded_values.py. Shares 0.8, 0.1 and 0.1.

  mean_error      for each part, the mean over tags of |share of the tag's pictures in the part - share|, averaged over 40 seeds
  picture_error   for each part, |pictures - share * 400|, averaged over the seeds
"""
from pathlib import Path

import numpy as np
from iterstrat.ml_stratifiers import IterativeStratification

from seeded_values import uniform

PICTURES, TAGS, SEEDS = 400, 20, 40
SHARES = np.array([0.8, 0.1, 0.1])


def main():
    limits = (0.4 * 0.85 ** np.arange(TAGS)).astype(np.float32)
    has = uniform("stratify", PICTURES * TAGS).reshape(PICTURES, TAGS) < limits
    errors, pictures = np.zeros(3), np.zeros(3)
    for seed in range(SEEDS):
        part = IterativeStratification(labels=has, r=SHARES, random_state=np.random.RandomState(seed))
        for p, share in enumerate(SHARES):
            here = has[part == p].sum(0)
            errors[p] += np.abs(here / has.sum(0) - share).mean() / SEEDS
            pictures[p] += abs((part == p).sum() - share * PICTURES) / SEEDS
    lines = ["mean_error 3 " + " ".join("%.6f" % e for e in errors), "picture_error 3 " + " ".join("%.4f" % e for e in pictures)]
    (Path(__file__).parents[1] / "values" / "stratify_golden.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
