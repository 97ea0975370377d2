"""Two fly connectomes: the larval mushroom body by neuron, and the adult optic lobe by cell type."""

import io
import json
import re

import numpy as np

from recipes.dataset import Dataset, Matrix, Nodes, Wheels, facts, mixed_sources

LARVA = "graspologic/datasets/drosophila/"
CELL_TYPES = {"K": "Kenyon cell", "P": "projection neuron", "I": "input neuron", "O": "output neuron"}
OPTIC_LOBE = "flyvis/connectome/fib25-fib19_v2.2.json"


def larva_mushroom_body(wheels: Wheels) -> Dataset:
    """The learning centre of the larva, left and right, counted in the electron microscope."""
    nodes, matrices = {}, []
    for side in ("left", "right"):
        counts = np.loadtxt(io.BytesIO(wheels.read("graspologic", f"{LARVA}{side}_adjacency.csv")))
        letters = wheels.read("graspologic", f"{LARVA}{side}_cell_labels.csv").decode().split()
        names = [f"{letter}{letters[: i + 1].count(letter)}" for i, letter in enumerate(letters)]
        nodes[side] = Nodes(names, {"cell_type": [CELL_TYPES[letter] for letter in letters]})
        matrices.append(
            Matrix(side, f"{side.title()} mushroom body, synapses", counts.T, "synapses", nodes=side, dtype="uint8")
        )
    return Dataset("fly_larva_mb", facts("fly_larva_mb"), nodes, matrices)


def optic_lobe(wheels: Wheels) -> Dataset:
    """Synapse counts between 65 cell types, each connection signed by the transmitter of its source."""
    source = json.loads(wheels.read("flyvis", OPTIC_LOBE))
    names = [node["name"] for node in source["nodes"]]
    index = {name: i for i, name in enumerate(names)}
    weights, signs = np.zeros((65, 65)), np.zeros((65, 65), np.int8)
    for edge in source["edges"]:
        at = index[edge["tar"]], index[edge["src"]]
        weights[at] += sum(count for _, count in edge["offsets"])
        signs[at] = edge["alpha"]
    group = [re.match(r"[A-Za-z]+", name).group() for name in names]
    role = [
        "input" if n in source["input_units"] else "output" if n in source["output_units"] else "inner" for n in names
    ]
    both, signed = mixed_sources(signs)
    told = facts("fly_opticlobe65", both=len(both), signed=signed, names=", ".join(names[i] for i in both))
    matrix = Matrix("synapses", "Synapses onto one cell of the target type", weights, "synapses", signs=signs)
    return Dataset(
        "fly_opticlobe65", told,
        {"all": Nodes(names, {"group": group, "role": role})}, [matrix],
    )  # fmt: skip
