"""The folder that the published code writes, from our readings: the same files, columns and rows, and the seeds."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from engine.experiments.papers.paper import Table
from engine.experiments.papers.shakiba_2026.factors import PARTS, factor_tables, networks
from engine.experiments.papers.shakiba_2026.measures import (
    ACCURACY,
    ADDED,
    ASSORTATIVITY,
    CE,
    LOSS,
    SIGMA,
    TRAINED,
    H,
    Q,
)
from engine.experiments.papers.shakiba_2026.variants import LAMBDA, LAMBDA_EMD, NAMES
from engine.experiments.whole_file import write_bytes

FILES = {
    "Accuracy": TRAINED, "Loss": LOSS, "Validation_Accuracy": ACCURACY, "Validation_Loss": CE, "Modularity": Q,
    "SmallWorldness": SIGMA, "Assortativity": ASSORTATIVITY, "Entropy": H,
}  # fmt: skip
CONFIG = {
    "simulations": "", "session_scan_field": "drawn", "number_of_nodes": "", "network_grid": "", "sign_constraint":
    False, "use_only_sttc": False, "use_precison_matrix": False, "TASK1": True, "TASK2": True, "TASK3": True,
    "noise_level": 0.05, "regu_strength": LAMBDA, "emd_strength": LAMBDA_EMD, "activation_function": "relu",
}  # fmt: skip


def raw(table: Table, measure: str, part: str) -> pd.DataFrame:
    """One row per simulation, one column per variant; nan where a run diverged."""
    found = networks(table, measure, part)
    if measure == CE:  # as published, the validation loss has the penalties in it
        found = found.assign(value=found["value"] + networks(table, ADDED, part)["value"])
    wide = found.pivot_table(index="network", columns="variant", values="value", dropna=False, aggfunc="first")
    wide = wide.reindex(columns=list(NAMES))
    wide.index.name = "simulation"
    return wide.reset_index().rename_axis(columns=None)


def tables(table: Table) -> dict[str, pd.DataFrame]:
    """`metrics` and `metrics_SD` of the publication, the seeds, and the factor analysis."""
    means, spreads, seeds = [], [], []
    for part, task in PARTS.items():
        if not len(networks(table, ACCURACY, part)):
            continue
        for name, measure in FILES.items():
            wide = raw(table, measure, part)[list(NAMES)]
            means.append({"Task": task, "Metric": name, **wide.mean(skipna=False)})
            spreads.append({"Task": task, "Metric": f"{name}_SD", **wide.std().fillna(0.0)})
        seeds += [{"Task": task, "simulation": k} for k in raw(table, ACCURACY, part)["simulation"]]
    if not means:
        return {}
    return {"metrics": pd.DataFrame(means), "metrics_SD": pd.DataFrame(spreads), "seeds": pd.DataFrame(seeds),
            **factor_tables(table)}  # fmt: skip


def write_folder(
    table: Table, folder: Path, nodes: int = 70, grid: tuple[int, ...] = (7, 5, 2), of: str = "drawn"
) -> Path:
    """`config.txt`, `Task1/Accuracy_raw.csv` …, `metrics.csv`, `metrics_SD.csv`, and `seeds.csv`, which theirs lacks.

    A folder that is there already is written anew, file by file.
    """
    for name, content in schema(table, nodes, grid, of):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content.encode())
    return folder


def schema(table: Table, nodes: int, grid: tuple[int, ...], of: str = "drawn") -> Iterator[tuple[str, str]]:
    """The files of the folder: name and content. `of` names the field."""
    count = len(networks(table, ACCURACY, "published")["network"].unique())
    told = CONFIG | {"simulations": count, "number_of_nodes": nodes, "network_grid": grid, "session_scan_field": of}
    yield "config.txt", "".join(f"{name} = {value}\n" for name, value in told.items())
    for part, task in PARTS.items():
        for name, measure in FILES.items():
            if len(networks(table, measure, part)):
                yield f"{task}/{name}_raw.csv", raw(table, measure, part).to_csv(index=False)
    for name, frame in tables(table).items():
        if name in ("metrics", "metrics_SD", "seeds"):
            yield f"{name}.csv", frame.to_csv(index=False)
