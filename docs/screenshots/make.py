#!/usr/bin/python3
"""Makes the screenshots in this folder with headless Chromium, from runs on the built-in scenes.

    ./quickstart
    build/quickstart/bin/tagpredict runs/scenes_multi_order datasets/scenes/images --review runs/review.html
    docs/screenshots/make.py runs [NAME...]

Requires Debian's chromium and python3-pil. A page is a file in the folder of runs, or the URL of a running server. To add a screenshot,
add a line to SHOTS. Each is written as NAME.png with 256 colours, which keeps it below 150 KB.
"""
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image

HERE = Path(__file__).resolve().parent
MOST_BYTES = 150_000


class Shot(NamedTuple):
    name: str
    page: str           # a path in the folder of runs, or a URL
    width: int          # of the window, in pixels
    height: int
    dark: bool = False
    css: str = ""       # added to the page (files only), for example to show one section


def only(*sections):
    """Returns CSS that hides everything but these sections of a report."""
    wanted = "".join(":not(#%s)" % section for section in sections)
    return "header, .numbers, .note:not(section *), section%s { display: none } main { padding-top: 20px } h2 { margin-top: 0 }" % wanted


SHOTS = [
    Shot("report_light", "scenes_multi_order/test_report.html", 1240, 1225),
    Shot("report_dark", "scenes_multi_order/test_report.html", 1240, 1225, dark=True),
    Shot("report_steps", "scenes_rank/test_report.html", 1240, 620, css=only("steps")),
    Shot("report_pairs", "scenes_multi_order/test_report.html", 1240, 620, css=only("pairs")),
    Shot("review", "review.html", 1240, 790),
]


def photograph(shot, runs, folder):
    url = shot.page
    if "://" not in url:
        page = folder / "page.html"
        page.write_text((runs / shot.page).read_text().replace("</head>", "<style>%s</style></head>" % shot.css, 1))
        url = page.as_uri()
    png = folder / "page.png"
    subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--virtual-time-budget=3000",
                    "--user-data-dir=%s" % (folder / "profile"), "--window-size=%d,%d" % (shot.width, shot.height),
                    "--blink-settings=preferredColorScheme=%d" % (0 if shot.dark else 1), "--screenshot=%s" % png, url],
                   check=True, timeout=120, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    out = HERE / (shot.name + ".png")
    Image.open(png).convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE).save(out, optimize=True)
    size = out.stat().st_size
    print("%s: %d KB" % (out, size // 1000))
    if size > MOST_BYTES:
        sys.exit("%s has more than %d bytes: reduce its width or height" % (out, MOST_BYTES))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    runs, names = Path(sys.argv[1]), sys.argv[2:]
    for shot in SHOTS:
        if names and shot.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            photograph(shot, runs, Path(folder))


if __name__ == "__main__":
    main()
