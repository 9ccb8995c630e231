"""What the text of an exception must not tell: values of fields that a contract marks `debug_redact`.

Whoever raised it may have put a whole message into its text. The frames that it passed through still hold the messages,
so that the values are known where the text is about to be written, and no call pays for it that does not fail.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from google.protobuf import text_encoding
from google.protobuf.message import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"
_SHORT = 4


def without_hidden(text: str, error: BaseException | None) -> str:
    """Return `text`, which tells of `error`, with the hidden values masked that the frames of `error` hold."""
    if error is None:
        return text
    return without_values(text, (value for message in _messages(error) for value in hidden_values(message)))


def without_values(text: str, values: Iterable[Any]) -> str:
    """Return `text` with `values` masked; those of three characters or fewer only where they are a word."""
    spellings = {spelling for value in values for spelling in _spelt(value)}
    for one in sorted(spellings, key=len, reverse=True):
        text = text.replace(one, MASK) if len(one) >= _SHORT else re.sub(rf"\b{re.escape(one)}\b", MASK, text)
    return text


def hidden_values(message: Message, *, hidden: bool = False) -> Iterator[Any]:
    """Yield the scalars within `message` that stand in a field marked `debug_redact`, or below one."""
    for field, value in message.ListFields():
        ours = hidden or field.GetOptions().debug_redact
        for one in _each(field, value):
            if isinstance(one, Message):
                yield from hidden_values(one, hidden=ours)
            elif ours and not isinstance(one, bool):
                yield one


def _each(field: Any, value: Any) -> Iterable[Any]:
    if not field.is_repeated:
        return (value,)
    entry = field.message_type
    if entry is not None and entry.GetOptions().map_entry:
        return [*value.keys(), *value.values()] if field.GetOptions().debug_redact else list(value.values())
    return list(value)


def _messages(error: BaseException) -> Iterator[Message]:
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        waiting += [current.__cause__, current.__context__]
        waiting += current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        trace = current.__traceback__
        while trace is not None:
            yield from (value for value in trace.tb_frame.f_locals.values() if isinstance(value, Message))
            trace = trace.tb_next


def _spelt(value: Any) -> set[str]:
    """Return how a value looks in a text: plain, as Python shows it, and as protobuf does."""
    if isinstance(value, bytes):
        plain = value.decode("utf-8", "replace")
        spellings = {plain, repr(value)[2:-1], text_encoding.CEscape(value, as_utf8=False)}
    elif isinstance(value, str):
        encoded = value.encode("utf-8", "replace")
        spellings = {value, repr(value)[1:-1], ascii(value)[1:-1], text_encoding.CEscape(encoded, as_utf8=False)}
    else:
        spellings = {str(value)}
    return spellings - {""}
