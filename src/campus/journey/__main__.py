"""Runs the journey."""

from __future__ import annotations

import os
import sys

# gRPC's C core remarks on standard error upon peers that go away, which the supervised ones do; the progress bar lives
# there too. It reads this when it is loaded.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")

try:
    # Within, because this takes the better part of a second, and ^C may come before it is done.
    from campus.journey.main import main

    status = main()
except KeyboardInterrupt:
    sys.stderr.write("interrupted\n")
    status = 130
sys.exit(status)
