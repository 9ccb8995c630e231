"""Configuration: one mesh file says the whole mesh, the environment wins over it, every typo is a fault.

`TRUNKLINE_FILE`, `TRUNKLINE_COMPONENT` and `TRUNKLINE_INSTANCE` tell a process which part of which mesh it is;
`load_settings` derives the rest. `TRUNKLINE_<KEY>` and `TRUNKLINE_<SECTION>__<KEY>` override one setting.
"""

from __future__ import annotations

from trunkline.config.accessfile import AccessFile, load_access_file
from trunkline.config.fault import ConfigError
from trunkline.config.load import load_settings, settings_for
from trunkline.config.meshfile import BACKBONE, Backbone, Component, MeshFile, load_mesh_file
from trunkline.config.settings import Drain, Grant, Limits, Log, Metrics, Retry, Route, Settings, Tracing, Tuning

__all__ = [
    "BACKBONE",
    "AccessFile",
    "Backbone",
    "Component",
    "ConfigError",
    "Drain",
    "Grant",
    "Limits",
    "Log",
    "MeshFile",
    "Metrics",
    "Retry",
    "Route",
    "Settings",
    "Tracing",
    "Tuning",
    "load_access_file",
    "load_mesh_file",
    "load_settings",
    "settings_for",
]
