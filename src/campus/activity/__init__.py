"""activity: owns sessions and takes in submissions. Run as `trunkline run campus.activity:main`."""

from campus.activity.component import main

__all__ = ["main"]
