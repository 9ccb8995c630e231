"""Data that must not be read where it lies, and must not be altered where it goes."""
