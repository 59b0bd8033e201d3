"""Holds the import rule of ARCHITECTURE.md, the sizes, and what else no linter knows."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import click
import pytest

from vigil_bot.cli import main
from vigil_bot.commands.parse import NAMES

ROOT = Path(__file__).parents[1]
OWN = ("vigil_bot", "adapters", "knowledge", "scripts")
MAX_FILE_LINES, MAX_FUNCTION_LINES = 300, 40

VALUES = ("vigil_bot", "vigil_bot.model.*", "vigil_bot.errors", "vigil_bot.texts", "vigil_bot.texts.*")
PORTS = (*VALUES, "vigil_bot.ports.*")
ABOVE_APP = ("assembly", "cli*", "desk", "doctor", "rehearsal", "serve", "__main__")
MAY_IMPORT = (  # the first pattern that a file matches counts; {} is the adapter's own folder
    ("scripts/*", ("*",)),
    ("vigil_bot/app.py", ("*",)),
    ("vigil_bot/platforms.py", ("*",)),
    ("vigil_bot/models.py", ("*",)),
    ("vigil_bot/libraries.py", ("*",)),
    *((f"vigil_bot/{name}.py", ("vigil_bot", "vigil_bot.*")) for name in ABOVE_APP),
    ("vigil_bot/errors.py", VALUES),
    ("vigil_bot/model/*", VALUES),
    ("vigil_bot/texts/*", ("vigil_bot.texts.*",)),
    ("vigil_bot/ports/*", PORTS),
    ("vigil_bot/*", ("vigil_bot", "vigil_bot.*", "!vigil_bot.app", "!vigil_bot.platforms")),
    ("adapters/*", (*PORTS, "adapters.{}", "adapters.{}.*")),
    ("knowledge/*", (*PORTS, "knowledge.*")),
)

# A foreign library stands behind one door, so that it can be replaced.
DOORS = {
    "chromadb": ("knowledge/chroma.py",),
    "openai": ("adapters/llm/*",),
    "tokenizers": ("adapters/embedder/*",),
    "slack_sdk": ("adapters/slack/*",),
    "slack_bolt": ("adapters/slack/*",),
    "lark_oapi": ("adapters/lark/*",),
    "sqlalchemy": ("adapters/store/*", "adapters/local/*"),
    "alembic": ("adapters/store/*",),
    "prometheus_client": ("vigil_bot/metrics.py",),
    "pydantic_settings": ("vigil_bot/settings.py",),
    "dotenv": ("vigil_bot/settings.py",),
    "babel": ("scripts/texts.py",),
}

# Everything in these packages is pure, but for the shells; elsewhere what is named is.
PURE = (
    "vigil_bot/model/*",
    "vigil_bot/texts/*",
    "vigil_bot/errors.py",
    "vigil_bot/redact*.py",
    "vigil_bot/feedback.py",
    "vigil_bot/building.py",
    "vigil_bot/policy_file.py",
    "vigil_bot/commands/parse.py",
    *(f"vigil_bot/commands/{name}.py" for name in ("cards", "home", "kb_cards", "kb_parse", "names", "spoken")),
    "vigil_bot/proactive/*",
    "vigil_bot/progress/*",
    "vigil_bot/watch/*",
    "adapters/*/parse*.py",
    "adapters/*/text*.py",
    "adapters/*/render*.py",
    *(f"adapters/slack/{name}.py" for name in ("mrkdwn", "payloads", "views", "faults", "emoji")),
    *(f"adapters/lark/{name}.py" for name in ("content", "foreign", "markdown", "faults", "emoji", "toasts")),
    "adapters/reasoner/*",
    "knowledge/*",
)
SHELLS = (
    "vigil_bot/proactive/engine.py",
    "vigil_bot/watch/matcher.py",
    "vigil_bot/watch/watcher.py",
    "vigil_bot/progress/linker.py",
    "vigil_bot/progress/cluster_comparing.py",
    "vigil_bot/progress/cluster_telling.py",
    "adapters/reasoner/reasoner.py",
    "knowledge/base.py",
    "knowledge/check.py",
    "knowledge/chroma.py",
    "knowledge/distill.py",
    "knowledge/find.py",
    "knowledge/forgetter.py",
    "knowledge/importing.py",
    "knowledge/importing_folders.py",
    "knowledge/importing_library.py",
    "knowledge/links.py",
    "knowledge/upkeep_run.py",
    "knowledge/contrast.py",
    "knowledge/curator.py",
    "knowledge/learn.py",
    "knowledge/likeness.py",
    "knowledge/remembering.py",
    "knowledge/recall.py",
)
WAITING = (
    *("asyncio", "threading", "concurrent", "subprocess", "socket", "logging", "structlog"),
    *("time", "random", "secrets", "uuid", "vigil_bot.clock"),
    *("aiohttp", "httpx", "requests", "urllib.request", "http", "sqlite3", "sqlalchemy", "chromadb", "openai"),
)
HEAVY = ("chromadb", "openai", "tokenizers", "numpy", "onnxruntime", "lark_oapi", "slack_bolt", "sqlalchemy", "alembic")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A Python file of ours."""

    path: str  # from the project's root, with slashes
    text: str
    tree: ast.Module
    imports: tuple[str, ...]  # at any place in it; a relative one begins with a dot

    def matches(self, patterns: tuple[str, ...]) -> bool:
        return any(fnmatch(self.path, pattern) for pattern in patterns)


