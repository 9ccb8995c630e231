"""Decisions about failure: no I/O, time and randomness are given."""
