"""The stages of gpu_run and gpu_report: their commands in order, each with a limit and an estimate in seconds."""
import dataclasses
import os
import pathlib
import re
import shlex

LIBRARIES = "*conv2d*:*gemm*:*linear_relu*"  # cuDNN's and cuBLASLt's kernels: not ours to check, and slow under a checker
SMALL = {"TAGLOOM_CASE_BYTES": str(1 << 20)}  # only rows that are small enough for a checker
CASES = "Kernels/CasesCuda.*"
DECODE_LAUNCHES = "*LstmDecodeFormsCuda.*/cluster:*LstmDecodeFormsCuda.*/grid"  # the two forms that use a single launch
LOSSES = ("sigmoid_masked_bce", "softmax_xent", "focal_bce", "hinge_rank", "lsep", "diversity")
STEP_ROWS = r"_(features|train|end_to_end|tag)\[|^(multi_order|rank|scenes)_step\["
BENCHMARK = "TAGLOOM_CUDA_BENCHMARK"  # choose the libraries' engines by timing, as PyTorch does
COMPILE = "TAGLOOM_CUDA_COMPILE_SECONDS"  # limit for compiling cuDNN engines that are to be timed
GOLDEN = "TAGLOOM_GOLDEN_DIR"
SHARDS = 4
GRACE = 3  # seconds from SIGTERM to SIGKILL, and from SIGKILL to giving up
CPUS = 16  # of the machine that the estimates are for


@dataclasses.dataclass
class Place:
    """The paths of a build: programs, tools/bench, golden files, the rows for torch_peer.py, and the folder for results."""
    bin: pathlib.Path
    scripts: pathlib.Path
    golden: pathlib.Path
    rows: pathlib.Path
    logs: pathlib.Path


@dataclasses.dataclass
class Command:
    name: str
    words: list
    limit: float     # then it is stopped
    estimate: float  # on one H200 and 16 cores
    needs: tuple = ("gpu",)
    env: dict = dataclasses.field(default_factory=dict)
    group: str = ""           # commands of one group run in parallel
    timed: bool = False       # needs the GPU to itself
    background: bool = False  # runs in parallel with later untimed commands
    rows: str = ""            # the JSON file of rows that it writes
    stage: str = ""


@dataclasses.dataclass
class Stage:
    name: str
    budget: float
    commands: list

    def __post_init__(self):
        for command in self.commands:
            command.stage = self.name


# Host seconds to prepare a row with 16 cores: without verification, and with it. Estimated from the CPU time of one core (AMD EPYC,
# without a GPU): adam_step 3.8 s, batch_norm_train_backward 4.4 s, scale 1.7 s, lstm_gates_backward 1.4 s, ResNet-50's values 2.3 s.
# Drawing random values (two thirds) counts as a sixteenth, copying (single-threaded) in full. The time of cuDNN's plans is a guess.
ROW_SECONDS = (
    (r"^(adam|sgd|rmsprop)_step\[n=33554432 ", 1.3, 4.0),
    (r"^batch_norm_train_\w+\[rows=802816 ", 1.3, 4.5),
    (r"^image_normalize\w*\[n=256 ", 0.5, 2.5),
    (r"n=33554432\b", 0.7, 2.5),
    (r"n=8192 |rows=8192 |rows=40960 ", 0.5, 2.5),
    (r"^lstm_decode\[", 0.03, 0.15),
    (r"^(resnet50|resnet101)_(train|features)\[n=256 ", 3, 9),
    (r"^vgg16_(train|features)\[n=256 ", 4, 14),
    (r"^(resnet50|resnet101|vgg16)_(train|features)\[n=32 ", 2.5, 8),
    (r"^(multi_order|rank)_(end_to_end|tag)\[n=256 ", 4, 14),
    (r"^(multi_order|rank)_(end_to_end|tag)\[n=32 ", 3, 9),
    (r"^(multi_order|rank|scenes)_step\[", 0.1, 0.5),
    (r"^conv2d_\w+\[n=32 ", 0.1, 0.6),
    (r"^(gemm|linear_relu)\w*\[", 0.03, 0.15),
    (r"^(relu|add|accumulate)\w*\[n=25690112 ", 0.5, 2.0),
    (r"^(batch_norm_\w+|(max|avg|adaptive_avg)_pool2d_\w+|relu_\w+|add|accumulate|cast_\w+|image_normalize\w*)\[", 0.15, 0.7),
    (r"^(lstm_gates|sigmoid_masked_bce|softmax_xent|label_max_pool|embedding|top_k|copy_strided|bias|relu_bias|dropout|tanh|sigmoid|"
     r"signed_root)\w*\[", 0.05, 0.25),
    (r"^(sgd_step|adam_step|rmsprop_step|sum|sum_of_squares|scale|scale_by|scale_by_bf16|multiply|fill|fill_int32)\[n=4194304", 0.1, 0.5),
)


