#!/usr/bin/env python3
"""Tests what a review page, and tagpredict --apply with its file, do with the keywords that a picture has.

    tests/browser/review_keywords_test.py BIN_DIR

exiftool reads the keywords.
"""
import json
import os
import shutil
import subprocess

import programs
import review_fixture
import webdriver
from programs import run


class ReviewKeywords(review_fixture.ReviewPageCase):
    def keywords(self):
        found = subprocess.run(["exiftool", "-j", "-XMP-dc:Subject", self.photo.with_name("a.jpg.xmp")], capture_output=True, check=True).stdout
        subject = json.loads(found)[0].get("Subject", [])
        return subject if isinstance(subject, list) else [subject]

    def open_library(self, keywords, top_k):
        """Opens the page of one picture whose sidecar has these keywords, and returns the suggested tags."""
        self.photo = self.downloads / "photos" / "a.jpg"
        self.photo.parent.mkdir(exist_ok=True)
        shutil.copy(self.folder / "scenes" / "images" / sorted(os.listdir(self.folder / "scenes" / "images"))[0], self.photo)
        items = "".join(f"<rdf:li>{keyword}</rdf:li>" for keyword in keywords)
        self.photo.with_name("a.jpg.xmp").write_text(
            "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' "
            f"xmlns:dc='http://purl.org/dc/elements/1.1/'><dc:subject><rdf:Bag>{items}</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>",
            encoding="utf-8")
        page = self.downloads / "library.html"
        found = run("tagpredict", self.folder / "run", self.photo, "--review", page, "--format", "jsonl", "--top-k", str(top_k), "--quiet")
        self.browser.open(page.as_uri())
        self.ready()
        return [tag["tag"] for tag in json.loads(found.stdout)["tags"]]

    def photo_row(self, tags, state, added=(), rejected=(), removed=()):
        return {"path": str(self.photo), "tags": list(tags), "state": state, "added": list(added), "rejected": list(rejected), "removed": list(removed)}

    def apply(self, saved):
        run("tagpredict", "--apply", saved, "--format", "xmp", "--quiet")

    def test_an_old_file_decides_only_the_tags_in_it(self):
        names = self.open_library(["holiday"], top_k=3)
        self.browser.press("3")                                   # the second suggestion
        old = self.save()
        self.assertEqual(self.saved_rows(), [self.photo_row(["holiday", names[0], names[2]], "corrected", rejected=[names[1]])])
        more = self.open_library(["holiday", "Paris"], top_k=5)
        self.assertEqual(more[:3], names)
        self.load(old)
        decided = self.photo_row(["holiday", "Paris", names[0], names[2]], "corrected", rejected=[names[1]])
        self.assertEqual(self.saved_rows(), [decided])
        self.browser.press("7")                                   # the last suggestion, on and off again: now it is rejected
        self.assertEqual(self.saved_rows()[0]["tags"], [*decided["tags"], more[4]])
        self.browser.press("7")
        self.assertEqual(self.saved_rows(), [{**decided, "rejected": [names[1], more[4]]}])
        self.apply(self.save())
        self.assertEqual(self.keywords(), decided["tags"])

    def test_opened_files_match_tags_without_regard_to_case(self):
        names = self.open_library([], top_k=3)
        tag = next(name for name in names if name.swapcase() != name and "<" not in name)
        others = [name for name in names if name != tag]
        self.open_library([tag.swapcase()], top_k=3)
        file = self.downloads / "other.jsonl"
        file.write_text(json.dumps({"path": str(self.photo), "tags": [tag, others[0].upper(), "harbour"]}), encoding="utf-8")
        self.load(file)
        added = ["harbour"]
        self.assertEqual(self.saved_rows(), [self.photo_row([tag.swapcase(), others[0], *added], "corrected", added=added)])
        self.browser.press("1")                                   # also removes the model's spelling
        self.assertEqual(self.saved_rows()[0]["removed"], [tag.swapcase(), tag])

    def test_reject_all_keeps_what_the_reviewer_added(self):
        names = self.open_library(["holiday", "work"], top_k=2)
        chips = [name for name, _ in self.chips()]
        self.browser.press("2", "5")                              # "work" off, a less likely tag on
        self.add_tag("harbour", "Enter")
        self.browser.press("r")
        self.assertEqual(self.saved_rows(), [self.photo_row(["holiday", chips[4], "harbour"], "corrected", added=[chips[4], "harbour"],
                                                              rejected=names, removed=["work"])])

    def test_a_saved_tag_that_is_taken_back_is_removed(self):
        browser = self.browser
        names = self.open_library(["holiday"], top_k=1)
        for tag in ("one", "typo"):
            self.add_tag(tag, "Enter")
        browser.click("[data-name=typo]")                         # was in no file
        saved = self.save()
        self.apply(saved)
        self.assertEqual(self.keywords(), ["holiday", names[0], "one"])
        browser.reload()
        self.ready()
        browser.click("[data-name=one]")
        self.add_tag("two", "Enter")
        second = self.photo_row(["holiday", names[0], "two"], "corrected", added=["two"], removed=["one"])
        self.assertEqual(self.saved_rows(), [second])
        self.apply(self.save())
        self.assertEqual(self.keywords(), second["tags"])
        with webdriver.Browser() as other:                        # without what the first browser stores
            other.open((self.downloads / "library.html").as_uri())
            other.wait("return document.body.dataset.ready")
            other.choose_file("#file", saved)
            other.wait("return !document.getElementById('banner').hidden")
            other.click("[data-name=one]")
            self.assertEqual(json.loads(other.script("return savedText(decisions)"))["removed"], ["one"])
            other.press("u", "u", "a")                            # nothing of the file is left
            self.assertEqual(json.loads(other.script("return savedText(decisions)"))["removed"], [])

    def test_keywords_keep_their_spelling(self):
        keywords = ["new\nyork", "old  town", "Dog", "dog", ":|", "|_|", "darktable|format|jpg"]
        names = self.open_library(keywords, top_k=1)
        self.assertEqual([name for name, _ in self.chips()][:6], ["new york", "old  town", "Dog", *keywords[4:]])
        for typed in ("New york", "old town", "DARKTABLE|format|jpg"):
            self.add_tag(typed, "Enter")
        self.assertEqual(self.saved_rows(), [])                   # they are on already
        self.browser.press("a")
        kept = [keyword for keyword in keywords if keyword not in ("new\nyork", "dog")]
        self.assertEqual(self.saved_rows(), [self.photo_row([*kept, names[0]], "accepted")])   # a manifest cannot contain line breaks
        self.apply(self.save())
        self.assertEqual(self.keywords(), [*keywords, names[0]])
        self.browser.press(*"123456")
        self.assertEqual(self.saved_rows(), [self.photo_row([names[0]], "corrected", removed=keywords)])
        self.load(self.save())
        self.assertEqual(self.saved_rows(), [self.photo_row([names[0]], "corrected", removed=keywords)])
        self.browser.press(*"456")
        self.assertEqual(self.saved_rows(), [self.photo_row([*keywords[4:], names[0]], "corrected", removed=keywords[:4])])
        self.apply(self.save())
        self.assertEqual(self.keywords(), [*keywords[4:], names[0]])
        self.browser.press(*"456")
        self.apply(self.save())
        self.assertEqual(self.keywords(), [names[0]])


if __name__ == "__main__":
    programs.main()
