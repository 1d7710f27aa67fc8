#!/usr/bin/env bash
# The browser of the browser tests: Debian's chromium, with a Chinese font.
set -euo pipefail
command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi 'cjk' && exit 0
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "setup: please install chromium and a Chinese font (Debian: chromium fonts-noto-cjk); browser tests are skipped without" >&2
    exit 0
fi
echo "setup: chromium and a Chinese font"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk >/dev/null
