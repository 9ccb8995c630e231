"""What tests of components and of interceptors need; shipped, and documented like the rest."""

from __future__ import annotations

from trunkline.testing.clock import ManualClock
from trunkline.testing.loopback import Loopback
from trunkline.testing.noted import Noted

__all__ = ["Loopback", "ManualClock", "Noted"]
