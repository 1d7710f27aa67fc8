"""Sentence encoders: any sentence-transformers model, by the path of a folder or by its name on a hub."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.errors import EncoderUnavailable

DEFAULT_MODEL = Path(__file__).parent / "encoder-model"


class Encoder(Protocol):
    """Turns texts into vectors.

    Attributes:
        fingerprint: changes whenever the vectors would.
        dimensions: length of a vector.
    """

    @property
    def fingerprint(self) -> str: ...
    @property
    def dimensions(self) -> int: ...
    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One row of length 1 per text (zeros where nothing in the text is known)."""
        ...


class SentenceEncoder:
    """A sentence-transformers model on the CPU."""

    def __init__(self, model: object, fingerprint: str) -> None:
        from sentence_transformers import SentenceTransformer

        assert isinstance(model, SentenceTransformer)
        self._model = model
        self.fingerprint = fingerprint
        self.dimensions = int(model.encode([""], show_progress_bar=False).shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.asarray(
            self._model.encode(list(texts), convert_to_numpy=True, show_progress_bar=False), dtype=np.float32
        )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        return unit


def load_encoder(name: str | Path = DEFAULT_MODEL) -> SentenceEncoder:
    """Load a model.

    Args:
        name: a folder (then nothing is fetched from anywhere), or the name of a model on a hub.

    Raises:
        EncoderUnavailable: the folder is no such model, or the hub cannot be reached.
    """
    folder = Path(name)
    local = folder.is_dir()
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # A question is too short to be shared among threads: on a busy machine waiting for them takes ten times as long.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if not local and (folder.is_absolute() or str(name).startswith(".")):
        raise EncoderUnavailable(f"no encoder in {name}", encoder=str(name))
    # Imported late: it takes seconds, and commands that only read texts need not wait for it.
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    try:
        model = SentenceTransformer(str(name), device="cpu", local_files_only=local)
    except Exception as error:  # the library raises whatever its parts raise
        problem = str(error).split("\n")[0]
        raise EncoderUnavailable(f"cannot load encoder {name}: {problem}", encoder=str(name)) from error
    return SentenceEncoder(model, _fingerprint(folder) if local else f"hub:{name}")


def _fingerprint(folder: Path) -> str:
    """A digest of the model's files."""
    digest = hashlib.sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix in {".safetensors", ".json", ".txt", ".bin"}:
            digest.update(file.relative_to(folder).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()
