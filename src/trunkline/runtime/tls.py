"""Credentials of gRPC from certificates: both ends show one, and new ones are taken up as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import grpc

if TYPE_CHECKING:
    from trunkline.runtime.options import Options


class Proof(Protocol):
    """What proves this end, and whom it believes: PEM."""

    @property
    def key(self) -> bytes:
        """The private key."""
        ...

    @property
    def chain(self) -> bytes:
        """Its certificate, and those between it and the authority."""
        ...

    @property
    def roots(self) -> bytes:
        """The authorities that are believed."""
        ...


class Proofs(Protocol):
    """Where the proof of this process is had from; any thread may ask."""

    def get(self) -> Proof:
        """Return the proof that is good now: the same object until there is another."""
        ...


def server_credentials(proofs: Proofs) -> grpc.ServerCredentials:
    """Return credentials of a server that lets nobody in without a certificate.

    Each connection begins with what is good then; those that are open stay.
    """
    used = proofs.get()

    def fetch() -> grpc.ServerCertificateConfiguration | None:
        nonlocal used
        proof = proofs.get()
        if proof is used:
            return None
        used = proof
        return _configuration(proof)

    # None means no change, which the stubs do not know.
    return grpc.dynamic_ssl_server_credentials(_configuration(used), fetch, True)  # type: ignore[arg-type]


def channel_credentials(proof: Proof) -> grpc.ChannelCredentials:
    """Return credentials of a channel that shows `proof`."""
    return grpc.ssl_channel_credentials(proof.roots, proof.key, proof.chain)


def expecting(options: Options, name: str) -> Options:
    """Return `options` for a channel that talks to nobody whose certificate lacks the DNS name `name`."""
    return (*options, ("grpc.default_authority", name))


def _configuration(proof: Proof) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration([(proof.key, proof.chain)], proof.roots)
