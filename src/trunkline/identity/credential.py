"""What a component proves itself to the backbone by, as its settings say."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from trunkline.errors import FailedPrecondition
from trunkline.identity.parse import MAX_TOKEN
from trunkline.identity.secret import read_secret

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trunkline.config import Settings

Kind = Literal["secret", "certificate", "service-account"]


@dataclass(frozen=True, slots=True)
class Credential:
    """One proof. `text` is the secret or the service account's token; a certificate is shown by the connection."""

    kind: Kind
    component: str
    text: str = field(default="", repr=False)


def credential_from(settings: Settings) -> Callable[[], Credential] | None:
    """Return what gives the proof of this component each time it is needed; None where it has none to give.

    A bootstrap secret is read now and kept. The token of a service account is read anew each time, as Kubernetes puts
    the next into the same file. Raises FailedPrecondition where the file that is meant cannot be used.
    """
    kind, component = settings.identity.credential, settings.component
    if not settings.backbone:
        return None
    if kind == "certificate":
        if settings.tls.mode != "mutual":
            message = "identity.credential is certificate, and tls.mode is none: set tls.mode to mutual"
            raise FailedPrecondition("CREDENTIAL_UNUSABLE", message)
        return partial(Credential, kind, component)
    if kind == "service-account":
        path = settings.identity.service_account_file
        if path is None:
            message = "identity.credential is service-account: say which file in identity.service_account_file"
            raise FailedPrecondition("CREDENTIAL_UNUSABLE", message)
        read_token(path)
        return lambda: Credential(kind, component, read_token(path))
    if settings.secret_file is None:
        return None
    return partial(Credential, kind, component, read_secret(settings.secret_file))


def read_token(path: Path) -> str:
    """Return the service account's token in `path`. Raises FailedPrecondition (`CREDENTIAL_UNUSABLE`)."""
    try:
        text = path.read_bytes().decode("ascii").strip()
    except OSError as error:
        message = f"service account token {path}: {error.strerror}"
        raise FailedPrecondition("CREDENTIAL_UNUSABLE", message) from error
    except UnicodeDecodeError:
        text = ""
    if not 0 < len(text) <= MAX_TOKEN:
        raise FailedPrecondition("CREDENTIAL_UNUSABLE", f"service account token {path}: not a token")
    return text
