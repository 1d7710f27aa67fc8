"""Import this before anything of Rasa's: it keeps the process silent, offline and small.

Rasa reports its use and its errors to its makers unless told not to, prints residents' texts as debug lines unless
structlog is configured, and TensorFlow 2.12 pulls in jax (65 MB, 1.5 s) for a converter that nothing here uses.
"""

import logging
import os
import sys
import warnings
from typing import Any

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ["RASA_MAX_CACHE_SIZE"] = "0"  # nlu.train keys the whole model by content; Rasa's own cache would go stale
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
# Two cores are shared with the app; spinning thread pools cost more than they bring for one short text.
for _pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_pool, "1")

# Importing jax then raises ImportError, which TensorFlow's converter expects and handles.
sys.modules["jax"] = None  # type: ignore[assignment]

# Deprecations of libraries that are pinned here for good; none of them can be answered in this repository.
# A library resets the filters while it is imported, hence the second line.
warnings.simplefilter("ignore")
warnings.showwarning = lambda *_arguments, **_named: None
os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
logging.disable(logging.CRITICAL)


def silence_structlog() -> None:
    """Drop every structlog event: at debug level Rasa's carry the text that was parsed."""
    import structlog

    def drop(_logger: Any, _method: str, _event: dict[str, Any]) -> dict[str, Any]:
        raise structlog.DropEvent

    structlog.configure(
        processors=[drop],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        cache_logger_on_first_use=True,
    )


silence_structlog()
