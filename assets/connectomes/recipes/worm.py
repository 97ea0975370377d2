"""Three connectomes of C. elegans: anatomy (Cook 2019), polarity (Fenyves 2020), signal propagation (Randi 2023)."""

import ast
import json
import re

import numpy as np

from recipes.dataset import Dataset, Matrix, Nodes, Wheels, dense, facts, mixed_sources
from recipes.xlsx import rows_of_sheet

TRANSMITTERS = {"Acetylcholine": "acetylcholine", "Glutamate": "glutamate", "GABA": "GABA", "Betaine": "betaine"}
PRIMARY = {"ACh": "acetylcholine", "Glu": "glutamate", "GABA": "GABA"}  # of Fenyves 2020
PLOS_TABLE = "wormneuroatlas/data/journal.pcbi.1007974.s003.xlsx"


def cook2019(wheels: Wheels) -> Dataset:
    """All 302 neurons of the hermaphrodite: chemical synapses and gap junctions."""
    cells = json.loads(wheels.read("cect", "cect/cache/Cook2019HermReader.json"))
    names = _neurons(wheels)
    keep = [cells["nodes"].index(name) for name in names]
    chemical, gap = (
        np.array(cells["connections"][kind])[np.ix_(keep, keep)].T for kind in ("Generic_CS", "Generic_GJ")
    )
    matrices = [
        Matrix("chemical", "Chemical synapses, EM sections", chemical, "EM sections", dtype="uint8"),
        Matrix("gap", "Gap junctions, EM sections", gap, "EM sections", directed=False, dtype="uint16"),
    ]
    return Dataset("worm_cook2019", facts("worm_cook2019"), {"all": _nodes(wheels, names)}, matrices)


def signed_fenyves(wheels: Wheels) -> Dataset:
    """Chemical synapses with the polarity predicted from transmitter and receptor expression."""
    sheet = rows_of_sheet(wheels.read("wormneuroatlas", PLOS_TABLE), "5. Sign prediction")
    rows = [row | {"A": _plain(row["A"]), "D": _plain(row["D"])} for row in sheet if row.get("F") == "chemical"]
    names = sorted({row["A"] for row in rows} | {row["D"] for row in rows})
    weights = dense([(row["A"], row["D"], float(row["E"])) for row in rows], names)
    sign_of = {"+": 1.0, "-": -1.0}
    signs = dense([(row["A"], row["D"], sign_of.get(row["Q"], 0.0)) for row in rows], names).astype(np.int8)
    nodes = _nodes(wheels, names)
    primary = {row["A"]: PRIMARY.get(row["B"], "unknown") for row in rows}
    nodes.labels["transmitter"] = [primary.get(name, "unknown") for name in names]
    both, signed = mixed_sources(signs)
    polarity = [row["Q"] for row in rows]
    kinds = {"plus": "+", "minus": "-", "complex": "complex", "not_predicted": "no pred"}
    counts = {name: polarity.count(kind) for name, kind in kinds.items()}
    matrix = Matrix(
        "chemical", "Chemical synapses with predicted sign", weights, "EM sections", signs=signs, dtype="uint8"
    )
    return Dataset(
        "worm_signed_fenyves",
        facts("worm_signed_fenyves", both=len(both), signed=signed, **counts),
        {"all": nodes},
        [matrix],
    )


def functional_randi(wheels: Wheels) -> Dataset:
    """Responses of one neuron to the optogenetic stimulation of another."""
    atlas = json.loads(wheels.read("cect", "cect/cache/WormNeuroAtlasFuncReader.json"))
    order = sorted(range(len(atlas["nodes"])), key=lambda i: atlas["nodes"][i])
    response = np.array(atlas["connections"]["Functional"])[np.ix_(order, order)].T
    signs = np.sign(response).astype(np.int8)
    both, signed = mixed_sources(signs)
    matrix = Matrix("response", "Calcium response to stimulation", np.abs(response), "dF/F", signs=signs)
    nodes = _nodes(wheels, [atlas["nodes"][i] for i in order])
    return Dataset(
        "worm_functional_randi", facts("worm_functional_randi", both=len(both), signed=signed), {"all": nodes}, [matrix]
    )


def _nodes(wheels: Wheels, names: list[str]) -> Nodes:
    lists = _cell_lists(wheels)
    everyone, transmitter = set(_neurons(wheels)), _transmitters(wheels)
    labels = {
        "cell_type": [_cell_type(name, lists) for name in names],
        "hemisphere": [_side(name, everyone) for name in names],
        "transmitter": [transmitter[name] for name in names],
        "system": ["pharynx" if name in lists["PHARYNGEAL_NEURONS"] else "somatic" for name in names],
    }
    return Nodes(names, labels, np.array([_soma(wheels, name) for name in names]))


def _plain(name: str) -> str:
    """VA01 is VA1 everywhere else."""
    return re.sub(r"(?<=[A-Z])0(?=[0-9]$)", "", name)


def _neurons(wheels: Wheels) -> list[str]:
    return sorted(_cell_lists(wheels)["PREFERRED_HERM_NEURON_NAMES_COOK"])


def _cell_type(name: str, lists: dict[str, list[str]]) -> str:
    """As cect's get_SIM_class: of the pharyngeal polymodal neurons the NSM are sensory and the others motor."""
    if name in [*lists["SENSORY_NEURONS_COOK"], "NSML", "NSMR"]:
        return "sensory"
    if name in [*lists["MOTORNEURONS_COOK"], "MI", "MCL", "MCR"]:
        return "motor"
    return "interneuron" if name in lists["INTERNEURONS_COOK"] else "other"


def _side(name: str, everyone: set[str]) -> str:
    if name[-1] in "LR" and {name[:-1] + "L", name[:-1] + "R"} <= everyone:
        return "left" if name[-1] == "L" else "right"
    return "unpaired"


def _transmitters(wheels: Wheels) -> dict[str, str]:
    """The transmitters on a neuron's synapses, also those onto muscle and other cells, joined by '+'."""
    cells = json.loads(wheels.read("cect", "cect/cache/OpenWormUnifiedReader.json"))
    releases = {kind: np.array(cells["connections"][kind]).any(1) for kind in TRANSMITTERS}
    found = {}
    for i, name in enumerate(cells["nodes"]):
        found[name] = "+".join(TRANSMITTERS[kind] for kind in TRANSMITTERS if releases[kind][i]) or "unknown"
    return found


def _soma(wheels: Wheels, name: str) -> list[float]:
    cell = wheels.read("c302", f"c302/NeuroML2/{name}.cell.nml").decode()
    x, y, z = re.search(r'name="[^"]*soma[^"]*">\s*<proximal x="([^"]+)" y="([^"]+)" z="([^"]+)"', cell).groups()
    return [float(x), float(y), float(z)]


def _cell_lists(wheels: Wheels) -> dict[str, list[str]]:
    """The lists of names that cect/Cells.py states as literals or as sums of lists, read without running it."""
    lists: dict[str, list[str]] = {}
    for statement in ast.parse(wheels.read("cect", "cect/Cells.py")).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            value = _names(statement.value, lists)
            if value is not None:
                lists[statement.targets[0].id] = value
    return lists


def _names(node: ast.expr, lists: dict[str, list[str]]) -> list[str] | None:
    if isinstance(node, ast.List) and all(isinstance(e, ast.Constant) for e in node.elts):
        return [e.value for e in node.elts]
    if isinstance(node, ast.Name):
        return lists.get(node.id)
    if isinstance(node, ast.BinOp):
        left, right = _names(node.left, lists), _names(node.right, lists)
        return None if left is None or right is None else left + right
    return None
