"""Files that belong together: the connections, and tables that describe their units."""

from dataclasses import replace
from pathlib import Path

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.delimited import claims as is_text
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.table import Table, table
from engine.connectomes.formats.units_table import joined

MOST_FILES = 40
ABOUT = ("source", "readme", "licen", "notice", "citation")  # how the names of files begin that only people read


def claims(head: bytes, path: Path) -> bool:
    """Any folder that no other reader claims."""
    return path.is_dir()


def read(path: Path, chosen: str = "") -> Found:
    """The connections of one file, with what the other files say of its units.

    If several files hold connections, these are offered as choices.
    """
    from engine.connectomes.formats.look import head_of, look  # a folder holds what any reader reads

    files = [file for file in sorted(path.iterdir())[: MOST_FILES + 1] if file.is_file() and file.name[0] != "."]
    files = [file for file in files if not file.name.lower().startswith(ABOUT)]
    if not files or len(files) > MOST_FILES:
        raise Invalid(f"{path.name} has no file to read, or more than {MOST_FILES}; name those that belong together.")
    found, units, faults = {}, [], []
    for file in files:
        try:
            found[file.name] = look(file)
        except Invalid as fault:
            faults.append(str(fault))
            units += _units(file) if is_text(head_of(file), file) else []
    if not found:
        raise Invalid(faults[0] if len(faults) == 1 else f"No file holds connections. {faults[0]}")
    name, inner = _which(tuple(found), chosen)
    whole = look(path / name, chosen=inner) if inner else found[name]
    for told in units:
        try:
            whole = joined(whole, told)
        except Invalid as fault:
            if len(found) == 1 and len(units) == 1:
                raise
            whole = replace(whole, remarks=(*whole.remarks, f"Not used: {fault}"))  # it may belong to another file
    return whole if len(found) == 1 else replace(whole, choices=tuple(found), chosen=name)


def _which(names: tuple[str, ...], chosen: str) -> tuple[str, str]:
    """The file, and what is chosen within it if it is the only one."""
    if len(names) == 1:
        return names[0], chosen if chosen != names[0] else ""
    if chosen and chosen not in names:
        raise Invalid(f"There is no file '{chosen}' with connections; there are {', '.join(names)}.")
    return chosen or names[0], ""


def _units(file: Path) -> list[Table]:
    try:
        found = table(limits.content(file), file.name)
    except Invalid:
        return []
    return [found] if found.header is not None or found.columns == 1 else []
