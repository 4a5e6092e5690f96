"""What setup.cfg cannot hold: the README with links that work on a package index."""

import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
config = ConfigParser()
config.read(HERE / "setup.cfg", encoding="utf8")
url = config["metadata"]["url"]


def absolute(match: "re.Match[str]") -> str:
    """Point a link or a picture to the repository."""
    mark, text, target = match.groups()
    return f"{mark}[{text}]({url}/{'raw' if mark else 'blob'}/main/{target})"


readme = (HERE / "README.md").read_text(encoding="utf8")
setup(long_description=re.sub(r"(!?)\[([^\]]*)\]\((?!https://|#)([^)]+)\)", absolute, readme))
