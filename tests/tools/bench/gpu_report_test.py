"""Tests tools/bench/gpu_report without a GPU: plan, results, ratios, header folders, and the PyTorch rows on the CPU."""
import contextlib
import importlib.machinery
import importlib.util
import io
import json
import os
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
sys.path.insert(0, str(BENCH / "gpu"))
import cudnn_facts  # noqa: E402
import gpu_build  # noqa: E402
import gpu_runner  # noqa: E402
import gpu_table  # noqa: E402

loader = importlib.machinery.SourceFileLoader("gpu_report", str(BENCH / "gpu_report"))
gpu_report = importlib.util.module_from_spec(importlib.util.spec_from_loader("gpu_report", loader))
loader.exec_module(gpu_report)

ABOUT = {"device": "A GPU", "driver": "1.2", "date": "2026-01-02T03:04:05Z", "commit": "abc", "program": "tools/bench/gpu_report",
         "parts": [{"part": "build", "state": "passed", "seconds": 12.3}]}


def fixture(name):
    return json.loads((FIXTURES / f"{name}.json").read_text())


class Merge(unittest.TestCase):
    def setUp(self):
        self.report = gpu_table.merge([fixture("steps"), fixture("ops")], [fixture("torch")], ABOUT)
        self.rows = {row["name"].split("[")[0]: row for row in self.report["rows"]}

    def test_ratio_uses_the_best_variant(self):
        self.assertAlmostEqual(self.rows["resnet50_train"]["ratio"], 2.0)  # 0.02 of graph / 0.01
        self.assertAlmostEqual(self.rows["relu_forward"]["ratio"], 0.5)
        self.assertEqual(self.rows["resnet50_train"]["torch"], {"eager": 0.03, "graph": 0.02, "compile": "RuntimeError: no"})

    def test_partial_variants_are_shown_without_a_ratio(self):
        part = dict(fixture("torch"), rows=[{"name": "relu_forward[n=33 seed=7]", "variant": "cudnn", "seconds": 1e-9},
                                            {"name": "relu_forward[n=33 seed=7]", "variant": "flashrnn", "absent": "no module"}])
        report = gpu_table.merge([fixture("steps"), fixture("ops")], [fixture("torch"), part], ABOUT)
        (row,) = [row for row in report["rows"] if row["name"].startswith("relu_forward")]
        self.assertAlmostEqual(row["ratio"], 0.5)
        self.assertEqual(row["torch"]["cudnn"], 1e-9)
        self.assertIn("| 0.50 | cudnn 0.0 µs, flashrnn absent |", gpu_table.table(report))

    def test_wrong_rows_are_marked_without_a_ratio(self):
        steps = fixture("steps")
        steps["rows"][0]["wrong"] = "cuda and cpu differ"
        report = gpu_table.merge([steps], [fixture("torch")], ABOUT)
        self.assertNotIn("ratio", report["rows"][0])
        self.assertIn("precision=bf16]` WRONG: cuda and cpu differ | 10.00 ms |", gpu_table.table(report))

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
                      "| 30.00 ms | 20.00 ms | failed | 2.00 | - |", lines)
        self.assertIn("| `relu_forward[n=33 seed=7]` | 2.0 µs | 10 % | 0 GB/s | 50 % memory | 1.0 µs | - | - | 0.50 | - |", lines)
        self.assertIn("| `rank_step[n=32 v=291 steps=5 hidden=300]` | WRONG: cuda and cpu differ by 0.5 of their size | | | | | | | | |", lines)

    def test_rejects_another_kind_of_device(self):
        with self.assertRaisesRegex(ValueError, "same kind of device: cpu, cuda"):
            gpu_table.merge([fixture("steps")], [dict(fixture("torch"), kind="cpu")], ABOUT)

    def test_without_peer_or_rows(self):
        self.assertNotIn("ratio", gpu_table.merge([fixture("steps")], [], ABOUT)["rows"][0])
        self.assertEqual(gpu_table.merge([], [], ABOUT)["rows"], [])


