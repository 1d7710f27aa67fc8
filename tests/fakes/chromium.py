"""How tests start the browser of this machine."""

from __future__ import annotations

from pathlib import Path

SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """The browser that tests may drive, if this machine has one."""
    candidates = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
    return next((path for path in candidates if Path(path).exists()), None)
