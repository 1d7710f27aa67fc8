"""Volunteers (志愿者): sign-up and list."""
