"""tagbench's op rows in PyTorch. OPS[op](sizes, dtype, device) returns the call. EAGER_ONLY has the ops that cannot be captured in a CUDA
graph, because their forward pass runs once, outside the call. In bf16 rows all arrays are bf16, also those that tagbench keeps in float:
cells, pooled logits, losses, an embedding's gradient."""
import torch
import torch.nn.functional as F
from torch_decode import eager_decode, lstm_cell
from torch_nets import masked_bce

aten = torch.ops.aten
EAGER_ONLY = {"batch_norm_train_backward", "batch_norm_eval_backward", "max_pool2d_backward", "avg_pool2d_backward",
              "adaptive_avg_pool2d_backward", "sgd_step", "adam_step", "rmsprop_step"}


def random(device, dtype, *shape):
    return torch.randn(*shape, device=device).to(dtype)


def picture(device, dtype, n, c, h, w):
    return random(device, dtype, n, c, h, w).contiguous(memory_format=torch.channels_last)


def whole_numbers(device, below, *shape):
    return torch.randint(below, shape, device=device)


def image_normalize(s, dtype, device):
    pixels = torch.randint(256, (s["n"], s["h"], s["w"], 3), dtype=torch.uint8, device=device)
    factor, shift = torch.rand(3, device=device), torch.rand(3, device=device)
    pad = s["c_out"] - 3
    return lambda: F.pad(torch.addcmul(shift, pixels, factor).to(dtype), (0, pad))


def image_normalize_windows(s, dtype, device):
    n, h, w, pad = s["n"], s["h"], s["w"], s["c_out"] - 3
    pixels = torch.randint(256, (n, h + 3, w + 2, 3), dtype=torch.uint8, device=device)
    factor, shift = torch.rand(3, device=device), torch.rand(3, device=device)
    picture = torch.arange(n, device=device).view(n, 1, 1)
    rows, columns = picture % 4 + torch.arange(h, device=device).view(1, h, 1), torch.arange(w, device=device).expand(n, 1, w)
    columns = picture % 3 + torch.where(picture % 2 == 0, columns.flip(2), columns)  # mirrors every second picture
    return lambda: F.pad(torch.addcmul(shift, pixels[picture, rows, columns], factor).to(dtype), (0, pad))


def conv(s, dtype, device):
    x = picture(device, dtype, s["n"], s["c"], s["h"], s["w"])
    w = picture(device, dtype, s["k"], s["c"], s["r"], s["s"])
    return x, w, (s["stride"], s["padding"], s["dilation"])


def conv2d_forward(s, dtype, device):
    x, w, window = conv(s, dtype, device)
    bias = random(device, dtype, s["k"])
    return lambda: F.relu_(F.conv2d(x, w, bias, *window))


def conv2d_backward(mask):
    def make(s, dtype, device):
        x, w, (stride, padding, dilation) = conv(s, dtype, device)
        dy = torch.randn_like(F.conv2d(x, w, None, stride, padding, dilation))
        pair = lambda value: [value, value]
        return lambda: aten.convolution_backward(dy, x, w, None, pair(stride), pair(padding), pair(dilation), False, [0, 0], 1, mask)
    return make


def rows_as_picture(s, dtype, device):
    return random(device, dtype, 1, s["rows"], 1, s["c"]).permute(0, 3, 1, 2)


def batch_norm(training, backward):
    def make(s, dtype, device):
        x = rows_as_picture(s, dtype, device).requires_grad_(backward)
        mean, var, weight, bias = (torch.rand(s["c"], device=device).requires_grad_(backward and i > 1) for i in range(4))
        residual = rows_as_picture(s, dtype, device).requires_grad_(backward) if s.get("residual") else None

        def forward():
            y = F.batch_norm(x, mean, var, weight, bias, training)
            y = y if residual is None else y + residual
            return F.relu(y) if s.get("relu") else y
        inputs = (x, weight, bias) if residual is None else (x, weight, bias, residual)
        return recorded_backward(forward(), inputs) if backward else forward
    return make


def recorded_backward(y, inputs):
    dy = torch.randn_like(y)
    return lambda: torch.autograd.grad(y, inputs, dy, retain_graph=True)


