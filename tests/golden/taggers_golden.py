#!/usr/bin/python3
"""Makes taggers_*.safetensors: small taggers with all weights, inputs, loss, gradients, decoded tags and the loss curves of
ten training steps, computed by PyTorch in double.

Run:  /usr/bin/python3 tests/golden/taggers_golden.py            (torch 1.13.1, seconds)

Sizes: N 3 pictures, F 7 features, V 6 tags, D 8 hidden, E 5 embedding, T 4 steps.

Tensors of every file
    param.NAME, grad.NAME      initial value; gradient of `loss` there. LSTM gates in the order i f g o.
    in.*                       inputs and targets
    loss                       [1], training mode, no dropout
    curve.OPTIMIZER            [11]: the loss before each of ten steps and after the last; `.one_bias` if bias_hh is absent and
                               its initial value is added to bias_ih (the same model, but an adaptive step moves one bias, not two)
    after.NAME                 the parameters after the ten steps of adamw
Optimizers: sgd (lr .05, momentum .9), adam (.01), adamw (.01, weight decay .05 on every parameter), adamw_clip (the same, gradient
norm clipped to .5), rmsprop (.01, alpha .9, eps 1e-8, momentum .9, PyTorch's rule), rmsprop_tf (.01, decay .9, eps 1 inside the
root, momentum .9, mean square starts at 1).
"""
import copy
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import safetensors_file

HERE = os.path.dirname(os.path.abspath(__file__))
N, FEATURES, V, D, E, T = 3, 7, 6, 8, 5, 4
MARGIN = 5e-4  # least gap of the fed-back argmax: float32 must take the same branch


class Closest:
    """The smallest gap between the first and the second of any argmax taken."""
    gap = float("inf")


def argmax(x):
    top = x.topk(2, dim=-1).values
    Closest.gap = min(Closest.gap, (top[..., 0] - top[..., 1]).min().item())
    return x.argmax(-1)


class RankTagger(nn.Module):
    """v = W f + b is the LSTM's input at every step; tags are softmax outputs, one per step."""

    def __init__(self):
        super().__init__()
        self.image = nn.Linear(FEATURES, E)
        self.lstm = nn.LSTMCell(E, D)
        self.output = nn.Linear(D, V)

    def logits(self, features, steps):
        v = self.image(features)
        h = c = torch.zeros(len(v), D)
        out = []
        for _ in range(steps):
            h, c = self.lstm(v, (h, c))
            out.append(self.output(h))
        return torch.stack(out)

    def loss(self, data, reduction="mean"):
        flat = self.logits(data["features"], T).reshape(-1, V)
        return F.cross_entropy(flat, data["target"].t().reshape(-1), ignore_index=-1, reduction=reduction)

    @torch.no_grad()
    def decode(self, data):
        """greedy: at each step the likeliest tag, not yet emitted. expected_gain: a tag's sum over steps of p_t / (t + 1)."""
        p = self.logits(data["features"], T).softmax(-1)
        left = torch.ones(len(data["features"]), V)
        greedy = []
        for t in range(T):
            best = argmax(p[t].masked_fill(left == 0, -1))
            greedy.append(best)
            left[torch.arange(len(best)), best] = 0
        gain = sum(p[t] / (t + 1) for t in range(T))
        return {"probability": p, "greedy": torch.stack(greedy, 1), "repeat": argmax(p).t(), "expected_gain": gain}