REPEAT_SECONDS = 0.02  # for each further run of a small row


def row_estimate(name, verified):
    for pattern, made, checked in ROW_SECONDS:
        if re.search(pattern, name):
            return checked if verified else made
    raise KeyError(f"{name}: no pattern of ROW_SECONDS in gpu_stages.py matches this row")


def bench_estimate(rows, command):
    """Seconds of tagbench on these rows: start, roofs, and for each row preparation, warm-up and timing."""
    words = command.words
    runs = int(words[words.index("--repeat") + 1]) if "--repeat" in words else 1
    seconds, verified = float(words[words.index("--seconds") + 1]), "--no-verify" not in words
    return 4 + float(command.env.get(COMPILE, 0)) + sum(max(row_estimate(row, verified), REPEAT_SECONDS * (runs > 1) * runs) + 1.3 * seconds for row in rows)


def cases(*ops):
    return ":".join(f"{CASES}/{op}" for op in ops)


def gtest(place, name, program, tests, limit, estimate, **more):
    return Command(name, [place.bin / program, f"--gtest_filter={tests}"], limit, estimate,
                   env={GOLDEN: os.fspath(place.golden), **more.pop("env", {})}, **more)


def sharded(place, name, program, tests, limit, estimate):
    """The tests split by op over four processes; each process spends about a second on starting CUDA."""
    return [gtest(place, f"{name}-{i}", program, tests, limit, estimate, group=name,
                  env={"GTEST_TOTAL_SHARDS": str(SHARDS), "GTEST_SHARD_INDEX": str(i)}) for i in range(SHARDS)]


def bench(place, name, limit, estimate, *flags, seconds="0.1", env=None):
    words = [place.bin / "tagbench", "--device", "cuda", *flags, "--seconds", seconds, "--json", place.logs / f"{name}.json"]
    return Command(name, words, limit, estimate, timed=True, rows=f"{name}.json",
                   env={BENCHMARK: "1", COMPILE: "0", **(env or {})})


def sanitizer(place, name, tool, tests, limit, estimate):
    command = ["compute-sanitizer", "--tool", tool, "--error-exitcode", "9", "--print-limit", "20", place.bin / "kernels_test",
               f"--gtest_filter={tests}"]
    return Command(name, command, limit, estimate, needs=("gpu", "compute-sanitizer"), env={GOLDEN: os.fspath(place.golden), **SMALL})


def peer(place, name, limit, estimate, rows, variants, seconds="0.1", **more):
    return Command(name, ["python3", place.scripts / "peers" / "torch_peer.py", "--device", "cuda", "--rows", place.rows, "--filter", rows,
                          "--variants", variants, "--json", place.logs / f"{name}.json", "--seconds", seconds,
                          "--budget", f"{0.9 * limit:.0f}", "--lock", place.logs / "gpu.lock"],
                   limit, estimate, needs=("gpu", "torch"), rows=f"{name}.json", **{"timed": True, **more})


TRAIN = r"^(resnet50|resnet101|vgg16)_train\[n=256 "
DECODER = r"^lstm_decode\[t=5 n=(1|32|256) d=512 "
DECODER_BITS = r"^lstm_decode\[t=5 n=(1|33|256) d=512 v=80 "
PEER_DECODER = r"^lstm_decode\[t=5 n=(1|32|256) d=512 v=80 .*bf16=1 "
FILLING = r"n=33554432\b|n=8192 |rows=(8192|40960|802816) |^image_normalize\w*\[n=256 "
PROFILED = {  # rows that fill the GPU; ncu profiles the launches of one call
    "bn_backward": r"^batch_norm_train_backward_bf16\[rows=802816 .*residual=1",
    "bn_forward": r"^batch_norm_train_forward_bf16\[rows=802816 .*residual=1",
    "adam": r"^adam_step\[n=33554432 ",
    "softmax": r"^softmax_xent_bf16\[rows=8192 ",
    "masked_bce": r"^sigmoid_masked_bce_bf16\[t=5 n=8192 ",
    "decode": r"^lstm_decode\[t=5 n=256 d=512 v=80 .*bf16=1 ",
}


