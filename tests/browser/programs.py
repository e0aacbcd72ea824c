"""Runs Tagloom's programs for the tests of pages in a browser, and trains a tiny tagger with them."""
import os
import pathlib
import subprocess
import sys
import unittest

import webdriver

BIN = pathlib.Path()   # set by main()
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def run(*words, code=0):
    result = subprocess.run([BIN / words[0], *words[1:]], capture_output=True, env=ENVIRONMENT, check=False)
    if result.returncode != code:
        raise AssertionError(f"{words} exited with {result.returncode}, not {code}: {result.stderr.decode(errors='replace')}")
    return result


def start(*words):
    """Starts a program whose output can be read."""
    return subprocess.Popen([BIN / words[0], *words[1:]], stdout=subprocess.PIPE, env=ENVIRONMENT)


def train_on_scenes(folder, images, epochs):
    """Draws folder/scenes and trains a multi-order tagger of three steps, folder/run, on them."""
    run("tagdata", "scenes", "--images", str(images), "--size", "32", "--seed", "3", "--quiet", folder / "scenes")
    (folder / "tiny.toml").write_text(
        f'[data]\ntrain = "{folder}/scenes/train.tsv"\nvalidation = "{folder}/scenes/val.tsv"\nsize = 32\n'
        '[backbone]\nname = "small"\nfreeze = false\nlayer = "conv5"\n[model]\nkind = "multi_order"\nstate = "features"\nsteps = 3\n'
        f'[train]\nepochs = {epochs}\nbatch_size = 8\ndevice = "cpu"\n[decode]\ntop_k = 3\n', encoding="utf-8")
    run("tagtrain", "-c", folder / "tiny.toml", "-o", folder / "run", "--quiet")


def main(needs="tagpredict"):
    """Runs the tests of the program, which is called with the folder of Tagloom's programs. `needs` is one of them."""
    global BIN
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    if reason := webdriver.missing() or (None if (BIN / needs).exists() else f"this build has no {needs}"):
        print("skipped:", reason)
        sys.exit(77)
    unittest.main(module="__main__", verbosity=2)
