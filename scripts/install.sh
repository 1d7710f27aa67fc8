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

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
# An interrupted set-up can leave half an environment: what does not run is made anew.
runs() { "$@" --version >/dev/null 2>&1; }

case $what in
app)
    python=$2
    for other in python3.11 python3.12 python3.13; do
        recent "$python" && break
        recent "$other" && python=$other
    done
    recent "$python" || {
        echo "setup: Python 3.11 or newer is needed, $python is $("$python" --version 2>&1); name one: make PYTHON=…" >&2
        exit 1
    }
    echo "setup: the app's environment (.venv)"
    runs .venv/bin/python -m pip || "$python" -m venv --clear .venv
    runs $uv || .venv/bin/python -m pip install --quiet --disable-pip-version-check --force-reinstall uv
    # PyTorch without CUDA: a wheel at hand, else PyTorch's own CPU builds, else whatever the registry has.
    torch=$(grep '^torch==' requirements/app.txt)
    $uv pip install --quiet "$torch+cpu" 2>/dev/null ||
        $uv pip install --quiet --torch-backend=cpu "$torch" 2>/dev/null || {
        echo "setup: no CPU build of PyTorch can be had here; taking the registry's, which may be large"
        $uv pip install --quiet "$torch"
    }
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
    # In nlu/ the file .python-version makes pyenv's 3.10 answer, unless whoever called us runs under pyenv's Python
    # itself: that one hands PYENV_VERSION on. Where there is no 3.10, uv fetches one.
    unset PYENV_VERSION
    cd nlu
    python=3.10
    for found in python3.10 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python3.10; do
        if runs "$found"; then
            python=$("$found" -c 'import sys; print(sys.executable)')
            break
        fi
    done
    runs .venv/bin/python || { rm -rf .venv && "$uv" venv --quiet --python "$python" .venv; }
    VIRTUAL_ENV=.venv "$uv" pip install --quiet -r ../requirements/nlu.txt
    ;;
esac
