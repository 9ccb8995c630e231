"""Certificates: what proves each end of a connection. Nothing here opens one."""
