"""Tokens of a frozen model, level by level, as a feature set."""
