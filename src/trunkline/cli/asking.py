"""What `trunkline access` is asked about, put together from the files that lie here."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trunkline.access.explanation import Asked, explain
from trunkline.access.grants import from_files
from trunkline.access.matrix import ANYBODY, Guarded, matrix
from trunkline.access.token import Expected, NoToken, check_signature, look_at, read_token
from trunkline.cli.given import load_contracts
from trunkline.cli.place import DEFAULT_FILE
from trunkline.cli.plain import USELESS
from trunkline.cli.secret import secret_from
from trunkline.config import BACKBONE, ConfigError, load_access_file, load_mesh_file, settings_for
from trunkline.config.fault import nearest
from trunkline.config.meshfile import BACKBONE_SERVICES
from trunkline.contract.guard import guard_of, guards

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trunkline.access.decision import Step
    from trunkline.access.explanation import Explanation
    from trunkline.access.matrix import Matrix
    from trunkline.call import Principal
    from trunkline.config import MeshFile
    from trunkline.contract.guard import Guard
    from trunkline.identity.grants import Grants

EVERYWHERE = ("trunkline.api.diagnostics.v1.DiagnosticsService",)
"""What every component serves besides its own services."""


@dataclass(frozen=True, slots=True)
class Question:
    """One method of a mesh and all that decides on its calls. `places` says where each part is written."""

    mesh: MeshFile
    grants: Grants
    guard: Guard
    places: Mapping[str, str]


def question(to: str, *, file: Path | None, descriptors: Path | None, modules: Sequence[str]) -> Question:
    """Find the method `to` and what decides on it. Raises ConfigError where the mesh or the method is not here."""
    mesh = _mesh(file, Path())
    grants = from_files(mesh, load_access_file(mesh))
    contracts = load_contracts([], descriptors, modules, unreadable=USELESS)[0]
    try:
        guard, places = guard_of(contracts.files, contracts.shown, to)
    except (LookupError, ValueError) as error:
        raise ConfigError(str(error.args[0])) from None
    granted = mesh.access.name if mesh.access is not None else mesh.path.name
    return Question(mesh, grants, guard, {**places, "caller": granted})


def asked_of(
    asked: Question, *, caller: str | None, token: str | None, jwks: Path | None, request: str | None
) -> Explanation:
    """Explain the call of `caller`, or of the bearer of a token. Raises ConfigError where that cannot be understood."""
    principal, seen, basis = _bearer(asked, caller, token, jwks) if token else _named(asked, caller, jwks)
    whom = caller or (principal.subject if principal is not None else ANYBODY)
    call = Asked(whom, asked.guard.method, basis, principal, _request(asked.guard, request), seen)
    domain = settings_for(asked.mesh, BACKBONE).trust_domain
    return explain(call, Guarded(asked.guard.access, asked.guard.rule), domain)


def matrix_of(
    file: Path | None, *, folder: Path = Path(), descriptors: Path | None = None, modules: Sequence[str] = ()
) -> Matrix:
    """Return who may call what in the mesh and with the contracts that lie in `folder`. Raises ConfigError."""
    mesh = _mesh(file, folder)
    elsewhere = [folder] if folder != Path() else []
    contracts = load_contracts(elsewhere, descriptors, modules, unreadable=USELESS)[0]
    served = {*BACKBONE_SERVICES, *EVERYWHERE, *(one for it in mesh.components.values() for one in it.services)}
    try:
        guarded = {guard.method: Guarded(guard.access, guard.rule) for guard in guards(contracts.files, served)}
    except ValueError as error:
        raise ConfigError(str(error)) from None
    return matrix(guarded, from_files(mesh, load_access_file(mesh)), settings_for(mesh, BACKBONE).trust_domain)


def _mesh(file: Path | None, folder: Path) -> MeshFile:
    path = file or DEFAULT_FILE
    if folder != Path():
        return _laid_out(path, folder)
    if not path.is_file() and file is None:
        raise ConfigError(f"no {DEFAULT_FILE} here; say --file")
    return load_mesh_file(path)


def _laid_out(path: Path, folder: Path) -> MeshFile:
    """Load what `path` was in `folder`, which is this one at another time: nothing of today may be taken for it."""
    if not path.absolute().is_relative_to(Path.cwd()):
        raise ConfigError(f"{path} lies outside of this folder, so its past is not known; go where it lies")
    mesh = load_mesh_file(folder / path.absolute().relative_to(Path.cwd()))
    if mesh.access is not None and not mesh.access.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"{mesh.access} lies outside of this folder, so its past is not known")
    return mesh


def _named(asked: Question, caller: str | None, jwks: Path | None) -> tuple[Principal | None, list[Step], str]:
    if jwks is not None:
        raise ConfigError("--jwks is for a token; say --token")
    if caller is None:
        raise ConfigError("who calls? say --from or --token")
    where = asked.places["caller"]
    if caller == ANYBODY:
        return None, [], "without a token"
    principal = asked.grants.principal(caller, settings_for(asked.mesh, BACKBONE).trust_domain)
    if principal is None:
        known = [*asked.grants.components, *asked.grants.users, ANYBODY]
        raise ConfigError(f"--from {caller}: {where} has no such component or user{nearest(caller, known)}")
    return principal, [], f"with what {where} grants"


def _bearer(asked: Question, caller: str | None, token: str, jwks: Path | None) -> tuple[Principal, list[Step], str]:
    settings = settings_for(asked.mesh, BACKBONE)
    text = secret_from(token, "token")
    try:
        principal = read_token(text)
        signature = [check_signature(text, jwks.read_text(encoding="utf-8"))] if jwks is not None else []
    except NoToken as error:
        raise ConfigError(f"--token: {error}") from None
    subjects = {principal.caller, principal.subject, principal.caller.rpartition("/")[2]}
    if caller is not None and caller not in subjects:
        raise ConfigError(f"--from {caller}: the token is that of {principal.caller}; leave out one of the two")
    expected = Expected(settings.issuer, f"spiffe://{settings.trust_domain}/{_owner(asked)}")
    seen = [*signature, look_at(principal, expected, now=time.time())]
    return principal, seen, "by its token" if jwks is not None else "by its token, whose signature was not checked"


def _owner(asked: Question) -> str:
    service = asked.guard.method.partition("/")[0]
    served = (name for name, component in asked.mesh.components.items() if service in component.services)
    return next(served, BACKBONE)


def _request(guard: Guard, said: str | None) -> Any:
    if said is None:
        return None
    text = Path(said[1:]).read_text(encoding="utf-8") if said.startswith("@") else said
    try:
        return guard.read(text)
    except ValueError as error:
        raise ConfigError(f"--request: {error}") from None
