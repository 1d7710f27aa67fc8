"""The project's own sentence encoder (retrieval/encoder-model), read without torch.

A sentence-transformers StaticEmbedding: one vector per token, a sentence is their mean. Optional: where the folder or
the tokenizers package is missing, ``load_encoder`` gives None and the classifier does without.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nlu.components.normalise import normalise


def load_encoder(folder: Path) -> Callable[[Sequence[str]], Any] | None:
    """A function from texts to unit vectors (texts × dimensions, float32), or None where there is no encoder."""
    tables = sorted(folder.rglob("model.safetensors"))
    tokenizers = sorted(folder.rglob("tokenizer.json"))
    if not tables or not tokenizers:
        return None
    try:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer
    except ImportError:
        return None
    arrays = load_file(str(tables[0]))
    table = next(array for array in arrays.values() if array.ndim == 2).astype(np.float32)
    tokenizer = Tokenizer.from_file(str(tokenizers[0]))
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def embed(texts: Sequence[str]) -> Any:
        rows = np.zeros((len(texts), table.shape[1]), dtype=np.float32)
        for at, text in enumerate(texts):
            ids = tokenizer.encode(normalise(text).text, add_special_tokens=False).ids
            if ids:
                rows[at] = table[ids].mean(axis=0)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    return embed
