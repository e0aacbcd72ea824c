"""Makes hot_kernels_golden.txt: values that PyTorch computes in double, for the CPU kernels on the hot path.

Format: one array per line: name, its dimensions joined by commas, its values, separated by spaces.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

import seeded_values

torch.manual_seed(7)
arrays = {}


def keep(name, tensor):
    arrays[name] = tensor.detach()
    return tensor


def rounded(tensor):
    """The nearest float32 values, so the tests read exactly the inputs used here."""
    return tensor.float().double()


def lstm_gates():
    n, d = 3, 5
    pre = rounded(2 * torch.randn(n, 4 * d)).requires_grad_()
    c_prev = rounded(torch.randn(n, d)).requires_grad_()
    dh, dc = rounded(torch.randn(n, d)), rounded(torch.randn(n, d))
    # PyTorch's cell: with identity input weights, its input gates are the input.
    identity, nothing = torch.eye(4 * d).double(), torch.zeros(4 * d, d).double()
    h, c = torch._VF.lstm_cell(pre, (torch.zeros(n, d).double(), c_prev), identity, nothing, None, None)
    ((h * dh).sum() + (c * dc).sum()).backward()
    for name, value in dict(gates_in=pre, c_prev=c_prev, dh=dh, dc=dc, h=h, c=c, dgates=pre.grad, dc_prev=c_prev.grad).items():
        keep("lstm_gates." + name, value)


def softmax_xent():
    rows, cols = 4, 7
    logits = rounded(3 * torch.randn(rows, cols)).requires_grad_()
    target, scale = torch.tensor([2, -1, 6, 0]), rounded(torch.rand(rows))
    loss = scale * F.cross_entropy(logits, target, ignore_index=-1, reduction="none")
    loss.sum().backward()
    for name, value in dict(logits=logits, target=target, row_scale=scale, loss=loss, dlogits=logits.grad,
                            softmax=torch.softmax(logits, 1)).items():
        keep("softmax_xent." + name, value)
    smoothed = logits.detach().clone().requires_grad_()
    loss = scale * F.cross_entropy(smoothed, target, ignore_index=-1, reduction="none", label_smoothing=0.1)
    loss.sum().backward()
    keep("softmax_xent.smoothed_loss", loss)
    keep("softmax_xent.smoothed_dlogits", smoothed.grad)


def sigmoid_masked_bce():
    t, n, v, scale = 4, 3, 6, 0.25
    logits = rounded(3 * torch.randn(t, n, v))
    labels = torch.tensor([[1, 0, 1, 0, 1, 0], [0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0]])
    emitted = torch.tensor([[0, 5, 2], [0, 1, 2], [4, 5, -1], [2, 5, 2]])
    keep("sigmoid_masked_bce.logits", logits)
    keep("sigmoid_masked_bce.labels", labels)
    keep("sigmoid_masked_bce.emitted", emitted)
    for mask in ("none", "previous", "cumulative"):
        for gate in ("all", "label_count"):
            x = logits.clone().requires_grad_()
            losses = torch.zeros(t, n).double()
            for step in range(t):
                for image in range(n):
                    tags = {tag for tag in range(v) if labels[image, tag]}
                    said = {"none": set(), "previous": {int(e) for e in emitted[max(step - 1, 0):step, image]},
                            "cumulative": {int(e) for e in emitted[:step, image]}}[mask]
                    if gate == "label_count" and step >= len(tags):
                        continue
                    target = torch.tensor([float(tag in tags - said) for tag in range(v)]).double()
                    losses[step, image] = scale * F.binary_cross_entropy_with_logits(x[step, image], target, reduction="sum")
            losses.sum().backward()
            keep(f"sigmoid_masked_bce.{mask}.{gate}.loss", losses)
            keep(f"sigmoid_masked_bce.{mask}.{gate}.dlogits", x.grad)


def label_max_pool():
    x = rounded(torch.randn(4, 2, 5)).requires_grad_()
    dy = rounded(torch.randn(2, 5))
    y, arg = x.max(dim=0)
    (y * dy).sum().backward()
    for name, value in dict(x=x, dy=dy, y=y, arg=arg, dx=x.grad).items():
        keep("label_max_pool." + name, value)


def embedding():
    table = rounded(torch.randn(5, 3)).requires_grad_()
    ids, dy = torch.tensor([3, 0, 3, 4, 3, 0]), rounded(torch.randn(6, 3))
    y = F.embedding(ids, table)
    (y * dy).sum().backward()
    for name, value in dict(table=table, id=ids, dy=dy, y=y, dtable=table.grad).items():
        keep("embedding." + name, value)


def top_k():
    x = rounded(torch.randn(3, 9))
    value, index = torch.topk(x, 4)
    for name, array in dict(x=x, value=value, index=index).items():
        keep("top_k." + name, array)


def dropout():
    bits = seeded_values.philox_words(7, 11, 0, 44)[:41]
    keep("dropout.kept", torch.from_numpy(((bits >> np.uint64(8)) / 2.0**24 >= 0.25).astype(np.int64)))


def attention():
    """Additive attention with PyTorch's own layers: relu(keys + query) through a bias-free linear layer, softmax over places."""
    n, p, a, c = 3, 4, 5, 6
    k, q, w, v = (rounded(torch.randn(*size)).requires_grad_() for size in ((n, p, a), (n, a), (a,), (n, p, c)))
    dz = rounded(torch.randn(n, c))
    alpha = torch.softmax(F.linear(F.relu(k + q.unsqueeze(1)), w.unsqueeze(0)).squeeze(2), dim=1)
    z = torch.bmm(alpha.unsqueeze(1), v).squeeze(1)
    (z * dz).sum().backward()
    for name, value in dict(k=k, q=q, w=w, v=v, dz=dz, alpha=alpha, z=z, dk=k.grad, dq=q.grad, dw=w.grad, dv=v.grad).items():
        keep("attention." + name, value)


for make in (lstm_gates, softmax_xent, sigmoid_masked_bce, label_max_pool, embedding, top_k, dropout, attention):
    make()
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "values", "hot_kernels_golden.txt"), "w") as out:
    for name, tensor in arrays.items():
        dims = ",".join(str(size) for size in tensor.shape)
        values = " ".join(f"{value:.15g}" for value in tensor.flatten().tolist())
        out.write(f"{name} {dims} {values}\n")
