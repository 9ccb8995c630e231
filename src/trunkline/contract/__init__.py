"""The contract check: what a contract says about itself must make sense, and this runtime must be able to keep it.

    check_files(files)       contracts as they were built, with lines: `trunkline contracts check`, `make lint`
    check_services(names)    contracts this process has imported, without lines: a server at its start
    describe.describe(...)   every policy of one method and where it comes from: `trunkline contracts show`

Contracts of others (packages `google`, `buf`, `grpc`) are never judged.
"""

from __future__ import annotations

from trunkline.contract.check import check_files, check_services
from trunkline.contract.violation import Violation

__all__ = ["Violation", "check_files", "check_services"]
