"""A learner's own copies of the lessons: they follow the course until they are touched.

A file is overwritten only where it still is what this module wrote; `WRITTEN` remembers that.
"""

import hashlib
import json
import os
from itertools import chain, count

from filelock import FileLock

WRITTEN = ".written.json"  # in the folder: {lesson: digests of all versions that were written}


def blank(notebook):
    """Empty a notebook, a dict as in its file, of all that running left; fold its solutions."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
            if "solution" in cell["metadata"].get("tags", []):
                cell["metadata"].setdefault("jupyter", {})["source_hidden"] = True
    return notebook


def student(notebook):
    """Empty a notebook of what running left and of its solutions, to hand it out."""
    notebook["cells"] = [
        cell for cell in notebook["cells"] if "solution" not in cell["metadata"].get("tags", [])
    ]
    return blank(notebook)


def hand_out(originals, folder, *, check=False, say=print):
    """Write the lessons of a folder into another as students get them, with the pages (.md).

    Returns 0. With `check` nothing is written, and 1 is returned if a copy is missing or stale.
    """
    stale = 0
    for original in _originals(originals):
        content, copy = read(original), folder / original.name
        text = _text(content if isinstance(content, str) else student(content))
        if copy.exists() and copy.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            say(f"{copy} is {'stale' if copy.exists() else 'missing'}.")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            write(copy, text)
    if not check:
        say(f"The copies to hand out are in {folder}: {stale} written anew.")
    return int(check and stale > 0)


def digest(notebook):
    """Return a digest of what a learner changes in a notebook: sources, and what running left.

    Metadata do not count, because JupyterLab changes them by itself. Of a page, a string, all does.
    """
    if isinstance(notebook, str):
        return hashlib.sha256(notebook.encode()).hexdigest()
    kept = ("cell_type", "outputs", "execution_count", "attachments")
    cells = [["".join(cell["source"]), *map(cell.get, kept)] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def update(originals, folder, say=print):
    """Bring a learner's folder up to date with the lessons of another, and with their pages (.md).

    A lesson that is missing comes, one that was not touched follows its original, and beside
    one that was touched comes "... (new version).ipynb", once for each. All else is left alone.
    `folder` is made where it is missing; `say` gets a line for whatever a learner has to know.

    Raises
    ------
    OSError
        A file that cannot be written, or a lock that another process holds for a minute.
        What was there before is there still, and the next call goes on.
    """
    folder.mkdir(exist_ok=True)
    with FileLock(folder / ".lock", timeout=60):
        written = _written(folder)
        for original in _originals(originals):
            try:
                notebook = read(original)
                notebook = notebook if isinstance(notebook, str) else blank(notebook)
                version = digest(notebook)
            except (ValueError, LookupError, TypeError, AttributeError):
                say(f"{original} is damaged: no copy was made.")
                continue
            versions = written.setdefault(original.name, [])
            _follow(notebook, version, folder / original.name, versions, say)
            if version not in versions:
                versions.append(version)
                write(folder / WRITTEN, written)


def _follow(notebook, version, path, versions, say):
    """Write one lesson to its place, or beside what the learner made of it."""
    ours = {None, version, *versions}
    if version in versions and _state(path) not in ours:
        return  # the learner works on this version, or has got it already
    names = chain(["", " (new version)"], (f" (new version {number})" for number in count(2)))
    places = (path.with_stem(path.stem + name) for name in names)
    place, before = next((p, s) for p, s in ((p, _state(p)) for p in places) if s in ours)
    if before != version:
        write(place, notebook)
    if place != path:
        say(f"{path.name} has changed in the course. Yours stays; the new one is {place.name!r}.")
    elif before not in (None, version):
        say(f"{path.name} has changed in the course, and your copy, which was untouched, with it.")


def _originals(folder):
    return sorted([*folder.glob("*.ipynb"), *folder.glob("*.md")])


def read(path):
    """Return a notebook, a dict, or a page, a str."""
    text = path.read_text(encoding="utf-8")
    return text if path.suffix == ".md" else json.loads(text)


def _state(path):
    """Return the digest of a notebook or a page, None where nothing is."""
    if not os.path.lexists(path):
        return None
    try:
        return digest(read(path)) if path.is_file() else "no file"
    except Exception:  # whatever stands there, this module did not write it
        return "no notebook"


def _written(folder):
    """Return what `WRITTEN` holds; where it is damaged, nothing, so that all counts as touched."""
    try:
        written = json.loads((folder / WRITTEN).read_bytes())
        return {name: [str(version) for version in written[name]] for name in written}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _text(content):
    """Return what a file holds of a page, a str, or of what is kept as JSON."""
    return content if isinstance(content, str) else json.dumps(content, indent=1) + "\n"


def write(path, content):
    """Write a page, a str, or a JSON file, whole or not at all."""
    part = path.with_name(".part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_text(content))
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
