"""The files that a configuration builds on: `extend = "org-policy.toml"`, one after the other."""

import os
from pathlib import Path

from dlaudit.errors import Place, UsageError, shown
from dlaudit.spec.toml_source import Source, read_source

MOST_FILES = 5
"""Files that may stand behind a configuration."""


def sources_of(path: Path) -> list[Source]:
    """The file at `path` first, then the one that it extends, and so on.

    Raises:
        UsageError: A file is missing or wrong (DLA103, DLA111, DLA112), extends itself in the end, lies outside the
            project, or is one too many (DLA105).
    """
    here = _resolved(path, Place(file=str(path)))
    root = project_root(path)
    found, seen = [read_source(path)], [here]
    while "extend" in found[-1].written:
        source = found[-1]
        following = _extended(source, seen[-1].parent, root)
        its_file = _resolved(following, source.place("extend"))
        if its_file in seen:
            named = " extends ".join(shown(one.name, quote=False) for one in [*seen, its_file])
            raise _refused(source, f"a cycle: {named}", "Remove the `extend` that closes the cycle.")
        if len(seen) > MOST_FILES:
            raise _refused(source, f"more than {MOST_FILES} files extend each other", "Put rules together.")
        found.append(_read(following, source, root))
        seen.append(its_file)
    return found


def project_root(path: Path) -> Path:
    """The folder of the version control that `path` is in, else its own."""
    folder = path.resolve().parent
    return next((one for one in [folder, *folder.parents] if (one / ".git").exists()), folder)


def _read(path: Path, source: Source, root: Path) -> Source:
    named = str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
    try:
        return read_source(path, named=named)
    except UsageError as error:
        if error.code != "DLA111":
            raise
        what = f"it extends {shown(named, limit=200)}, and {error.what}"
        raise UsageError("DLA111", what, place=source.place("extend"), fix=error.fix) from error


def _extended(source: Source, folder: Path, root: Path) -> Path:
    """The file that `source` extends."""
    written = source.written["extend"]
    if not isinstance(written, str) or not written.strip() or "://" in written or "\0" in written:
        what = f"extend is {shown(written)}, which is no file of this machine"
        raise _refused(source, what, 'Give the path of one TOML file, as extend = "org-policy.toml".')
    path = Path(os.path.normpath(folder / written))
    if not Path(written).is_absolute() and not _resolved(path, source.place("extend")).is_relative_to(root):
        what = f"extend = {shown(written, limit=200)} leads out of the project ({shown(root, limit=200, quote=False)})"
        raise _refused(source, what, "Copy the file into the project, or give its absolute path if you mean it.")
    return path


def _resolved(path: Path, place: Place) -> Path:
    """The path behind all links."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # Python 3.11 takes a loop of links for a RuntimeError
        told = f"the path {shown(path, limit=200)} leads to no file: {shown(error, limit=100, quote=False)}"
        raise UsageError("DLA111", told, place=place, fix="Give the path of an existing TOML file.") from error


def _refused(source: Source, what: str, fix: str) -> UsageError:
    return UsageError("DLA105", what, place=source.place("extend"), fix=fix)
