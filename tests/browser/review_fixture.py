"""Opens review pages of a tiny tagger in a browser.

Its tags and the file names could break a page: markup, quotes, emoji, right-to-left text, bytes that are not UTF-8.
"""
import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest

import webdriver
from programs import run

TAGS = ["</script><script>document.title='broken'</script>", "<!-- <script>", "\"double\" & 'single'", "dog, cat", "mountain \U0001f3d4\ufe0f", "שמים",
        "blue sky", "sea", "sky", "tree", "skyline", "Night", "a\\b", "&lt;amp;", "snow", "city"]
FILES = [b"<img src=x onerror=document.title='broken'>.jpg", b"a, b.jpg", b"caf\xe9.jpg", b"line\nbreak.jpg", "\u202egpj.\U0001f3d4.jpg".encode(),
         b"quote\"'&amp;.jpg", b"z1.jpg", b"z2.jpg", b"z3.jpg", b"z4.jpg"]


class ReviewPageCase(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tagloom-review-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        scenes, photos = cls.folder / "scenes", cls.folder / "photos"
        run("tagdata", "scenes", "--images", "40", "--size", "64", "--seed", "3", "--quiet", scenes)
        images = sorted((scenes / "images").iterdir())
        with open(cls.folder / "train.jsonl", "w", encoding="utf-8") as manifest:
            for i, image in enumerate(images[:32]):
                tags = [TAGS[(i + k * 5) % len(TAGS)] for k in range(3)]
                manifest.write(json.dumps({"path": str(image), "tags": tags}) + "\n")
        (cls.folder / "tiny.toml").write_text(
            f'[data]\ntrain = "{cls.folder}/train.jsonl"\nsize = 32\n[backbone]\nname = "small"\n[model]\nkind = "classifier"\n'
            '[train]\nepochs = 1\nbatch_size = 8\ndevice = "cpu"\n', encoding="utf-8")
        run("tagtrain", "-c", cls.folder / "tiny.toml", "-o", cls.folder / "run", "--quiet")
        photos.mkdir()
        for i, name in enumerate(FILES):
            shutil.copy(images[i], os.path.join(os.fsencode(photos), name))
        cls.page = cls.folder / "review.html"
        found = run("tagpredict", cls.folder / "run", photos, "--review", cls.page, "--format", "jsonl", "--top-k", "4", "--quiet")
        cls.suggested = [json.loads(line) for line in found.stdout.splitlines()]
        assert len(cls.suggested) == len(FILES)

    def setUp(self):
        self.downloads = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.browser = webdriver.Browser(self.downloads)
        self.addCleanup(self.browser.close)
        self.browser.open(self.page.as_uri())
        self.ready()

    def tearDown(self):
        self.assertEqual(self.browser.logged_problems(), [])
        self.assertNotEqual(self.browser.script("return document.title"), "broken")

    def ready(self):
        self.browser.wait("return document.body.dataset.ready")

    def chips(self):
        return self.browser.script("return [...document.querySelectorAll('.chip')].map(c => [c.dataset.name, c.getAttribute('aria-pressed') === 'true'])")

    def shown_file(self):
        return self.browser.script("return document.getElementById('name').textContent")

    def counts(self):
        return self.browser.script("return ['all', 'undecided', 'accepted', 'corrected'].map(s => document.getElementById('count-' + s).textContent)")

    def save(self, press=True):
        before = set(self.downloads.iterdir())
        if press:
            self.browser.press("s")
        end = time.monotonic() + webdriver.SECONDS
        while time.monotonic() < end:
            new = [path for path in set(self.downloads.iterdir()) - before if path.suffix == ".jsonl"]
            if new:
                return new[0]
            time.sleep(0.02)
        raise AssertionError("nothing was saved")

    def add_tag(self, typed, *keys):
        self.browser.press("t")
        self.browser.type("#add", typed)
        self.browser.press(*keys)
        self.browser.press("Escape")

    def load(self, file):
        self.browser.script("document.getElementById('banner').hidden = true")
        self.browser.choose_file("#file", file)
        self.browser.wait("return !document.getElementById('banner').hidden")

    def saved_rows(self):
        return [json.loads(line) for line in self.browser.script("return savedText(decisions)").splitlines()]
