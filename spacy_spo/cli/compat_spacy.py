"""Access to private parts of spaCy's command line: options, config overrides, GPU.

`tests/cli/test_compat_spacy.py` fails if a release of spaCy changes them.
"""

from spacy.cli._util import Arg, Opt, parse_config_overrides, setup_gpu

__all__ = ["Arg", "Opt", "parse_config_overrides", "setup_gpu"]
