#!/usr/bin/python3
"""Writes step_paths.safetensors: the probabilities and the chosen tag of every step of small sequence models, computed by PyTorch in
double. Their weights and inputs are in jvsp_*, ordered_rnn_* and order_free_*.safetensors.

Run:  /usr/bin/python3 tests/golden/step_paths_golden.py            (torch 1.13.1, seconds; after the scripts of those files)

CASE.p        [N,T,classes]: the classes are the V tags and, if the model has it, END; 0 after a picture's last step
CASE.chosen   [N,T]: END is V; -1 after the last step

  jvsp_printed, jvsp_options         at most 4 tags, by greedy search
  jvsp_printed_exactly               3 tags, END forbidden
  ordered_rnn_NAME, order_free_NAME  at most 4 tags, by greedy search
  ordered_rnn_naive_best             the most probable of all sequences of 3 tags, END forbidden, by exhaustive search
"""
import os

import numpy as np
import torch

import jvsp_golden
import order_free_golden
import ordered_rnn_golden
import safetensors_file

HERE = os.path.dirname(os.path.abspath(__file__))
TAGGERS = os.path.join(HERE, "values", "taggers")
V = 6


def restored(model, name):
    tensors, _ = safetensors_file.read(os.path.join(TAGGERS, name + ".safetensors"))
    state = {k[len("param."):]: torch.tensor(v.astype(np.float64)) for k, v in tensors.items() if k.startswith("param.")}
    problems = model.load_state_dict(state, strict=False)
    assert not problems.unexpected_keys and all(k.endswith("num_batches_tracked") for k in problems.missing_keys), problems
    return model.eval(), torch.tensor(tensors["in.features"].astype(np.float64))


def greedy(step, most, end_allowed=True):
    """step(named) -> probabilities of the next class after the tags `named`. Returns the rows and the choices."""
    rows, named = [], []
    while len(named) < most and V not in named:
        p = step(named)
        rows.append(p)
        allowed = [c for c in range(len(p)) if c not in named and (c < V or end_allowed)]
        named.append(max(allowed, key=lambda c: p[c].item()))
    return rows, named


def best_of_all(step, most, named=(), score=0.0, rows=()):
    """Returns the best (score, rows, choices) of all sequences."""
    if len(named) == most:
        return score, list(rows), list(named)
    p = step(list(named))
    return max((best_of_all(step, most, named + (c,), score + torch.log(p[c]).item(), rows + (p,))
                for c in range(V) if c not in named), key=lambda found: found[0])


def jvsp_step(model, x):
    def step(named):
        memory = model.begin(x)
        for previous in [V] + named:
            logits, _ = model.step(memory, torch.tensor([previous]))
        return torch.softmax(logits, 0)
    return step


def ordered_rnn_step(model, x):
    def step(named):
        steps = model.steps(x)
        row = next(steps)
        for tag in named:
            row = steps.send(tag)
        return row.softmax(0)
    return step


def order_free_step(model, v):
    def step(named):
        f = model.walk(v, len(named) + 1, lambda t, _: named[t] if t < len(named) else "stop")[-1]
        return torch.sigmoid(f) if model.kind.startswith("pool") else torch.softmax(f, 0)
    return step


@torch.no_grad()
def main():
    torch.set_default_dtype(torch.float64)
    out = {}

    def add(name, paths):
        steps = max(len(rows) for rows, _ in paths)
        p, chosen = np.zeros((len(paths), steps, len(paths[0][0][0]))), np.full((len(paths), steps), -1)
        for i, (rows, named) in enumerate(paths):
            p[i, :len(rows)] = torch.stack(rows).numpy()
            chosen[i, :len(named)] = named
        out[name + ".p"], out[name + ".chosen"] = p, chosen
        print("%-28s %s" % (name, chosen.tolist()))

    for name in ("printed", "options"):
        model, features = restored(jvsp_golden.Jvsp(name == "options"), "jvsp_" + name)
        add("jvsp_" + name, [greedy(jvsp_step(model, x), 4) for x in features])
        if name == "printed":
            add("jvsp_printed_exactly", [greedy(jvsp_step(model, x), 3, end_allowed=False) for x in features])
    for name, options in ordered_rnn_golden.CASES.items():
        model, features = restored(ordered_rnn_golden.OrderedRnn(**options), "ordered_rnn_" + name)
        add("ordered_rnn_" + name, [greedy(ordered_rnn_step(model, x), 4) for x in features])
        if name == "naive":
            add("ordered_rnn_naive_best", [best_of_all(ordered_rnn_step(model, x), 3)[1:] for x in features])
    for name, norm in (("pool_label_count", False), ("pool_all", True), ("mla", False), ("pla", True)):
        model, features = restored(order_free_golden.OrderFree(name, norm), "order_free_" + name)
        add("order_free_" + name, [greedy(order_free_step(model, v), 4) for v in model.pictures(features)])
    safetensors_file.write(os.path.join(TAGGERS, "step_paths.safetensors"), out)


if __name__ == "__main__":
    main()