@cache
def read(path: Path) -> Source:
    text = path.read_text("utf-8")
    tree = ast.parse(text, filename=str(path))
    imports: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append("." * node.level + (node.module or ""))
    return Source(path=path.relative_to(ROOT).as_posix(), text=text, tree=tree, imports=tuple(imports))


def sources(*folders: str) -> list[Source]:
    return [read(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def may_import(source: Source, module: str) -> bool:
    """Whether the rule lets a file import a module of ours."""
    rule = next(rule for pattern, rule in MAY_IMPORT if fnmatch(source.path, pattern))
    patterns = [one.format(source.path.split("/")[1]) for one in rule]
    return "!" + module not in patterns and any(fnmatch(module, one) for one in patterns)


def test_everybody_imports_only_what_the_rule_allows() -> None:
    wrong = [
        f"{source.path} imports {module}"
        for source in sources(*OWN)
        for module in source.imports
        if module.split(".")[0] in OWN and not may_import(source, module)
    ]
    assert wrong == []


def test_values_and_ports_need_the_standard_library_only() -> None:
    wrong = [
        f"{source.path} imports {module}"
        for source in sources("vigil_bot/model", "vigil_bot/ports", "vigil_bot/texts")
        for module in source.imports
        if module.split(".")[0] not in {*sys.stdlib_module_names, "vigil_bot"}
    ]
    assert wrong == []


def test_foreign_libraries_stay_behind_their_doors() -> None:
    wrong = [
        f"{source.path} imports {module}"
        for source in sources(*OWN)
        for module in source.imports
        if not source.matches(DOORS.get(module.split(".")[0], ("*",)))
    ]
    assert wrong == []


def test_pure_files_neither_wait_nor_log_nor_look_at_the_clock() -> None:
    pure = [source for source in sources(*OWN) if source.matches(PURE) and not source.matches(SHELLS)]
    assert len(pure) > 20
    wrong = [
        f"{source.path} imports {module}"
        for source in pure
        for module in source.imports
        if module in WAITING or module.split(".")[0] in WAITING
    ]
    wrong += [
        f"{source.path}:{node.lineno} is async"
        for source in pure
        for node in ast.walk(source.tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
    ]
    assert wrong == []


def test_imports_are_absolute() -> None:
    wrong = [s.path for s in sources(*OWN, "tests") if any(module.startswith(".") for module in s.imports)]
    assert wrong == []


@pytest.mark.parametrize("module", ["vigil_bot.cli", "vigil_bot.settings", "vigil_bot.worker"])
def test_what_is_heavy_is_imported_when_it_is_used(module: str) -> None:
    """`vigil --help` must not pay for a vector index."""
    code = f"import sys, {module}; print(*sorted(set({HEAVY}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = [*project["dependencies"], "babel"]  # what makes the translations is needed for development alone
    declared = {re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in lines}
    provides = packages_distributions()
    foreign = {
        module.split(".")[0]: source.path
        for source in sources(*OWN)
        for module in source.imports
        if module.split(".")[0] not in {*sys.stdlib_module_names, *OWN, "tests"}
    }
    wrong = {
        module: path
        for module, path in foreign.items()
        if not declared & {name.lower().replace("_", "-") for name in provides.get(module, [])}
    }
    assert wrong == {}


def test_files_and_functions_stay_small() -> None:
    """A migration is a list, as long as it is."""
    wrong = [s.path for s in sources(*OWN) if s.text.count("\n") > MAX_FILE_LINES]
    wrong += [
        f"{source.path}:{node.lineno} {node.name}"
        for source in sources(*OWN)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > MAX_FUNCTION_LINES
        and not source.matches(("adapters/store/migrations/*",))
    ]
    assert wrong == []


def test_nothing_is_left_unfinished_or_faked() -> None:
    words = (
        "unittest" + r"\.mock",
        r"\bTO" + r"DO\b",
        r"\bFIX" + r"ME\b",
        r"\bX" + r"XX\b",
        "raise NotImplemented" + "Error",
    )
    unfinished = re.compile("|".join(words))
    wrong = [
        f"{source.path}:{number} {line.strip()}"
        for source in sources(*OWN, "tests")
        for number, line in enumerate(source.text.splitlines(), 1)
        if unfinished.search(line)
    ]
    assert wrong == []


def project_files() -> Iterator[Path]:
    """The files of the project, as far as they are text: not what was installed, fetched or made."""
    for entry in ROOT.iterdir():
        if entry.is_file():
            yield entry
        elif entry.name in {*OWN, "tests", "docs", ".ci"}:
            yield from (path for path in entry.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def test_no_file_names_a_folder_of_the_machine_it_was_written_on() -> None:
    folder = re.compile(r"(?<![\w.$}])/(?:wo" + r"rk|ro" + r"ot|ho" + r"me|Users)/[\w.]")
    wrong = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in project_files()
        if (found := folder.search(path.read_text("utf-8", "ignore")))
    ]
    assert wrong == []


def code_in(document: Path) -> str:
    """What stands in fenced blocks and between backticks."""
    text = document.read_text("utf-8")
    fenced = re.findall(r"^```.*?\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return "\n".join([*fenced, *inline])


def missing_commands(code: str) -> Iterator[str]:
    """Commands that a text names and that do not exist, whether of the shell, of the chat or of scripts/."""
    for name in re.findall(r"(?<!\S)(?:\./)?scripts/([\w-]+)", code):
        if not (ROOT / "scripts" / name).exists():
            yield f"scripts/{name}"
    for name in re.findall(r"(?<!\S)/vigil ([a-z]+)", code):
        if name not in NAMES:
            yield f"/vigil {name}"
    group: click.Command
    for words in re.findall(r"(?<!\S)(?:vigil|scripts/run) ([a-z]+(?: [a-z]+)?)", code):
        group = main
        for word in words.split():
            if isinstance(group, click.Group):
                if word not in group.commands:
                    yield f"vigil {words}"
                    break
                group = group.commands[word]


@pytest.mark.parametrize(
    "name", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_the_documents_name_only_commands_that_exist(name: str) -> None:
    assert list(missing_commands(code_in(ROOT / name))) == []


def test_the_check_of_commands_finds_a_wrong_one() -> None:
    wrong = "vigil fly\nscripts/run kb juggle\n/vigil dance\nscripts/nothing\nvigil kb search x\nvigil run"
    assert list(missing_commands(wrong)) == ["scripts/nothing", "/vigil dance", "vigil fly", "vigil kb juggle"]


def test_every_script_can_be_started() -> None:
    scripts = [ROOT / ".ci" / "run", *(ROOT / "scripts" / name for name in ("run", "test", "bench", "fix"))]
    for script in scripts:
        assert script.stat().st_mode & 0o111, script
        subprocess.run(["bash", "-n", str(script)], check=True)
