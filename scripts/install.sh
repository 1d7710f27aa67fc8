#!/usr/bin/env bash
# Install one of the environments: app (the assistant), dev (what its tests need on top), nlu (Rasa, on Python 3.10).
set -euo pipefail
cd "$(dirname "$0")/.."
what=$1
uv=.venv/bin/uv

# uv does not read pip's configuration: hand it the places where this machine keeps wheels.
links=${PIP_FIND_LINKS:-}
[ -n "$links" ] || links=$(python3 -m pip config get global.find-links 2>/dev/null || true)
[ -z "$links" ] || export UV_FIND_LINKS=${UV_FIND_LINKS:-${links// /,}}
export UV_LINK_MODE=${UV_LINK_MODE:-copy}

case $what in
app)
    python=$2
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "setup: $python is $("$python" --version); Python 3.11 or newer is needed (make PYTHON=python3.12 …)" >&2
        exit 1
    }
    echo "setup: the app's environment (.venv)"
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    [ -x $uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check uv
    # PyTorch without CUDA: a wheel at hand, else PyTorch's own CPU builds, else whatever the registry has.
    torch=$(grep '^torch==' requirements/app.txt)
    $uv pip install --quiet "$torch+cpu" 2>/dev/null ||
        $uv pip install --quiet --torch-backend=cpu "$torch" 2>/dev/null ||
        $uv pip install "$torch"
    $uv pip install --quiet -r requirements/app.txt
    $uv pip install --quiet --no-deps -e .
    ;;
dev)
    echo "setup: what the tests need"
    $uv pip install --quiet -r requirements/dev.txt
    ;;
nlu)
    echo "setup: Rasa's environment (nlu/.venv)"
    uv=$PWD/$uv
    # In nlu/ the file .python-version makes pyenv's 3.10 answer; where there is none, uv fetches one.
    cd nlu
    [ -x .venv/bin/python ] || "$uv" venv --quiet --python 3.10 .venv
    VIRTUAL_ENV=.venv "$uv" pip install --quiet -r ../requirements/nlu.txt
    ;;
esac