def stages(place):
    def program(name):
        return f"{name}_test"

    smoke = [
        Command("driver", ["nvidia-smi"], 10, 1, needs=("nvidia-smi",)),
        Command("versions", [place.bin / "tagbench", "--version"], 10, 2, needs=()),
        Command("cudnn_facts", ["python3", place.scripts / "gpu" / "cudnn_facts.py", "--json", place.logs / "cudnn_facts.json"], 10, 2),
        gtest(place, "decode", program("kernels"), f"{cases('lstm_decode')}:*Decode*Cuda.*", 40, 20),
        *sharded(place, "cases", program("kernels"), f"{CASES}-*/lstm_decode", 60, 40),
        gtest(place, "graphs", program("models"), "*StepGraphsCuda.*", 25, 12),
        gtest(place, "graph_rows", program("tools"), "*StepPartsCuda.*", 15, 5),
        gtest(place, "resnet", program("models"), "*ResnetSmokeCuda.*", 40, 20),
        sanitizer(place, "memcheck", "memcheck", f"{DECODE_LAUNCHES}:{cases('batch_norm', *LOSSES)}", 60, 35),
    ]
    parity = sharded(place, "models", program("models"), "*ModelParityCuda.*", 60, 40)
    speed = [
        bench(place, "decoder", 25, 10, "--filter", DECODER),
        *[dataclasses.replace(bench(place, f"decoder_{form}", 15, 9, "--no-verify", "--filter", DECODER, seconds="0.05",
                                    env={"TAGLOOM_LSTM_DECODE": form}), rows="") for form in ("grid", "steps")],
        bench(place, "filling", 65, 45, "--filling", "--no-verify", seconds="0.03"),
        bench(place, "train", 100, 58, "--filter", TRAIN, seconds="0.3", env={COMPILE: "20"}),
    ]
    ours = f"{CASES}-{LIBRARIES}"
    sanitize = [
        sanitizer(place, "racecheck", "racecheck", ours, 40, 25),
        sanitizer(place, "synccheck", "synccheck", ours, 30, 15),
        sanitizer(place, "initcheck", "initcheck", ours, 30, 15),
        dataclasses.replace(bench(place, "decoder_bits", 40, 18, "--repeat", "100", "--filter", DECODER_BITS, seconds="0.01"),
                            timed=False, rows=""),
    ]
    torch = [
        peer(place, "torch_compile", 180, 100, r"^resnet50_train\[n=256 ", "compile", "0.3", background=True, timed=False),
        peer(place, "torch_train", 60, 35, TRAIN, "eager,graph", "0.3"),
        peer(place, "torch_decoder", 40, 15, PEER_DECODER, "eager,graph,cudnn"),
        peer(place, "torch_filling", 40, 20, FILLING, "eager", "0.03"),
        peer(place, "torch_decoder_compile", 75, 55, PEER_DECODER, "compile,flashrnn"),
    ]
    sections = [word for section in ("SpeedOfLight", "LaunchStats", "Occupancy", "MemoryWorkloadAnalysis")
                for word in ("--section", section)]
    ncu = ["ncu", "--clock-control", "none", "--launch-count", "3", *sections]
    unverified = [place.bin / "tagbench", "--device", "cuda", "--no-verify", "--seconds", "0.01"]
    profile = [Command(f"ncu_{name}", [*ncu, *unverified, "--filter", rows, *([] if name == "decode" else ["--filling"])], 15, 6,
                       needs=("gpu", "ncu"), timed=True) for name, rows in PROFILED.items()]
    rows = [
        bench(place, "steps", 400, 280, "--filter", STEP_ROWS),
        bench(place, "ops", 360, 240, "--filter", rf"^(?!.*({STEP_ROWS}))", seconds="0.05"),
        peer(place, "torch_steps", 240, 150, STEP_ROWS, "eager,graph"),
        peer(place, "torch_ops", 240, 150, rf"^(?!.*({STEP_ROWS}))", "eager,graph", "0.05"),
    ]
    return {stage.name: stage for stage in (
        Stage("smoke", 180, smoke), Stage("parity", 90, parity), Stage("speed", 150, speed), Stage("sanitize", 110, sanitize),
        Stage("torch", 160, torch), Stage("profile", 60, profile), Stage("rows", 1300, rows))}


