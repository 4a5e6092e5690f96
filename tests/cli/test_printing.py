"""Printing of the commands: data as text, colours in terminals only."""

import ast
import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import typer

import spacy_spo.cli
from spacy_spo.cli.printing import exit_on_error, msg, print_counts, print_tables
from spacy_spo.visualize.tables import Table

HOSTILE = "\x1b]0;title\x07\x1b[2J\u202e\x9b\n✔ Wrote"
VISIBLE = r"\x1b]0;title\x07\x1b[2J\u202e\x9b\n✔ Wrote"
COMMANDS = Path(spacy_spo.cli.__file__).parent


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


def print_all(stream):
    with redirect_stdout(stream):
        for style in ("good", "info", "warn", "fail", "text", "lines", "divider"):
            getattr(msg, style)("message")
    return stream.getvalue()


@pytest.mark.parametrize(
    "show",
    [
        lambda: msg.good(HOSTILE),
        lambda: msg.info(HOSTILE),
        lambda: msg.warn(HOSTILE),
        lambda: msg.fail(HOSTILE),
        lambda: msg.text(HOSTILE),
        lambda: msg.row([HOSTILE], widths=[2], aligns="r"),
        lambda: print_counts([(HOSTILE, 3)]),
        lambda: print_tables([Table(HOSTILE, ["a", "b"], [["c", "d"]])]),
        lambda: print_tables([Table("a", [HOSTILE, "b"], [["c", "d"]])]),
        lambda: print_tables([Table("a", ["b", "c"], [["d", HOSTILE]])]),
    ],
)
def test_control_characters_are_shown(show, capsys):
    show()
    output = capsys.readouterr().out
    # Lines may be wrapped at spaces.
    assert VISIBLE in output.replace("\nWrote", " Wrote")
    assert not set(output) & set("\x1b\x07\u202e\x9b")


def test_lines_of_an_error_are_kept_and_its_data_shown(capsys):
    with pytest.raises(typer.Exit), exit_on_error("Nothing was done"):
        raise ValueError("first\x1b[2J\nsecond")
    assert capsys.readouterr().out == "✘ Nothing was done\nfirst\\x1b[2J\nsecond\n"


def test_a_terminal_gets_colours(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert print_all(Terminal()).count("\x1b[0m") == 5


def test_no_color_is_honoured(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    output = print_all(Terminal())
    assert output.count("message") == 7 and "\x1b" not in output


def test_files_and_pipes_get_no_colours():
    output = print_all(io.StringIO())
    assert output.count("message") == 7 and "\x1b" not in output


@pytest.mark.parametrize("encoding, shown", [("ascii", r"\xe9 \u6c99"), ("latin-1", r"é \u6c99")])
def test_what_an_encoding_lacks_is_escaped(encoding, shown):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    with redirect_stdout(stream):
        msg.good("é 沙")
    stream.flush()
    assert shown in stream.buffer.getvalue().decode(encoding)


def test_no_command_prints_by_itself():
    for path in COMMANDS.glob("*.py"):
        if path.name != "printing.py":
            text = path.read_text(encoding="utf8")
            calls = [node.func for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
            assert "print" not in {call.id for call in calls if isinstance(call, ast.Name)}, path
            assert "wasabi" not in text, path
