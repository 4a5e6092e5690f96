"""Write the tree of the package into architecture.md, from the first lines of its modules.

python docs/tree.py
"""

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = HERE.parent / "spacy_spo"
PAGE = HERE / "architecture.md"
BLOCK = re.compile(r"(?<=<!-- python docs/tree\.py -->\n```\n).*?(?=```)", re.DOTALL)
WIDTH = 30


def draw_tree(folder: Path, indent: int = 0) -> str:
    """Draw a folder, its modules before the folders in it."""
    title = f"{' ' * indent}{folder.name}/"
    lines = [_line(title, folder / "__init__.py")]
    for path in sorted(folder.glob("*.py")):
        if path.name != "__init__.py":
            lines.append(_line(f"{' ' * (indent + 2)}{path.name}", path))
    folders = sorted(path.parent for path in folder.glob("*/__init__.py"))
    return "".join([*lines, *(draw_tree(path, indent + 2) for path in folders)])


def _line(title: str, module: Path) -> str:
    docstring = ast.get_docstring(ast.parse(module.read_text(encoding="utf8"))) or ""
    return f"{title:{WIDTH}} {docstring.splitlines()[0].rstrip('.')}\n"


def update_page(page: str) -> str:
    """Put the tree of today into a page."""
    return BLOCK.sub(lambda _: draw_tree(PACKAGE), page)


if __name__ == "__main__":
    PAGE.write_text(update_page(PAGE.read_text(encoding="utf8")), encoding="utf8")
