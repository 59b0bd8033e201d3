"""Bring the translations in vigil_bot/texts/*.po up to date with the texts in the sources, and make the .mo files that are read.

Run it after a text was added or changed: `python -m scripts.texts`; then fill what is empty in the .po, and run it again.
"""

import ast
import json
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
TEXTS = ROOT / "vigil_bot" / "texts"
LANGUAGES = ("zh",)
_SCRIPTS = "vigil_bot/console/static/"
_FOLDERS = ("vigil_bot", "adapters", "knowledge")
_METHODS = [("**/templates/**.html", "jinja2"), ("**/static/**.js", "javascript"), ("**.py", "python")]
_OPTIONS = {"**/templates/**.html": {"silent": "false"}}
_KEYWORDS = {"Text": None, "message": None, "plural": (1, 2), "t": None, "tn": (1, 2), "marked": None, "_": None}


def extracted() -> Catalog:
    """Return every text that stands in the sources."""
    template = Catalog(project="Vigil Bot", charset="utf-8", fuzzy=False)
    for folder in _FOLDERS:
        for file, line, text, _comments, context in extract_from_dir(
            ROOT / folder, _METHODS, _OPTIONS, _KEYWORDS, comment_tags=(), strip_comment_tags=False
        ):
            template.add(text, locations=[(f"{folder}/{file}", line)], context=context)
    for text in _of_errors():
        template.add(text, locations=[("vigil_bot/errors.py", 0)])
    return template


def read(language: str) -> Catalog:
    """Return the translations into a language."""
    with (TEXTS / f"{language}.po").open("rb") as stream:
        return read_po(stream, locale=language, domain="vigil")


def brought_up_to_date(language: str) -> Catalog:
    """Return the translations of what stands in the sources, and of nothing else."""
    catalogue = read(language)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """Return translations as a file for people: no dates and no lines, so that it changes only when a text does."""
    out = BytesIO()
    write_po(out, catalogue, width=120, sort_by_file=True, include_lineno=False, omit_header=True)
    return _HEADER + out.getvalue()


def as_module(catalogue: Catalog) -> str:
    """Return the translations of what stands in the page's scripts, as a script."""
    shown = {}
    for one in catalogue:
        if one.id and any(file.startswith(_SCRIPTS) for file, _line in one.locations):
            shown[_strings(one.id)[0]] = _strings(one.string)[0]
    return f"// Made by scripts/texts.py.\nexport default {json.dumps(shown, ensure_ascii=False, indent=2)};\n"


def as_mo(catalogue: Catalog) -> bytes:
    """Return translations as a file for the program."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def main() -> None:
    """Write both, and say what is not translated."""
    for language in LANGUAGES:
        catalogue = brought_up_to_date(language)
        (TEXTS / f"{language}.po").write_bytes(as_po(catalogue))
        (TEXTS / f"{language}.mo").write_bytes(as_mo(read(language)))
        (ROOT / _SCRIPTS / f"texts.{language}.js").write_text(as_module(read(language)), "utf-8")
        missing = [one.id for one in catalogue if one.id and not all(_strings(one.string))]
        print(f"{language}: {len(catalogue)} texts, {len(missing)} without a translation")
        for text in missing:
            print(f"  {text!r}")


def _strings(string: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str | None) else tuple(string)


def _of_errors() -> list[str]:
    """Return the first lines of the docstrings in errors.py, which are what an error says without words of its own."""
    tree = ast.parse((ROOT / "vigil_bot" / "errors.py").read_text("utf-8"))
    documented = [ast.get_docstring(node) for node in tree.body if isinstance(node, ast.ClassDef)]
    return [text.splitlines()[0] for text in documented if text]


_HEADER = b"""# Vigil Bot in Chinese. `python -m scripts.texts` brings it up to date with the sources and makes zh.mo.
msgid ""
msgstr ""
"Language: zh\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""

if __name__ == "__main__":
    main()
