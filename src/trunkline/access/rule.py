"""A rule of a contract: a CEL expression over `claims`, `request` and `peer` that is true for who may call."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cel_expr_python import cel
    from google.protobuf.descriptor import Descriptor

INSTALL = "pip install 'trunkline[cel]'"

_PROBLEM = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_READ = re.compile(
    r"""
    (?: "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )                                        # a text, which reads nothing
    | (?<![\w.]) (?P<path> (?:claims|request|peer) (?: \.\w+\b(?!\s*\() | \[(?:'[^']*'|"[^"]*")\] )+ )
    """,
    re.VERBOSE,
)


class RuleError(Exception):
    """A rule that cannot be compiled: what is wrong, where in its text, and how to mend it."""

    def __init__(self, problem: str, mend: str) -> None:
        super().__init__(f"{problem}; {mend}")
        self.problem = problem
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says of one call. `cause` is why it could not be evaluated, for log and audit; else empty."""

    holds: bool
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that has been checked against its request type. `reads_request` is whether it looks at the request."""

    text: str
    reads_request: bool
    _compiled: cel.Expression = field(repr=False)
    _env: cel.Env = field(repr=False)

    def judge(self, claims: Mapping[str, Any], peer: Mapping[str, str], request: Any = None) -> Verdict:
        """Evaluate the rule. What cannot be evaluated does not hold. Raises nothing.

        Without a request, a rule that reads it can be evaluated only where it comes out the same for all requests.
        """
        try:
            value = self._compiled.eval(data=_given(claims, peer, request))
            found = value.value()
        except Exception as error:  # noqa: BLE001  whatever goes wrong in there, nobody is let in by it
            return Verdict(False, str(error))
        # A failure is a value as well, which is no bool: only true itself lets anybody in.
        return Verdict(found) if isinstance(found, bool) else Verdict(False, str(found))

    def values(self, claims: Mapping[str, Any], peer: Mapping[str, str], request: Any = None) -> dict[str, str]:
        """Return what the rule reads, as it is written there, and what stands there in this call."""
        given = _given(claims, peer, request)
        return {path: self._value(path, given) for path in _paths(self.text)}

    def _value(self, path: str, given: Mapping[str, Any]) -> str:
        if path.startswith("request") and "request" not in given:
            return "not known"
        try:
            value = self._env.compile(path).eval(data=given)
            return "absent" if value.type().name() == "ERROR" else str(value)
        except RuntimeError:
            return "cannot be shown"


def compile_rule(text: str, request: Descriptor) -> Rule:
    """Check a rule for methods that take `request`, and make it ready.

    Raises RuleError where it is no CEL, names what is not there, or is no condition; also where CEL is not installed.
    """
    try:
        from cel_expr_python import cel
    except ImportError:
        raise RuleError("access.rule needs CEL, which is not installed", INSTALL) from None

    text_of = cel.Type.STRING
    known = {"claims": cel.Type.Map(text_of, cel.Type.DYN), "peer": cel.Type.Map(text_of, text_of)}
    pool = request.file.pool
    full = cel.NewEnv(pool, variables={**known, "request": cel.Type(request.full_name)})
    try:
        compiled = full.compile(text)
    except RuntimeError as error:
        raise RuleError(f"access.rule does not compile: {_explained(str(error))}", "mend the rule") from None
    kind = compiled.return_type()
    if kind != cel.Type.BOOL:
        mend = "compare it with something, such as `claims.sub == request.user_id`"
        raise RuleError(f"access.rule is of type {kind.name().lower()}, not bool", mend)
    return Rule(text, not _compiles(cel.NewEnv(pool, variables=known), text), compiled, full)


def _given(claims: Mapping[str, Any], peer: Mapping[str, str], request: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"claims": dict(claims), "peer": peer}
    if request is not None:
        given["request"] = request
    return given


def _compiles(env: cel.Env, text: str) -> bool:
    try:
        env.compile(text)
    except RuntimeError:
        return False
    return True


def _explained(said: str) -> str:
    """Return the first problem CEL found and where in the rule: `line:column` is counted from 1:1."""
    found = _PROBLEM.search(said)
    return f"at {found[1]}:{found[2]}, {found[3].removesuffix(' [INVALID_ARGUMENT]')}" if found else said


def _paths(text: str) -> Iterator[str]:
    found = (match["path"] for match in _READ.finditer(text))
    return iter(dict.fromkeys(path for path in found if path))
