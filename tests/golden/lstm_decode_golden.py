"""Makes lstm_decode_golden.txt: values that PyTorch's LSTMCell and Linear compute in double, in a loop over steps.

Format: one array per line: name, its dimensions joined by commas, its values, separated by spaces.
"""
import os

import torch

torch.manual_seed(11)
arrays = {}


def rounded(tensor):
    """The nearest float32 values, so the tests read exactly the inputs used here."""
    return tensor.float().double()


def decode(name, steps, n, d, v, width):
    lstm, output = torch.nn.LSTMCell(width, d).double(), torch.nn.Linear(d, v).double()
    for parameter in [*lstm.parameters(), *output.parameters()]:
        parameter.data = rounded(2 * torch.randn_like(parameter))
    own_row = name == "own_row"
    x = rounded(torch.randn(n if own_row else v + 1, width))  # a picture's vector, or the embeddings of the tags and START
    # The input gates as the op reads them, rounded; LSTMCell gets them through the identity below.
    input_gates = rounded(x @ lstm.weight_ih.T + lstm.bias_ih + lstm.bias_hh)
    h0, c0 = rounded(torch.randn(n, d)), rounded(torch.randn(n, d))
    cell = torch.nn.LSTMCell(4 * d, d, bias=False).double()
    cell.weight_ih.data, cell.weight_hh.data = torch.eye(4 * d).double(), lstm.weight_hh.data
    h, c, rows = h0, c0, torch.arange(n) if own_row else torch.full((n,), v)
    logits, emitted, hs, cs = [], [], [], []
    for _ in range(steps):
        h, c = cell(input_gates[rows], (h, c))
        logits.append(output(h))
        emitted.append(logits[-1].argmax(dim=1))
        hs.append(h)
        cs.append(c)
        if not own_row:
            rows = emitted[-1]
    pooled, pooled_arg = torch.stack(logits).max(dim=0)
    for key, value in dict(input_gates=input_gates, weight_hh=lstm.weight_hh, weight_out=output.weight, bias_out=output.bias,
                           h0=h0, c0=c0, logits=torch.stack(logits), emitted=torch.stack(emitted), h=torch.stack(hs),
                           c=torch.stack(cs), pooled=pooled, pooled_arg=pooled_arg).items():
        arrays[f"lstm_decode.{name}.{key}"] = value.detach()


decode("winner", 4, 3, 5, 7, 6)
decode("own_row", 3, 2, 6, 5, 4)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "values", "lstm_decode_golden.txt"), "w") as out:
    for name, tensor in arrays.items():
        dims = ",".join(str(size) for size in tensor.shape)
        values = " ".join(f"{value:.15g}" for value in tensor.flatten().tolist())
        out.write(f"{name} {dims} {values}\n")
