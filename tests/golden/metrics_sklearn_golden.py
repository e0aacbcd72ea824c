#!/usr/bin/env python3
"""Writes metrics_sklearn.safetensors: metrics of 10,000 random cases by scikit-learn 1.2.1.

Both sides draw case c from the numbers u = uniform("metrics.c") of seeded_values.py, so the file has only results; the order of the draws
is that of draw() below and of tests/engine/metrics/metrics_sklearn_test.cpp. `values` [cases, metrics], float32, -1 where scikit-learn
has no such value. The metrics are KEYS below.

scikit-learn differs from us where scores tie: its average precision treats equal scores as one group (our Ties::kGrouped), and its NDCG
averages over their orders, so NDCG is compared for cases without ties only. A decoder's ranking is passed as descending scores, which
have no ties."""
import warnings
from pathlib import Path

import numpy as np
from sklearn.metrics import (average_precision_score, label_ranking_average_precision_score, ndcg_score, precision_score,
                             precision_recall_fscore_support)

from safetensors_file import write
from seeded_values import uniform

warnings.filterwarnings("ignore")
CASES = 10000
KEYS = ("p_label", "r_label", "f1_label_mean", "p_image", "r_image", "f1_micro", "map_label", "map_image", "ndcg", "precision")
RELEVANCES = ("linear", "binary", "reciprocal", "logarithmic", "integer")
LEVELS = (1, 3, 10, 1 << 24)


class Draws:
    """Integers from the float32 numbers, which are multiples of 2^-24."""

    def __init__(self, case):
        self.numbers = (uniform(f"metrics.{case}", 512).astype(np.float64) * 2**24).astype(np.int64)
        self.used = 0

    def take(self, count):
        self.used += count
        return self.numbers[self.used - count:self.used]

    def below(self, n):
        return int(self.take(1)[0] * n >> 24)

    def order(self, count):
        return np.argsort(self.take(count), kind="stable")


def draw(case):
    random = Draws(case)
    pictures, tags = 1 + random.below(6), 1 + random.below(8)
    levels = LEVELS[random.below(4)]
    scores = ((random.take(pictures * tags) * levels) >> 24).astype(np.float32) / np.float32(levels)
    threshold = np.float32(random.below(5)) / np.float32(4)
    one, k, relevance, ranked = random.below(2), 1 + random.below(10), RELEVANCES[random.below(5)], random.below(2)
    lists = []
    for _ in range(pictures):
        some, kind = random.below(tags + 1), random.below(4)
        count = (0, 1, some, tags)[kind]
        lists.append(random.order(tags)[:count])
    places = [random.order(tags) for _ in range(pictures)] if ranked else None
    return dict(scores=scores.reshape(pictures, tags), threshold=threshold, one=one, k=k, relevance=relevance, lists=lists,
                places=places)


def relevance_of(kind, r, count):
    return {"linear": (count - r + 1) / count, "binary": 1.0, "reciprocal": 1 / r, "logarithmic": 1 / np.log2(1 + r),
            "integer": count - r + 1.0}[kind]


def measure(c):
    scores, lists, k = c["scores"], c["lists"], c["k"]
    pictures, tags = scores.shape
    truth, gains = np.zeros((pictures, tags), dtype=int), np.zeros((pictures, tags))
    for i, row in enumerate(lists):
        for place, tag in enumerate(row):
            truth[i, tag] = 1
            gains[i, tag] = 2.0**relevance_of(c["relevance"], place + 1, len(row)) - 1
    # precision_recall_fscore_support takes one column for a binary problem: a column of zeros keeps it multilabel and is not counted.
    wide = [np.pad(x, ((0, 0), (0, int(tags == 1)))) for x in (truth, (scores > c["threshold"]).astype(int))]
    scored = dict(labels=list(range(tags)), zero_division=c["one"])
    p, r, f, _ = precision_recall_fscore_support(*wide, average="macro", **scored)
    p_image, r_image, _, _ = precision_recall_fscore_support(*wide, average="samples", **scored)
    f_micro = precision_recall_fscore_support(*wide, average="micro", **scored)[2]
    tagged, used = truth.sum(axis=1) > 0, truth.sum(axis=0) > 0
    values = dict.fromkeys(KEYS, -1.0)
    values.update(p_label=p, r_label=r, f1_label_mean=f, p_image=p_image, r_image=r_image)
    if wide[0].any() and wide[1].any():  # else 0/0 in precision or recall, of which we take the harmonic mean
        values["f1_micro"] = f_micro
    if not tagged.any():
        return values
    values["map_label"] = np.mean([average_precision_score(truth[:, t], scores[:, t]) for t in range(tags) if used[t]])
    order = scores
    if c["places"] is not None:  # the picture's ranking is `places`; its first tag scores highest
        order = np.zeros((pictures, tags))
        for i, places in enumerate(c["places"]):
            order[i, places] = np.arange(tags, 0, -1)
    # For one tag both functions refuse or answer a binary problem, but the values are certain.
    values["map_image"] = 1.0 if tags == 1 else label_ranking_average_precision_score(truth[tagged], order[tagged])
    if all(len(set(row)) == tags for row in order):
        values["ndcg"] = 1.0 if tags == 1 else ndcg_score(gains[tagged], order[tagged], k=k)
        first = np.zeros((pictures, 10 + tags), dtype=int)  # of each picture, the k best tags, filled up to k with wrong ones
        for i, row in enumerate(order):
            best = np.argsort(-row, kind="stable")[:k]
            first[i, best] = 1
            first[i, tags:tags + k - len(best)] = 1
        padded = np.pad(truth, ((0, 0), (0, 10)))
        values["precision"] = precision_score(padded[tagged], first[tagged], average="samples", zero_division=0)
    return values


rows = np.array([list(measure(draw(case)).values()) for case in range(CASES)], dtype=np.float32)  # in the order of KEYS
path = Path(__file__).parent / "values" / "metrics_sklearn.safetensors"
write(path, {"values": rows})
print(path.name, path.stat().st_size, "bytes;", {key: int((rows[:, i] >= 0).sum()) for i, key in enumerate(KEYS)})
