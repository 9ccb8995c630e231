import io

from trunkline.supervisor.console import Console, coloured


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_names_are_padded_so_that_lines_begin_in_one_column():
    output = io.StringIO()
    console = Console(output, ["a", "longer"], colour=False)
    console.line("a", "x")
    console.line("longer", "y")
    console.say("ours")
    assert output.getvalue() == "a      | x\nlonger | y\nours\n"


def test_each_name_has_a_colour_of_its_own():
    output = io.StringIO()
    console = Console(output, ["a", "b"], colour=True)
    console.line("a", "x")
    console.line("b", "x")
    first, second = output.getvalue().splitlines()
    assert first == "\x1b[36ma |\x1b[0m x"
    assert second == "\x1b[33mb |\x1b[0m x"


def test_colour_is_for_terminals_unless_no_color_is_set(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert coloured(Terminal())
    assert not coloured(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured(Terminal())
