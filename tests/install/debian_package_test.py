#!/usr/bin/env python3
"""Installs the Debian packages on a clean Debian 12 and runs the tools there: debian_package_test.py BUILD_FOLDER.

Needs root, debootstrap and Debian's packages over the network; without them it is skipped (exit code 77).
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77
MIRROR = "http://deb.debian.org/debian"


def run(words, **options):
    result = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(words)}: exit code {result.returncode}\n{result.stdout}")
    return result.stdout


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIPPED)


def make_root(folder):
    """A minimal Debian 12 in `folder`."""
    result = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", folder, MIRROR], capture_output=True, text=True)
    if result.returncode != 0:
        if "Failed getting release file" in result.stdout + result.stderr:
            skip(f"{MIRROR} cannot be reached")
        sys.exit(f"debootstrap: exit code {result.returncode}\n{result.stdout[-2000:]}{result.stderr}")
    shutil.copy("/etc/resolv.conf", folder + "/etc/resolv.conf")


def main(build):
    if os.geteuid() != 0:
        skip("chroot needs root")
    if not shutil.which("debootstrap"):
        skip("debootstrap is not installed")
    with tempfile.TemporaryDirectory() as work:
        run(["cpack", "-G", "DEB", "-B", work + "/packages"], cwd=build)
        root = work + "/root"
        make_root(root)
        tools, development = (glob.glob(f"{work}/packages/{name}_*.deb")[0] for name in ("tagloom", "tagloom-dev"))
        for package in (tools, development):
            shutil.copy(package, root + "/tmp")

        def inside(*words):
            return run(["chroot", root, "/usr/bin/env", "-i", "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                        "DEBIAN_FRONTEND=noninteractive", "OMP_NUM_THREADS=1", *words])

        before = set(inside("find", "/usr", "-not", "-type", "d", "-path", "*tagloom*").split())
        assert not before, before
        inside("apt-get", "update")
        inside("apt-get", "install", "-y", "--no-install-recommends", "/tmp/" + os.path.basename(tools))
        assert "tagtrain 0." in inside("tagtrain", "--version")
        inside("tagdata", "scenes", "--images", "200", "--size", "32", "--seed", "7", "-q", "/root/datasets/scenes")
        inside("sh", "-c", "cd /root && tagtrain -q -c /usr/share/tagloom/configs/scenes_multi_order.toml -o run "
                           "--set train.epochs=1 --set data.size=32")
        tagged = inside("sh", "-c", "cd /root && tagpredict run datasets/scenes/images --scores --top-k 3 -q")
        lines = tagged.splitlines()
        assert len(lines) == 200 and all(line.count(":") == 3 for line in lines), tagged[:500]
        for file in ("man/man1/tagtrain.1.gz", "man/man5/tagloom-settings.5.gz", "bash-completion/completions/tagtrain",
                     "zsh/site-functions/_tagtrain", "fish/vendor_completions.d/tagtrain.fish", "doc/tagloom/README.md"):
            assert os.path.getsize(f"{root}/usr/share/{file}") > 100, file
        assert inside("sh", "-c", "find /usr/include/tagloom 2>/dev/null | wc -l").strip() == "0"

        planned = inside("apt-get", "install", "--simulate", "-y", "--no-install-recommends",
                         "/tmp/" + os.path.basename(development))
        assert "Inst tagloom-dev " in planned and "Inst libdnnl-dev " in planned, planned[-2000:]
        inside("dpkg", "--unpack", "/tmp/" + os.path.basename(development))   # without its dependencies: no compiler is needed
        assert os.path.exists(root + "/usr/include/tagloom/tagloom.h")
        inside("dpkg", "--purge", "tagloom-dev", "tagloom")
        left = inside("find", "/usr", "-path", "*tagloom*").split()
        assert not left, left


if __name__ == "__main__":
    main(sys.argv[1])
