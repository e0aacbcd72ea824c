"""tools/bench/gpu_report without a GPU: the plan, what it keeps when a part fails, the ratios, and PyTorch's side on the CPU."""
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent
BENCH = HERE.parents[2] / "tools" / "bench"
FIXTURES = HERE / "fixtures"
sys.dont_write_bytecode = True
sys.path.insert(0, str(BENCH))
import gpu_table  # noqa: E402

loader = importlib.machinery.SourceFileLoader("gpu_report", str(BENCH / "gpu_report"))
gpu_report = importlib.util.module_from_spec(importlib.util.spec_from_loader("gpu_report", loader))
loader.exec_module(gpu_report)

ABOUT = {"device": "A GPU", "driver": "1.2", "date": "2026-01-02T03:04:05Z", "commit": "abc",
         "parts": [{"part": "build", "state": "passed", "seconds": 12.3}]}


def fixture(name):
    return json.loads((FIXTURES / f"{name}.json").read_text())


class Merge(unittest.TestCase):
    def setUp(self):
        self.report = gpu_table.merge([fixture("steps"), fixture("ops")], fixture("torch"), ABOUT)
        self.rows = {row["name"].split("[")[0]: row for row in self.report["rows"]}

    def test_ratio_is_of_the_best_variant(self):
        self.assertAlmostEqual(self.rows["resnet50_train"]["ratio"], 2.0)  # 0.02 of graph / 0.01
        self.assertAlmostEqual(self.rows["relu_forward"]["ratio"], 0.5)
        self.assertEqual(self.rows["resnet50_train"]["torch"], {"eager": 0.03, "graph": 0.02, "compile": "RuntimeError: no"})

    def test_no_ratio_without_both_sides(self):
        self.assertNotIn("ratio", self.rows["fill"])  # PyTorch has no such row
        self.assertNotIn("ratio", self.rows["rank_step"])  # ours was wrong
        self.assertEqual(self.report["torch_only"], ["add[n=33 seed=7]"])

    def test_table(self):
        lines = gpu_table.table(self.report).splitlines()
        self.assertIn("| build | passed | 12 |", lines)
        self.assertIn("Copy of 256 MiB: 3,000 GB/s.", lines)
        self.assertIn("bf16 product of 8192 x 8192 matrices: 700.0 TFLOP/s.", lines)
        self.assertIn("| `resnet50_train[n=32 size=224 precision=bf16]` | 10.00 ms | 2 % | 3,200 images/s | 11 % arithmetic "
                      "| 30.00 ms | 20.00 ms | failed | 2.00 |", lines)
        self.assertIn("| `relu_forward[n=33 seed=7]` | 2.0 µs | 10 % | 0 GB/s | 50 % memory | 1.0 µs | - | - | 0.50 |", lines)
        self.assertIn("| `rank_step[n=32 v=291 steps=5 hidden=300]` | WRONG: cuda and cpu differ by 0.5 of their size | | | | | | | |", lines)

    def test_another_kind_of_device_is_refused(self):
        with self.assertRaisesRegex(ValueError, "same kind of device: cpu, cuda"):
            gpu_table.merge([fixture("steps")], dict(fixture("torch"), kind="cpu"), ABOUT)

    def test_without_peer_or_rows(self):
        self.assertNotIn("ratio", gpu_table.merge([fixture("steps")], None, ABOUT)["rows"][0])
        self.assertEqual(gpu_table.merge([], None, ABOUT)["rows"], [])


