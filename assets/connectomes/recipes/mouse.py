"""The mean tractography of eight C57BL/6J mice, grey matter of the Waxholm atlas."""

import io

import numpy as np

from recipes.dataset import Dataset, Matrix, Nodes, Wheels, facts, table

FOLDER = "graspologic/datasets/mice/"


def dmri232(wheels: Wheels) -> Dataset:
    """Mean streamline counts of the eight C57BL/6J mice between 116 x 2 grey-matter regions."""
    mice = [
        row["participant_id"]
        for row in table(wheels.read("graspologic", FOLDER + "participants.csv"))
        if row["genotype"] == "B6"
    ]
    total = np.zeros((332, 332))
    for mouse in mice:
        pre, post, count = np.loadtxt(
            io.BytesIO(wheels.read("graspologic", f"{FOLDER}edgelists/{mouse}_ses-1_dti.edgelist"))
        ).T
        upper = np.zeros((332, 332))
        upper[post.astype(int), pre.astype(int)] = count
        total += upper + upper.T
    atlas = table(wheels.read("graspologic", FOLDER + "atlas.csv")) * 2  # left, then right
    grey = [i for i, row in enumerate(atlas) if row["Macrostructure"] != "white_matter"]
    rows, side = [atlas[i] for i in grey], ["left" if i < 166 else "right" for i in grey]
    structure = [row["Macrostructure"] for row in rows]
    labels = {
        "group": [f"{s} {x}" for s, x in zip(side, structure, strict=True)],
        "structure": structure,
        "hemisphere": side,
        "division": [(row["Level_4"] or row["Level_3"] or row["Macrostructure"]).replace("_", " ") for row in rows],
    }
    names = [f"{row['Abbreviation']}_{s[0].upper()}" for row, s in zip(rows, side, strict=True)]
    weights = (total / len(mice))[np.ix_(grey, grey)]
    matrix = Matrix(
        "streamlines", f"Mean streamline counts of {len(mice)} mice", weights, "streamlines", directed=False
    )
    return Dataset("mouse_dmri232", facts("mouse_dmri232"), {"all": Nodes(names, labels)}, [matrix])
