"""What understands a text: plain Python for entities and features, and thin Rasa graph components over it.

Only ``intent``, ``category`` and ``entities`` import Rasa; everything else here runs (and is tested) in the app's
environment as well.
"""
