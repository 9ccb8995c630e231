"""The reference system: a small campus of three components, written only against Trunkline's public API."""
