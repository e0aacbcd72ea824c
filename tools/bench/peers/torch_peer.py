#!/usr/bin/env python3
"""Times PyTorch on tagbench's rows, with the same names, shapes and kinds of result, for a ratio of the two.

  torch_peer.py --device cuda --rows tagbench.json [--rows names.txt] --json torch.json [--seconds 0.2] [--budget 120]

Variants: compile (torch.compile(mode="max-autotune"), nets, heads and the decoder), eager (channels_last; bf16 rows under autocast), graph
(the eager step captured in a CUDA graph); for the decoder also cudnn and flashrnn (torch_decode.py). Runs all variants of a row before the
next row, and the main rows first. Writes the file after each result, so that an interrupted run keeps them."""
import argparse
import contextlib
import datetime
import fcntl
import math
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "gpu"))
import gpu_table  # noqa: E402
import torch
from torch_nets import MultiOrder, Rank, Tagger, backbone
from torch_decode import PART_OF_THE_WORK, Absent, decode_call
from torch_ops import EAGER_ONLY, OPS

STEPS = re.compile(r"(?P<net>\w+?)_(?P<work>features|train)\[|(?P<head>multi_order|rank|scenes)_(?P<what>step|end_to_end|tag)\[")
VARIANTS = ("compile", "eager", "graph")
DECIDING = [re.compile(pattern) for pattern in (r"resnet50_train\[n=256 ", r"resnet101_train\[n=256 ", r"vgg16_train\[n=256 ", r"lstm_decode\[t=5 ")]


def sizes_of(name):
    """{"n": 32, "backbone": "resnet50"} from "op[n=32 backbone=resnet50]"."""
    words = name[name.index("[") + 1:-1].split()
    pairs = dict(word.split("=", 1) for word in words)
    return {key: int(value) if re.fullmatch(r"-?\d+", value) else value for key, value in pairs.items()}


class Clock:
    """Measures the seconds of `calls` calls, with events on a GPU."""

    def __init__(self, device):
        self.cuda = device.type == "cuda"

    def seconds(self, call, calls):
        if not self.cuda:
            start = time.perf_counter()
            for _ in range(calls):
                call()
            return time.perf_counter() - start
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(calls):
            call()
        end.record()
        end.synchronize()
        return begin.elapsed_time(end) / 1e3


def timing(call, device, budget):
    """Times a call as tagbench does: a warm-up, then at least five samples of at least two milliseconds, until the budget is used up."""
    clock = Clock(device)
    for _ in range(3):
        clock.seconds(call, 1)
    one = max(min(clock.seconds(call, 1) for _ in range(3)), 1e-9)
    calls = max(1, min(10000, math.ceil(2e-3 / one)))
    samples, spent = [], 0.0
    while len(samples) < 5 or (spent < budget and len(samples) < 200):
        taken = clock.seconds(call, calls)
        samples.append(taken / calls)
        spent += taken
    quarters = statistics.quantiles(samples, n=4, method="inclusive")
    return {"seconds": quarters[1], "spread": (quarters[2] - quarters[0]) / quarters[1], "least_seconds": min(samples)}


def precision_of(sizes, device):
    """The autocast context of a row's precision. Sets TF32 for the whole process while the row runs."""
    name = sizes.get("precision", "fp32")
    tf32 = name == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
    return (lambda: torch.autocast(device.type, torch.bfloat16)) if name == "bf16" else contextlib.nullcontext


def training(loss, model, optimizer):
    def step():
        optimizer.zero_grad(set_to_none=True)
        value = loss()
        value.backward()
        optimizer.step()
        return value
    return step


def make_step(match, sizes, device, variant):
    """The callable of a whole step, without reading back the loss."""
    compiled = (lambda f: torch.compile(f, mode="max-autotune")) if variant == "compile" else (lambda f: f)
    precision = precision_of(sizes, device)
    n, size, tags = sizes["n"], sizes.get("size", 224), sizes.get("v", 1000)
    pictures = torch.rand(n, 3, size, size, device=device).contiguous(memory_format=torch.channels_last)
    batch = {"labels": (torch.rand(n, tags, device=device) < 0.06).float(), "order": torch.randint(tags, (n, 5), device=device)}
    target = torch.randint(1000, (n,), device=device)
    torch.backends.cudnn.benchmark = True

    if match["net"]:
        train = match["work"] == "train"
        model = backbone(match["net"], 1000 if train else None)
        loss_of = lambda: torch.nn.functional.cross_entropy(run(pictures).float(), target)
    elif match["what"] == "step" and match["head"] != "scenes":
        train = True
        kind = MultiOrder if match["head"] == "multi_order" else Rank
        model = kind(2048, tags, sizes["hidden"])
        features = torch.rand(n, 2048, device=device)
        loss_of = lambda: loss(features, batch)
    else:
        train = match["what"] != "tag"
        cnn = backbone(sizes.get("backbone", "small"))
        head = Rank(cnn.features, tags) if match["head"] == "rank" else MultiOrder(
            cnn.features, tags, *((256, 128) if match["head"] == "scenes" else ()))
        model = Tagger(cnn, head, keeps_norm=match["head"] != "scenes")
        loss_of = lambda: loss(pictures, batch)
    model = model.to(device, memory_format=torch.channels_last).train(train)
    if not train:
        run = compiled(model)

        def answer():
            with torch.inference_mode(), precision():
                return run(pictures)
        return answer
    run, loss = compiled(model), compiled(getattr(model, "loss", None)) if hasattr(model, "loss") else None
    if match["what"] == "step":
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, **({"fused": True, "capturable": True} if device.type == "cuda" else {}))
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-2, momentum=0.9, **({"fused": True} if device.type == "cuda" else {}))

    def loss_under_precision():
        with precision():
            return loss_of()
    return training(loss_under_precision, model, optimizer)


