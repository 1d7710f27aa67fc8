#!/usr/bin/env bash
# Pin the newest versions that fit into requirements/*.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
lock() { # INPUT OUTPUT PYTHON OPTIONS...
    .venv/bin/uv pip compile --quiet --upgrade --python-version "$3" --custom-compile-command "make lock" "$1" -o "$2" "${@:4}"
    # The CPU build carries a local version that other machines' registries do not know.
    sed -i -E 's/^(torch==[0-9.]+)\+cpu/\1/' "$2"
}
lock pyproject.toml requirements/app.txt 3.11
lock pyproject.toml requirements/dev.txt 3.11 --extra dev
lock requirements/nlu.in requirements/nlu.txt 3.10
