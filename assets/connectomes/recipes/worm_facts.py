"""The records of the three worm connectomes."""

from typing import Any

from recipes.dataset import RATIOS

WORM = {
    "species": "Caenorhabditis elegans",
    "level": "neuron",
    "area_by": "cell_type",
    "cell_type": "cell_type",
    "space": "soma of the c302 reconstruction, µm",
}
NODES = (
    "sensory, inter- and motor neurons by the lists in cect (NSM counted as sensory, MI and MC as motor); soma positions from PyPI wheel c302 0.12.1"
)
WANG = "Wang C et al. (2024) eLife 13:RP95402 (transmitters)"
GLUTAMATE = (
    "The transmitter rule takes acetylcholine and glutamate as excitatory and GABA as inhibitory; glutamate also inhibits in the worm, "
    "depending on the receptor."
)
DALE = "under Dale's law the sign of the majority of their weight is used."


def cook_facts() -> dict[str, Any]:
    """Cook 2019."""
    return WORM | {
        "title": "Worm, all 302 neurons (Cook 2019)",
        "about": "The complete nervous system of the adult hermaphrodite: chemical synapses and gap junctions between all neurons.",
        "source_convention": "pre_rows",
        "signs_offered": ("transmitter", *RATIOS),
        "licence": "MIT",
        "licence_url": "https://opensource.org/license/mit",
        "licence_files": ["MIT-cect.txt", "MIT-c302.txt"],
        "citation": f"Cook SJ et al. (2019) Whole-animal connectomes of both Caenorhabditis elegans sexes. Nature 571:63; {WANG}",
        "doi": "10.1038/s41586-019-1352-7",
        "source": "PyPI wheel cect 0.3.5: cache/Cook2019HermReader.json (matrices corrected in July 2020), cache/OpenWormUnifiedReader.json "
        "(transmitters), Cells.py",
        "steps": ["the 302 neurons of 473 cells kept", "transposed to W[post, pre]", NODES],
        "remarks": [
            "CANL and CANR make no chemical synapse.",
            f"{GLUTAMATE} A neuron with several transmitters takes the first of acetylcholine, glutamate, GABA.",
            "Gap junctions are electrical and symmetric: they have no sign of their own, and a few are outliers (ALA-CAN 401).",
        ],
    }


def fenyves_facts(both: int, signed: int, counts: dict[str, int]) -> dict[str, Any]:
    """Fenyves 2020."""
    return WORM | {
        "title": "Worm, signed synapses (Fenyves 2020)",
        "about": "Chemical synapses of 297 neurons with the polarity predicted from the expression of transmitters and receptors.",
        "source_convention": "edge list (source, target)",
        "signs_offered": ("edge_majority", "transmitter", *RATIOS),
        "licence": "CC-BY-4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "licence_files": ["CC-BY-4.0.txt", "MIT-cect.txt", "MIT-c302.txt"],
        "citation": "Fenyves BG, Szilágyi GS, Vassy Z, Sőti C, Csermely P (2020) Synaptic polarity and sign-balance prediction using gene "
        "expression data in the C. elegans chemical synapse connectome network. PLoS Comput Biol 16:e1007974",
        "doi": "10.1371/journal.pcbi.1007974",
        "source": "supplementary table S3 of the paper, sheet '5. Sign prediction', as carried by PyPI wheel wormneuroatlas 0.0.7.3 (only the table is "
        "used); cell types from cect 0.3.5",
        "steps": ["source, target, weight, primary transmitter and predicted polarity taken from the table; VA01 written VA1",
                  "the polarities 'complex' and 'no pred' are kept as connections of unknown sign", NODES],
        "remarks": [
            f"Of the connections {counts['+']} are +, {counts['-']} -, {counts['complex']} complex and {counts['no pred']} not predicted; "
            "the last two have no sign of their own.",
            f"The data violate Dale's law by unit in {both} of {signed} neurons that make signed connections; {DALE}",
            f"{GLUTAMATE} The primary transmitter of Fenyves 2020 counts.",
        ],
    }  # fmt: skip


def randi_facts(both: int, signed: int) -> dict[str, Any]:
    """Randi 2023."""
    return WORM | {
        "title": "Worm, signal propagation (Randi 2023)",
        "about": "Which neurons respond when another one is stimulated with light: a functional connectome of 181 neurons.",
        "source_convention": "pre_rows (rows = stimulated neuron)",
        "signs_offered": ("edge_majority", "transmitter", *RATIOS),
        "licence": "MIT",
        "licence_url": "https://opensource.org/license/mit",
        "licence_files": ["MIT-cect.txt", "MIT-c302.txt"],
        "citation": f"Randi F, Sharma AK, Dvali S, Leifer AM (2023) Neural signal propagation atlas of C. elegans. Nature 623:406; {WANG}",
        "doi": "10.1038/s41586-023-06683-4",
        "source": "PyPI wheel cect 0.3.5: cache/WormNeuroAtlasFuncReader.json (wild type, q < 0.05), cache/OpenWormUnifiedReader.json, Cells.py",
        "steps": ["transposed to W[post, pre]", "magnitude and sign kept apart", NODES],
        "remarks": [
            "A functional connectome: responses to stimulation, direct and indirect, not anatomical synapses.",
            "An absent connection may be unmeasured: the source does not tell pairs without a response from pairs that were not tested.",
            f"The data violate Dale's law by unit in {both} of {signed} neurons that evoke responses; {DALE}",
            GLUTAMATE,
        ],
    }
