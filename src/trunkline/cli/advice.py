"""What to do next about an error that operators meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkline.config import Settings
    from trunkline.errors import MeshError


def advice(error: MeshError, settings: Settings) -> str:
    """Return the next step as a clause that goes on from the error's message; empty where there is none to give."""
    if error.reason in {"SCOPE_MISSING", "ROLE_MISSING"}:
        kind = "scope" if error.reason == "SCOPE_MISSING" else "role"
        missing = error.metadata.get("missing", "")
        named = f"{kind} {missing}" if missing else f"missing {kind}"
        return f"give {settings.component} the {named} in access.yaml, or say another --component"
    if error.reason == "AUDIENCE_UNKNOWN":
        return f"the audiences are {', '.join(sorted(settings.components))}"
    return NEXT.get(error.reason, "").format(component=settings.component, backbone=settings.backbone)


NEXT = {
    "CREDENTIALS_REFUSED": "see that {component} has the secret that the backbone knows, or rotate it",
    "CREDENTIAL_EXISTS": "`trunkline credentials rotate` makes a second secret beside it",
    "CREDENTIAL_UNKNOWN": "`trunkline credentials list` names those there are",
    "SECRET_MISSING": "or say another --component",
    "UNREACHABLE": "see whether the backbone runs: `trunkline health --addr {backbone}`",
}
