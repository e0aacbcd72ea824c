#!/usr/bin/env python3
"""Tests report.html in a browser: its script, and its layout on a phone.

    tests/browser/report_page_test.py BIN_DIR
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import webdriver

BIN = pathlib.Path()
# Scrolls an element into view and returns its centre after the scrolling, which hides any tooltip, has ended.
CENTRE = """const element = document.querySelectorAll(arguments[0])[arguments[1]];
element.scrollIntoView({block: "center"});
return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
  const box = element.getBoundingClientRect();
  done([box.x + box.width / 2, box.y + box.height / 2]);
})));"""


def run(*words):
    result = subprocess.run([BIN / words[0], *words[1:]], capture_output=True, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False)
    if result.returncode != 0:
        raise AssertionError(f"{words}: {result.stderr.decode(errors='replace')}")


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tagloom-report-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        run("tagdata", "scenes", "--images", "120", "--size", "32", "--seed", "3", "--quiet", cls.folder / "scenes")
        (cls.folder / "tiny.toml").write_text(
            f'[data]\ntrain = "{cls.folder}/scenes/train.tsv"\nvalidation = "{cls.folder}/scenes/val.tsv"\nsize = 32\n'
            '[backbone]\nname = "small"\nfreeze = false\nlayer = "conv5"\n[model]\nkind = "multi_order"\nstate = "features"\nsteps = 3\n'
            '[train]\nepochs = 2\nbatch_size = 8\ndevice = "cpu"\n[decode]\ntop_k = 3\n', encoding="utf-8")
        run("tagtrain", "-c", cls.folder / "tiny.toml", "-o", cls.folder / "run", "--quiet")
        run("tageval", cls.folder / "run", "--data", cls.folder / "scenes/train.tsv", "--quiet", "--report", cls.folder / "page.html")
        cls.browser = webdriver.Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.browser.screen(1240, 900)
        self.browser.open((self.folder / "page.html").as_uri())
        self.addCleanup(lambda: self.assertEqual(self.browser.logged_problems(), []))

    def move(self, x, y):
        self.browser.devtools("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def tooltip_text(self, selector, number, tip):
        """Returns the text of the tooltip `tip` with the pointer on the element; retries if a late scroll event hides it."""
        for _ in range(20):
            x, y = self.browser.script(CENTRE, selector, number)
            self.move(1, 1)
            self.move(x, y)
            if text := self.browser.script("const tip = document.querySelector(arguments[0]); return tip.hidden ? null : tip.textContent", tip):
                return text
        raise AssertionError(f"{selector} shows no tooltip")

    def test_heat_map_cell_shows_its_counts(self):
        row, column, count, total = self.browser.script(
            """const cell = document.querySelectorAll("table.heat td[data-n]")[3], head = cell.closest("table").tHead.rows[0];
            return [cell.parentNode.cells[0].firstChild.textContent, head.cells[cell.cellIndex].textContent, +cell.dataset.n,
                    +cell.parentNode.dataset.n]""")
        self.assertEqual(self.tooltip_text("table.heat td[data-n]", 3, ".tip.over"), f"Of {total} pictures with {row}, {count} ({100 * count / total:.1f}%) also have {column}.")

    def test_table_curve_is_enlarged(self):
        self.assertIn("precision (y axis) against recall (x axis)", self.tooltip_text("td.curve", 0, ".tip.over"))
        self.assertTrue(self.browser.script("return document.querySelector('.tip.over svg').getBoundingClientRect().width >= 290"))

    def test_chart_shows_the_point_under_the_pointer(self):
        self.assertRegex(self.tooltip_text("#precision-recall svg", 0, "#precision-recall .tip"), r"^recall [\d.e-]+precision [\d.e-]+score ≥ ")

    def test_table_sorts_and_filters(self):
        self.browser.click("#tags-table th:nth-child(2) button")
        counts = self.browser.script("return [...document.querySelectorAll('#tags-table tbody tr')].map(row => +row.cells[1].dataset.v)")
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.assertGreater(len(set(counts)), 3)
        self.browser.type("input[data-filter]", "sk")
        names = self.browser.script("return [...document.querySelectorAll('#tags-table tbody tr:not([hidden])')].map(row => row.cells[0].textContent)")
        self.assertEqual(names, ["sky"])

    def test_fits_a_phone_without_horizontal_scrolling(self):
        for dark in (False, True):
            self.browser.screen(390, 844, phone=True, dark=dark)
            self.assertEqual(self.browser.script("return document.documentElement.scrollWidth"), 390)


if __name__ == "__main__":
    if reason := webdriver.missing():
        print("skipped:", reason)
        sys.exit(77)
    BIN = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
