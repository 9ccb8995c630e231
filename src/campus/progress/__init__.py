"""progress: computes weighted scores from completions. Run as `trunkline run campus.progress:main`."""

from campus.progress.component import main

__all__ = ["main"]
