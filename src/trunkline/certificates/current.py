"""What a folder of certificates holds just now, as far as it is good."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from trunkline.certificates.folder import read_folder
from trunkline.certificates.names import CA, CERTIFICATE, KEY
from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from pathlib import Path

    from trunkline.certificates.folder import Certificates
    from trunkline.clock import Clock

logger = logging.getLogger(__name__)

Stamp = tuple[tuple[int, int, int] | None, ...]


class Current:
    """The certificates of `identity` in `folder`; any thread may ask.

    The folder is looked at each `every` seconds at most. What is new there and good takes the place of what was; what
    is not, or not yet, is logged once, and the good ones stay. Raises FailedPrecondition, as `read_folder` does, where
    there is nothing good to begin with.
    """

    def __init__(self, folder: Path, *, identity: str, every: float, clock: Clock) -> None:
        self._folder = folder
        self._identity = identity
        self._every = every
        self._clock = clock
        self._lock = threading.Lock()
        self._stamp = _stamp(folder)
        self._told: Stamp = ()
        self._looked = clock.monotonic()
        self._held = self._read()

    def get(self) -> Certificates:
        """Return the good certificates: the same object until there are others."""
        with self._lock:
            now = self._clock.monotonic()
            if now >= self._looked + self._every:
                self._looked = now
                self._look()
            return self._held

    def _look(self) -> None:
        # Taken before the files are read: should they change meanwhile, the next look sees another stamp.
        stamp = _stamp(self._folder)
        if stamp == self._stamp:
            return
        try:
            self._held = self._read()
        except FailedPrecondition as error:
            # Asked again at the next look: what is not good yet, by this clock, may be by then.
            if stamp != self._told:
                logger.warning("the new certificates are not used, the old ones stay: %s", error.message)
            self._told = stamp
        else:
            self._stamp = stamp
            logger.info("new certificates of %s are in use, thumbprint %s", self._identity, self._held.thumbprint)

    def _read(self) -> Certificates:
        return read_folder(self._folder, identity=self._identity, now=self._clock.time())


def _stamp(folder: Path) -> Stamp:
    return tuple(_changed(folder / name) for name in (CERTIFICATE, KEY, CA))


def _changed(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
