"""Tests tools/bench/gpu_run without a GPU, on a pack of stubs that pass, fail, hang and kill their own parent, and the estimates of its
plan on the rows of tagbench."""
import contextlib
import dataclasses
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import unittest.mock

HERE = pathlib.Path(__file__).resolve().parent
BENCH = HERE.parents[2] / "tools" / "bench"
FIXTURES = HERE / "fixtures"
sys.dont_write_bytecode = True
sys.path.insert(0, str(BENCH / "gpu"))
import gpu_build  # noqa: E402
import gpu_logs  # noqa: E402
import gpu_runner  # noqa: E402
import gpu_screen  # noqa: E402
import gpu_stages  # noqa: E402
from gpu_stages import Command, Stage  # noqa: E402

PASSES = "echo '[       OK ] A.B (1 ms)'; echo '[==========] 1 test from 1 test suite ran. (1 ms total)'"
SMI = "case \"$*\" in *query*) echo 'Fake GPU, 1.2';; *) echo a table;; esac"
PLACE = gpu_stages.Place(*(pathlib.Path("/nowhere") / name for name in ("bin", "scripts", "golden", "rows", "logs")))


def write_stub(file, script):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{int(pid)}/stat").read_text().split()[2] != "Z"  # an orphan may stay a zombie
    except FileNotFoundError:
        return False


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name).resolve()
        self.out = self.folder / "out"
        write_stub(self.folder / "path" / "nvidia-smi", SMI)

    def records(self):
        return {entry["command"]: entry for entry in map(json.loads, (self.out / "commands.jsonl").read_text().splitlines())}


