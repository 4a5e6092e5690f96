"""The private parts of spaCy's command line that ours leans on are as they were."""

import typer

from spacy_spo.cli.compat_spacy import Arg, Opt, parse_config_overrides, setup_gpu


def test_arguments_and_options_are_those_of_typer():
    assert Arg is typer.Argument and Opt is typer.Option


def test_overrides_are_read_by_dotted_names():
    assert parse_config_overrides(["--training.max_steps", "5"]) == {"training.max_steps": 5}


def test_the_cpu_needs_no_setup():
    setup_gpu(-1, silent=True)
