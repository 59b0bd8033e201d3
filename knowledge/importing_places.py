"""Where a file stands: by its whole path, or in a Git checkout by its path there and the commit. Looks at the disk."""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

_REMOTE = re.compile(r'^\[remote "origin"\][^\[]*?^\s*url\s*=\s*(\S+)', re.MULTILINE | re.DOTALL)
_ADDRESS = re.compile(r"^(?:\w+://)?(?:[^@/]+@)?([\w.-]+)(?::\d+/|[:/])(.+?)(?:\.git)?/?$")
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_BLOBS = {"github": "blob", "gitlab": "-/blob"}  # what stands between project and commit in the address of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A working tree of Git; remote is host and project, without who may read it."""

    top: Path
    remote: str = ""
    revision: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file or folder stands: root and path name it wherever the checkout lies."""

    root: str
    path: str
    revision: str = ""
    permalink: str | None = None


def place_of(path: Path, checkout: Checkout | None) -> Place:
    """Return the place of an absolute path."""
    if checkout is None:
        return Place(root="", path=path.as_posix())
    within = path.relative_to(checkout.top).as_posix()
    inner = "" if within == "." else within
    return Place(
        root=f"git:{checkout.remote or checkout.top.as_posix()}",
        path=inner,
        revision=checkout.revision,
        permalink=_permalink(checkout, inner),
    )


def checkout_of(path: Path) -> Checkout | None:
    """Return the checkout that an absolute path is in; None if it is in none, or Git's files cannot be read."""
    for folder in (path, *path.parents):
        git = folder / ".git"
        try:
            if git.is_dir():
                return _checkout(folder, git)
            if git.is_file():  # a worktree or submodule: the file names the real folder
                real = git.read_text("utf-8").removeprefix("gitdir:").strip()
                return _checkout(folder, folder / real)
        except (OSError, UnicodeDecodeError):
            return None
    return None


def _checkout(top: Path, git: Path) -> Checkout:
    named = git / "commondir"
    common = git / named.read_text("utf-8").strip() if named.is_file() else git
    config = common / "config"
    remote = _REMOTE.search(config.read_text("utf-8")) if config.is_file() else None
    address = _ADDRESS.match(remote[1]) if remote else None
    return Checkout(
        top=top, remote=f"{address[1]}/{address[2].lstrip('/')}" if address else "", revision=_revision(git, common)
    )


def _revision(git: Path, common: Path) -> str:
    """Return the commit that is checked out; "" before the first."""
    head = (git / "HEAD").read_text("utf-8").strip()
    if not head.startswith("ref:"):
        return head if _COMMIT.fullmatch(head) else ""
    name = head.removeprefix("ref:").strip()
    for folder in (git, common):
        if (folder / name).is_file():
            return (folder / name).read_text("utf-8").strip()
    packed = common / "packed-refs"
    lines = packed.read_text("utf-8").splitlines() if packed.is_file() else []
    return next((line.partition(" ")[0] for line in lines if line.endswith(f" {name}")), "")


def _permalink(checkout: Checkout, path: str) -> str | None:
    host = checkout.remote.partition("/")[0]
    between = next((blob for name, blob in _BLOBS.items() if name in host.split(".")), None)
    if between is None or not checkout.revision:
        return None
    return f"https://{checkout.remote}/{between}/{checkout.revision}/{quote(path)}"
