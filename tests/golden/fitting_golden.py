#!/usr/bin/env python3
"""Writes fitting_golden.txt: values that NumPy, SciPy and scikit-learn compute for fitted models, in double.

Lines are "name dims value value ...".
  x [40,6] features (rounded to float32); labels [40,5], 0 or 1; first [40] the first tag in a picture's list, the others
      following by number
  whiten.metric [6,6]              (C + r I)^-1, ridge 0.2
  cca.correlations [3], cca.metric [6,6]   by symmetric inverse roots and an SVD, ridge 0.05: the sum over the three leading directions
      of s^(2 power) a a^T with power 1.5; a the directions in the features' space. Tag vectors are indicators.
  ppmi.gram [5,5]                  the sum over the three largest |l| of |l| q q^T
  logistic [2]                     slope and offset by scipy.optimize for x[:, 0], label 0, weights 1 + i / 40, ridge 0.3
  svm.coefficients.C [5,7]         LinearSVC(loss="squared_hinge"), the last column the intercept; rows of x at length 1
  rank.PAIRS.weights [5,7]         L-BFGS on SVM-rank's objective with C = 2, in the same layout; rank.PAIRS.objective [1]
"""
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.svm import LinearSVC

R, F, V = 40, 6, 5
rng = np.random.default_rng(5)
x = np.maximum(rng.normal(size=(R, F)) + 0.3, 0).astype(np.float32).astype(np.float64) + 0.125
signal = x @ rng.normal(size=(F, V)) + 0.4 * rng.normal(size=(R, V))
labels = (signal > np.quantile(signal, [0.8, 0.7, 0.6, 0.5, 0.85], axis=0).diagonal()).astype(np.float64)
labels[labels.sum(1) == 0, 3] = 1
first = np.array([rng.choice(np.flatnonzero(row)) for row in labels])
lines = []


def write(name, array):
    array = np.asarray(array, dtype=np.float64)
    lines.append(" ".join([name, ",".join(str(n) for n in array.shape)] + [f"{v:.12g}" for v in array.ravel()]))


def covariance(a, ridge):
    c = a - a.mean(0)
    c = c.T @ c / len(a)
    return c + ridge * np.trace(c) / len(c) * np.eye(len(c))


def inverse_root(c):
    value, vector = np.linalg.eigh(c)
    return vector @ np.diag(value ** -0.5) @ vector.T


write("x", x)
write("labels", labels)
write("first", first)
write("whiten.metric", np.linalg.inv(covariance(x, 0.2)))

left, right = inverse_root(covariance(x, 0.05)), inverse_root(covariance(labels, 0.05))
u, s, _ = np.linalg.svd(left @ ((x - x.mean(0)).T @ (labels - labels.mean(0)) / R) @ right)
a = left @ u[:, :3]
write("cca.correlations", s[:3])
write("cca.metric", a @ np.diag(s[:3] ** 3) @ a.T)

together = labels.T @ labels
count = np.diag(together)
with np.errstate(divide="ignore"):
    ppmi = np.maximum(0, np.log(together * R / np.outer(count, count)))
value, vector = np.linalg.eigh(ppmi)
top = np.argsort(-abs(value))[:3]
write("ppmi.gram", vector[:, top] @ np.diag(abs(value[top])) @ vector[:, top].T)

weight = 1 + np.arange(R) / R


def logistic(p):
    z = p[0] * x[:, 0] + p[1]
    return np.sum(weight * (np.logaddexp(0, z) - labels[:, 0] * z)) + 0.15 * np.sum(p ** 2)


write("logistic", minimize(logistic, np.zeros(2), method="BFGS", options={"gtol": 1e-9}).x)

unit = x / np.linalg.norm(x, axis=1, keepdims=True)
for c in (1, 10):
    rows = []
    for tag in range(V):
        svm = LinearSVC(C=c, loss="squared_hinge", dual=False, tol=1e-10, max_iter=100000).fit(unit, labels[:, tag])
        rows.append(np.append(svm.coef_[0], svm.intercept_))
    write(f"svm.coefficients.{c}", rows)

wide = np.hstack([unit, np.ones((R, 1))])
lists = [[f] + [t for t in np.flatnonzero(row) if t != f] for f, row in zip(first, labels)]
for name in ("all", "present_absent", "present_only"):
    pairs = []
    for i, tags in enumerate(lists):
        absent = [t for t in range(V) if t not in tags]
        if name != "present_absent":
            pairs += [(i, tags[p], tags[n]) for p in range(len(tags)) for n in range(p + 1, len(tags))]
        if name != "present_only":
            pairs += [(i, p, n) for p in tags for n in absent]
    i, p, n = np.array(pairs).T

    def objective(flat):
        w = flat.reshape(V, F + 1)
        margin = np.maximum(0, 1 - np.sum((w[p] - w[n]) * wide[i], axis=1))
        gradient = w.copy()
        np.add.at(gradient, p, -4 * margin[:, None] * wide[i])
        np.add.at(gradient, n, 4 * margin[:, None] * wide[i])
        return 0.5 * np.sum(w ** 2) + 2 * np.sum(margin ** 2), gradient.ravel()

    found = minimize(objective, np.zeros(V * (F + 1)), jac=True, method="L-BFGS-B",
                     options={"maxiter": 20000, "ftol": 1e-15, "gtol": 1e-9})
    write(f"rank.{name}.weights", found.x.reshape(V, F + 1))
    write(f"rank.{name}.objective", [found.fun])

(Path(__file__).parent / "values" / "fitting_golden.txt").write_text("\n".join(lines) + "\n")