class Report(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_report(self, *words, built=None):
        out, err = io.StringIO(), io.StringIO()
        build = unittest.mock.patch.object(gpu_report, "built", built) if built else contextlib.nullcontext()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), build:
            code = gpu_report.main([*words, "--build", str(self.folder / "build"), "--results", str(self.folder / "results")])
        self.out, self.err = out.getvalue(), err.getvalue()
        return code

    def test_dry_run_only_prints_the_plan(self):
        self.assertEqual(self.run_report("--dry-run"), 0)
        stages = [line.split(":")[0] for line in self.out.splitlines() if line[0] != " "]
        self.assertEqual(list(dict.fromkeys(stages)),
                         ["build", "smoke", "parity", "speed", "torch", "sanitize", "profile", "rows", "all"])  # torch_compile runs first
        self.assertIn("--target tagbench kernels_test models_test tools_test", self.out)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_unknown_stage(self):
        with self.assertRaises(SystemExit) as stopped:
            self.run_report("smoke", "sped")
        self.assertEqual(stopped.exception.code, 2)

    def test_results_are_named_by_date_and_device(self):
        def built(options, *_):
            program = options.build / "bin" / "tagbench"
            program.parent.mkdir(parents=True)
            program.write_text("#!/bin/sh\necho a version\n")
            program.chmod(0o755)
            return True
        program = self.folder / "path" / "nvidia-smi"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\necho 'Fake GPU, 1.2'\n")
        program.chmod(0o755)
        with unittest.mock.patch.dict(os.environ, {"PATH": f"{program.parent}:{os.environ['PATH']}"}):
            self.assertEqual(self.run_report("versions", built=built), 0)
        (table,) = (self.folder / "results").glob("*.md")
        self.assertIn("| smoke/versions | passed |", table.read_text())
        self.assertTrue(self.out.endswith(f"{table}\n"))
        self.assertTrue(table.with_suffix(".json").exists())
        self.assertTrue((self.folder / "build" / "out" / "logs.tar.gz").exists())

    def test_without_a_gpu_nothing_is_built_or_written(self):
        with unittest.mock.patch.object(gpu_runner, "gpu_name", lambda _: (None, gpu_runner.SEES_NONE)):
            self.assertEqual(self.run_report("smoke"), 4)
        self.assertEqual(self.err, "gpu_report: no GPU found: nvidia-smi lists none\n")
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_failed_build_prints_the_path_of_its_log(self):
        gpu = unittest.mock.patch.object(gpu_runner, "gpu_name", lambda _: (("A GPU", "1"), ""))
        with gpu, unittest.mock.patch.object(gpu_build, "commands", lambda *_: [["sh", "-c", "echo no such header; exit 1"]]):
            self.assertEqual(self.run_report("smoke"), 1)
        self.assertIn("no such header", self.err)
        self.assertIn("build/logs/build.log", self.err)


class Facts(unittest.TestCase):
    """cuDNN's device properties as JSON."""

    def setUp(self):
        try:
            self.cudnn = cudnn_facts.opened_cudnn()
        except OSError as error:
            self.skipTest(f"no cuDNN here: {error}")

    def test_properties_round_trip(self):
        numbers = dict.fromkeys(("cudaDeviceId", "isTccDriver", "l2CacheSize", "maxCtasPerSM", "maxRegistersPerSM", "maxSharedMemoryPerBlock",
                                 "maxSharedMemoryPerBlockOptin", "maxThreadsPerBlock", "maxThreadsPerSM", "memClockRateKHz", "pciDeviceId",
                                 "multiProcessorCount", "regsPerBlock", "reservedSharedMemoryPerBlock", "smClockRateKHz", "supportCoopLaunch",
                                 "totalGlobalMem", "warpSize"), 7)
        text = json.dumps({**numbers, "deviceName": "A GPU", "deviceVer": 900, "driverVer": 13000, "maxBlockSize": [8, 8, 8],
                           "maxGridSize": [9, 9, 9]})
        properties = cudnn_facts.Properties(self.cudnn)
        properties.set(cudnn_facts.JSON_TEXT, cudnn_facts.CHAR, len(text), text.encode())
        self.assertEqual(json.loads(properties.json()), json.loads(text))

    def test_the_device_number_has_the_right_type(self):
        properties = cudnn_facts.Properties(self.cudnn)
        set_attribute = self.cudnn.cudnnBackendSetAttribute
        number = cudnn_facts.ctypes.c_int32(0)
        arguments = (cudnn_facts.ctypes.c_int64(1), cudnn_facts.ctypes.byref(number))
        self.assertEqual(set_attribute(properties.descriptor, cudnn_facts.DEVICE_ID, cudnn_facts.INT32, *arguments), 0)
        self.assertNotEqual(set_attribute(properties.descriptor, cudnn_facts.DEVICE_ID, cudnn_facts.CHAR, *arguments), 0)


class Places(unittest.TestCase):
    """CUDA in several packages."""

    def test_every_header_is_found_once(self):
        with tempfile.TemporaryDirectory() as folder:
            for file in ("cuda/include/cuda_runtime.h", "cu13/include/cublasLt.h", "cu13/include/cuda_runtime.h", "cudnn/include/cudnn.h",
                         "other/include/cudnn.h"):
                path = pathlib.Path(folder) / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
            places = [f"{folder}/{name}" for name in ("cuda", "cu13", "cudnn", "other")]
            self.assertEqual(sorted(gpu_build.header_folders(places)), [f"{folder}/{name}/include" for name in ("cu13", "cuda", "cudnn")])

    def test_a_path_is_extended_by_existing_folders(self):
        with tempfile.TemporaryDirectory() as folder:
            env = gpu_runner.extended({"A": "/x::" + folder}, "A", [folder, "/no/such/folder", folder + "/."])
            self.assertEqual(env["A"], f"/x:{folder}:{folder}/.")


