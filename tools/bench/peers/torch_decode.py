"""tagbench's lstm_decode rows in PyTorch: t steps of an LSTM whose input gates are a row of a table (the row of the previous step's
winner or, with own_row, the picture's own), with logits at each step.

Two variants do part of the work: they cannot feed back the winners, so they get the inputs of all steps in advance. cudnn is nn.LSTM in
half precision, for which cuDNN has kernels that keep the weights on chip (used for some batch sizes); flashrnn is the fused kernel of
the package of that name (arXiv 2412.07752), in bfloat16."""
import torch
import torch.nn.functional as F

PART_OF_THE_WORK = ("cudnn", "flashrnn")


class Absent(Exception):
    """A package that a variant needs is not installed."""


def lstm_cell(gates, c):
    """One LSTM step with gates in PyTorch's order: nn.LSTMCell's fused kernel on a GPU, its formula elsewhere."""
    if gates.is_cuda:
        return torch.ops.aten._thnn_fused_lstm_cell(gates, torch.zeros_like(gates), c)[:2]
    return lstm_formula(gates, c)


def lstm_formula(gates, c):
    i, f, g, o = gates.chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


def random(device, dtype, *shape):
    return torch.randn(*shape, device=device).to(dtype)


def loop(s, device, cell):
    """A decoder that feeds each step's winner to the next step."""
    t, n, d, v = s["t"], s["n"], s["d"], s["v"]
    dtype = torch.bfloat16 if s["bf16"] else torch.float32
    h0, c0 = random(device, dtype, n, d), random(device, dtype, n, d)
    output, weight_hh = torch.nn.Linear(d, v).to(device, dtype), random(device, dtype, 4 * d, d)
    table = random(device, dtype, v + 1, 4 * d)
    start = torch.full((n,), v, dtype=torch.int64, device=device)

    def decode():
        h, c, row, pooled = h0, c0, start, None
        for _ in range(t):
            h, c = cell(F.linear(h, weight_hh) + table[row], c)
            logits = output(h)
            row = logits.argmax(1)
            pooled = logits if pooled is None else torch.maximum(pooled, logits)
        return pooled
    return decode


def whole_sequence(s, device, dtype, width):
    """nn.LSTM over the inputs of all steps, with all logits in one product."""
    t, n, d, v = s["t"], s["n"], s["d"], s["v"]
    lstm, output = torch.nn.LSTM(width, d).to(device, dtype), torch.nn.Linear(d, v).to(device, dtype)
    x, state = random(device, dtype, t, n, width), tuple(random(device, dtype, 1, n, d) for _ in range(2))
    return lambda: output(lstm(x, state)[0])


def flashrnn_call(s, device):
    try:
        from flashrnn import flashrnn
    except ImportError as error:
        raise Absent(str(error)) from error
    t, n, d, v = s["t"], s["n"], s["d"], s["v"]
    dtype = torch.bfloat16
    gates, recurrent, bias = (random(device, dtype, *shape) for shape in ((n, t, 4, 1, d), (4, 1, d, d), (4, 1, d)))
    states, output = random(device, dtype, 2, n, 1, 1, d), torch.nn.Linear(d, v).to(device, dtype)

    def decode():
        all_states, _ = flashrnn(gates, recurrent, bias, states=states, function="lstm", backend="cuda_fused")
        return output(all_states[0].reshape(n, t, d))
    return decode


def eager_decode(s, dtype, device):
    dtype = torch.bfloat16 if s["bf16"] else torch.float32
    return torch.no_grad()(whole_sequence(s, device, dtype, 1) if s["own_row"] else loop(s, device, lstm_cell))


def decode_call(variant, s, device):
    """The call of a variant, or None if the row does not have it."""
    if variant == "compile" and not s["own_row"]:
        call = torch.compile(loop(s, device, lstm_formula), mode="max-autotune")
    elif variant == "cudnn" and torch.device(device).type == "cuda":
        call = whole_sequence(s, device, torch.float16, 128)  # the narrowest input of its persistent kernels
    elif variant == "flashrnn" and s["bf16"]:
        call = flashrnn_call(s, device)
    else:
        return None
    return torch.no_grad()(call)