class Report(unittest.TestCase):
    def run_report(self, *words, parts=None):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        return self.again(*words, parts=parts)

    def again(self, *words, parts=None):
        out, err = io.StringIO(), io.StringIO()
        patch = unittest.mock.patch.object(gpu_report, "plan", parts) if parts else contextlib.nullcontext()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), patch:
            code = gpu_report.main([*words, "--build", str(self.folder / "build"), "--results", str(self.folder / "results")])
        self.out = out.getvalue()
        return code

    def results(self):
        (file,) = (self.folder / "results").glob("*.json")
        return json.loads(file.read_text())

    def test_dry_run_prints_the_plan_and_does_nothing(self):
        self.assertEqual(self.run_report("--dry-run", "--budget", "300"), 0)
        limits = {}
        for line in self.out.splitlines():
            if not line.startswith(" "):
                name, rest = line.split(": at most ")
                limits[name] = int(rest.split()[0])
        self.assertEqual(list(limits), ["build", "parity", "steps", "ops", "torch", "memcheck", "racecheck", "initcheck", "synccheck"])
        self.assertAlmostEqual(sum(limits.values()), 300, delta=len(limits))
        self.assertFalse((self.folder / "build").exists())
        self.assertIn("--target tagbench kernels_test", self.out)

    def test_unknown_part(self):
        with self.assertRaises(SystemExit) as stopped:
            self.run_report("--parts", "build,sped")
        self.assertEqual(stopped.exception.code, 2)

    def test_what_was_measured_stays_when_later_parts_fail(self):
        def parts(options, work):
            copy = lambda name: gpu_report.Part(name, 10, [["cp", FIXTURES / f"{name}.json", work / f"{name}.json"]])
            return [copy("steps"), copy("ops"), copy("torch"),
                    gpu_report.Part("memcheck", 10, [["sh", "-c", "echo '[       OK ] a'; echo '========= ERROR SUMMARY: 3 errors'; exit 9"]]),
                    gpu_report.Part("racecheck", 1, [["true"]], needs="no-such-program")]

        self.assertEqual(self.run_report(parts=parts), 1)
        report = self.results()
        states = {part["part"]: part["state"] for part in report["parts"]}
        self.assertEqual(states["torch"], "passed")
        self.assertEqual(states["memcheck"], "failed with exit code 9, 1 tests passed, 3 errors")
        self.assertEqual(states["racecheck"], "not run: no-such-program was not found")
        self.assertAlmostEqual(report["rows"][0]["ratio"], 2.0)
        self.assertIn("resnet50_train", (self.folder / "results").glob("*.md").__next__().read_text())

        def fewer(options, work):  # one part again: those before stay
            return parts(options, work)[:3] + [gpu_report.Part("memcheck", 10, [["true"]])]
        self.assertEqual(self.again("--parts", "memcheck", parts=fewer), 0)
        self.assertAlmostEqual(self.results()["rows"][0]["ratio"], 2.0)
        self.assertEqual(self.again("--parts", "memcheck", "--commit", "another", parts=fewer), 0)
        self.assertEqual(self.results()["rows"], [])

    def test_a_part_that_takes_too_long_is_ended(self):
        def parts(options, work):
            return [gpu_report.Part("steps", 1, [["sh", "-c", f"cp {FIXTURES}/steps.json {work}/steps.json; sleep 60"]]),
                    gpu_report.Part("ops", 1, [["true"]])]

        self.assertEqual(self.run_report("--budget", "2", parts=parts), 1)
        self.assertEqual([part["state"] for part in self.results()["parts"]], ["out of time after 1 s", "passed"])
        self.assertEqual(len(self.results()["rows"]), 2)


def python_with_torch():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    return None


# One row of each kind that tagbench has, small.
ROWS = """image_normalize_bf16[n=2 h=8 w=8 c_out=8 seed=7]
image_normalize_windows[n=2 h=8 w=8 c_out=3 seed=7]
conv2d_forward[n=2 h=8 w=8 c=3 k=4 r=3 s=3 stride=2 padding=1 dilation=1 form=5 seed=7]
conv2d_backward_data_bf16[n=2 h=8 w=8 c=3 k=4 r=3 s=3 stride=2 padding=1 dilation=1 form=0 seed=7]
conv2d_backward_filter[n=2 h=8 w=8 c=3 k=4 r=3 s=3 stride=2 padding=1 dilation=1 form=0 seed=7]
batch_norm_train_forward[rows=33 c=4 seed=7]
batch_norm_eval_forward[rows=33 c=4 seed=7]
batch_norm_train_backward[rows=33 c=4 seed=7 add=0]
batch_norm_train_backward[rows=33 c=4 residual=1 relu=1 seed=7 add=0]
batch_norm_eval_backward[rows=33 c=4 seed=7 add=0]
relu_forward[n=33 seed=7]
relu_backward[n=33 add=0 seed=7]
add[n=33 seed=7]
accumulate_bf16[n=33 seed=7]
cast_to_bf16[n=33 seed=7]
cast_from_bf16[n=33 seed=7]
max_pool2d_forward[n=2 h=8 w=8 c=4 r=3 s=3 stride=2 padding=1 ceil=0 seed=7]
max_pool2d_backward[n=2 h=8 w=8 c=4 r=3 s=3 stride=2 padding=1 ceil=0 seed=7 add=0]
avg_pool2d_forward[n=2 h=8 w=8 c=4 r=3 s=3 stride=2 padding=1 ceil=1 seed=7]
avg_pool2d_backward[n=2 h=8 w=8 c=4 r=3 s=3 stride=2 padding=1 ceil=0 seed=7 add=0]
adaptive_avg_pool2d_forward[n=2 h=8 w=8 c=4 p=7 q=7 seed=7]
adaptive_avg_pool2d_backward[n=2 h=8 w=8 c=4 p=7 q=7 seed=7 add=0]
gemm[m=3 n=5 k=7 transpose_a=0 transpose_b=1 bias=1 add=0 seed=7]
gemm_bf16[m=3 n=5 k=7 transpose_a=1 transpose_b=0 bias=0 add=0 seed=7]
lstm_gates_forward[n=2 d=8 first=0 in_place=0 seed=7]
lstm_gates_forward_bf16[n=2 d=8 first=0 in_place=0 seed=7]
lstm_decode[t=5 n=2 d=8 v=9 own_row=0 exclude=0 bf16=0 parts=36 seed=7]
lstm_decode[t=5 n=2 d=8 v=9 own_row=1 exclude=0 bf16=1 parts=1 seed=7]
sigmoid_masked_bce[t=5 n=2 v=9 mask=1 gate=0 in_place=0 seed=7]
sigmoid_masked_bce_bf16[t=5 n=2 v=9 mask=1 gate=0 in_place=0 seed=7]
softmax_xent[rows=4 cols=9 in_place=0 seed=7]
softmax_xent_bf16[rows=4 cols=9 in_place=0 seed=7]
label_max_pool_forward[t=5 n=2 v=9 seed=7]
label_max_pool_forward_bf16[t=5 n=2 v=9 seed=7]
label_max_pool_backward[t=5 n=2 v=9 add=0 seed=7]
label_max_pool_backward_bf16[t=5 n=2 v=9 add=0 seed=7]
embedding_forward[n=2 v=9 e=4 seed=7]
embedding_forward_bf16[n=2 v=9 e=4 seed=7]
embedding_backward[n=2 v=9 e=4 add=0 seed=7]
embedding_backward_bf16[n=2 v=9 e=4 add=0 seed=7]
top_k[rows=2 cols=9 k=1 coarse=0 exclude=0 seed=7]
tanh_forward[n=33 seed=7]
tanh_backward[n=33 add=0 seed=7]
sigmoid_forward[n=33 seed=7]
sigmoid_backward[n=33 add=0 seed=7]
signed_root_forward[n=33 seed=7]
signed_root_backward[n=33 add=0 seed=7]
dropout_forward[n=33 percent=50 seed=7]
dropout_backward[n=33 percent=50 seed=7]
bias_backward_bf16[rows=3 cols=5 add=0 seed=7]
relu_bias_backward_bf16[rows=3 cols=5 add=0 seed=7]
copy_strided[rows=3 cols=5 x_stride=5 y_stride=10 add=0 seed=7]
sgd_step[n=33 variant=0 seed=7]
adam_step[n=33 variant=0 seed=7]
rmsprop_step[n=33 variant=0 seed=7]
sum[n=33 add=0 seed=7]
sum_of_squares[n=33 add=0 seed=7]
scale[n=33 add=0 seed=7]
multiply[n=33 add=0 seed=7]
fill[n=33]
resnet50_features[n=1 size=32 precision=fp32]
resnet50_train[n=2 size=64 precision=bf16]
multi_order_end_to_end[n=2 v=9 backbone=small size=32 precision=fp32]
multi_order_tag[n=2 v=9 backbone=small size=32 precision=bf16]
rank_end_to_end[n=2 v=9 backbone=small size=32 precision=bf16]
rank_tag[n=2 v=9 backbone=small size=32 precision=fp32]
multi_order_step[n=2 v=9 steps=5 hidden=16]
rank_step[n=2 v=9 steps=5 hidden=16]
scenes_step[n=2 v=9 size=32]""".split("\n")
NO_PEER = {"lstm_gates_backward", "scale_by", "fill_int32"}  # nothing in PyTorch does the same work


