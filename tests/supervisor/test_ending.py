import pytest

from trunkline.supervisor.ending import ending


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "ended with exit status 0"),
        (3, "ended with exit status 3"),
        (-9, "was killed by SIGKILL"),
        (-250, "was killed by signal 250"),
    ],
)
def test_an_end_is_told_in_words(status: int, words: str):
    assert ending(status) == words
