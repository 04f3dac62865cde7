"""Screenshots of pages of a running server, on a desktop and on a phone, to be looked at.

`python -m tests.shots http://127.0.0.1:8000 /tmp/shots / /login/` writes one PNG per page and width.
"""

import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import ARGUMENTS, find_browser

WIDTHS = {"desktop": (1280, 800), "phone": (390, 844)}


def shoot(site, folder, paths, storage_state=None):
    """Write `<path>-<width>.png` into `folder` for every path; return the files written."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=ARGUMENTS + as_root)
        for name, (width, height) in WIDTHS.items():
            context = chromium.new_context(
                locale="zh-CN", viewport={"width": width, "height": height}, storage_state=storage_state
            )
            page = context.new_page()
            for path in paths:
                page.goto(site.rstrip("/") + path)
                stem = "-".join(part for part in path.replace("?", "/").split("/") if part) or "front"
                target = folder / f"{stem}-{name}.png"
                page.screenshot(path=target, full_page=True)
                written.append(target)
            context.close()
        chromium.close()
    return written


if __name__ == "__main__":
    for file in shoot(sys.argv[1], sys.argv[2], sys.argv[3:]):
        sys.stdout.write(f"{file}\n")
