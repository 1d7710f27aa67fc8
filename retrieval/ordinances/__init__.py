"""Ordinances: their model, how they are stored as Markdown, how delivered texts are read and checked."""
