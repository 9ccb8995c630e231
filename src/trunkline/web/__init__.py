"""A little HTTP: fixed documents for whoever speaks no gRPC, one answer a connection."""

from trunkline.web.answer import Document
from trunkline.web.server import serving

__all__ = ["Document", "serving"]