def captured(call):
    """The call as a CUDA graph, after the warm-up that PyTorch requires."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            call()
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        call()
    return graph.replay


def make_call(name, device, variant):
    """The call of a row's variant, or None if PyTorch has no such variant or row."""
    op = name[:name.index("[")]
    sizes = sizes_of(name)
    match = STEPS.match(name)
    if op == "lstm_decode" and variant not in ("eager", "graph"):
        return decode_call(variant, sizes, device)
    if variant in PART_OF_THE_WORK:
        return None
    if match:
        step = make_step(match, sizes, device, variant)
        if variant == "graph":
            return captured(step)
        return (lambda: step().item()) if match["what"] in ("step", "end_to_end") or match["work"] == "train" else step
    dtype = torch.float32
    if op not in OPS and op.endswith("_bf16"):
        op, dtype = op[:-len("_bf16")], torch.bfloat16
    if op not in OPS or variant == "compile" or (variant == "graph" and op in EAGER_ONLY):
        return None
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    call = OPS[op](sizes, dtype, device)
    return captured(call) if variant == "graph" else call


@contextlib.contextmanager
def alone(lock):
    """Holds the GPU lock while timing."""
    if not lock:
        yield
        return
    with open(lock, "a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def measured(name, device, variant, seconds, lock=None):
    try:
        call = make_call(name, device, variant)
        if call is None:
            return None
        for _ in range(3):
            call()  # compiles
        if device.type == "cuda":
            torch.cuda.synchronize()
        with alone(lock):
            return timing(call, device, seconds)
    except Absent as error:
        return {"absent": str(error)}
    except Exception as error:  # a row that PyTorch cannot run is reported as well
        return {"failed": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"[:300]}
    finally:
        if device.type == "cuda":
            torch.cuda.empty_cache()


def row_names(files):
    names = []
    for file in files:
        if file.endswith(".txt"):  # output of tagbench --list
            with open(file, encoding="utf-8") as lines:
                names += lines.read().splitlines()
        else:
            names += [row["name"] for row in (gpu_table.read(file) or {"rows": []})["rows"]]
    if not names:
        sys.exit(f"torch_peer: no rows in {', '.join(files)}: run tagbench --json first")
    return sorted(dict.fromkeys(names), key=lambda name: [pattern.match(name) is None for pattern in [*DECIDING, STEPS]])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--rows", action="append", required=True,
                        help="the rows to time: a file of tagbench --json, or NAMES.txt with the output of tagbench --list; may be repeated")
    parser.add_argument("--filter", default="", help="only rows whose name matches this regular expression")
    parser.add_argument("--json", required=True)
    parser.add_argument("--seconds", type=float, default=0.2, help="time per row")
    parser.add_argument("--budget", type=float, default=math.inf, help="seconds after which no further row is started")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--lock", help="a file to lock while timing, so that others can use the GPU during compilation")
    options = parser.parse_args()
    device = torch.device(options.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        sys.exit("torch_peer: PyTorch finds no GPU: run with --device cpu")
    report = {
        "peer": f"PyTorch {torch.__version__}",
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "kind": device.type,
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} thread(s)",
        "rows": [],
    }
    begin = time.monotonic()
    variants = [variant for variant in options.variants.split(",") if (variant != "graph" or device.type == "cuda") and
                (variant != "compile" or hasattr(torch, "compile"))]
    wanted = [(name, variant) for name in row_names(options.rows) if re.search(options.filter, name) for variant in variants]
    for i, (name, variant) in enumerate(wanted):
        if time.monotonic() - begin > options.budget:
            report["not_begun"] = [f"{name} {variant}" for name, variant in wanted[i:]]
            print(f"the budget of {options.budget:.0f} s is used up: {len(wanted) - i} of {len(wanted)} not started", flush=True)
            break
        result = measured(name, device, variant, options.seconds, options.lock)
        if result:
            report["rows"].append({"name": name, "variant": variant, **result})
            text = f"{1e3 * result['seconds']:.4f} ms" if "seconds" in result else "; ".join(f"{key}: {text}" for key, text in result.items())
            print(f"{name:100s} {variant:8s} {text}", flush=True)
            gpu_table.write(options.json, report)
    gpu_table.write(options.json, report)


if __name__ == "__main__":
    main()
