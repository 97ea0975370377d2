"""Recordings: the one list of where they may come from."""