class Packed(Folder):
    """The packed script, with stubs for the programs."""

    def setUp(self):
        super().setUp()
        self.pack = self.folder / "gpu"
        for file in [BENCH / "gpu_run", *BENCH.glob("gpu/*.py"), *BENCH.glob("peers/*.py")]:
            target = self.pack / "tools" / "bench" / file.relative_to(BENCH)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
        (self.pack / "PACK").write_text("abc1234\npacked today\n")
        rows = f"while [ $# -gt 0 ]; do [ \"$1\" = --json ] && cp {FIXTURES}/steps.json $2; shift; done"
        for name, script in {"tagbench": rows, "kernels_test": PASSES, "models_test": PASSES, "tools_test": PASSES}.items():
            write_stub(self.pack / "bin" / name, script)
        write_stub(self.folder / "path" / "compute-sanitizer", f"{PASSES}; echo '========= ERROR SUMMARY: 0 errors'")
        write_stub(self.folder / "path" / "python3", "case \"$*\" in *torch*) exit 1;; *sysconfig*) exit 1;; esac")

    def words(self, *names):
        return [sys.executable, "-B", self.pack / "tools" / "bench" / "gpu_run", *names, "--out", self.out]

    def gpu_run(self, *names, **more):
        env = {"PATH": f"{self.folder / 'path'}:/usr/bin:/bin", "HOME": str(self.folder)}
        return subprocess.run(self.words(*names), env=env, cwd=self.folder, capture_output=True, text=True, timeout=60, **more)

    def test_stages_that_pass(self):
        run = self.gpu_run("smoke", "decoder", "sanitize")
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertIn("tagloom abc1234 on Fake GPU, driver 1.2", run.stdout)
        self.assertIn("resnet50_train", (self.out / "report.md").read_text())
        files = [path.name for path in self.out.iterdir()]
        self.assertEqual(sorted(files), ["commands.jsonl", "logs.tar.gz", "report.json", "report.md", "screen.txt"])
        with tarfile.open(self.out / "logs.tar.gz") as tar:
            self.assertLessEqual({"logs/decode.log", "logs/cases-3.log", "logs/decoder.json", "logs/memcheck.log"}, set(tar.getnames()))
        self.assertEqual(self.records()["cases-2"]["state"], "passed, 1 test passed")

    def test_without_a_gpu_every_skipped_command_is_listed(self):
        write_stub(self.folder / "path" / "nvidia-smi", "echo 'no driver' >&2; exit 9")
        run = self.gpu_run("smoke")
        self.assertEqual(run.returncode, 4, run.stdout + run.stderr)
        self.assertIn("tagloom abc1234: no GPU found", run.stdout)
        (line,) = [line for line in run.stdout.splitlines() if line.startswith("not run: no GPU found")]
        for name in ("decode", "cases-0", "graphs", "resnet", "memcheck"):
            self.assertIn(f"smoke/{name}", line)
        self.assertTrue(self.records()["versions"]["state"].startswith("passed"))

    def test_a_test_program_that_fails_or_skips_everything_fails(self):
        write_stub(self.pack / "bin" / "kernels_test", "echo 'a.cpp:3: Failure'; echo 'Expected equality'; echo '[  FAILED  ] A.B'; exit 1")
        write_stub(self.pack / "bin" / "models_test", "echo '[  SKIPPED ] A.B (0 ms)'; echo '[==========] 1 test ran.'")
        run = self.gpu_run("decode", "graphs", "resnet")
        self.assertEqual(run.returncode, 1)
        self.assertEqual(self.records()["decode"]["state"], "failed: exit code 1")  # the stub's output has no duration of a test
        self.assertEqual(self.records()["decode"]["message"][:2], ["a.cpp:3: Failure", "Expected equality"])
        self.assertEqual(self.records()["graphs"]["state"], "failed: no test ran, 1 skipped")
        self.assertIn("failed first:\n  smoke/decode: failed: exit code 1\n      a.cpp:3: Failure", run.stdout)

    def test_failures_show_their_tests_and_reason(self):
        write_stub(self.pack / "bin" / "kernels_test", f"cat {FIXTURES}/failed_tests.log; exit 1")
        run = self.gpu_run("decode", "cases-0")
        self.assertIn("\n  smoke/cases-0: 2 of 3 tests failed: softmax_xent, relu; softmax_xent[rows=32] loss cuda≠cpu at [3]: 1.5 vs 1.25\n",
                      run.stdout)

    def test_counts_only_the_commands_of_this_run(self):
        self.assertEqual(self.gpu_run("graphs", "graph_rows").returncode, 0)
        self.out = self.folder / "other"
        self.assertIn(": 1 of 1 commands passed", self.gpu_run("decode").stdout)
        self.assertNotIn("graphs", (self.out / "report.md").read_text())

    def test_library_versions_are_shown_and_required(self):
        write_stub(self.pack / "bin" / "tagbench", "echo 'driver 13.0, runtime 13.0, cuDNN 9.19.0, cuBLASLt 13.1.0'")
        self.assertIn("\ncuDNN 9.19.0, cuBLASLt 13.1.0\n", self.gpu_run("versions").stdout)
        write_stub(self.pack / "bin" / "tagbench", "echo 'runtime 13.0, cuDNN not found, cuBLASLt 13.1.0'")
        run = self.gpu_run("versions")
        self.assertEqual(run.returncode, 1)
        self.assertIn("versions: failed: the GPU needs both libraries, cuDNN not found, cuBLASLt 13.1.0\n", run.stdout)

    def test_a_driver_that_is_missing_or_hangs(self):
        with unittest.mock.patch.object(gpu_runner, "SMI_SECONDS", 0.5):
            write_stub(self.folder / "path" / "nvidia-smi", f"sleep 100 & echo $! > {self.folder}/pid; wait")
            env = {**os.environ, "PATH": f"{self.folder / 'path'}:/usr/bin:/bin"}
            self.assertEqual(gpu_runner.gpu_name(env), (None, "nvidia-smi did not answer within 0.5 s"))
            time.sleep(0.2)  # the kernel needs a moment to end it
            self.assertFalse(is_running((self.folder / "pid").read_text()))
        (self.folder / "path" / "nvidia-smi").unlink()
        run = self.gpu_run("driver")
        self.assertEqual(self.records()["driver"]["state"], "not run: nvidia-smi not found: is the NVIDIA driver installed?")

    def test_missing_tools_are_reported(self):
        run = self.gpu_run("ncu_adam", "torch_train")
        self.assertEqual(run.returncode, 1)
        self.assertEqual(self.records()["ncu_adam"]["state"], "not run: ncu not found")
        self.assertEqual(self.records()["torch_train"]["state"], "not run: python3 has no torch")

    def test_dry_run_and_unknown_names(self):
        run = self.gpu_run("smoke", "filling", "--dry-run")
        self.assertEqual(run.returncode, 0)
        self.assertRegex(run.stdout, r"cases in 4 processes: about \d+ s, at most \d+ s")
        self.assertRegex(run.stdout, r"all: about \d+ s, at most \d+ s\n$")
        self.assertRegex(run.stdout, r" GTEST_SHARD_INDEX=3 \S+/kernels_test '--gtest_filter=\S+'\n")
        self.assertFalse(self.out.exists())
        run = self.gpu_run("smoke", "sped")
        self.assertEqual(run.returncode, 2)
        self.assertIn("no stage or command \"sped\": the stages are smoke, parity", run.stderr)

    def test_the_archive_is_unpacked_once(self):
        with tarfile.open(self.folder / "gpu.tar.xz", "w:xz") as tar:
            tar.add(self.pack, "gpu")
        shutil.rmtree(self.pack)
        words = [sys.executable, "-B", BENCH / "gpu_run", "versions", "--pack", self.folder / "gpu.tar.xz", "--out", self.out]
        self.assertEqual(subprocess.run(words, capture_output=True).returncode, 0)
        (self.pack / "kept").touch()
        self.assertEqual(subprocess.run(words, capture_output=True).returncode, 0)
        self.assertTrue((self.pack / "kept").exists())
        self.assertEqual(len((self.out / "commands.jsonl").read_text().splitlines()), 2)

    def test_errors_of_unpacking_and_creating_are_reported(self):
        out, self.out = self.out, "/proc/nope"
        run = self.gpu_run("versions")
        self.assertEqual((run.returncode, run.stderr.splitlines()[-1]), (2, "gpu_run: error: cannot create /proc/nope: No such file or directory"))
        self.out = out
        run = self.gpu_run("versions", "--limit", "-5")
        self.assertEqual((run.returncode, run.stderr.splitlines()[-1]), (2, "gpu_run: error: argument --limit: invalid seconds value: '-5'"))
        with tarfile.open(self.folder / "gpu.tar.xz", "w:xz") as tar:
            tar.add(self.pack, "gpu")
        whole = (self.folder / "gpu.tar.xz").read_bytes()
        for kept in (whole[:len(whole) // 2], whole[:40], b"", b"no archive", None):
            archive = self.folder / "cut.tar.xz"
            archive.unlink() if kept is None else archive.write_bytes(kept)
            run = subprocess.run([sys.executable, "-B", BENCH / "gpu_run", "versions", "--pack", archive, "--out", self.out],
                                 capture_output=True, text=True)
            self.assertEqual((run.returncode, len(run.stderr.splitlines())), (1, 1), run.stderr)
            self.assertIn(f"{archive} not found: run" if kept is None else f"cannot unpack {archive}: ", run.stderr)

    def test_a_signal_stops_the_run_and_keeps_its_results(self):
        write_stub(self.pack / "bin" / "models_test", f"echo $$ > {self.folder}/pid; trap '' TERM; sleep 100 & wait; wait")
        env = {"PATH": f"{self.folder / 'path'}:/usr/bin:/bin"}
        run = subprocess.Popen(self.words("decode", "graphs", "resnet"), env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        while not (self.folder / "pid").exists() or not (self.folder / "pid").read_text():
            time.sleep(0.05)
        run.send_signal(signal.SIGTERM)
        out, _ = run.communicate(timeout=10)
        self.assertEqual(run.returncode, 143)
        self.assertIn(b"graphs: not finished: the run was stopped", out)
        self.assertTrue(self.records()["decode"]["state"].startswith("passed"))
        self.assertNotIn("resnet", self.records())
        self.assertFalse(is_running((self.folder / "pid").read_text()))


class Hostile(Folder):
    """Commands that fail, hang and kill others."""

    def run_commands(self, *commands, budget=20.0, seconds=60.0):
        stage = Stage("s", budget, list(commands))
        place = dataclasses.replace(PLACE, logs=self.folder / "logs")
        env = {**os.environ, "PATH": f"{self.folder / 'path'}:{os.environ['PATH']}"}
        about = {"program": "gpu_run", "commit": "abc", "date": "2026-01-02T03:04:05Z"}
        begin, self.screen, errors = time.monotonic(), io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(self.screen), contextlib.redirect_stderr(errors):
            code = gpu_runner.run(place, self.out, env, about, {"s": stage}, gpu_stages.arranged(list(commands)), seconds)
        self.seconds = time.monotonic() - begin
        return code

    def shell(self, name, script, limit=5.0, **more):
        return Command(name, ["sh", "-c", script], limit, 1, needs=(), **more)

    def test_a_failing_command_does_not_stop_the_others(self):
        self.assertEqual(self.run_commands(self.shell("a", "echo broken; exit 3"), self.shell("b", "kill -11 $$"), self.shell("c", PASSES),
                                           Command("d", ["/no/such/program"], 5, 1, needs=())), 1)
        states = {name: entry["state"] for name, entry in self.records().items()}
        self.assertEqual(states, {"a": "failed: exit code 3", "b": "failed: SIGSEGV", "c": "passed, 1 test passed",
                                  "d": "failed: exit code 127"})
        self.assertEqual(self.records()["a"]["message"], ["broken"])

    def test_a_hanging_command_is_killed_with_its_children(self):
        pid = self.folder / "pid"
        hangs = f"trap '' TERM; (trap '' TERM; sleep 100) & echo $! > {pid}; echo 'half done'; wait; wait"
        self.assertEqual(self.run_commands(self.shell("hangs", hangs, 1), self.shell("after", PASSES)), 1)
        self.assertLess(self.seconds, 1 + 2 * gpu_runner.GRACE + 2)
        self.assertEqual(self.records()["hangs"]["state"], "out of time after 1 s")
        self.assertTrue(self.records()["after"]["state"].startswith("passed"))
        self.assertFalse(is_running(pid.read_text()))
        self.assertIn("half done", self.screen.getvalue())

    def test_a_command_that_kills_its_parent_does_not_stop_the_run(self):
        for who in ("$PPID", "-$(cut -d' ' -f5 /proc/$PPID/stat)"):
            kills = self.shell("kills", f"kill -9 {who}; sleep 100", 30)
            self.assertEqual(self.run_commands(self.shell("before", PASSES), kills, self.shell("after", PASSES)), 1)
            self.assertLess(self.seconds, 10)
            self.assertEqual(self.records()["kills"]["state"], "failed: killed gpu_run's worker (SIGKILL)")
            self.assertTrue(self.records()["before"]["state"].startswith("passed"))
            self.assertTrue(self.records()["after"]["state"].startswith("passed"))

    def test_stages_and_runs_end_in_time(self):
        several = [self.shell(f"s{i}", "sleep 1.5", 30) for i in range(4)]
        self.assertEqual(self.run_commands(*several, budget=2.6), 1)
        states = [entry["state"] for entry in self.records().values()]
        self.assertEqual(states, ["passed", "out of time after 1 s"] + 2 * ["not run: stage s has used its 2.6 s"])
        self.assertEqual(self.run_commands(*several, seconds=2), 1)
        self.assertLess(self.seconds, 2 + gpu_runner.GRACE + 2)
        self.assertEqual(self.records()["s3"]["state"], "not run: --limit 2 is used up")

    def test_endless_output_and_unreadable_rows(self):
        bad = self.shell("bad", f"echo '{{\"tagbench\": 1, \"kind\": \"cuda\", \"rows\": [{{}}]}}' > {self.folder}/logs/bad.json", rows="bad.json")
        with unittest.mock.patch.object(gpu_runner, "FILE_BYTES", 1 << 21):
            self.assertEqual(self.run_commands(self.shell("yes", "exec yes", 20), bad), 1)
        self.assertEqual(self.records()["yes"]["state"], "failed: SIGXFSZ: wrote more than 2 MiB")
        self.assertTrue(self.records()["bad"]["state"].startswith("passed"))
        report = json.loads((self.out / "report.json").read_text())
        self.assertEqual((report["rows"], report["unreadable"]), ([], "KeyError: 'name'"))

    def test_a_hanging_group_is_killed_together(self):
        hangs = [self.shell(f"g-{i}", "trap '' TERM; sleep 100; sleep 100", 1, group="g") for i in range(3)]
        self.assertEqual(self.run_commands(*hangs, self.shell("g-3", "echo done", 1, group="g")), 1)
        self.assertLess(self.seconds, 1 + gpu_runner.GRACE + 2)
        self.assertEqual([self.records()[f"g-{i}"]["state"] for i in range(4)], 3 * ["out of time after 1 s"] + ["passed"])
        self.assertLess(self.records()["g-3"]["seconds"], 1)

    def test_a_group_runs_in_parallel(self):
        self.assertEqual(self.run_commands(*[self.shell(f"g-{i}", "sleep 1", group="g") for i in range(4)]), 0)
        self.assertLess(self.seconds, 3)

    def test_a_background_command_times_while_nothing_else_runs(self):
        lock, times = self.folder / "logs" / "gpu.lock", self.folder / "times"
        waits = (f"import fcntl, time; time.sleep(0.5); f = open('{lock}', 'a'); fcntl.flock(f, fcntl.LOCK_EX); a = time.time(); time.sleep(0.3);"
                 f"open('{times}', 'a').write(f'back {{a}} {{time.time()}}\\n')")
        front = f"a=$(date +%s.%N); sleep 1; echo front $a $(date +%s.%N) >> {times}"
        back = Command("back", [sys.executable, "-c", waits], 10, 1, needs=(), background=True)
        self.assertEqual(self.run_commands(back, self.shell("one", front), self.shell("two", front)), 0)
        spans = [(float(a), float(b)) for _, a, b in map(str.split, times.read_text().splitlines())]
        spans.sort()
        self.assertEqual(len(spans), 3)
        for before, after in zip(spans, spans[1:]):
            self.assertLessEqual(before[1], after[0])
        self.assertIn("back", times.read_text().splitlines()[1])  # between the two

    def test_a_hanging_background_command_is_killed_at_its_limit(self):
        back = self.shell("back", "trap '' TERM; while true; do sleep 0.1; done", 1, background=True)
        self.assertEqual(self.run_commands(back, self.shell("front", "sleep 8", 20), self.shell("timed", PASSES, timed=True)), 1)
        self.assertEqual(self.records()["back"]["state"], "out of time after 1 s")
        self.assertLess(self.records()["back"]["seconds"], 1 + gpu_runner.GRACE + 1)
        self.assertEqual(list(self.records()), ["back", "front", "timed"])  # recorded as it ended

    def test_a_background_command_that_hangs_with_the_lock_hardly_delays_the_others(self):
        hangs = f"import fcntl, time; f = open('{self.folder}/logs/gpu.lock', 'a'); fcntl.flock(f, fcntl.LOCK_EX); time.sleep(100)"
        back = Command("back", [sys.executable, "-c", hangs], 50, 1, needs=(), background=True)
        with unittest.mock.patch.object(gpu_runner, "HELD", 1):
            self.assertEqual(self.run_commands(back, self.shell("one", "sleep 1"), self.shell("two", PASSES), self.shell("three", PASSES)), 1)
        self.assertLess(self.seconds, 1 + 1 + gpu_runner.GRACE + 2)
        states = {name: entry["state"] for name, entry in self.records().items()}
        self.assertEqual(states.pop("back"), "failed: held the GPU for 1 s")
        self.assertTrue(all(state.startswith("passed") for state in states.values()), states)

    def test_a_timed_command_waits_for_the_background(self):
        order = self.folder / "order"
        self.assertEqual(self.run_commands(self.shell("back", f"sleep 1; echo back >> {order}", background=True),
                                           self.shell("timed", f"echo timed >> {order}", timed=True)), 0)
        self.assertEqual(order.read_text().split(), ["back", "timed"])

    def test_long_logs_are_cut_and_the_screen_is_short(self):
        many = [self.shell(f"bad{i}", "echo 'x.cpp:1: Failure'; seq 9; exit 1") for i in range(60)]
        self.assertEqual(self.run_commands(self.shell("long", "yes 0123456789012345 | head -n 200000"), *many, budget=200), 1)
        self.assertLess((self.folder / "logs" / "long.log").stat().st_size, 1.1 * gpu_runner.LOG_BYTES)
        self.assertLessEqual(len(self.screen.getvalue().splitlines()), gpu_screen.LINES)
        self.assertIn("  and 50 more: bad10, ", self.screen.getvalue())
        self.assertIn("everything: ", self.screen.getvalue())

    def test_the_screen_is_short_for_many_failures(self):
        records = {str(i): {"stage": "s", "command": str(i), "state": f"not run: reason {i}", "message": []} for i in range(100)}
        about = {"commit": "abc", "device": "A GPU", "driver": "1", "date": "today"}
        text = gpu_screen.screen(about, records, {"rows": []}, "out")
        self.assertEqual(len(text.splitlines()), gpu_screen.LINES - 1)
        self.assertIn("everything: ", text.splitlines()[-1])


class Logs(unittest.TestCase):
    def test_messages(self):
        self.assertEqual(gpu_logs.message("[ RUN      ] A.B\nx/a.cpp:7: Failure\nsoftmax[rows=3] cuda≠cpu\n\nmore"),
                         ["x/a.cpp:7: Failure", "softmax[rows=3] cuda≠cpu"])
        self.assertEqual(gpu_logs.message("row a\nadam_step[n=3]  1 ms  WRONG: cuda and cpu differ\n"),
                         ["adam_step[n=3]  1 ms  WRONG: cuda and cpu differ"])
        self.assertEqual(gpu_logs.message("========= COMPUTE-SANITIZER\n========= Invalid __global__ read of size 4 bytes\n=========     at f()\n")[0],
                         "========= Invalid __global__ read of size 4 bytes")
        self.assertEqual(gpu_logs.message("one\n\ntwo\n"), ["one", "two"])

    def test_a_checker_with_findings_fails(self):
        passed = "[       OK ] A.B (1 ms)\n[==========] 1 test ran.\n"
        self.assertEqual(gpu_logs.findings(passed + "========= ERROR SUMMARY: 2 errors\n")[0], "the checker found errors")
        self.assertEqual(gpu_logs.findings(passed + "========= RACECHECK SUMMARY: 1 hazard displayed (1 error, 0 warnings)\n")[0],
                         "the checker found errors")
        self.assertEqual(gpu_logs.findings(passed + "========= ERROR SUMMARY: 0 errors\n"), ("", ["1 test passed", "0 errors"]))
        for log, problem in (("", "the checker printed no summary"),
                             ("========= Error: Device not supported\n========= ERROR SUMMARY: 0 errors\n", "Error: Device not supported"),
                             ("========= ERROR SUMMARY: 0 errors\n========= ERROR SUMMARY: 1 error\n", ""),
                             ("========= ERROR SUMMARY: 0 errors\n", "")):
            found = gpu_logs.findings(passed + log, "compute-sanitizer")[0]
            self.assertEqual(found, problem or ("the checker found errors" if "1 error" in log else ""), log)
        self.assertEqual(gpu_logs.findings("[==========] 0 tests from 0 test suites ran. (0 ms total)\n")[0], "no test ran")


    def test_a_profiler_without_kernels_fails(self):
        self.assertEqual(gpu_logs.findings("==WARNING== No kernels were profiled.\n", "ncu"), ("no kernel was profiled", []))
        self.assertEqual(gpu_logs.findings('==PROF== Profiling "adam" - 0: 0%....100% - 8 passes\n', "ncu"), ("", ["1 kernel profiled"]))

    def test_failed_tests_are_named_with_the_reason_of_the_first(self):
        log = (FIXTURES / "failed_tests.log").read_text()
        self.assertEqual(gpu_logs.failed_tests(log), "2 of 3 tests failed: softmax_xent, relu")
        self.assertEqual(gpu_logs.reason(gpu_logs.message(log)), "softmax_xent[rows=32] loss cuda≠cpu at [3]: 1.5 vs 1.25")
        self.assertEqual(gpu_logs.reason(["a.cpp:3: Skipped", "no second GPU"]), "no second GPU")
        self.assertEqual(gpu_logs.reason(["a.cpp:3: Failure", "Expected equality of these values:", "  a", "    Which is: 3", "  4"]), "a Which is: 3 4")
        self.assertEqual(gpu_logs.reason(["broken"]), "broken")
        self.assertEqual(gpu_logs.unfinished(log), [])
        self.assertEqual(gpu_logs.unfinished(log + "[ RUN      ] A.B\nx\n"), ["in A.B"])


class Plan(unittest.TestCase):
    def setUp(self):
        self.stages = gpu_stages.stages(PLACE)

    def test_names_are_unique(self):
        names = [command.name for stage in self.stages.values() for command in stage.commands]
        self.assertEqual(len(names), len(set(names)))

    def test_compilation_starts_before_the_sanitizers(self):
        names = [command.name for command in gpu_stages.chosen(self.stages, ["speed", "sanitize", "torch"])]
        self.assertEqual(names[names.index("train") + 1:][:2], ["torch_compile", "racecheck"])
        self.assertEqual(gpu_stages.chosen(self.stages, ["torch", "torch_train"])[0].name, "torch_compile")

    def test_each_use_and_each_command_fits_its_time(self):
        for stage in self.stages.values():
            self.assertLessEqual(gpu_stages.estimate([c for c in stage.commands if not c.background]), stage.budget, stage.name)
            for command in stage.commands:
                self.assertLess(command.estimate, command.limit, command.name)
        for use, (names, seconds) in gpu_stages.USES.items():
            commands = gpu_stages.chosen(self.stages, names)
            self.assertLessEqual(gpu_stages.estimate(commands), seconds, use)
            self.assertLessEqual(gpu_stages.most(self.stages, commands), gpu_stages.SITTING, use)

    def test_estimates_cover_the_rows(self):
        if len(sys.argv) < 2:
            self.skipTest("needs the path of tagbench, which ctest passes")
        for command in [c for stage in self.stages.values() for c in stage.commands if c.words[0] == PLACE.bin / "tagbench" and "--seconds" in c.words]:
            words = command.words[1:]
            chosen = [word for flag in ("--filter", "--filling") if flag in words for word in words[words.index(flag):][:1 + (flag == "--filter")]]
            rows = subprocess.run([sys.argv[1], "--list", "--device", "cuda", *chosen], capture_output=True, text=True, check=True).stdout.split("\n")
            seconds = gpu_stages.bench_estimate([row for row in rows if row], command)
            self.assertLessEqual(seconds, command.estimate, f"{command.name}: its rows need {seconds:.0f} s by ROW_SECONDS")
        self.assertRaises(KeyError, gpu_stages.row_estimate, "new_op[n=3]", True)

    def test_every_gpu_test_is_run_by_smoke_or_parity_once(self):
        if len(sys.argv) < 2:
            self.skipTest("needs the path of tagbench, which ctest passes")
        folder, found = pathlib.Path(sys.argv[1]).parent, {}

        def tests_of(program, tests):
            listed = subprocess.run([folder / program, "--gtest_list_tests", tests], capture_output=True, text=True, check=True).stdout
            suite, names = "", []
            for line in listed.splitlines():
                if line.startswith("  "):
                    names.append(suite + line.split("#")[0].strip())
                elif line.endswith(".") or ".  #" in line:
                    suite = line.split("#")[0].strip()
            return names
        for command in [c for stage in ("smoke", "parity") for c in self.stages[stage].commands]:
            if str(command.words[-1]).startswith("--gtest_filter") and "compute-sanitizer" not in command.words and not command.name.endswith(
                    ("-1", "-2", "-3")) and (folder / command.words[0].name).exists():
                tests = tests_of(command.words[0].name, command.words[-1])
                self.assertTrue(tests, f"{command.name} runs no test")
                found.setdefault(command.words[0].name, []).extend(tests)
        for program in [name for name in gpu_build.test_programs() if (folder / name).exists()]:
            self.assertEqual(sorted(found.get(program, [])), sorted(tests_of(program, "--gtest_filter=*Cuda.*")), program)

    def test_models_train_in_the_environment_of_their_commands(self):
        program = pathlib.Path(sys.argv[1]).parent / "models_test" if len(sys.argv) > 1 else None
        if program is None or not program.exists():
            self.skipTest("needs models_test, next to the tagbench that ctest passes")
        for command in gpu_stages.chosen(self.stages, ["models", "resnet", "graphs"]):
            env = {**gpu_runner.environment([]), **command.env, "GTEST_TOTAL_SHARDS": "1", "GTEST_SHARD_INDEX": "0"}
            run = subprocess.run([program, "--gtest_filter=ModelParity.DetectsAChangedWeight*"], env=env, capture_output=True, text=True)
            self.assertIn("[       OK ]", run.stdout, command.name)

    def test_timed_commands_choose_engines_by_timing(self):
        for command in [c for stage in self.stages.values() for c in stage.commands if c.words[0] == PLACE.bin / "tagbench"]:
            self.assertEqual(command.env.get(gpu_stages.BENCHMARK, "0"), "0" if command.name == "versions" else "1", command.name)

    def test_the_main_rows_exist(self):
        if len(sys.argv) < 2:
            self.skipTest("needs the path of tagbench, which ctest passes")
        listed = [subprocess.run([sys.argv[1], "--list", "--device", "cuda", *flags], capture_output=True, text=True, check=True).stdout.split("\n")
                  for flags in ((), ("--filling",))]
        rows = [row for row in listed[0] + listed[1] if row]
        self.assertEqual(sum(re.search(gpu_stages.TRAIN, row) is not None for row in rows), 3)
        self.assertEqual(sum(re.search(gpu_stages.PEER_DECODER, row) is not None for row in rows), 3)
        self.assertEqual(sum(re.search(gpu_stages.DECODER_BITS, row) is not None for row in rows), 6)
        self.assertEqual({row for row in rows if re.search(gpu_stages.FILLING, row)}, {row for row in listed[1] if row})
        for name, pattern in gpu_stages.PROFILED.items():
            self.assertEqual(sum(re.search(pattern, row) is not None for row in rows), 1, name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
