"""The encoder laboratory: kinds of encoders trained and measured side by side, ``python -m bench.encoders``."""
