"""What a trained model depends on, as one hash. Runs in both environments: standard library only."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "nlu" / "data"
CONFIG = ROOT / "config.yml"
CATEGORIES = ROOT / "knowledge" / "categories.yml"
REPORTS = ROOT / "nlu" / "marked" / "matters.yml"
ENCODER = ROOT / "retrieval" / "encoder-model"
MODELS = ROOT / ".cache" / "understanding"
PINS = ROOT / "requirements" / "nlu.txt"


def _files(*places: Path) -> Iterator[Path]:
    for place in places:
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in found:
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield path


def fingerprint(config: Path = CONFIG, data: Path = DATA) -> str:
    """Hash of everything that decides what a training gives: 16 hex digits.

    Names count by their place in the repository, so that a clone elsewhere has the same fingerprint.
    """
    total = hashlib.sha256()
    components = ROOT / "nlu" / "components"
    # The encoder counts only where config.yml names one: a better search must not cost a training here.
    encoder = [ENCODER] if "\n  encoder:" in config.read_text(encoding="utf-8") else []
    for path in _files(config, data, components, ROOT / "nlu" / "train.py", CATEGORIES, REPORTS, PINS, *encoder):
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(path.name)
        total.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return total.hexdigest()[:16]


def current_model(models: Path = MODELS) -> Path | None:
    """The model that was trained last, or None; whether it is up to date is ``is_trained``'s question."""
    model = models / "current" / "model.tar.gz"
    return model if model.is_file() else None


def is_trained(models: Path = MODELS) -> bool:
    """Whether ``current`` is what training would give now."""
    made = models / "current" / "made.json"
    try:
        return bool(json.loads(made.read_text(encoding="utf-8"))["fingerprint"] == fingerprint())
    except (OSError, ValueError, KeyError):
        return False