def python_with_torch():
    for python in (sys.executable, "/usr/bin/python3", *filter(None, [os.environ.get("TAGLOOM_TORCH_PYTHON")])):
        if subprocess.run([python, "-c", "import torch"], capture_output=True).returncode == 0:
            return python
    return None


# One small row of each of tagbench's kinds.
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
NO_PEER = {"lstm_gates_backward", "scale_by", "fill_int32"}  # PyTorch has no equivalent


class Peer(unittest.TestCase):
    def setUp(self):
        self.python = python_with_torch()
        if self.python is None:
            self.skipTest("no Python with torch found")

    def test_every_row_runs_on_the_cpu(self):
        with tempfile.TemporaryDirectory() as folder:
            rows, out = folder + "/rows.json", folder + "/torch.json"
            pathlib.Path(rows).write_text(json.dumps({"rows": [{"name": name} for name in ROWS]}))
            run = subprocess.run([self.python, "-B", BENCH / "peers" / "torch_peer.py", "--device", "cpu", "--rows", rows, "--json", out, "--seconds",
                                  "0.001", "--variants", "eager,graph"], capture_output=True, text=True, timeout=300)
            self.assertEqual(run.returncode, 0, run.stderr)
            report = json.loads(pathlib.Path(out).read_text())
        self.assertEqual(report["kind"], "cpu")
        self.assertEqual(report["rows"][0]["name"], "lstm_decode[t=5 n=2 d=8 v=9 own_row=0 exclude=0 bf16=0 parts=36 seed=7]")  # a main row
        self.assertEqual({row["name"]: row.get("failed") for row in report["rows"]}, dict.fromkeys(ROWS))
        self.assertTrue(all(row["seconds"] > 0 for row in report["rows"]))

    def test_runs_row_by_row_and_reports_what_the_budget_leaves_out(self):
        with tempfile.TemporaryDirectory() as folder:
            rows, out = folder + "/names.txt", folder + "/torch.json"
            names = ["add[n=33 seed=7]", "fill[n=33]", "lstm_decode[t=5 n=2 d=8 v=9 own_row=0 exclude=0 bf16=1 parts=36 seed=7]"]
            pathlib.Path(rows).write_text("\n".join(names))
            peer = lambda *words: subprocess.run([self.python, "-B", BENCH / "peers" / "torch_peer.py", "--device", "cpu", "--rows", rows, "--json", out,
                                                  "--seconds", "0.001", "--lock", folder + "/lock", *words], capture_output=True, text=True, timeout=120)
            run = peer("--variants", "eager,flashrnn")
            self.assertEqual(run.returncode, 0, run.stderr)
            report = json.loads(pathlib.Path(out).read_text())
            self.assertEqual([(row["name"], row["variant"]) for row in report["rows"]],
                             [(names[2], "eager"), (names[2], "flashrnn"), (names[0], "eager"), (names[1], "eager")])
            self.assertIn("flashrnn", report["rows"][1]["absent"])
            self.assertIn("3 of 3 not started", peer("--variants", "eager", "--budget", "-1").stdout)
            self.assertEqual(json.loads(pathlib.Path(out).read_text())["not_begun"][0], f"{names[2]} eager")

    def test_the_nets_have_the_parameters_of_the_engine(self):
        heads = 2 * 128 + 28 * 129 + 2 * 28 + 2 * 256 * 29 + 29 * 128 + 4 * 256 * (128 + 256 + 2) + 28 * 257
        script = ("import sys; sys.path.insert(0, sys.argv[1]); from torch_nets import *; count = lambda m: sum(p.numel() for p in m.parameters());"
                  "print(*(count(backbone(n, 1000)) for n in ('resnet50', 'resnet101', 'vgg16')), count(MultiOrder(128, 28, 256, 128)))")
        run = subprocess.run([self.python, "-B", "-c", script, BENCH / "peers"], capture_output=True, text=True, timeout=120)
        self.assertEqual(run.stdout.split(), ["25557032", "44549160", "138357544", str(heads)], run.stderr)

    def test_every_op_of_tagbench_has_a_row_here(self):
        if len(sys.argv) < 2:
            self.skipTest("needs the path of tagbench, which ctest passes")
        names = subprocess.run([sys.argv[1], "--list", "--device", "cpu"], capture_output=True, text=True, check=True).stdout.split("\n")
        op_of = lambda name: name.split("[")[0].removesuffix("_bf16") if not name.startswith("cast") else name.split("[")[0]
        known = {op_of(name) for name in ROWS} | NO_PEER
        self.assertEqual({op_of(name) for name in names if name} - known, set())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
