"""accounts: owns the users of the campus. Run as `trunkline run campus.accounts:main`."""

from campus.accounts.component import main

__all__ = ["main"]
