#!/usr/bin/env python3
"""Writes metrics_golden.txt, random pictures and scores with their metrics, and precision_recall_golden.txt, by scikit-learn 1.2.

One case:
    case NAME PICTURES TAGS
    threshold X                    predictions are the scores above it
    scores S S …                   one line per picture, float32
    truth T T …                    one line per picture, tags in order
    value KEY X                    KEYs as listed in tests/engine/metrics/metrics_golden_test.cpp
    end

Precision-recall curves: case c has 1 + 3 c elements, drawn from uniform("precision_recall.c", 2 n) of seeded_values.py as in
tests/engine/metrics/precision_recall_test.cpp. One value per distinct score, highest first (without scikit-learn's last point, precision 1 at
recall 0, which has no threshold):
    c.recall, c.precision, c.threshold    COUNT V V …
"""
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, ndcg_score, precision_recall_curve, precision_recall_fscore_support

from seeded_values import uniform

warnings.filterwarnings("ignore")


def make_case(name, pictures, tags, seed, threshold, decimals=None, empty_pictures=False, empty_tags=False):
    random = np.random.RandomState(seed)
    scores = random.rand(pictures, tags).astype(np.float32)
    if decimals is not None:  # rounding makes ties
        scores = np.round(scores, decimals).astype(np.float32)
    lists = []
    for i in range(pictures):
        fewest = 0 if empty_pictures and i % 4 == 0 else 1
        count = random.randint(fewest, min(6, tags) + 1) if not (empty_pictures and i == 0) else 0
        candidates = tags - 2 if empty_tags else tags  # the last two occur nowhere
        lists.append(list(random.permutation(candidates)[:count]))
    truth = np.zeros((pictures, tags), dtype=int)
    for i, row in enumerate(lists):
        truth[i, row] = 1
    predicted = (scores > np.float32(threshold)).astype(int)
    values = {}
    for zero in (0, 1):
        for average in ("macro", "micro", "samples"):
            p, r, f, _ = precision_recall_fscore_support(truth, predicted, average=average, zero_division=zero)
            values.update({f"p_{average}_{zero}": p, f"r_{average}_{zero}": r, f"f1_{average}_{zero}": f})
    tagged = truth.sum(axis=1) > 0
    used = truth.sum(axis=0) > 0
    values["ap_macro"] = average_precision_score(truth[:, used], scores[:, used], average="macro")
    values["ap_samples"] = average_precision_score(truth[tagged], scores[tagged], average="samples")
    if decimals is None:  # scikit-learn averages NDCG over ties: the definitions agree only without ties
        for relevance in ("linear", "binary", "reciprocal", "logarithmic", "integer"):
            gains = np.zeros((pictures, tags))
            for i, row in enumerate(lists):
                for place, tag in enumerate(row):
                    r, count = place + 1, len(row)
                    s = {"linear": (count - r + 1) / count, "binary": 1, "reciprocal": 1 / r,
                         "logarithmic": 1 / np.log2(1 + r), "integer": count - r + 1}[relevance]
                    gains[i, tag] = 2.0**s - 1
            for k in (1, 2, 3, 5, 10):
                values[f"ndcg_{relevance}@{k}"] = ndcg_score(gains[tagged], scores[tagged], k=k)
    lines = [f"case {name} {pictures} {tags}", f"threshold {threshold}"]
    lines += ["scores " + " ".join(f"{x:.9g}" for x in row) for row in scores]
    lines += [" ".join(["truth"] + [str(t) for t in row]) for row in lists]
    lines += [f"value {key} {value:.17g}" for key, value in values.items()]
    return lines + ["end"]


out = []
out += make_case("plain", 12, 15, seed=1, threshold=0.5)
out += make_case("ties", 12, 8, seed=2, threshold=0.5, decimals=1)
out += make_case("sparse_predictions", 10, 12, seed=3, threshold=0.93)
out += make_case("no_predictions", 5, 6, seed=4, threshold=1.0)
out += make_case("empty_pictures", 12, 9, seed=5, threshold=0.6, empty_pictures=True)
out += make_case("empty_tags", 9, 12, seed=6, threshold=0.7, empty_tags=True)
out += make_case("both_empty_with_ties", 10, 9, seed=7, threshold=0.7, decimals=1, empty_pictures=True, empty_tags=True)
out += make_case("one_picture", 1, 20, seed=8, threshold=0.4)


def make_curves():
    lines = []
    for case in range(20):
        n, levels = 1 + 3 * case, (4, 16, 1 << 24)[case % 3]
        u = uniform(f"precision_recall.{case}", 2 * n).astype(np.float64)
        scores = (np.floor(u[:n] * levels) / levels).astype(np.float32)
        truth = u[n:] < 0.35
        truth[0] |= not truth.any()
        precision, recall, thresholds = precision_recall_curve(truth, scores)
        for name, values in (("recall", recall[:-1]), ("precision", precision[:-1]), ("threshold", thresholds)):
            lines.append(" ".join([f"{case}.{name}", str(len(values))] + [f"{v:.9g}" for v in values[::-1]]))
    return lines


for name, lines in (("metrics_golden.txt", out), ("precision_recall_golden.txt", make_curves())):
    path = Path(__file__).parent / "values" / name
    path.write_text("\n".join(lines) + "\n")
    print(path.name, path.stat().st_size, "bytes")
