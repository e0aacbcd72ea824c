#!/usr/bin/python3
"""Makes precision_recall_golden.txt: precision-recall curves of 20 random cases, by scikit-learn's precision_recall_curve.

Run:  /usr/bin/python3 tests/golden/precision_recall_golden.py            (python3-sklearn 1.2.1, seconds)

Case c has 1 + 3 c elements, from the numbers u = uniform("precision_recall.c", 2 n) of seeded_values.py, as in
tests/engine/metrics/precision_recall_test.cpp: the scores are floor(u LEVELS[c mod 3]) / LEVELS[c mod 3] of the first n numbers; an element is
true where the other n are below 0.35, or, if that makes none true, the first is.

  c.recall, c.precision, c.threshold    one value for each distinct score, the highest first (scikit-learn's last point, precision 1 at
                                        recall 0, belongs to no threshold and is left out)
"""
from pathlib import Path

import numpy as np
from sklearn.metrics import precision_recall_curve

from seeded_values import uniform

CASES = 20
LEVELS = (4, 16, 1 << 24)


def main():
    lines = []
    for case in range(CASES):
        n, levels = 1 + 3 * case, LEVELS[case % 3]
        u = uniform("precision_recall.%d" % case, 2 * n).astype(np.float64)
        scores = (np.floor(u[:n] * levels) / levels).astype(np.float32)
        truth = u[n:] < 0.35
        truth[0] |= not truth.any()
        precision, recall, thresholds = precision_recall_curve(truth, scores)
        for name, values in (("recall", recall[:-1]), ("precision", precision[:-1]), ("threshold", thresholds)):
            lines.append("%d.%s %d %s" % (case, name, len(values), " ".join("%.9g" % v for v in values[::-1])))
    (Path(__file__).parent / "values" / "precision_recall_golden.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
