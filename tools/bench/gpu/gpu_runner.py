"""Runs the commands of gpu_stages.py, enforces their time limits whatever they do, and after each command writes its record and an
archive of all logs to the output folder."""
import contextlib
import dataclasses
import fcntl
import glob
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import traceback

import gpu_logs
import gpu_publish
import gpu_stages
import gpu_table
from gpu_stages import GRACE

HELD = 30  # maximum seconds that a background command may hold the GPU lock
FILE_BYTES = 256 << 20  # maximum size of a file that a command writes
LOG_BYTES = 1 << 20  # kept of a log: half from its beginning, half from its end
NO_GPU = 4  # exit code


def answer(words, env=None, seconds=30):
    """The first line that a program prints. Raises OSError or TimeoutExpired; a timeout also kills the program's children."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True, env=env,
                               start_new_session=True)
    try:
        return process.communicate(timeout=seconds)[0].strip().split("\n")[0]
    finally:
        end_group(process.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=1)


def first_line(words, env=None, seconds=30):
    """answer(), or "" if the program fails."""
    try:
        return answer(words, env, seconds)
    except (OSError, subprocess.TimeoutExpired):
        return ""


def cuda_places():
    """Folders with programs, headers and libraries of CUDA and cuDNN: toolkits, then pip packages."""
    python = first_line(["python3", "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"])
    packages = {p for base in {python, sysconfig.get_paths()["purelib"]} if base for p in glob.glob(base + "/nvidia/*")}
    toolkits = ["/usr/local/cuda", *sorted(glob.glob("/usr/local/cuda-*")), "/usr/local/nvidia"]
    return [p for p in [*toolkits, *sorted(packages)] if os.path.isdir(p)]


def extended(env, name, folders):
    """The environment with the existing folders appended to a path variable."""
    there = [f for f in env.get(name, "").split(":") if f]
    more = [f for f in dict.fromkeys(map(str, folders)) if os.path.isdir(f) and f not in there]
    return {**env, name: ":".join(there + more)}


def environment(places):
    """The environment with CUDA's programs in PATH. Only tagbench chooses engines by timing, because the tests compare bits."""
    tools = sorted(glob.glob("/opt/nvidia/nsight-compute/*")) + [p + "/compute-sanitizer" for p in places]
    env = extended(dict(os.environ), "PATH", [p + "/bin" for p in places] + tools)
    return {"OMP_WAIT_POLICY": "passive", "PYTHONDONTWRITEBYTECODE": "1", **env}


SMI_SECONDS = 10
SEES_NONE = "no GPU found: nvidia-smi lists none"


def gpu_name(env):
    """(("NVIDIA H200", "580.1"), ""), or (None, reason)."""
    try:
        smi = answer(["nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader"], env, SMI_SECONDS).split(", ")
    except OSError:
        return None, "nvidia-smi not found: is the NVIDIA driver installed?"
    except subprocess.TimeoutExpired:
        return None, f"nvidia-smi did not answer within {SMI_SECONDS} s"
    return (tuple(smi), "") if len(smi) == 2 else (None, SEES_NONE)


def ending(code):
    """The text of an exit status: "exit code 3", "SIGSEGV"."""
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name if -code in signal.valid_signals() and -code < signal.SIGRTMIN else f"signal {-code}"
    return f"{name}: wrote more than {FILE_BYTES >> 20} MiB" if name == "SIGXFSZ" else name


def end_group(group, stop=signal.SIGKILL):
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, stop)


STOPS = (signal.SIGTERM, signal.SIGINT)


def unblock_signals():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


def as_command():
    """Runs in a command's process before it starts."""
    unblock_signals()
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))  # endless output must not fill the disk


@contextlib.contextmanager
def blocked_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        unblock_signals()


@dataclasses.dataclass
class Running:
    """A started command."""
    command: gpu_stages.Command
    process: subprocess.Popen  # None if the program does not exist
    limit: float
    begin: float = dataclasses.field(default_factory=time.monotonic)
    seconds: float = None  # its duration, once it ended
    asked: float = 0  # signals sent to stop it: 1 SIGTERM, 2 also SIGKILL
    why: str = ""  # reason if it was stopped before its limit

    def late(self):
        return time.monotonic() - self.begin - self.limit


