from __future__ import annotations

import asyncio

import pytest

from trunkline.call import Call, Method, Principal, Shape, Side
from trunkline.deadline import Deadline
from trunkline.errors import PermissionDenied, Unauthenticated, Unavailable
from trunkline.interceptors.auth import CLAIMED, ClientAuth, ServerAuth
from trunkline.policy import AccessPolicy, Policy
from trunkline.runtime.chain import admit, compose

SCOPED = AccessPolicy(scopes=frozenset({"accounts.read"}))
PUBLIC = AccessPolicy(public=True)
ACTIVITY = Principal("activity")


def a_method(access: AccessPolicy | None = SCOPED, shape: Shape = Shape.UNARY_UNARY) -> Method:
    return Method("campus.Accounts", "GetUser", shape, Policy(access=access), object, object)


class Tokens:
    def __init__(self, ready: str | None = None, fetched: str | Exception | None = None) -> None:
        self.ready = ready
        self.fetched = fetched
        self.asked: list[str] = []

    def peek(self, audience: str) -> str | None:
        self.asked.append(audience)
        return self.ready

    async def fetch(self, audience: str) -> str:
        if isinstance(self.fetched, Exception):
            raise self.fetched
        if self.fetched is None:
            await asyncio.get_running_loop().create_future()
        return self.fetched


class Verifier:
    """Knows one good token, and another once `renewal` was waited for; `fault` goes wrong inside."""

    def __init__(self, *, renewal: asyncio.Future[None] | None = None, fault: BaseException | None = None) -> None:
        self.seen: list[str] = []
        self.renewal = renewal
        self.fault = fault

    def verify(self, token: str) -> Principal:
        self.seen.append(token)
        if self.fault is not None:
            raise self.fault
        if token == "new" and self.renewal is not None and self.renewal.done():
            return ACTIVITY
        if token != "good":
            raise Unauthenticated("TOKEN_FOREIGN")
        return ACTIVITY

    def renewed(self, refusal):
        return self.renewal

    def hold(self, token, end):
        return lambda: None


def going_out(tokens: Tokens, method: Method | None = None, component: str = "accounts"):
    method = method or a_method()
    call = Call(method, Side.CLIENT, [("x-request-id", "7")])
    call.component = component
    return call, admit(compose([ClientAuth(tokens, now=lambda: 0.0)], method, Side.CLIENT), call)


def coming_in(
    *metadata: tuple[str, str | bytes], method: Method | None = None, verifier: Verifier | None = None
) -> Call:
    method = method or a_method()
    call = Call(method, Side.SERVER, metadata)
    assert admit(compose([ServerAuth(verifier or Verifier())], method, Side.SERVER), call) is None
    return call


def test_a_token_at_hand_goes_along_at_once():
    tokens = Tokens(ready="good")
    call, pending = going_out(tokens)
    assert pending is None
    assert call.metadata == [("x-request-id", "7"), ("authorization", "Bearer good")]
    assert tokens.asked == ["accounts"]


async def test_a_token_that_is_not_at_hand_is_waited_for():
    call, pending = going_out(Tokens(fetched="good"))
    assert call.get("authorization") is None
    await pending
    assert call.get("authorization") == "Bearer good"


@pytest.mark.parametrize("shape", Shape)
def test_a_public_method_of_any_shape_gets_no_token(shape):
    tokens = Tokens(ready="good")
    call, pending = going_out(tokens, a_method(PUBLIC, shape))
    assert pending is None
    assert call.get("authorization") is None
    assert tokens.asked == []


def test_a_method_that_is_silent_on_access_is_not_taken_for_public():
    call, _ = going_out(Tokens(ready="good"), a_method(None))
    assert call.get("authorization") == "Bearer good"


async def test_without_the_backbone_the_call_fails_and_says_why():
    call, pending = going_out(Tokens(fetched=Unavailable("UNREACHABLE", "tried 127.0.0.1:7400")))
    with pytest.raises(Unavailable, match=r"NO_TOKEN.*GetUser.*accounts.*could not be reached.*127\.0\.0\.1:7400"):
        await pending
    assert call.get("authorization") is None


async def test_the_wait_for_a_token_ends_with_the_deadline_of_the_call():
    call, pending = going_out(Tokens())
    call.deadline = Deadline(0.0)
    with pytest.raises(Unavailable, match=r"NO_TOKEN.*in time"):
        await pending
    assert call.get("authorization") is None


async def test_a_refused_secret_is_told_as_what_it_is():
    _, pending = going_out(
        Tokens(fetched=Unauthenticated("CREDENTIALS_REFUSED", "the component or its secret is wrong"))
    )
    with pytest.raises(Unauthenticated, match="CREDENTIALS_REFUSED"):
        await pending


def test_no_token_is_asked_for_where_nobody_serves_the_method():
    tokens = Tokens(ready="good")
    with pytest.raises(Unavailable, match=r"NO_ROUTE.*campus\.Accounts"):
        going_out(tokens, component="")
    assert tokens.asked == []


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_token_says_who_calls(scheme):
    assert coming_in(("user-agent", "x"), ("authorization", f"{scheme} good")).principal is ACTIVITY


