"""Getting a token from the backbone, and showing it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trunkline.api.identity.v1 import identity_pb2 as pb
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.cli.dates import dated
from trunkline.cli.output import Output, print_json
from trunkline.cli.plain import complain
from trunkline.identity.client import credential_from, request_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from trunkline.mesh import Mesh

    Question = Callable[[Mesh], Awaitable[pb.IssueTokenResponse]]


def issue(audience: str, scopes: Sequence[str], *, refreshable: bool, api_key: str | None) -> Question:
    """Return the question for a token, proved by `api_key` or else as the settings have a component prove itself."""

    async def question(mesh: Mesh) -> pb.IssueTokenResponse:
        proof = None if api_key is not None else credential_from(mesh.settings)
        request = pb.IssueTokenRequest(audience=audience) if proof is None else request_of(audience, proof())
        request.scopes.extend(scopes)
        request.refreshable = refreshable
        if api_key is not None:
            request.api_key.key = api_key
        return await IdentityServiceStub(mesh.channel).IssueToken(request)

    return question


def exchange(subject_token: str, audience: str, scopes: Sequence[str]) -> Question:
    """Return the question for a token on behalf of whom `subject_token` is of."""

    async def question(mesh: Mesh) -> pb.IssueTokenResponse:
        request = pb.ExchangeTokenRequest(subject_token=subject_token, audience=audience, scopes=scopes)
        response = await IdentityServiceStub(mesh.channel).ExchangeToken(request)
        return pb.IssueTokenResponse(token=response.token)

    return question


def show(response: pb.IssueTokenResponse, audience: str, output: Output) -> None:
    """Print the token alone on stdout and its facts on stderr, or all of it as JSON."""
    token = response.token
    if output is Output.JSON:
        print_json({
            "token": token.access_token,
            "refresh_token": response.refresh_token or None,
            "audience": audience,
            "scopes": list(token.scopes),
            "expires_at": token.expires_at.ToJsonString(),
            "jti": token.jti,
        })  # fmt: skip
        return
    print(token.access_token)
    now = time.time()
    facts = {
        "audience": audience,
        "scopes": ", ".join(token.scopes) or "none",
        "expires": dated(now + token.lifetime.ToNanoseconds() / 1e9, now),
        "id": token.jti,
    }
    complain("\n".join(f"{name:8}  {value}" for name, value in facts.items()))
