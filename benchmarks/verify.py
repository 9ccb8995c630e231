"""What a token costs to verify: from memory, from its text, and by PyJWT with a key object.

`python benchmarks/verify.py [--rounds N] [--json FILE]`; the environment variable JSON names the file as well.
docs/benchmarks.md says what is compared and how.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import jwt
from frame.figures import Ratio, paired
from frame.machine import machine
from rich.console import Console
from rich.table import Table

from trunkline.clock import SystemClock
from trunkline.identity.claims import Expected
from trunkline.identity.issuer import Issuer
from trunkline.identity.keys import VerifyingKey
from trunkline.identity.model import Grant
from trunkline.identity.signing import SigningKey
from trunkline.identity.verifier import Verifier, verify

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 60
CALLS = {"warm": 5000, "cold": 200}
ALGORITHMS = ("EdDSA", "ES256")
WARM_GOAL_US = 5.0
COLD_GOAL = 1.3
MESH, DOMAIN, AUDIENCE = "spiffe://campus", "campus", "accounts"
CLAIMS = ["iss", "sub", "aud", "iat", "exp", "jti"]


def contestants(algorithm: str) -> dict[str, Callable[[], object]]:
    """Return what verifies one token signed by `algorithm`, each in its own way."""
    key, clock = SigningKey.generate(algorithm), SystemClock()
    grant = Grant(frozenset({"accounts.read", "accounts.write"}), frozenset({"registrar"}))
    issuer = Issuer(key, name=MESH, trust_domain=DOMAIN, clock=clock, lifetime=3600)
    token = issuer.issue("activity", AUDIENCE, grant).text
    verifier = Verifier(issuer=MESH, trust_domain=DOMAIN, audience=AUDIENCE, clock=clock)
    verifier.replace_keys([key.public])
    keys = {key.public.kid: VerifyingKey.of(key.public)}
    expected = Expected(MESH, f"{MESH}/{AUDIENCE}", DOMAIN)
    public = key.private.public_key()

    def by_pyjwt() -> object:
        return jwt.decode(
            token,
            public,
            algorithms=[algorithm],
            audience=expected.audience,
            issuer=MESH,
            leeway=10,
            options={"require": CLAIMS},
        )

    return {
        "warm": lambda: verifier.verify(token),
        "cold": lambda: verify(token, keys, expected, clock.time()),
        "pyjwt": by_pyjwt,
    }


def timed(work: Callable[[], object], calls: int) -> float:
    """Return the microseconds of CPU that one call of `work` takes."""
    began = time.process_time_ns()
    for _ in range(calls):
        work()
    return (time.process_time_ns() - began) / calls / 1000


def measure(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Give each contestant its turn, in another order each round; the samples of every round."""
    fields = {algorithm: contestants(algorithm) for algorithm in ALGORITHMS}
    samples: dict[str, dict[str, list[float]]] = {it: {name: [] for name in field} for it, field in fields.items()}
    turns = [(algorithm, name) for algorithm, field in fields.items() for name in field]
    for work in (work for field in fields.values() for work in field.values()):
        assert work()
    gc.disable()
    try:
        for _ in range(rounds):
            random.shuffle(turns)
            for algorithm, name in turns:
                work = fields[algorithm][name]
                samples[algorithm][name].append(timed(work, CALLS.get(name, CALLS["cold"])))
            gc.collect()
    finally:
        gc.enable()
    return samples


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def ratio(samples: dict[str, list[float]]) -> Ratio:
    return paired(samples["cold"], samples["pyjwt"])


def table(samples: dict[str, dict[str, list[float]]]) -> Table:
    """Lay out what each costs, and the goals."""
    shown = Table(title="One token, medians; x is the ratio to PyJWT")
    for title in ("", "warm us", "cold us", "PyJWT us", "cold x", "goals met"):
        shown.add_column(title, justify="right")
    for algorithm, each in samples.items():
        warm, cold, plain = (median(each[name]) for name in ("warm", "cold", "pyjwt"))
        met = "yes" if warm <= WARM_GOAL_US and ratio(each).value <= COLD_GOAL else "no"
        shown.add_row(algorithm, f"{warm:.2f}", f"{cold:.1f}", f"{plain:.1f}", str(ratio(each)), met)
    return shown


def as_json(samples: dict[str, dict[str, list[float]]]) -> dict[str, object]:
    """Return all figures as JSON holds them."""
    figures = {it: {name: round(median(values), 3) for name, values in each.items()} for it, each in samples.items()}
    rounds = len(next(iter(next(iter(samples.values())).values())))
    return {
        "us": figures,
        "cold_to_pyjwt": {algorithm: round(ratio(each).value, 3) for algorithm, each in samples.items()},
        "machine": {**machine(), "rounds": rounds},
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="What a token costs to verify.")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each takes its turn (default {ROUNDS})")
    parser.add_argument("--json", type=Path, default=os.environ.get("JSON") or None, help="write the figures here")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds must be 1 or more")
    samples = measure(options.rounds)
    Console(width=None if sys.stdout.isatty() else 120).print(table(samples))
    if options.json is not None:
        Path(options.json).write_text(json.dumps(as_json(samples), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