@pytest.mark.parametrize("shape", Shape)
def test_no_shape_is_let_in_without_a_token(shape):
    with pytest.raises(Unauthenticated, match="TOKEN_MISSING"):
        coming_in(("user-agent", "x"), method=a_method(shape=shape))


@pytest.mark.parametrize(
    "values",
    [
        ["Bearer good", "Bearer good"],
        ["Bearer good", "Bearer other"],
        ["Bearer good", ""],
        ["", "Bearer good"],
        ["Bearer good", "Basic Z29vZA=="],
        [""],
        ["good"],
        ["Bearer"],
        ["Bearergood"],
        ["Basic good"],
        ["Bearer\tgood"],
        [" Bearer good"],
        [b"Bearer good"],
    ],
    ids=str,
)
def test_the_header_is_one_bearer_token_or_refused(values):
    verifier = Verifier()
    with pytest.raises(Unauthenticated, match="TOKEN_MALFORMED"):
        coming_in(*(("authorization", value) for value in values), verifier=verifier)
    assert verifier.seen == []


@pytest.mark.parametrize("value", ["Bearer good, Bearer good", "Bearer  good", "Bearer good ", "Bearer "])
def test_what_follows_the_scheme_is_judged_by_the_verifier_as_it_is(value):
    verifier = Verifier()
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        coming_in(("authorization", value), verifier=verifier)
    assert verifier.seen == [value[7:]]


@pytest.mark.parametrize("name", sorted(CLAIMED - {"authorization-bin"}))
def test_no_other_header_says_who_calls(name):
    with pytest.raises(Unauthenticated, match="TOKEN_MISSING"):
        coming_in((name, "registrar"))


def test_a_binary_authorization_is_no_token():
    with pytest.raises(Unauthenticated, match="TOKEN_MISSING"):
        coming_in(("authorization-bin", b"Bearer good"))


@pytest.mark.parametrize("access", [SCOPED, PUBLIC], ids=["scoped", "public"])
def test_headers_that_claim_an_identity_are_taken_away(access):
    claims = [(name, "registrar") for name in CLAIMED]
    kept = [("authorization", "Bearer good"), ("x-request-id", "7")]
    call = coming_in(*claims, *kept, method=a_method(access))
    assert call.metadata == kept


def test_a_public_method_is_open_to_anybody_who_stays_nobody():
    verifier = Verifier()
    assert coming_in(method=a_method(PUBLIC), verifier=verifier).principal is None
    assert coming_in(("authorization", "Bearer good"), method=a_method(PUBLIC), verifier=verifier).principal is None
    assert verifier.seen == []


def test_a_method_whose_contract_is_silent_lets_nobody_in():
    with pytest.raises(PermissionDenied, match=r"ACCESS_UNDECLARED.*campus\.Accounts/GetUser"):
        coming_in(("authorization", "Bearer good"), method=a_method(None))


def test_a_refused_token_leaves_nobody_on_the_call():
    call = Call(a_method(), Side.SERVER, [("authorization", "Bearer bad")])
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        admit(compose([ServerAuth(Verifier())], call.method, Side.SERVER), call)
    assert call.principal is None


def judged(token: str, verifier: Verifier):
    call = Call(a_method(), Side.SERVER, [("authorization", f"Bearer {token}"), ("x-user", "registrar")])
    return call, admit(compose([ServerAuth(verifier)], call.method, Side.SERVER), call)


async def test_a_call_whose_key_is_unknown_waits_for_newer_keys_and_is_judged_again():
    verifier = Verifier(renewal=asyncio.get_running_loop().create_future())
    call, pending = judged("new", verifier)
    assert call.principal is None
    verifier.renewal.set_result(None)
    await pending
    assert call.principal is ACTIVITY
    assert call.get("x-user") is None
    assert verifier.seen == ["new", "new"]


async def test_a_token_that_is_unknown_to_newer_keys_too_is_refused():
    verifier = Verifier(renewal=asyncio.get_running_loop().create_future())
    _, pending = judged("bad", verifier)
    verifier.renewal.set_result(None)
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        await pending


async def test_one_that_leaves_does_not_end_the_renewal_of_the_others():
    verifier = Verifier(renewal=asyncio.get_running_loop().create_future())
    _, pending = judged("new", verifier)
    waiting = asyncio.ensure_future(pending)
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not verifier.renewal.cancelled()


@pytest.mark.parametrize("fault", [KeyError("kid"), RuntimeError("odd"), AssertionError(), RecursionError()], ids=repr)
def test_a_verifier_that_fails_lets_nobody_in_and_tells_nothing(fault):
    with pytest.raises(Unauthenticated) as refusal:
        judged("good", Verifier(fault=fault))
    assert str(refusal.value) == "UNAUTHENTICATED TOKEN_REFUSED: the token was refused"


def test_a_feed_that_is_lost_is_told_as_what_it_is():
    with pytest.raises(Unavailable, match="REVOCATIONS_STALE"):
        judged("good", Verifier(fault=Unavailable("REVOCATIONS_STALE", refused=True)))


def test_a_trace_or_a_forwarded_address_is_no_identity():
    pairs = [("traceparent", "00-1-2-01"), ("x-forwarded-for", "10.0.0.1"), ("forwarded", "for=10.0.0.1")]
    with pytest.raises(Unauthenticated, match="TOKEN_MISSING"):
        coming_in(*pairs)
