"""Train the understanding model (Rasa's environment): ``python -m nlu.train``.

Keyed by content: where a model with the same fingerprint lies in the output folder already, nothing is trained.
The folder gets ``<fingerprint>/model.tar.gz``, ``<fingerprint>/made.json`` (figures of the training) and the link
``current``; each appears complete or not at all, so that a service may be started at any moment.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path

from nlu.fingerprint import CONFIG, DATA, MODELS, fingerprint

KEPT = 2  # models that stay in the folder: the current one and the one before it
BAR = 24  # characters


class Progress:
    """One line per stage with a bar and seconds: redrawn on a terminal, printed once when done elsewhere."""

    def __init__(self) -> None:
        self._out = sys.stdout
        self._live = sys.stdout.isatty()
        self._stage = ""
        self._began = time.monotonic()
        self._since = self._began

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage, self._since = stage, time.monotonic()
        full = BAR * done // max(total, 1)
        line = f"  {stage:<28} [{'#' * full}{'.' * (BAR - full)}] {100 * done // max(total, 1):3d} %"
        line += f" {time.monotonic() - self._since:5.1f} s"
        if self._live:
            print("\r" + line, end="\n" if done >= total else "", flush=True, file=self._out)
        elif done >= total or done == 0:
            print(line, flush=True, file=self._out)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began


def point_at(models: Path, name: str) -> None:
    """Make ``current`` lead to ``name`` in one step."""
    link = models / f".current-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(models / "current")


def prune(models: Path, keep: str) -> None:
    """Remove all but the newest models, and what an interrupted training left."""
    made = [path for path in models.iterdir() if path.is_dir() and not path.is_symlink() and path.name != keep]
    made.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [one for one in made if (one / "made.json").exists()][KEPT - 1 :]:
        shutil.rmtree(path, ignore_errors=True)
    hour_ago = time.time() - 3600
    for path in made:
        if path.name.startswith(".new-") and path.stat().st_mtime < hour_ago:
            shutil.rmtree(path, ignore_errors=True)


def train(config: Path, data: Path, models: Path, key: str, progress: Progress) -> None:
    """Train and put in place.

    Raises:
        ValueError: the data or the configuration cannot be used; the message says what is wrong.
    """
    progress("loading Rasa", 0, 1)
    from nlu import quiet  # noqa: F401 - silences Rasa, so it has to come first

    # isort: split
    from rasa.model_training import train_nlu

    from nlu.components import progress as reports

    progress("loading Rasa", 1, 1)
    reports.listen(progress)
    models.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=models))
    try:
        progress("reading the sentences", 0, 1)
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):  # Rasa's own chatter
            archive = train_nlu(str(config), str(data), str(fresh), fixed_model_name="model")
        if archive is None:
            raise ValueError(f"{data}: holds no training sentences")
        progress("packing the model", 1, 1)
        made = {"fingerprint": key, "seconds": round(progress.seconds, 1), "trained_at": int(time.time())}
        (fresh / "made.json").write_text(json.dumps(made) + "\n", encoding="utf-8")
        fresh.chmod(0o755)
        shutil.rmtree(models / key, ignore_errors=True)
        fresh.replace(models / key)
        point_at(models, key)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    prune(models, key)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train the understanding model, if anything it is made of changed.")
    parser.add_argument("--out", type=Path, default=MODELS, help="folder of trained models (default: %(default)s)")
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of training sentences")
    parser.add_argument("--force", action="store_true", help="train even if nothing changed")
    options = parser.parse_args(arguments)
    for needed in (options.config, options.data):
        if not needed.exists():
            print(f"understanding: {needed} is missing", file=sys.stderr)
            return 2
    key = fingerprint(options.config, options.data)
    if not options.force and (options.out / key / "made.json").is_file():
        point_at(options.out, key)
        print(f"understanding: up to date ({key})")
        return 0
    print(f"understanding: training {key}", flush=True)
    progress = Progress()
    try:
        train(options.config, options.data, options.out, key, progress)
    except ValueError as error:
        print(f"understanding: {error}", file=sys.stderr)
        return 1
    print(f"understanding: trained in {progress.seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