class Runner:
    def __init__(self, place, env, all_stages, seconds):
        self.env, self.all_stages, self.logs = env, all_stages, place.logs
        self.gpu, self.no_gpu = gpu_name(env)
        self.ours = extended(env, "LD_LIBRARY_PATH", [p + sub for p in cuda_places() for sub in ("/lib64", "/lib")])
        self.has_torch = None
        self.run_id = f"{time.time():.3f}"
        self.seconds = seconds
        self.end = time.monotonic() + seconds
        self.in_background = []  # commands in the background
        self.state = {"pids": {}, "ends": {}}  # running process groups; end of each stage's time

    # --- before a command

    def missing(self, command):
        for need in command.needs:
            if self.no_gpu and (need == "gpu" or need == "nvidia-smi" and self.no_gpu != SEES_NONE):
                return self.no_gpu
            if need == "torch":
                if self.has_torch is None:
                    find = "import importlib.util; print(importlib.util.find_spec('torch') is not None)"  # importing it is slow
                    self.has_torch = first_line(["python3", "-c", find], self.env) == "True"
                if not self.has_torch:
                    return "python3 has no torch"
            if need in ("ncu", "compute-sanitizer") and not shutil.which(need, path=self.env["PATH"]):
                return f"{need} not found"
        return ""

    def limit(self, command):
        now = time.monotonic()
        if command.background:
            return min(command.limit, self.end - now)
        end_of_stage = self.state["ends"].setdefault(command.stage, now + self.all_stages[command.stage].budget)
        return min(command.limit, self.end - now, end_of_stage - now)

    def spent(self, command):
        if self.end - time.monotonic() < 1:
            return f"--limit {self.seconds:g} is used up"
        return f"stage {command.stage} has used its {self.all_stages[command.stage].budget:g} s"

    def keep_state(self):
        """Saves the state for the parent, which continues from it if this process is killed."""
        gpu_table.write(self.logs / "state", self.state)

    def start(self, command):
        log = open(self.logs / f"{command.name}.log", "w", encoding="utf-8")
        words = [os.fspath(word) for word in command.words]
        # PyTorch and CUDA's tools find their own libraries, and so do our programs below such a tool.
        ours = words[0] not in ("python3", "ncu", "compute-sanitizer") or "cudnn_facts" in words[1]
        env = {**(self.ours if ours else self.env), **command.env}
        if command.group:
            env["OMP_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // gpu_stages.SHARDS))
        try:
            with blocked_signals():  # until its process ID is saved
                process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env,
                                           start_new_session=True, preexec_fn=as_command)
                self.state["pids"][command.name] = process.pid
                self.keep_state()
            return process
        except OSError as error:
            log.write(f"{error}\n")
            return None
        finally:
            log.close()

    # --- after it

    def record(self, command, state, seconds, limit, code=None, lines=()):
        words = " ".join(os.fspath(word) for word in command.words)
        entry = {"run": self.run_id, "stage": command.stage, "command": command.name, "state": state, "seconds": round(seconds, 2),
                 "limit": round(limit, 1), "exit_code": code, "message": list(lines), "words": words}
        with open(self.logs / "commands.jsonl", "a", encoding="utf-8") as out:
            out.write(json.dumps(entry) + "\n")
            out.flush()
            os.fsync(out.fileno())
        print(f"{command.stage:9s} {command.name:22s} {state} ({seconds:.1f} s)", file=sys.stderr, flush=True)

    def poll(self, front=()):
        """Notices commands that ended, stops late ones, and records finished background commands. tagbench and torch_peer.py write
        their results after each row. Gives up on a command that even SIGKILL does not end, such as one stuck in a driver."""
        for running in [*front, *self.in_background]:
            late = running.late()
            if running.seconds is not None:
                continue
            if running.process is None or running.process.poll() is not None or late > 2 * GRACE:
                running.seconds = time.monotonic() - running.begin
            elif late > running.asked * GRACE:
                end_group(running.process.pid, (signal.SIGTERM, signal.SIGKILL)[running.asked])
                running.asked += 1
        for running in [r for r in self.in_background if r.seconds is not None]:
            self.in_background.remove(running)
            self.record_end(running)

    def finish(self, front):
        while any(running.seconds is None for running in front):
            self.poll(front)
            time.sleep(0.02)
        for running in front:
            self.record_end(running)

    def record_end(self, running):
        command, code = running.command, 127
        if running.process is not None:
            end_group(running.process.pid)  # children that still run
            self.state["pids"].pop(command.name, None)
            self.keep_state()
            code = None if running.asked else running.process.returncode
        log = self.logs / f"{command.name}.log"
        text = log.read_text(encoding="utf-8", errors="replace")
        if len(text) > LOG_BYTES:
            text = text[:LOG_BYTES // 2] + "\n[... cut ...]\n" + text[-LOG_BYTES // 2:]
            log.write_text(text, encoding="utf-8")
        problem, details = gpu_logs.findings(text, command.words[0])
        if self.gpu and "not found" in gpu_logs.libraries(text):
            problem = problem or "the GPU needs both libraries"
        if code is None:
            state = f"failed: {running.why}" if running.why else f"out of time after {running.limit:.0f} s"
            details += gpu_logs.unfinished(text)
        elif code != 0:
            state, details = f"failed: {ending(code)}", details + gpu_logs.unfinished(text)
            if code == 1 and (tests := gpu_logs.failed_tests(text)):
                state, details = tests, []
        else:
            state = f"failed: {problem}" if problem else "passed"
        message = [] if state == "passed" else gpu_logs.message(text)
        self.record(command, ", ".join([state, *details]), running.seconds, running.limit, code, message)

    # --- all of them

    def run(self, commands, publish):
        """Runs the commands one after another, those of a group together, and a background command alongside later untimed ones."""
        lock = open(self.logs / "gpu.lock", "w", encoding="utf-8")
        for batch in gpu_stages.batches(commands):
            if batch[0].timed:
                self.join(publish)
            front = []
            self.limit(batch[0])  # starts the stage's clock, before waiting for the lock
            time.sleep(0.05 if self.in_background else 0)  # lets a background command take the lock
            with self.locked(lock):
                for command in batch:
                    reason, limit = self.missing(command), self.limit(command)
                    if reason or limit < 1:
                        self.record(command, f"not run: {reason or self.spent(command)}", 0, max(0, limit))
                        continue
                    (self.in_background if command.background else front).append(Running(command, self.start(command), limit))
                self.finish(front)
            publish()
        self.join(publish)

    def stop(self, number, _):
        for group in self.state["pids"].values():
            end_group(group)
        os._exit(128 + number)

    def join(self, publish):
        if self.in_background:
            while self.in_background:
                self.poll()
                time.sleep(0.02)
            publish()

    @contextlib.contextmanager
    def locked(self, lock):
        """Holds the GPU lock, for which a background program waits before it times. If that program has the lock, waits until it is
        released; a program that holds it for more than HELD seconds counts as hanging."""
        begin = time.monotonic()
        while self.in_background:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                for running in self.in_background:
                    if time.monotonic() - begin > HELD and not running.why:
                        running.why, running.limit = f"held the GPU for {HELD} s", time.monotonic() - running.begin
                self.poll()
                time.sleep(0.02)
        try:
            yield
        finally:
            fcntl.flock(lock, fcntl.LOCK_UN)


def run(place, out, env, about, all_stages, commands, seconds=float("inf")):
    """Runs the commands, prints the last screen and returns the exit code. A child does the work, so that even a command that kills
    its own parent is recorded, and the next child runs the rest."""
    place.logs.mkdir(parents=True, exist_ok=True)
    for command in commands:  # files of an earlier run
        (place.logs / f"{command.name}.log").unlink(missing_ok=True)
        if command.rows:
            (place.logs / command.rows).unlink(missing_ok=True)
    runner = Runner(place, env, all_stages, seconds)
    about = {"device": runner.gpu[0] if runner.gpu else "no GPU", "driver": runner.gpu[1] if runner.gpu else "none", **about}
    publish_all = lambda: gpu_publish.publish(place.logs, out, about, all_stages, runner.run_id)
    stopped, child = [], 0

    def stop(number, _):
        stopped.append(number)
        if child:
            os.kill(child, signal.SIGTERM)
    previous = {number: signal.signal(number, stop) for number in STOPS}
    left = list(commands)
    while left and not stopped:
        runner.keep_state()
        child = os.fork()
        if child == 0:
            work_as_child(runner, left, publish_all)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0:
            break
        runner.state = gpu_table.read(place.logs / "state")
        done = gpu_publish.read_records(place.logs, runner.run_id)
        left = [command for command in left if command.name not in done]
        ended = [command for command in left if command.name in runner.state["pids"]] or left[:1]
        why = "not finished: the run was stopped" if stopped else f"failed: killed gpu_run's worker ({ending(status)})"
        for command in ended:
            end_group(runner.state["pids"].pop(command.name, child))
            runner.record(command, why, 0, command.limit)
        left = [command for command in left if command not in ended]
    for number, handler in previous.items():
        signal.signal(number, handler)
    print(publish_all())
    if stopped:
        return 128 + stopped[0]
    if runner.gpu is None and any("gpu" in command.needs for command in commands):
        return NO_GPU
    states = {name: entry["state"] for name, entry in gpu_publish.read_records(place.logs, runner.run_id).items()}
    return 0 if all(states.get(command.name, "").startswith("passed") for command in commands) else 1


def work_as_child(runner, commands, publish_all):
    for number in STOPS:
        signal.signal(number, runner.stop)
    os.setsid()
    code = 1
    try:
        runner.run(commands, publish_all)
        code = 0
    except Exception:  # the parent records it
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)
