"""What a kernel sends is a stranger's: any bytes are dropped or understood, any content is counted."""

from __future__ import annotations

from typing import Any

import pytest
import zmq.asyncio
from hypothesis import given
from hypothesis import strategies as st
from jupyter_client.session import Session

from grader.execution.channels import BoundedChannel
from grader.execution.limits import RunLimits, size_in_words
from grader.execution.output_caps import OutputCaps

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
SESSION = Session(key=b"known to the notebook", digest_history_size=0)


def understood(parts: list[bytes]) -> dict[str, Any] | None:
    channel = object.__new__(BoundedChannel)
    channel.session = SESSION
    return channel._understood(parts)


@given(st.lists(st.binary(max_size=50) | st.just(b"<IDS|MSG>"), max_size=9))
def test_any_bytes_are_dropped(parts: list[bytes]) -> None:
    assert understood(parts) is None


@given(st.lists(json_values, min_size=4, max_size=4))
def test_a_signed_message_is_understood_only_when_its_parts_are_objects(values: list[Any]) -> None:
    packed = [SESSION.pack(value) for value in values]
    message = understood([b"<IDS|MSG>", SESSION.sign(packed), *packed])
    if message is None:
        return
    assert all(isinstance(message[name], dict) for name in ("header", "parent_header", "metadata", "content"))


@given(st.sampled_from(["stream", "error", "display_data", "update_display_data", "status"]), json_values)
def test_any_content_is_counted(kind: str, content: Any) -> None:
    OutputCaps(RunLimits()).admits({"msg_type": kind, "content": content})


def test_text_above_a_cells_share_is_dropped_and_the_next_cell_has_a_share_of_its_own() -> None:
    caps = OutputCaps(RunLimits(output_characters_per_cell=1000))
    line = {"msg_type": "stream", "content": {"name": "stdout", "text": "x" * 600}}
    assert [caps.admits(line), caps.admits(line)] == [True, False]
    caps.start_of_cell()
    assert caps.admits(line)
    assert caps.dropped == 1


def test_pictures_do_not_use_up_the_share_of_text_and_an_error_is_always_kept_but_shortened() -> None:
    caps = OutputCaps(RunLimits(output_characters_per_cell=1000))
    picture = {"msg_type": "display_data", "content": {"data": {"image/png": "i" * 500_000}}}
    error = {"msg_type": "error", "content": {"ename": "E", "evalue": "v" * 9000, "traceback": ["t" * 90_000]}}
    assert caps.admits(picture)
    assert caps.admits({"msg_type": "stream", "content": {"text": "x" * 900}})
    assert caps.admits(error)
    assert len(error["content"]["evalue"]) == 2000  # type: ignore[index]
    assert len(error["content"]["traceback"][0]) == 20_000  # type: ignore[index]


@pytest.mark.parametrize(
    ("size", "words"), [(6 << 30, "6 GB"), (1536 << 20, "1.5 GB"), (256 << 20, "256 MB"), (7, "7 bytes")]
)
def test_sizes_are_said_as_people_say_them(size: int, words: str) -> None:
    assert size_in_words(size) == words


def test_sockets_of_a_client_are_limited() -> None:
    from grader.execution.channels import MESSAGE_BYTES, BoundedClient

    client = BoundedClient()
    socket = client.context.socket(zmq.SUB)
    assert socket.getsockopt(zmq.MAXMSGSIZE) == MESSAGE_BYTES
    socket.close()
    client.context.destroy()
