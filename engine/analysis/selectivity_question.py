"""What units are selective for, window by window: as the seRNN study asked, of any run whose trials have conditions."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import combinations, pairwise
from typing import Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from pydantic import Field
from scipy.spatial.distance import cdist

from engine.analysis.analysis import Analysis, Subject
from engine.analysis.selectivity import SILENT, mixed_selectivity, selectivity, spatial_rank
from engine.analysis.variable_bins import find_variable, finite_rates
from engine.component import Invalid, Typical, near
from engine.recording import Recording
from engine.tasks.task import Task, Trials
from engine.variable import Variable

FEWEST_TRIALS = 15  # three for each of the five folds
MOST_VARIABLES = 8


@dataclass(frozen=True, eq=False)
class Selective:
    """By window the variance of every unit that each variable explains alone, of the whole; nan for a silent unit.

    `preferred` is the variable that explains most of a unit, -1 where none explains any. `rate` is its mean rate.
    `network` are numbers of the network as a whole: window, measure, value.
    """

    windows: tuple[str, ...]
    variables: tuple[str, ...]
    units: tuple[str, ...]
    explained: Float[np.ndarray, "windows variables units"]
    rate: Float[np.ndarray, "windows units"]
    network: tuple[tuple[str, str, float], ...]
    tells: Literal["units", "network"] = "units"
    remarks: tuple[str, ...] = field(default=())

    @property
    def preferred(self) -> np.ndarray:
        known = np.nan_to_num(self.explained, nan=0.0)
        return np.where(known.max(1) > 0, known.argmax(1), -1)

    def table(self) -> pd.DataFrame:
        """One row per window, unit and measure, or per window and measure of the network."""
        if self.tells == "network":
            return pd.DataFrame(self.network, columns=["window", "measure", "value"])
        at = pd.MultiIndex.from_product([self.windows, self.units], names=["window", "unit"])
        told = {f"variance explained by {name}": self.explained[:, k].ravel() for k, name in enumerate(self.variables)}
        wide = pd.DataFrame({**told, "mean rate": self.rate.ravel()}, index=at).reset_index()
        return wide.melt(["window", "unit"], var_name="measure").dropna()


class SelectivityAnalysis(Analysis):
    """How much of every unit each variable of the task explains, where such units lie, and what the activity costs."""

    kind: Literal["selectivity"] = "selectivity"
    title: ClassVar[str] = "Selectivity"
    source: ClassVar[str] = "Achterberg et al. (2023) Nat. Mach. Intell. 5: 1369, Methods"
    help: ClassVar[str] = (
        "Lasso regression of a unit's rate on all variables; what is lost on held-out trials without one of them is "
        "what it explains. Spatial rank: 0 clustered, 1 dispersed. Mixed selectivity: 0 mixed, below 0 divided."
    )
    variables: Annotated[
        tuple[str, ...],
        Field(max_length=MOST_VARIABLES, description="Task variables; empty = all with one value a trial."),
    ] = ()
    windows: Annotated[
        Literal["epochs", "parts"], Field(description="Rates are averaged over the task's epochs, or over equal parts.")
    ] = "epochs"
    parts: Annotated[
        int, Field(ge=1, le=100, description="Number of equal parts of a trial, if chosen."), Typical(5, 20)
    ] = 10
    only: Annotated[str, Field(max_length=80, description="Only the window of this name; empty = all of them.")] = ""
    draws: Annotated[
        int, Field(ge=10, le=20_000, description="Random sets of units for the spatial test."), Typical(100, 2000, 100)
    ] = 1000
    tells: Annotated[
        Literal["units", "network"],
        Field(description="Rows of the table: units, or the network (spatial rank, mixed selectivity, mean rate)."),
    ] = "units"
    seed: Annotated[int, Field(ge=0, lt=2**63, description="Seed of the folds and of the random sets.")] = 0

    def compute(self, subject: Subject) -> Selective:
        recording = subject.recorded()
        rates, trials = finite_rates(recording).double().numpy(), recording.trials
        if trials.n < FEWEST_TRIALS:
            raise Invalid(f"{trials.n} trials are too few to decode from; at least {FEWEST_TRIALS} are needed.")
        predictors, remarks = predictors_of(subject.task, trials, self.variables)
        windows = self.windows_of(recording)
        mean = {name: rates[:, steps].mean(1) for name, steps in windows.items()}
        explained = np.array([list(selectivity(m, predictors, self.seed).lost.values()) for m in mean.values()])
        places = subject.connectome.positions_um
        distance = None if places is None else cdist(places, places)
        lost = 0 if distance is None else int((~_placed(distance)).sum())
        if lost:
            remarks = (*remarks, f"{lost} units have no place; spatial ranks leave them out.")
        if distance is None:
            remarks = (*remarks, "Units have no place, so that nothing is said of where they lie.")
        silent = int(np.isnan(explained).all((0, 1)).sum())
        said = f"{silent} of {len(subject.connectome.names)} units do not vary between trials."
        made = Selective(
            tuple(windows), tuple(predictors), subject.connectome.names, explained,
            np.array([each.mean(0) for each in mean.values()]), (), self.tells, (*remarks, *([said] if silent else [])),
        )  # fmt: skip
        total = float(subject.recurrent().abs().sum())
        rng = np.random.default_rng(self.seed)
        return replace(made, network=tuple(_of_network(made, distance, total, self.draws, rng)))

    def windows_of(self, recording: Recording) -> dict[str, slice]:
        """The steps of every window by its name. Raises Invalid for a name that none has."""
        trials, dt_ms = recording.trials, recording.trials.epochs.dt_ms
        found = {name: steps for name, steps in trials.epochs.slices.items() if steps.stop > steps.start}
        if self.windows == "parts":
            ends = np.linspace(0, trials.steps, min(self.parts, trials.steps) + 1).round().astype(int).tolist()
            found = {f"{a * dt_ms:g}–{b * dt_ms:g} ms": slice(a, b) for a, b in pairwise(ends)}
        if self.only and self.only not in found:
            said = f"There is no window '{self.only}'; there are {', '.join(found)}."
            raise Invalid(said + near(self.only, found), "only")
        return {self.only: found[self.only]} if self.only else found


def predictors_of(
    task: Task, trials: Trials, names: tuple[str, ...] = ()
) -> tuple[dict[str, Float[np.ndarray, "trials _"]], tuple[str, ...]]:
    """The variables as groups of predictors, one value a trial; and what is said of those that are left out.

    Categories are 0 or 1 each, angles their cosine and sine, other numbers themselves, scaled. Raises Invalid if the
    task has none that varies.
    """
    find_variable(task, trials, names[0] if names else "", per_trial=True)
    known = [find_variable(task, trials, name, per_trial=True) for name in names]
    known = known or [v for v in task.variables if v.name in trials.conditions][:MOST_VARIABLES]
    made = {v.name: _columns(v, trials.conditions[v.name].detach().cpu().double().numpy()) for v in known}
    varies = {name: columns for name, columns in made.items() if columns.shape[1] and columns.std(0).max() > SILENT}
    if not varies:
        raise Invalid("No variable of this task differs between its trials, so that no unit can tell it.", "variables")
    left = [name for name in made if name not in varies]
    return varies, (f"{', '.join(left)} is the same in all trials.",) if left else ()


def _columns(variable: Variable, values: Float[np.ndarray, " trials"]) -> Float[np.ndarray, "trials _"]:
    there = np.isfinite(values)
    if variable.kind == "categorical":
        classes = np.unique(values[there])
        return (values[:, None] == classes).astype(float)
    if variable.kind == "circular" and variable.period:
        angle = 2 * np.pi * values / variable.period
        return np.nan_to_num(np.stack([np.cos(angle), np.sin(angle)], 1))
    spread = values[there].std() if there.any() else 0.0
    scaled = (values - values[there].mean()) / spread if spread > SILENT else np.zeros(len(values))
    return np.nan_to_num(scaled)[:, None]


def _of_network(
    made: Selective, distance: np.ndarray | None, total: float, draws: int, rng: np.random.Generator
) -> Iterator[tuple[str, str, float]]:
    """Numbers of the network, window by window."""
    placed = None if distance is None else _placed(distance)
    for w, window in enumerate(made.windows):
        yield window, "mean rate", float(made.rate[w].mean())
        yield window, "sum of |w|", total
        known = np.nan_to_num(made.explained[w]).clip(0)
        for v, name in enumerate(made.variables):
            chosen = made.preferred[w] == v
            yield window, f"units that prefer {name}", float(chosen.sum())
            if placed is not None and chosen[placed].sum() > 1:
                between = distance[np.ix_(placed, placed)]
                rank = spatial_rank(known[v][placed], chosen[placed].astype(float), between, rng, draws)
                yield window, f"spatial rank of units that prefer {name}", rank
        for one, other in combinations(range(len(made.variables)), 2):
            mixed = mixed_selectivity(made.explained[w, one], made.explained[w, other])
            if np.isfinite(mixed):
                yield window, f"mixed selectivity of {made.variables[one]} and {made.variables[other]}", mixed


def _placed(distance: Float[np.ndarray, "units units"]) -> Bool[np.ndarray, " units"]:
    """The units that have a place."""
    return np.isfinite(distance.diagonal())
