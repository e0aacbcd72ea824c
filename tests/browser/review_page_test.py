#!/usr/bin/env python3
"""Tests the page of tagpredict --review in a browser, and the programs that read the file it saves.

    tests/browser/review_page_test.py BIN_DIR

The expected contents are computed from the output of tagpredict --format jsonl.
"""
import base64
import json
import os
import subprocess

import programs
import review_fixture
import webdriver
from programs import run
from review_fixture import FILES, TAGS


class ReviewPage(review_fixture.ReviewPageCase):
    def names(self, i):
        return [tag["tag"] for tag in self.suggested[i]["tags"]]

    def row(self, i, tags, state, added=(), rejected=()):
        path = os.path.join(os.fsencode(self.folder), b"photos", sorted(FILES)[i])
        row = {"path": path.decode(errors="replace")}
        if sorted(FILES)[i] == b"caf\xe9.jpg":
            row["path_bytes"] = base64.b64encode(path).decode()
        row.update(tags=list(tags), state=state, added=list(added), rejected=list(rejected), removed=[])
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"

    def test_decisions_are_saved_read_and_applied(self):
        browser = self.browser
        self.assertEqual(self.counts(), ["10", "10", "0", "0"])
        self.assertEqual([name for name, on in self.chips() if on], self.names(0))
        browser.press("a")                                   # 0 accepted
        chips = [name for name, _ in self.chips()]
        browser.press("2")                                   # 1 corrected: one tag removed; one added by key, one by completion, one typed
        browser.press("5")
        other = next(tag for tag in TAGS if tag not in chips)
        self.add_tag(other[:3], "Enter")
        self.add_tag("new, free tag", "Enter")
        corrected = [self.names(1)[0], *self.names(1)[2:], chips[4], other, "new, free tag"]
        self.assertEqual([name for name, on in self.chips() if on], corrected)
        browser.press("a", "r")                              # 2 rejected
        browser.press("a", "a", "a")                         # 3, 4, 5 accepted
        browser.press("u")                                   # 5 undecided again
        self.assertEqual(self.counts(), ["10", "5", "3", "2"])
        saved = self.save()
        self.assertEqual(saved.name, "review.jsonl")
        expected = self.row(0, self.names(0), "accepted")
        expected += self.row(1, corrected, "corrected", [chips[4], other, "new, free tag"], [self.names(1)[1]])
        expected += self.row(2, [], "corrected", rejected=self.names(2))
        expected += "".join(self.row(i, self.names(i), "accepted") for i in (3, 4))
        self.assertEqual(saved.read_text(encoding="utf-8"), expected)

        inspected = json.loads(run("tagdata", "inspect", "--json", saved).stdout)
        self.assertEqual(inspected["pictures"], 5)
        trained = self.folder / "again.toml"
        trained.write_text((self.folder / "tiny.toml").read_text(encoding="utf-8").replace(f"{self.folder}/train.jsonl", str(saved)), encoding="utf-8")
        run("tagtrain", "-c", trained, "-o", self.folder / "again", "--quiet", "--set", "data.validation_fraction=0")

        run("tagpredict", "--apply", saved, "--format", "xmp", "--quiet")
        lines = run("tagpredict", "--apply", saved, "--format", "jsonl", "--quiet").stdout.splitlines()
        self.assertEqual([[tag["tag"] for tag in json.loads(line)["tags"]] for line in lines],
                         [json.loads(line)["tags"] for line in expected.splitlines()])
        for i, tags in ((0, self.names(0)), (1, corrected), (3, self.names(3))):
            sidecar = os.path.join(os.fsencode(self.folder), b"photos", sorted(FILES)[i] + b".xmp")
            subjects = subprocess.run(["exiv2", "-q", "-Pv", "-K", "Xmp.dc.subject", sidecar], capture_output=True, check=True).stdout
            self.assertEqual(subjects.decode().strip(), ", ".join(tags))

    def test_undo_redo_and_reload_restore_decisions(self):
        browser = self.browser
        browser.press("a", "r", "1")
        self.assertEqual(self.counts(), ["10", "7", "1", "2"])
        without_first_tag = self.chips()
        browser.reload()
        self.ready()
        self.assertEqual(self.counts(), ["10", "7", "1", "2"])
        self.assertEqual(self.shown_file(), sorted(FILES)[3].decode())   # the first undecided picture
        browser.press("k")
        self.assertEqual(self.chips(), without_first_tag)
        browser.press("1")
        self.assertEqual(self.counts(), ["10", "7", "2", "1"])
        browser.press("u")
        self.assertEqual(self.chips(), without_first_tag)
        browser.press("Shift+u")
        self.assertEqual(self.counts(), ["10", "7", "2", "1"])
        browser.press("Control+z")
        self.assertEqual(self.counts(), ["10", "7", "1", "2"])
        browser.press("u")
        self.assertEqual(self.counts(), ["10", "7", "1", "2"])            # nothing left to undo

    def test_filters_by_state_uncertainty_and_tag(self):
        browser = self.browser
        browser.press("a", "r")
        for state, files in (("accepted", [0]), ("corrected", [1]), ("undecided", range(2, 10)), ("all", range(10))):
            browser.click(f"#filter-state label:has([value={state}])")
            self.assertEqual(self.cells(), list(files))
        margins = sorted(self.browser.script("return pictures.map(picture => [picture.margin, picture.index])"))
        browser.script("const box = document.getElementById('filter-uncertainty'); box.value = '0.25'; box.dispatchEvent(new Event('change', {bubbles: true}))")
        self.assertEqual(self.cells(), sorted(i for _, i in margins[:3]))
        browser.script("const box = document.getElementById('filter-order'); box.value = 'uncertainty'; box.dispatchEvent(new Event('change', {bubbles: true}))")
        self.assertEqual(self.cells(), [i for _, i in margins[:3]])
        browser.script("const box = document.getElementById('filter-uncertainty'); box.value = '1'; box.dispatchEvent(new Event('change', {bubbles: true}))")
        browser.script("const box = document.getElementById('filter-order'); box.value = 'listed'; box.dispatchEvent(new Event('change', {bubbles: true}))")
        for tag in ("sky", "dog, cat", TAGS[0]):
            browser.press("f")
            browser.script("document.getElementById('filter-tag').value = ''")
            browser.type("#filter-tag", tag)
            browser.press("Escape", "Escape")
            self.assertEqual(self.cells(), [i for i in range(10) if tag in self.names(i)], tag)

    def cells(self):
        return self.browser.script(
            "return [...document.querySelectorAll('.cell')].sort((a, b) => a.getAttribute('aria-posinset') - b.getAttribute('aria-posinset'))"
            ".map(cell => Number(cell.dataset.index))")

    def test_moves_on_from_a_picture_hidden_by_the_filter(self):
        browser = self.browser
        browser.click("#filter-state label:has([value=undecided])")
        files = [name.decode(errors="replace") for name in sorted(FILES)]
        browser.press("1")                                       # no longer in the grid, but still in the panel
        self.assertEqual(self.shown_file(), files[0])
        self.assertEqual(self.cells(), list(range(1, 10)))
        browser.press("2", "a")
        self.assertEqual(self.shown_file(), files[1])
        browser.press("a", "j", "a")
        self.assertEqual(self.cells(), [2, *range(4, 10)])
        self.assertEqual(self.shown_file(), files[4])

    def test_moves_on_from_a_picture_that_undo_hid(self):
        browser = self.browser
        browser.press("a", "a", "a")
        browser.click("#filter-state label:has([value=accepted])")
        files = [name.decode(errors="replace") for name in sorted(FILES)]
        for keys, file in (((), 0), (("u",), 2), (("j",), 2), (("k",), 1), (("u", "k"), 0), (("j",), 0), (("Shift+u", "k"), 0), (("j",), 1)):
            browser.press(*keys)
            self.assertEqual(self.shown_file(), files[file], keys)

    def test_saved_file_loads_in_another_browser(self):
        self.browser.press("a", "r", "1", "2")
        self.add_tag("skyl", "Enter")
        saved = self.save()
        with webdriver.Browser(self.downloads) as other:
            other.open(self.page.as_uri())
            other.wait("return document.body.dataset.ready")
            other.press("r")                                      # the file's decision replaces this one
            other.choose_file("#file", saved)
            other.wait("return !document.getElementById('banner').hidden")
            self.assertIn("3 decisions, 1 of which replaced others", other.script("return document.getElementById('banner').textContent"))
            self.assertEqual(other.script("return savedText(decisions)"), saved.read_text(encoding="utf-8"))
            other.press("u")
            self.assertEqual(other.script("return decisions.count"), 1)
            for text, problem in (("{", "line 1 is not JSON"), ('{"path": "a"}', "line 1 is not a row of a manifest"),
                                  ('\n{"path": "a", "tags": [], "removed": "b"}', 'line 2: "removed" must be an array of strings')):
                broken = self.downloads / "broken.jsonl"
                broken.write_text(text, encoding="utf-8")
                other.choose_file("#file", broken)
                other.wait("return document.getElementById('banner').textContent.includes(arguments[0])", problem)
            self.assertEqual(other.script("return decisions.count"), 1)

    def test_two_tabs_share_decisions(self):
        browser = self.browser
        browser.press("a")
        first = browser._do("GET", "/window")
        second = browser._do("POST", "/window/new", {"type": "tab"})["handle"]
        browser._do("POST", "/window", {"handle": second})
        browser.open(self.page.as_uri())
        self.ready()
        self.assertEqual(self.counts(), ["10", "9", "1", "0"])
        browser.press("r")
        self.add_tag("harbour", "Enter")                          # in the second tab, of the third picture
        self.save()
        browser._do("POST", "/window", {"handle": first})
        browser.wait("return document.getElementById('count-corrected').textContent === '2'")
        browser.press("j")
        browser.wait("return document.querySelector('[data-name=harbour]')")
        browser.click("[data-name=harbour]")                      # so it is taken back, although this tab did not save it
        self.assertEqual([row["removed"] for row in self.saved_rows()], [[], [], ["harbour"]])

    def test_reports_full_storage(self):
        self.browser.script("""
            for (let size = 1 << 23; size > 0; size >>= 1) {
              try { for (let i = 0; ; ++i) localStorage.setItem('filler' + size + '-' + i, 'x'.repeat(size)); } catch { }
            }""")
        self.browser.press("a")
        self.assertIn("its storage is full", self.browser.script("return document.getElementById('banner').textContent"))
        self.assertEqual(self.counts()[2], "1")
        self.assertEqual(self.save().read_text(encoding="utf-8"), self.row(0, self.names(0), "accepted"))

    def test_controls_have_names_and_fit_a_phone(self):
        unnamed = self.browser.script(
            "return [...document.querySelectorAll('button, input, select')].filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))"
            ".map(e => e.outerHTML)")
        self.assertEqual(unnamed, [])
        for width in (1280, 768, 390, 320):
            self.browser.screen(width, 844, phone=width < 500)
            self.assertLessEqual(self.browser.script("return document.documentElement.scrollWidth"), width)
        self.browser.click("#accept")
        self.browser.click("#show-grid")
        self.browser.wait("return document.querySelectorAll('.cell').length === 10")
        self.browser.click("#cell-3")
        self.assertEqual(self.browser.script("return document.getElementById('panel').checkVisibility()"), True)
        small = self.browser.script("return [...document.querySelectorAll('.chip, #decide button')].filter(e => e.getBoundingClientRect().height < 40).length")
        self.assertEqual(small, 0)

    def test_loads_nothing_external(self):
        policy = self.browser.script("return document.querySelector('meta[http-equiv]').content")
        self.assertIn("default-src 'none'", policy)
        self.assertNotIn("unsafe", policy)
        self.assertEqual(self.browser.script("return performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).map(e => e.name)"), [])


if __name__ == "__main__":
    programs.main()
