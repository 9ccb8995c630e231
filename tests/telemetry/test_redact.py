from __future__ import annotations

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.any_pb2 import Any

from trunkline.api.entities.v1 import user_pb2
from trunkline.api.identity.v1 import identity_pb2
from trunkline.telemetry.redact import masked, without_secrets

JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"


def message_class():
    """A message with every kind of field: `hidden` ones are marked, the others hold messages that have marked ones."""
    file = descriptor_pb2.FileDescriptorProto(name="redact_test.proto", package="redact_test", syntax="proto3")
    inner = file.message_type.add(name="Inner")
    add(inner, "hidden", redact=True)
    add(inner, "plain")
    outer = file.message_type.add(name="Outer")
    for name in ("open", "shut"):
        entry = outer.nested_type.add(name=f"{name.title()}Entry")
        entry.options.map_entry = True
        add(entry, "key")
        add(entry, "value", number=2, type_name=".redact_test.Inner")
    add(outer, "one", type_name=".redact_test.Inner")
    add(outer, "many", type_name=".redact_test.Inner", repeated=True)
    add(outer, "open", type_name=".redact_test.Outer.OpenEntry", repeated=True)
    add(outer, "shut", type_name=".redact_test.Outer.ShutEntry", repeated=True, redact=True)
    add(outer, "names", repeated=True, redact=True)
    add(outer, "secret", type_name=".redact_test.Inner", redact=True)
    add(outer, "raw", kind="BYTES")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("redact_test.Outer"))


def add(message, name, *, number=None, kind="STRING", type_name="", repeated=False, redact=False):
    types = descriptor_pb2.FieldDescriptorProto
    field = message.field.add(name=name, number=number or len(message.field) + 1)
    if type_name:
        field.type_name = type_name
    field.type = types.TYPE_MESSAGE if type_name else types.Type.Value(f"TYPE_{kind}")
    field.label = types.LABEL_REPEATED if repeated else types.LABEL_OPTIONAL
    if redact:
        field.options.debug_redact = True


def test_marked_fields_are_masked_wherever_they_are():
    outer = message_class()()
    for inner in (outer.one, outer.many.add(), outer.many.add(), outer.open["a"], outer.shut["a"], outer.secret):
        inner.hidden, inner.plain = "hunter2", "seen"
    outer.names.extend(["hunter2", "hunter2"])
    outer.raw = b"hunter2"
    told = {"hidden": "***", "plain": "seen"}
    assert masked(outer) == {
        "one": told,
        "many": [told, told],
        "open": {"a": told},
        "shut": "***",
        "names": "***",
        "secret": "***",
        "raw": "<7 bytes>",
    }


def test_the_entities_of_the_mesh_hide_personal_data():
    user = user_pb2.User(username="ada", email="ada@example.org", roles=["learner"])
    user.profile.first_name = "Ada"
    user.profile.preferences.update({"theme": "dark"})
    user.created_at.FromSeconds(0)
    assert masked(user) == {
        "username": "ada",
        "email": "***",
        "roles": ["learner"],
        "profile": {"first_name": "***", "preferences": {"theme": "dark"}},
        "created_at": "1970-01-01T00:00:00Z",
    }


def test_fields_that_are_not_set_are_not_told():
    assert masked(user_pb2.User()) == {}


def test_a_packed_message_is_masked_where_its_type_is_known():
    packed = Any()
    packed.Pack(identity_pb2.IssuedToken(access_token="hunter2"))
    assert masked(packed) == {"@type": "trunkline.api.identity.v1.IssuedToken", "access_token": "***"}
    unknown = Any(type_url="example.org/no.Such", value=b"hunter2")
    assert masked(unknown) == {"@type": "no.Such", "value": "<7 bytes>"}


@pytest.mark.parametrize("text", [f"bad token {JWT}", "Authorization: Bearer abcdefgh12345678", f"got bearer {JWT}!"])
def test_tokens_within_a_text_are_masked(text):
    told = without_secrets(text)
    assert "***" in told
    assert JWT not in told
    assert "abcdefgh" not in told


def test_metadata_keeps_its_keys_and_loses_its_tokens():
    pairs = [("authorization", "Basic eDp5"), ("traceparent", "00-a"), ("X-Api-Key", "k")]
    told = without_secrets({"metadata": pairs, "nested": {"password": "p", "depth": 2}})
    assert told["metadata"][:2] == [["authorization", "***"], ["traceparent", "00-a"]]
    assert told["nested"] == {"password": "***", "depth": 2}


def test_a_logged_message_is_masked():
    assert without_secrets([identity_pb2.IssuedToken(access_token="x")]) == [{"access_token": "***"}]