class MultiOrderTagger(nn.Module):
    """The state starts from the picture; START, then the model's own argmax, is fed back; sigmoid loss at every step."""

    def __init__(self, state, head):
        super().__init__()
        size = V if state == "probabilities" else FEATURES
        self.state, self.head = state, head
        if state != "features_plain":
            self.norm = nn.BatchNorm1d(size, eps=1e-3, momentum=0.05)
        self.state_h = nn.Linear(size, D)
        self.state_c = nn.Linear(size, D)
        self.embedding = nn.Embedding(V + 1, E)  # row 0 is START, row l + 1 is tag l
        self.lstm = nn.LSTMCell(E, D)
        if head == "tanh":
            self.hidden = nn.Linear(D, E)
        self.output = nn.Linear(E if head == "tanh" else D, V)

    def unroll(self, data, repeat=True):
        x = torch.sigmoid(data["scores"]) if self.state == "probabilities" else data["features"]
        if self.state != "features_plain":
            x = self.norm(x)
        h, c = torch.tanh(self.state_h(x)), torch.tanh(self.state_c(x))
        fed = torch.zeros(len(x), dtype=torch.long)
        left = torch.ones(len(x), V)
        logits, emitted = [], []
        for _ in range(T):
            h, c = self.lstm(self.embedding(fed), (h, c))
            z = self.output(torch.tanh(self.hidden(h)) if self.head == "tanh" else h)
            logits.append(z)
            best = argmax(z.detach() if repeat else z.detach().masked_fill(left == 0, -1e30))
            left[torch.arange(len(best)), best] = 0
            emitted.append(best)
            fed = best + 1
        return torch.stack(logits), torch.stack(emitted)

    def loss(self, data):
        logits, emitted = self.unroll(data)
        total = 0
        target = data["labels"].clone()
        for t in range(T):
            if data["mask"] != "none" and t > 0:
                if data["mask"] == "previous":
                    target = data["labels"].clone()
                target[torch.arange(len(target)), emitted[t - 1]] = 0
            per_picture = F.binary_cross_entropy_with_logits(logits[t], target.clone(), reduction="none").sum(1)
            if data["gate"] == "label_count":
                per_picture = per_picture * (t < data["labels"].sum(1))
            total = total + per_picture.sum() / len(target)
        return total

    @torch.no_grad()
    def decode(self, data):
        """repeat: the raw argmax is fed back. no_repeat: the argmax of the tags not yet emitted."""
        out = {}
        for name, repeat in (("repeat", True), ("no_repeat", False)):
            logits, emitted = self.unroll(data, repeat)
            out.update({name + ".logits": logits, name + ".emitted": emitted, name + ".pooled": logits.max(0).values})
        return out


class Classifier(nn.Module):
    """Batch norm, then one linear layer; sigmoid loss summed over tags, mean over pictures."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(FEATURES)
        self.output = nn.Linear(FEATURES, V)

    def loss(self, data):
        logits = self.output(self.norm(data["features"]))
        return F.binary_cross_entropy_with_logits(logits, data["labels"], reduction="none").sum(1).mean()

    @torch.no_grad()
    def decode(self, data):
        return {"logits": self.output(self.norm(data["features"]))}


class RmspropTf:
    """TensorFlow 1's RMSProp: w -= m, m = .9 m + lr g / sqrt(s + 1), s = .9 s + .1 g^2, s starts at 1."""

    def __init__(self, parameters):
        self.parameters = list(parameters)
        self.square = [torch.ones_like(p) for p in self.parameters]
        self.momentum = [torch.zeros_like(p) for p in self.parameters]

    @torch.no_grad()
    def step(self):
        for p, s, m in zip(self.parameters, self.square, self.momentum):
            s.mul_(0.9).add_(0.1 * p.grad ** 2)
            m.mul_(0.9).add_(0.01 * p.grad / (s + 1.0).sqrt())
            p.sub_(m)


OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.05),
    "adamw_clip": lambda p: torch.optim.AdamW(p, lr=0.01, weight_decay=0.05),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-8, momentum=0.9),
    "rmsprop_tf": RmspropTf,
}


def train(model, data, optimizer_name, one_bias):
    model = copy.deepcopy(model).train()
    parameters = []
    for name, p in model.named_parameters():
        if one_bias and name == "lstm.bias_hh":
            with torch.no_grad():
                model.lstm.bias_ih.add_(p)
                p.zero_()
            continue
        parameters.append(p)
    optimizer = OPTIMIZERS[optimizer_name](parameters)
    curve = []
    for step in range(11):
        if step == 10:
            curve.append(copy.deepcopy(model).loss(data).item())  # a copy keeps the running statistics of the ten steps
            break
        model.zero_grad()
        loss = model.loss(data)
        curve.append(loss.item())
        loss.backward()
        if optimizer_name == "adamw_clip":
            nn.utils.clip_grad_norm_(parameters, 0.5)
        optimizer.step()
    return np.array(curve), model


