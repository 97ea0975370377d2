"""Dale's backprop, topologically informed pruning, and the cell-type network of V1 and LM."""

from engine.experiments.papers.balwani_2025 import cell_types, methods, pruning
from engine.experiments.papers.balwani_2025.claims import CLAIMS
from engine.experiments.papers.balwani_2025.conditions import tables
from engine.experiments.papers.balwani_2025.figures import figures
from engine.experiments.papers.paper import Own, Paper, Part, Scale, Variant


def plan(scale: Scale) -> tuple[Part, ...]:
    """Methods on three tasks, pruning of their Dale's networks, and the cell-type network in six conditions."""
    if scale.mine(cell_types.RECORDINGS_OF_OWN):  # they concern the cell-type network alone
        return cell_types.parts(scale)
    return (*methods.parts(scale), *pruning.parts(scale), *cell_types.parts(scale))


VARIANTS = (
    Variant("Rectifier", "Weights are stored with their sign, rectified, and multiplied by their signs: all inhibition "
            "is deleted at the first step.", "Magnitudes are stored, and the sign is that of the unit."),
    Variant("State of the methods compared", "Dale's networks have a rectified state, the others a signed one.",
            "All methods with the same rectified state; the published signed ones beside them."),
    Variant("Top-prob", "Fills zeros with 1e-25 and counts them as left (tasks), or does not redistribute what exceeds "
            "1 (cell types): 5 % too much is left.", "Water-filling over weights that are not 0."),
    Variant("Baselines of pruning", "Random only.", "Random and magnitude."),
    Variant("Loss after pruning", "On one batch of the last run, for waves one that was trained on.",
            "On 500 trials that were not trained on."),
    Variant("Losses", "Sums over batches.", "Means."),
    Variant("Divergence of weights", "Histograms with bins of their own, Kullback-Leibler.",
            "Common bins, Jensen-Shannon."),
    Variant("Waves", "The second sinusoid of each wave is lost.", "Version as_written of the task has both."),
    Variant("Input masks", "Made and thrown away: every signal reaches all units.", "Applied."),
    Variant("Held-out data of the cell-type network", "None: files called test are the targets of training.",
            "A fifth of the samples is held out; persistence is reported beside every error."),
    Variant("Differences between conditions", "Means over all 25 pairs of runs, without a test.",
            "Permutation of runs, corrected for 36 pairs of layers."),
)  # fmt: skip

PAPER = Paper(
    name="balwani_2025",
    title="Dale's backprop, pruning by strength, and a network of cell types in V1 and LM",
    citation="Balwani A, Wang AQ, Najafi F, Choi H (2025) Science Advances, doi 10.1126/sciadv.adw4970",
    question="Do networks with fixed signs and measured sparsity learn as well as free ones, and what do they tell?",
    plan=plan,
    claims=CLAIMS,
    variants=VARIANTS,
    figures=figures,
    tables=tables,
    takes=(
        Own(cell_types.RECORDINGS_OF_OWN, "A folder in the folder recordings of the data: each file is a condition "
            "(familiar_change.npz …), rates [trials, frames, populations], unit_names as in 'V1 L2/3 Pyr'.",
            cell_types.own_choices),
    ),
)  # fmt: skip
