"""The cortical column of Potjans and Diesmann: published numbers, transcribed."""

import numpy as np

from recipes.dataset import Dataset, Matrix, Nodes, Wheels, facts

POPULATIONS = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
NEURONS = [20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948]
PROBABILITY = [  # rows = target, columns = source; Potjans & Diesmann (2014), parameter table
    [0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
    [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
    [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
    [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
    [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
    [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
    [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
    [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443],
]
INHIBITORY_WEIGHT = -4.0  # g, relative to an excitatory synapse
L4E_TO_L23E = 2.0  # this projection's synapses are twice as strong


def pd14(wheels: Wheels) -> Dataset:
    """Connection probabilities between the eight populations. No wheel is read: these are facts of the publication."""
    names = POPULATIONS
    inhibitory = np.array([name.endswith("I") for name in names])
    strength = np.where(inhibitory, INHIBITORY_WEIGHT, 1.0)[None, :].repeat(8, 0)
    strength[names.index("L23E"), names.index("L4E")] = L4E_TO_L23E
    probability = np.array(PROBABILITY)
    signs = np.where(probability > 0, np.sign(strength), 0).astype(np.int8)
    labels = {"layer": [name[:-1].replace("L23", "L2/3") for name in names], "population": names}
    return Dataset(
        "column_pd14",
        facts("column_pd14"),
        {"all": Nodes(names, labels)},
        [Matrix("probability", "Connection probability", probability, "probability", signs=signs, dtype="float64")],
        tables={"neurons": np.array(NEURONS, np.int32), "relative_weight": strength},
    )  # fmt: skip
