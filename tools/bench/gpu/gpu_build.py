"""The build of gpu_pack and gpu_report: targets, architecture, and where headers and libraries are found."""
import os
import pathlib
import re
import shutil
import subprocess

import gpu_runner

ROOT = pathlib.Path(__file__).resolve().parents[3]
CARRY = ROOT / "third_party" / "carry" / "usr"  # made by third_party/carry_along, for a machine without the packages
HEADERS = ("cudnn.h", "cublasLt.h", "cuda_runtime.h", "nccl.h")


def test_programs():
    """The test programs with a suite for the GPU."""
    rooms = {path.parts[-2] if path.parts[-3] == "tests" else path.parts[-3] for path in (ROOT / "tests").glob("**/*_test.cpp")
             if "GpuTest" in path.read_text(encoding="utf-8")}
    return tuple(sorted(room + "_test" for room in rooms))


def architecture(env):
    capability = gpu_runner.first_line(["nvidia-smi", "--query-gpu=compute_cap", "--format=csv,noheader"], env, gpu_runner.SMI_SECONDS)
    return capability.replace(".", "") + "-real" if re.fullmatch(r"\d+\.\d", capability) else "90-real"


def header_folders(places):
    """The first folder with each header; the libraries may come from several packages."""
    found = [next((p + "/include" for p in places if os.path.exists(f"{p}/include/{header}")), None) for header in HEADERS]
    return list(dict.fromkeys(folder for folder in found if folder))


def environment(places):
    """The environment of gpu_runner, with the headers and libraries of CUDA and third_party/carry after the system's."""
    arch = CARRY / "lib" / "x86_64-linux-gnu"
    env = gpu_runner.extended(gpu_runner.environment(places), "CPATH",
                              header_folders(places) + [CARRY / "include", CARRY / "include" / "x86_64-linux-gnu"])
    return gpu_runner.extended(env, "LD_LIBRARY_PATH", [arch, arch / "blas"])


def commands(build, architecture, targets, *flags):
    """The commands that configure and compile."""
    configure = ["cmake", "-S", ROOT, "-B", build, "-DCMAKE_BUILD_TYPE=Release", "-DTAGLOOM_CUDA=ON", "-DTAGLOOM_UNITY=ON",
                 f"-DTAGLOOM_CUDA_ARCHITECTURES={architecture}", *flags, *(["-G", "Ninja"] if shutil.which("ninja") else [])]
    if CARRY.is_dir():
        arch = CARRY / "lib" / "x86_64-linux-gnu"
        configure += [f"-DCMAKE_PREFIX_PATH={CARRY}", f"-DCMAKE_LIBRARY_PATH={arch}", f"-DGTest_DIR={arch / 'cmake' / 'GTest'}",
                      f"-Dtomlplusplus_DIR={arch / 'cmake' / 'tomlplusplus'}"]
    return [configure, ["cmake", "--build", build, "--parallel", str(os.cpu_count()), "--target", *targets]]


def commit():
    name = gpu_runner.first_line(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"])
    changed = gpu_runner.first_line(["git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no"])
    return (name + ("+" if changed else "")) or "unknown"


def write_row_names(tagbench, file):
    """Writes the names of all rows, from which torch_peer.py selects."""
    listed = [subprocess.run([tagbench, "--device", "cuda", "--list", *flags], capture_output=True, text=True, check=True).stdout
              for flags in ((), ("--filling",))]
    file.write_text("".join(listed), encoding="utf-8")