# Combinations of stages for one call, and the seconds that each should take.
SITTING = 600  # maximum seconds of a call, whatever its commands do
USES = {"first": (("smoke", "parity"), 270), "after fixes": (("cases", "parity", "filling"), 180),
        "speed": (("speed", "sanitize", "torch", "profile"), 450)}


def chosen(all_stages, names):
    """The commands of the named stages, groups and commands, in the order of the names, each once. Raises ValueError for other names."""
    commands = []
    for name in names:
        found = all_stages[name].commands if name in all_stages else [
            command for stage in all_stages.values() for command in stage.commands if name in (command.name, command.group)]
        if not found:
            raise ValueError(f"there is no stage or command \"{name}\": the stages are {', '.join(all_stages)}")
        commands += [command for command in found if command not in commands]
    return arranged(commands)


def arranged(commands):
    """Moves a background command before the sanitizers in front of it, which use the GPU little and time nothing."""
    for command in [c for c in commands if c.background]:
        place = commands.index(command)
        while place > 0 and commands[place - 1].stage == "sanitize":
            place -= 1
        commands.remove(command)
        commands.insert(place, command)
    return commands


def batches(commands):
    """Lists of commands that run in parallel."""
    together = []
    for command in commands:
        if together and command.group and together[-1][0].group == command.group:
            together[-1].append(command)
        else:
            together.append([command])
    return together


def estimate(commands):
    """Seconds of all commands: the longest of each group, and what remains of a background command after the others."""
    total, ahead = 0.0, 0.0  # ahead: remaining time of background commands
    for batch in batches(commands):
        seconds = max(command.estimate for command in batch)
        if batch[0].background:
            ahead += seconds
            continue
        if batch[0].timed:
            total, ahead = total + ahead, 0.0
        total, ahead = total + seconds, max(0.0, ahead - seconds)
    return total + ahead


def most(all_stages, commands):
    """Seconds of all commands if each of them hangs."""
    total, ahead, spent = 0.0, 0.0, {}
    for batch in batches(commands):
        limit, stage = max(command.limit for command in batch), batch[0].stage
        if batch[0].background:
            ahead += limit + 2 * GRACE
            continue
        if batch[0].timed:
            total, ahead = total + ahead, 0.0
        limit = min(limit + 2 * GRACE, all_stages[stage].budget + 2 * GRACE - spent.get(stage, 0.0))
        spent[stage] = spent.get(stage, 0.0) + limit
        total, ahead = total + limit, max(0.0, ahead - limit)
    return total + ahead


def line_of(command):
    """The command as a shell command line."""
    env = [f"{name}={shlex.quote(value)}" for name, value in command.env.items()]
    return " ".join([*env, shlex.join(os.fspath(word) for word in command.words)])


def plan_text(all_stages, commands, limit=float("inf")):
    lines, stage = [], None
    for batch in batches(commands):
        if batch[0].stage != stage:
            stage = batch[0].stage
            lines.append(f"{stage}: at most {all_stages[stage].budget:.0f} s")
        name = batch[0].group or batch[0].name
        in_parallel = ", in parallel with later commands" if batch[0].background else f" in {len(batch)} processes" if len(batch) > 1 else ""
        lines.append(f"  {name}{in_parallel}: about {max(c.estimate for c in batch):.0f} s, at most {batch[0].limit:.0f} s")
        lines += ["      " + line_of(command) for command in batch]
    longest = min(most(all_stages, commands), limit + 2 * GRACE)
    return "\n".join([*lines, f"all: about {estimate(commands):.0f} s, at most {longest:.0f} s"])
