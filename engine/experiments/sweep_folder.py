"""A sweep in its folder: its groups are trained one after another, each once, and read as one table."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import pandas as pd

from engine.component import Invalid
from engine.experiments.carry_out import carry_out, is_done, read_part, recipe
from engine.experiments.names import new_id, nickname
from engine.experiments.part import Part, Reading
from engine.experiments.run import Run
from engine.experiments.stand import Stand
from engine.experiments.sweep import Sweep
from engine.experiments.sweep_groups import Group, groups
from engine.experiments.sweep_measures import COUNTED, MEASURED, measured, so_far
from engine.experiments.whole_file import read_json, write_bytes, write_json
from engine.experiments.work import work
from engine.whole_file import data_folder

FILE, TABLE = "sweep.json", "networks.csv"
WORK_PER_S = 2e9  # on one core, roughly; the pace is learned while it runs


@dataclass(frozen=True)
class SweepFolder:
    """A folder that holds a sweep: what was asked in sweep.json, one run a group in runs, its numbers in parts."""

    folder: Path
    sweep: Sweep

    @property
    def name(self) -> str:
        """Two words that follow from the folder's name."""
        return nickname(self.folder.name)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """Points that are trained together; slow at the first time. Raises Invalid for a sweep that cannot be."""
        return groups(self.sweep)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The groups as pieces of work."""
        return tuple(
            Part(
                name=group.name,
                about=f"{len(group.points)} point{'s' * (len(group.points) > 1)} in one population",
                seconds=work(group.experiment) / WORK_PER_S,
                measure=partial(measured, group, self.sweep.seeds),
                experiment=group.experiment,
            )
            for group in self.groups
        )

    @property
    def done(self) -> int:
        """How many groups are trained and measured."""
        return sum(is_done(self.folder, part) for part in self.parts)

    def run(self) -> Iterator[Stand]:
        """Do what is not done yet; the table of all networks is written when all is. See `carry_out`."""
        yield from carry_out(self.folder, self.parts, rough=True)
        if self.done == len(self.parts):
            write_bytes(self.folder / TABLE, self.table().to_csv(index=False).encode())

    def table(self) -> pd.DataFrame:
        """One row a network that was begun: point, the parameters by address, seed, what it came to, and its run.

        Networks of a group that trains have their latest evaluation, and no measures of their weights yet.
        """
        found = [row for group, part in zip(self.groups, self.parts, strict=True) for row in self._rows(group, part)]
        columns = ["point", *self.sweep.addresses, "seed", *MEASURED, "network", "run"]
        table = pd.DataFrame(found, columns=columns).sort_values(["point", "seed"], ignore_index=True)
        return table.astype(dict.fromkeys(COUNTED, int))

    def _rows(self, group: Group, part: Part) -> Iterator[dict[str, object]]:
        run = Run(self.folder / "runs" / recipe(part))
        if is_done(self.folder, part):
            told = read_part(self.folder, part)
        elif run.folder.is_dir():
            told = pd.DataFrame(so_far(group, self.sweep.seeds, run), columns=list(Reading._fields))
        else:
            return
        for (point, seed), rows in told.groupby(["variant", "network"]):
            place = [p.number for p in group.points].index(int(point))
            yield {
                "point": int(point),
                **dict(zip(self.sweep.addresses, group.points[place].values, strict=True)),
                "seed": int(seed),
                **dict(zip(rows["measure"], rows["value"], strict=True)),
                "network": place * self.sweep.seeds + int(seed) + 1,
                "run": str(run.folder),
            }


def new_folder() -> Path:
    """Where a new sweep is kept, if no other folder is named."""
    return data_folder() / "sweeps" / new_id().replace("r_", "s_", 1)


def keep(folder: Path, sweep: Sweep) -> SweepFolder:
    """The folder holds this sweep. Raises Invalid if it holds another, or anything else, or cannot be written."""
    if (folder / FILE).exists():
        found = open_sweep(folder)
        if found.sweep != sweep:
            raise Invalid(
                f"{folder} holds another sweep, over {' and '.join(found.sweep.addresses)}; name a new folder."
            )
        return found
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"{folder} holds something else; name a new folder.")
    try:
        for box in ("parts", "runs"):
            (folder / box).mkdir(parents=True, exist_ok=True)
        write_json(folder / FILE, sweep.model_dump(mode="json"))
    except OSError as error:
        raise Invalid(f"{folder} cannot be written: {error.strerror or error}.") from None
    return SweepFolder(folder, sweep)


def open_sweep(folder: Path) -> SweepFolder:
    """The sweep that a folder holds. Raises Invalid if it holds none."""
    return SweepFolder(folder, Sweep.read(read_json(folder / FILE)))
