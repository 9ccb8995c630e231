"""What a handler did not mean to raise leaves as INTERNAL with an id, and only the log tells the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from trunkline.errors import Internal, MeshError
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trunkline.call import Call


class Recovery(Interceptor):
    """Stands innermost on the server. Errors of the mesh and cancellation pass unchanged.

    `getrandbits` is the source of the ids.
    """

    def __init__(self, *, getrandbits: Callable[[int], int]) -> None:
        self._getrandbits = getrandbits
        self._log = structlog.get_logger("trunkline.calls")

    def around(self, call: Call) -> Iterator[None]:
        """Replace an unexpected error. Its text and traceback go to the log, under the id that the caller is told."""
        try:
            yield
        except MeshError:
            raise
        except Exception as error:
            error_id = f"{self._getrandbits(64):016x}"
            self._log.error(
                "unexpected error",
                error_id=error_id,
                method=call.method.full_name,
                trace_id=call.trace_id,
                span_id=call.trace[36:52],
                correlation_id=call.correlation_id,
                exc_info=error,
            )
            message = f"an unexpected error; quote {error_id}"
            raise Internal("UNEXPECTED", message, metadata={"error_id": error_id}) from error
