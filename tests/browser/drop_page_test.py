#!/usr/bin/env python3
"""Tests the page of tagserve in a browser: tags of chosen pictures, and the sentences that it shows for failed requests.

    tests/browser/drop_page_test.py BIN_DIR
"""
import http.server
import os
import pathlib
import shutil
import tempfile
import threading
import unittest
import urllib.request

import programs
import webdriver

SHOWN = "return document.querySelector('#pictures .problem, #pictures .row span')?.textContent"


class OtherServer(http.server.BaseHTTPRequestHandler):
    """Serves the page of tagserve, and the response `answer` to every picture."""
    page = policy = None
    answer = 200, "", {}
    pictures = 0

    def do_GET(self):
        self.respond(200, self.page, {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": self.policy})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        OtherServer.pictures += 1
        self.respond(*self.answer)

    def respond(self, status, body, fields):
        self.send_response(status)
        for name, value in {**fields, "Content-Length": len(body.encode())}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


class DropPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tagloom-drop-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        programs.train_on_scenes(cls.folder, images=60, epochs=1)
        cls.picture = next((cls.folder / "scenes/images").glob("*.jpg"))
        server = programs.start("tagserve", cls.folder / "run", "--port", "0", "-q")
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.stdout.close)
        cls.addClassCleanup(server.terminate)
        cls.url = server.stdout.readline().decode().strip().removeprefix("url=")
        with urllib.request.urlopen(cls.url) as page:
            OtherServer.page, OtherServer.policy = page.read().decode(), page.headers["Content-Security-Policy"]
        other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OtherServer)
        cls.addClassCleanup(other.server_close)
        cls.addClassCleanup(other.shutdown)
        threading.Thread(target=other.serve_forever, daemon=True).start()
        cls.other = f"http://127.0.0.1:{other.server_address[1]}/"
        cls.browser = webdriver.Browser()
        cls.addClassCleanup(cls.browser.close)

    def shown(self, url):
        """Returns what the page shows for the picture: its best tag, or a problem."""
        self.browser.open(url)
        self.browser.choose_file("#files", self.picture)
        return self.browser.wait(SHOWN)

    def shown_for(self, status, body, **fields):
        OtherServer.answer, OtherServer.pictures = (status, body, {"Retry-After": "0", **fields}), 0
        return self.shown(self.other)

    def test_shows_the_tags_of_tagpredict(self):
        line = programs.run("tagpredict", self.folder / "run", self.picture, "--quiet").stdout.decode()
        self.browser.logged_problems()  # those of other tests
        self.assertEqual(self.shown(self.url), line.strip().split("\t")[1].split(",")[0])
        self.assertEqual(self.browser.logged_problems(), [])

    def test_fits_every_screen(self):
        for width, phone in ((1240, False), (390, True)):
            self.browser.screen(width, 800, phone)
            self.shown(self.url)
            self.assertLessEqual(self.browser.script("return document.documentElement.scrollWidth"), width)
            if folder := os.environ.get("TAGLOOM_SCREENSHOTS"):
                self.browser.screenshot(pathlib.Path(folder) / f"drop_page_{width}.png")
        self.browser.screen(1240, 800)

    def test_tries_again_while_the_server_is_busy(self):
        self.assertEqual(self.shown_for(503, ""), "The server responded with status 503.")
        self.assertEqual(OtherServer.pictures, 20)
        self.assertEqual(self.shown_for(503, '{"error":"the server has too many pictures to tag: try again"}'),
                         "the server has too many pictures to tag: try again")

    def test_shows_a_sentence_for_every_response(self):
        for status, body, sentence in ((400, '{"error":"the picture: is not a picture"}', "the picture: is not a picture"),
                                       (502, "<html>Bad Gateway</html>", "The server responded with status 502."),
                                       (500, "null", "The server responded with status 500."),
                                       (200, "<html>Log in</html>", "The server responded with status 200."),
                                       (401, "", "The token is missing or wrong.")):
            with self.subTest(status=status):
                self.assertEqual(self.shown_for(status, body), sentence)
                self.assertEqual(OtherServer.pictures, 1)


if __name__ == "__main__":
    programs.main(needs="tagserve")