def pool2d(function, backward):
    def make(s, dtype, device):
        x = picture(device, dtype, s["n"], s["c"], s["h"], s["w"]).requires_grad_(backward)
        call = lambda: function(x, s)
        return recorded_backward(call(), (x,)) if backward else call
    return make


def max_pool(x, s):
    return F.max_pool2d(x, (s["r"], s["s"]), s["stride"], s["padding"], ceil_mode=bool(s["ceil"]))


def avg_pool(x, s):
    return F.avg_pool2d(x, (s["r"], s["s"]), s["stride"], s["padding"], ceil_mode=bool(s["ceil"]))


def adaptive_pool(x, s):
    return F.adaptive_avg_pool2d(x, (s["p"], s["q"]))


def gemm(s, dtype, device):
    a = random(device, dtype, s["k"], s["m"]).t() if s["transpose_a"] else random(device, dtype, s["m"], s["k"])
    b = random(device, dtype, s["n"], s["k"]).t() if s["transpose_b"] else random(device, dtype, s["k"], s["n"])
    bias = random(device, dtype, s["n"])
    return (lambda: torch.addmm(bias, a, b)) if s["bias"] else (lambda: torch.mm(a, b))


def unary(function, *sizes):
    def make(s, dtype, device):
        arrays = [random(device, dtype, s["n"]) for _ in range(*sizes)]
        return lambda: function(*arrays)
    return make


def lstm_gates_forward(s, dtype, device):
    a, b, c = random(device, dtype, s["n"], 4 * s["d"]), random(device, dtype, s["n"], 4 * s["d"]), random(device, dtype, s["n"], s["d"])
    if a.is_cuda:
        return lambda: aten._thnn_fused_lstm_cell(a, b, c)
    return lambda: lstm_cell(a + b, c)


def with_gradient(loss, x):
    x.requires_grad_()
    return lambda: torch.autograd.grad(loss(), x)


def sigmoid_masked_bce(s, dtype, device):
    logits = random(device, dtype, s["t"], s["n"], s["v"])
    labels, emitted = (torch.rand(s["n"], s["v"], device=device) < 0.06).float(), whole_numbers(device, s["v"], s["t"], s["n"])
    return with_gradient(lambda: masked_bce(logits, labels, emitted), logits)


def softmax_xent(s, dtype, device):
    logits, target = random(device, dtype, s["rows"], s["cols"]), whole_numbers(device, s["cols"], s["rows"])
    return with_gradient(lambda: F.cross_entropy(logits, target, reduction="sum"), logits)


def label_max_pool_forward(s, dtype, device):
    x = random(device, dtype, s["t"], s["n"], s["v"])
    return lambda: x.max(0)


def label_max_pool_backward(s, dtype, device):
    dy, step = random(device, dtype, 1, s["n"], s["v"]), whole_numbers(device, s["t"], 1, s["n"], s["v"])
    return lambda: torch.zeros(s["t"], s["n"], s["v"], dtype=dtype, device=device).scatter_(0, step, dy)


def embedding_forward(s, dtype, device):
    table, row = random(device, dtype, s["v"], s["e"]), whole_numbers(device, s["v"], s["n"])
    return lambda: F.embedding(row, table)


def embedding_backward(s, dtype, device):
    dy, row = random(device, dtype, s["n"], s["e"]), whole_numbers(device, s["v"], s["n"])
    return lambda: aten.embedding_dense_backward(dy, row, s["v"], -1, False)


def top_k(s, dtype, device):
    x = random(device, dtype, s["rows"], s["cols"])
    return (lambda: x.argmax(1)) if s["k"] == 1 else (lambda: x.topk(s["k"]))


def dropout_backward(s, dtype, device):
    dy, kept = random(device, dtype, s["n"]), torch.rand(s["n"], device=device) >= s["percent"] / 100
    return lambda: aten.native_dropout_backward(dy, kept, 1 / (1 - s["percent"] / 100))


def bias_backward(s, dtype, device):
    dy = random(device, dtype, s["rows"], s["cols"])
    return lambda: dy.sum(0, dtype=torch.float32)


