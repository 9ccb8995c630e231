"""Values of identity as messages of its contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from trunkline.api.identity.v1 import administration_pb2, identity_pb2

if TYPE_CHECKING:
    from trunkline.identity.credentials import Credential, Kind
    from trunkline.identity.model import Issued, PublicKey
    from trunkline.identity.register import Record
    from trunkline.identity.revocations import Batch
    from trunkline.identity.revoked import Revocation
    from trunkline.identity.ring import Member

_STATES = {
    "next": administration_pb2.KEY_STATE_NEXT,
    "active": administration_pb2.KEY_STATE_ACTIVE,
    "retired": administration_pb2.KEY_STATE_RETIRED,
}
_KINDS: dict[Kind, administration_pb2.CredentialKind.ValueType] = {
    "bootstrap": administration_pb2.CREDENTIAL_KIND_BOOTSTRAP,
    "api-key": administration_pb2.CREDENTIAL_KIND_API_KEY,
}


def to_token(issued: Issued) -> identity_pb2.IssuedToken:
    """Return a token as it was issued."""
    lifetime = Duration()
    lifetime.FromNanoseconds(int(issued.lifetime * 1e9))
    return identity_pb2.IssuedToken(
        access_token=issued.text,
        expires_at=to_time(issued.expires_at),
        lifetime=lifetime,
        jti=issued.jti,
        scopes=sorted(issued.scopes),
    )


def to_public_key(key: PublicKey) -> identity_pb2.PublicKey:
    """Return a key that verifies."""
    return identity_pb2.PublicKey(kid=key.kid, kty=key.kty, crv=key.crv, alg=key.alg, x=key.x, y=key.y)


def to_batch(batch: Batch) -> identity_pb2.WatchRevocationsResponse:
    """Return what a watcher is sent."""
    return identity_pb2.WatchRevocationsResponse(
        revocations=map(to_revocation, batch.revocations), complete=batch.complete, revision=batch.revision
    )


def to_revocation(revocation: Revocation) -> identity_pb2.Revocation:
    """Return what is no longer believed."""
    message = identity_pb2.Revocation(at=to_time(revocation.at), until=to_time(revocation.until))
    setattr(message, revocation.kind, revocation.value)
    return message


def to_record(record: Record) -> administration_pb2.TokenRecord:
    """Return what is on record of a token."""
    return administration_pb2.TokenRecord(
        jti=record.jti,
        subject=record.subject,
        audience=record.audience,
        scopes=record.scopes,
        roles=record.roles,
        actors=record.actors,
        kid=record.kid,
        family=record.family,
        grant=record.grant,
        issued_at=to_time(record.issued_at),
        expires_at=to_time(record.expires_at),
    )


def to_signing_key(member: Member) -> administration_pb2.SigningKey:
    """Return a key of the ring, without its private half."""
    return administration_pb2.SigningKey(
        kid=member.public.kid,
        alg=member.public.alg,
        state=_STATES[member.state],
        published_at=to_time(member.published_at),
        activated_at=None if member.state == "next" else to_time(member.active_from),
        ends_at=None if member.ends_at is None else to_time(member.ends_at),
    )


def to_credential(credential: Credential) -> administration_pb2.Credential:
    """Return a credential without its secrets. One that was never rotated has no time of that."""
    return administration_pb2.Credential(
        name=credential.name,
        kind=_KINDS[credential.kind],
        secrets=len(credential.hashes),
        created_at=to_time(credential.created_at),
        rotated_at=to_time(credential.rotated_at) if credential.rotated_at > credential.created_at else None,
    )


def kind_of(kind: administration_pb2.CredentialKind.ValueType) -> Kind:
    """Return what a secret is good for."""
    return next(name for name, number in _KINDS.items() if number == kind)


def to_time(seconds: float) -> Timestamp:
    """Return a moment, given in seconds since the epoch."""
    moment = Timestamp()
    moment.FromNanoseconds(int(seconds * 1e9))
    return moment