def round_to_float(model):
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.dtype == torch.float64:
                value.copy_(value.float().double())


def try_seed(make, make_data, seed):
    torch.manual_seed(seed)
    Closest.gap = float("inf")
    model, data = make(), make_data()
    for name, value in model.named_parameters():
        nn.init.uniform_(value, -0.9, 0.9)
        if name == "norm.weight":
            nn.init.uniform_(value, 0.5, 1.5)
    for name, value in model.named_buffers():
        if name.endswith("running_mean"):
            nn.init.uniform_(value, -0.3, 0.3)
        elif name.endswith("running_var"):
            nn.init.uniform_(value, 0.5, 1.5)
    round_to_float(model)
    out = {"in." + k: v for k, v in data.items() if torch.is_tensor(v)}
    out.update({"param." + k: v.detach().clone() for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")})
    out.update({"decode." + k: v for k, v in model.eval().decode(data).items()})
    model.train()
    trained = copy.deepcopy(model)
    loss = trained.loss(data)
    loss.backward()
    out["loss"] = loss.detach().reshape(1)
    out.update({"grad." + k: v.grad for k, v in trained.named_parameters()})
    if isinstance(model, RankTagger):
        out["loss_sum"] = model.loss(data, "sum").detach().reshape(1)
    if isinstance(model, MultiOrderTagger):
        logits, emitted = copy.deepcopy(model).unroll(data)
        out.update({"train.logits": logits.detach(), "train.emitted": emitted})
    for name in OPTIMIZERS:
        curve, trained = train(model, data, name, one_bias=False)
        out["curve." + name] = curve
        if name == "adamw":
            for key, value in trained.state_dict().items():
                if not key.endswith("num_batches_tracked"):
                    out["after." + key] = value.detach().clone()
            out.update({"after_decode." + k: v for k, v in trained.eval().decode(data).items()})
        if hasattr(model, "lstm"):
            out["curve." + name + ".one_bias"] = train(model, data, name, one_bias=True)[0]
    return out, Closest.gap


def write(name, make, make_data):
    for seed in range(200):
        out, gap = try_seed(make, make_data, seed)
        if gap > MARGIN:
            arrays = {k: (v.numpy() if torch.is_tensor(v) else v) for k, v in out.items()}
            path = os.path.join(HERE, "values", "taggers", "taggers_%s.safetensors" % name)
            safetensors_file.write(path, arrays, {"seed": seed, "smallest_argmax_gap": "%.3g" % gap})
            print("%-32s seed %d, loss %.6f, adamw %s" % (name, seed, out["loss"].item(), np.round(out["curve.adamw"][[0, 5, 10]], 4)))
            return
    raise RuntimeError("no seed keeps every argmax clear")


def floats(*shape):
    return (torch.rand(*shape) * 4 - 2).float().double()


def ranked():
    target = torch.tensor([[2, 0, 5, 1], [4, -1, -1, -1], [3, 1, 0, -1]])
    return {"features": floats(N, FEATURES), "target": target}


def unordered(mask, gate):
    labels = torch.tensor([[1, 0, 1, 0, 0, 1], [0, 0, 0, 0, 1, 0], [0, 1, 0, 1, 0, 0]]).double()
    return {"features": floats(N, FEATURES), "scores": floats(N, V), "labels": labels, "mask": mask, "gate": gate}


def main():
    torch.set_default_dtype(torch.float64)
    write("rank", RankTagger, ranked)
    for state, head, mask, gate in [("probabilities", "linear", "previous", "all"), ("probabilities", "tanh", "cumulative", "label_count"),
                                    ("features", "linear", "previous", "all"), ("features_plain", "linear", "none", "all"),
                                    ("features", "tanh", "cumulative", "all")]:
        write("multi_order_%s_%s_%s_%s" % (state, head, mask, gate), lambda: MultiOrderTagger(state, head), lambda: unordered(mask, gate))
    write("classifier", Classifier, lambda: {k: v for k, v in unordered("none", "all").items() if k in ("features", "labels")})


if __name__ == "__main__":
    main()