def relu_bias_backward(s, dtype, device):
    y, dy = random(device, dtype, s["rows"], s["cols"]), random(device, dtype, s["rows"], s["cols"])

    def run():
        dz = aten.threshold_backward(dy, y, 0)
        return dz, dz.sum(0, dtype=torch.float32)
    return run


def copy_strided(s, dtype, device):
    x, y = random(device, dtype, s["rows"], s["x_stride"]), random(device, dtype, s["rows"], s["y_stride"])
    return lambda: y[:, :s["cols"]].copy_(x[:, :s["cols"]])


def optimizer_step(kind, **options):
    def make(s, dtype, device):
        weights = torch.nn.Parameter(random(device, dtype, s["n"]))
        weights.grad = torch.randn_like(weights)
        fused = {"fused": True} if torch.device(device).type == "cuda" and kind is not torch.optim.RMSprop else {}
        return kind([weights], lr=1e-3, **options, **fused).step
    return make


OPS = {
    "image_normalize": image_normalize,
    "image_normalize_windows": image_normalize_windows,
    "conv2d_forward": conv2d_forward,
    "conv2d_backward_data": conv2d_backward([True, False, False]),
    "conv2d_backward_filter": conv2d_backward([False, True, False]),
    "batch_norm_train_forward": batch_norm(True, False),
    "batch_norm_train_backward": batch_norm(True, True),
    "batch_norm_eval_forward": batch_norm(False, False),
    "batch_norm_eval_backward": batch_norm(False, True),
    "max_pool2d_forward": pool2d(max_pool, False),
    "max_pool2d_backward": pool2d(max_pool, True),
    "avg_pool2d_forward": pool2d(avg_pool, False),
    "avg_pool2d_backward": pool2d(avg_pool, True),
    "adaptive_avg_pool2d_forward": pool2d(adaptive_pool, False),
    "adaptive_avg_pool2d_backward": pool2d(adaptive_pool, True),
    "relu_forward": unary(torch.relu, 1),
    "relu_backward": unary(lambda y, dy: aten.threshold_backward(dy, y, 0), 2),
    "add": unary(torch.add, 2),
    "accumulate": unary(lambda y, x: y.add_(x), 2),
    "cast_to_bf16": unary(lambda x: x.to(torch.bfloat16), 1),
    "cast_from_bf16": lambda s, dtype, device: unary(lambda x: x.float(), 1)(s, torch.bfloat16, device),
    "gemm": gemm,
    "lstm_gates_forward": lstm_gates_forward,
    "lstm_decode": eager_decode,
    "sigmoid_masked_bce": sigmoid_masked_bce,
    "softmax_xent": softmax_xent,
    "label_max_pool_forward": label_max_pool_forward,
    "label_max_pool_backward": label_max_pool_backward,
    "embedding_forward": embedding_forward,
    "embedding_backward": embedding_backward,
    "top_k": top_k,
    "tanh_forward": unary(torch.tanh, 1),
    "tanh_backward": unary(lambda y, dy: aten.tanh_backward(dy, y), 2),
    "signed_root_forward": unary(lambda x: torch.copysign(x.abs().sqrt(), x), 1),
    "signed_root_backward": unary(lambda y, dy: torch.where(y == 0, 0, dy / (2 * y.abs())), 2),
    "sigmoid_forward": unary(torch.sigmoid, 1),
    "sigmoid_backward": unary(lambda y, dy: aten.sigmoid_backward(dy, y), 2),
    "dropout_forward": lambda s, dtype, device: unary(lambda x: F.dropout(x, s["percent"] / 100), 1)(s, dtype, device),
    "dropout_backward": dropout_backward,
    "bias_backward": bias_backward,
    "relu_bias_backward": relu_bias_backward,
    "copy_strided": copy_strided,
    "sgd_step": optimizer_step(torch.optim.SGD, momentum=0.9),
    "adam_step": optimizer_step(torch.optim.Adam),
    "rmsprop_step": optimizer_step(torch.optim.RMSprop, momentum=0.9),
    "sum": unary(torch.sum, 1),
    "sum_of_squares": unary(lambda x: torch.dot(x, x), 1),
    "scale": unary(lambda x: x * 0.5, 1),
    "multiply": unary(torch.mul, 2),
    "fill": unary(lambda x: x.fill_(0.5), 1),
}