class Peer(unittest.TestCase):
    def setUp(self):
        self.python = python_with_torch()
        if self.python is None:
            self.skipTest("no Python here has torch")

    def test_every_row_runs_on_the_cpu(self):
        with tempfile.TemporaryDirectory() as folder:
            rows, out = folder + "/rows.json", folder + "/torch.json"
            pathlib.Path(rows).write_text(json.dumps({"rows": [{"name": name} for name in ROWS]}))
            run = subprocess.run([self.python, "-B", BENCH / "torch_peer.py", "--device", "cpu", "--rows", rows, "--json", out, "--seconds",
                                  "0.001", "--variants", "eager,graph"], capture_output=True, text=True, timeout=300)
            self.assertEqual(run.returncode, 0, run.stderr)
            report = json.loads(pathlib.Path(out).read_text())
        self.assertEqual(report["kind"], "cpu")
        self.assertEqual({row["name"]: row.get("failed") for row in report["rows"]}, dict.fromkeys(ROWS))
        self.assertTrue(all(row["seconds"] > 0 for row in report["rows"]))

    def test_the_nets_are_the_engines(self):
        heads = 2 * 128 + 28 * 129 + 2 * 28 + 2 * 256 * 29 + 29 * 128 + 4 * 256 * (128 + 256 + 2) + 28 * 257
        script = ("import sys; sys.path.insert(0, sys.argv[1]); from torch_nets import *; count = lambda m: sum(p.numel() for p in m.parameters());"
                  "print(*(count(backbone(n, 1000)) for n in ('resnet50', 'resnet101', 'vgg16')), count(MultiOrder(128, 28, 256, 128)))")
        run = subprocess.run([self.python, "-B", "-c", script, BENCH], capture_output=True, text=True, timeout=120)
        self.assertEqual(run.stdout.split(), ["25557032", "44549160", "138357544", str(heads)], run.stderr)

    def test_every_op_that_tagbench_has_is_known(self):
        if len(sys.argv) < 2:
            self.skipTest("run by ctest, which names tagbench")
        names = subprocess.run([sys.argv[1], "--list", "--device", "cpu"], capture_output=True, text=True, check=True).stdout.split("\n")
        op_of = lambda name: name.split("[")[0].removesuffix("_bf16") if not name.startswith("cast") else name.split("[")[0]
        known = {op_of(name) for name in ROWS} | NO_PEER
        self.assertEqual({op_of(name) for name in names if name} - known, set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
