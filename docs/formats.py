"""Write formats.md: the example and the source of each format, from its module.

python docs/formats.py
"""

import ast
from pathlib import Path

HERE = Path(__file__).parent
FORMATS = HERE.parent / "spacy_spo" / "data" / "formats"
PAGE = HERE / "formats.md"
HEAD = """# Annotation formats

What `spacy spo convert` reads, format by format. Names and sentences are invented. Which of them
can be written, and how to add one: [My annotations](annotations.md). `python docs/formats.py`
writes this page from the modules in [spacy_spo/data/formats](../spacy_spo/data/formats).
"""


def make_page() -> str:
    """Make the page, a section for each format."""
    modules = (path for path in sorted(FORMATS.glob("*.py")) if path.name != "__init__.py")
    return "".join([HEAD, *(f"\n## {path.stem}\n\n{_describe(path)}\n" for path in modules)])


def _describe(module: Path) -> str:
    return ast.get_docstring(ast.parse(module.read_text(encoding="utf8"))) or ""


if __name__ == "__main__":
    PAGE.write_text(make_page(), encoding="utf8")
