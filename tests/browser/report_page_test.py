#!/usr/bin/env python3
"""Tests report.html in a browser: its script, and its layout on a phone.

    tests/browser/report_page_test.py BIN_DIR
"""
import pathlib
import shutil
import tempfile
import unittest

import programs
import webdriver

# Scrolls an element into view and returns its centre after the scrolling, which hides any tooltip, has ended.
CENTRE = """const element = document.querySelectorAll(arguments[0])[arguments[1]];
element.scrollIntoView({block: "center"});
return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
  const box = element.getBoundingClientRect();
  done([box.x + box.width / 2, box.y + box.height / 2]);
})));"""


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tagloom-report-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        programs.train_on_scenes(cls.folder, images=120, epochs=2)
        programs.run("tageval", cls.folder / "run", "--data", cls.folder / "scenes/train.tsv", "--quiet", "--report", cls.folder / "page.html")
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
    programs.main()
