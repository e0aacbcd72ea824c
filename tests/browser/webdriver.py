"""Drives a headless Chromium through chromedriver (the W3C WebDriver protocol), using only the standard library.

    with Browser(downloads=folder) as browser:
        browser.open(pathlib.Path("page.html").as_uri())
        browser.wait("return document.body.dataset.ready")
        browser.press("a")
"""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SECONDS = 120   # for a busy machine
KEYS = {"Enter": "\ue007", "Escape": "\ue00c", "Tab": "\ue004", "Backspace": "\ue003", "ArrowLeft": "\ue012", "ArrowUp": "\ue013",
        "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Home": "\ue011", "End": "\ue010", "Shift": "\ue008", "Control": "\ue009"}


def missing():
    """Returns a message if the browser is not installed, else None."""
    if shutil.which("chromedriver") and shutil.which("chromium"):
        return None
    return "chromium and chromedriver are not installed: third_party/install --tests installs them"


class Browser:
    def __init__(self, downloads=None, width=1280, height=800):
        self.profile = tempfile.mkdtemp(prefix="tagloom-browser-")
        self.driver = self.session = None
        try:
            self.log = open(os.path.join(self.profile, "chromedriver.log"), "wb+")
            self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=self.log, stderr=subprocess.STDOUT)
            self.address = f"http://127.0.0.1:{self._port()}"
            preferences = {"download.prompt_for_download": False}
            if downloads:
                preferences["download.default_directory"] = str(downloads)
            arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--force-color-profile=srgb",
                         f"--window-size={width},{height}", f"--user-data-dir={self.profile}/profile"]
            options = {"binary": shutil.which("chromium"), "args": arguments, "prefs": preferences}
            capabilities = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}, "timeouts": {"script": SECONDS * 1000}}
            self.session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})["sessionId"]
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.session:
            self._call("DELETE", f"/session/{self.session}")
        if self.driver:
            self.driver.terminate()
            self.driver.wait()
            self.log.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def open(self, address):
        self._do("POST", "/url", {"url": address})

    def reload(self):
        self._do("POST", "/refresh", {})

    def script(self, text, *arguments):
        """Runs `text` as the body of a JavaScript function with `arguments`, and returns its result."""
        return self._do("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def wait(self, text, *arguments):
        """Repeats script() until it returns something true."""
        end = time.monotonic() + SECONDS
        while not (value := self.script(text, *arguments)):
            if time.monotonic() > end:
                raise AssertionError(f"did not become true in {SECONDS} s: {text} {arguments}")
            time.sleep(0.02)
        return value

    def find(self, selector):
        return self._do("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self._do("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self._do("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, *keys):
        """Presses each key; "Shift+u" holds the first one."""
        steps = []
        for key in keys:
            names = key.split("+") if len(key) > 1 else [key]
            codes = [KEYS.get(name, name) for name in names]
            steps += [{"type": "keyDown", "value": code} for code in codes] + [{"type": "keyUp", "value": code} for code in reversed(codes)]
        self._do("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": steps}]})

    def choose_file(self, selector, path):
        self._do("POST", f"/element/{self.find(selector)}/value", {"text": str(path)})

    def devtools(self, command, **parameters):
        return self._do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screen(self, width, height, phone=False, dark=False):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=2 if phone else 1, mobile=phone)
        self.devtools("Emulation.setTouchEmulationEnabled", enabled=phone)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])

    def screenshot(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self._do("GET", "/screenshot")))

    def logged_problems(self):
        """Returns what the browser logged since the last call: script errors, violations of the Content-Security-Policy, failed loads."""
        return [entry["message"] for entry in self._do("POST", "/se/log", {"type": "browser"}) if entry["level"] in ("SEVERE", "WARNING")]

    def _port(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            text = pathlib.Path(self.log.name).read_text(errors="replace")
            if found := re.search(r"started successfully on port (\d+)", text):
                return int(found[1])
            if self.driver.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError("chromedriver did not start: " + pathlib.Path(self.log.name).read_text(errors="replace"))

    def _do(self, method, path, body=None):
        return self._call(method, f"/session/{self.session}{path}", body)

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=3 * SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            problem = json.load(error)["value"]
            raise AssertionError(f"{method} {path}: {problem['error']}: {problem['message'].splitlines()[0]}") from None
