"""Two fly connectomes: the larval mushroom body by neuron, and the adult optic lobe by cell type."""

import io
import json
import re

import numpy as np

from recipes.dataset import RATIOS, Dataset, Matrix, Nodes, Wheels, mixed_sources

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
        matrices.append(Matrix(side, f"{side.title()} mushroom body, synapses", counts.T, "synapses", nodes=side, dtype="uint8"))
    return Dataset("fly_larva_mb", _larva_facts(), nodes, matrices)


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
    role = ["input" if n in source["input_units"] else "output" if n in source["output_units"] else "inner" for n in names]
    matrix = Matrix("synapses", "Synapses onto one cell of the target type", weights, "synapses", signs=signs)
    return Dataset(
        "fly_opticlobe65", _optic_facts(names, signs),
        {"all": Nodes(names, {"group": group, "role": role})}, [matrix],
    )  # fmt: skip


def _larva_facts() -> dict[str, object]:
    return {
        "title": "Fly larva, mushroom body (left and right)",
        "species": "Drosophila melanogaster (larva)",
        "level": "neuron",
        "about": "Every neuron of the learning and memory centre of a larva: Kenyon cells, projection, input and output neurons.",
        "area_by": "cell_type",
        "cell_type": "cell_type",
        "source_convention": "pre_rows",
        "space": "",
        "signs_offered": RATIOS,
        "licence": "MIT",
        "licence_url": "https://opensource.org/license/mit",
        "licence_files": ["MIT-graspologic.txt"],
        "citation": "Eichler K et al. (2017) The complete connectome of a learning and memory centre in an insect brain. Nature 548:175",
        "doi": "10.1038/nature23455",
        "source": "PyPI wheel graspologic 3.4.4, datasets/drosophila",
        "steps": ["transposed to W[post, pre]", "units named by cell type and order, since the file has no names"],
        "remarks": ["The file names no transmitter: signs are assigned by the rule you choose.",
                    "Left and right are two measurements of one circuit: a natural replication."],
    }  # fmt: skip


def _optic_facts(names: list[str], signs: np.ndarray) -> dict[str, object]:
    both, signed = mixed_sources(signs)
    return {
        "title": "Fly, optic lobe (65 cell types)",
        "species": "Drosophila melanogaster (adult)",
        "level": "type",
        "about": "The motion pathway from photoreceptors R1-R8 through lamina and medulla to T4 and T5, by cell type, signed.",
        "area_by": "group",
        "source_convention": "edge list (src, tar)",
        "space": "",
        "signs_offered": ("edge_majority", *RATIOS),
        "licence": "MIT",
        "licence_url": "https://opensource.org/license/mit",
        "licence_files": ["MIT-flyvis.txt"],
        "citation": "Lappalainen JK et al. (2024) Connectome-constrained networks predict neural activity across the fly visual "
        "system. Nature 634:1132",
        "doi": "10.1038/s41586-024-07939-3",
        "source": "PyPI wheel flyvis 1.2.0, connectome/fib25-fib19_v2.2.json",
        "steps": ["synapse counts summed over the column offsets of each pair of types"],
        "remarks": [f"The data violate Dale's law by unit in {len(both)} of {signed} types ({', '.join(names[i] for i in both)}), "
                    "which send connections of both signs: under Dale's law the sign of the majority of their synapses is used."],
    }  # fmt: skip
