"""Two human group averages of diffusion tractography: 84 Desikan-Killiany regions, 100 Schaefer parcels."""

import io

import numpy as np
import yaml

from recipes.dataset import HCP, HCP_URL, RATIOS, TRACTOGRAPHY, Dataset, Matrix, Nodes, Wheels, table

DK = "tvbo/database/networks/bids/dk_average/atlas-DesikanKilliany_meas-{}_relmat.dense.tsv"
DK_NODES = "tvbo/database/networks/bids/dk_average/atlas-DesikanKilliany_nodeindices.tsv"
DK_YAML = "tvbo/database/networks/tpl-MNI152NLin2009cAsym_rec-avgMatrix_atlas-DesikanKilliany_desc-SCFC_relmat.yaml"
SCHAEFER_YAML = "tvbo/database/atlases/tpl-FSLMNI152_atlas-Schaefer2018_seg-7Networks_scale-100_dseg.yaml"
LOBES = {  # FreeSurfer's grouping of Desikan-Killiany regions into lobes, with cingulate and insula on their own
    "frontal": "SFG RMFG CMFG POP PTR POR LOFG MOFG PrCG PaCG FP",
    "parietal": "SPG IPG SMG PoCG PCU",
    "temporal": "STG MTG ITG BSTS FG TTG EC TP PHIG",
    "occipital": "LOG LG CU PCAL",
    "cingulate": "RACG CACG PCG ICG",
    "insula": "IN",
    "subcortical": "TH CA PU PA HI AM AC",
    "cerebellum": "CER",
}
MAPS = {"myelin": "myelinmap", "nmda": "nmda", "gaba_a": "gabaa", "gene_pc1": "genepc1", "thickness": "thickness", "fc_gradient": "fcgradient01"}
SIDES = {"L": "left", "R": "right"}


def dk84(wheels: Wheels) -> Dataset:
    """Group average of 84 regions with tract lengths and functional connectivity."""
    streamlines, lengths, fc = (
        np.loadtxt(io.BytesIO(wheels.read("tvbo", DK.format(m)))) for m in ("streamlineCount", "tractLength", "BoldCorrelation")
    )
    names = [row["label"] for row in table(wheels.read("tvbo", DK_NODES), "\t")]
    nodes = yaml.safe_load(wheels.read("tvbo", DK_YAML))["nodes"]
    if [node["label"] for node in nodes] != names:
        raise ValueError("the coordinates are in another order than the matrix")
    lobe_of = {region: lobe for lobe, regions in LOBES.items() for region in regions.split()}
    side, lobe = [SIDES[n[0]] for n in names], [lobe_of[n[2:]] for n in names]
    labels = {"lobe": lobe, "hemisphere": side, "group": [f"{s} {x}" for s, x in zip(side, lobe, strict=True)]}
    positions = np.array([[node["position"][axis] for axis in "xyz"] for node in nodes]) * 1000
    return Dataset(
        "human_dk84",
        {
            "title": "Human, 84 regions (Desikan-Killiany)",
            "species": "Homo sapiens",
            "level": "region",
            "about": "Group-averaged diffusion tractography of 68 cortical and 16 subcortical and cerebellar regions.",
            "area_by": "lobe",
            "source_convention": "symmetric",
            "space": "MNI152NLin2009cAsym, µm",
            "signs_offered": RATIOS,
            "licence": "CC-BY-4.0, and the HCP Open Access Data Use Terms",
            "licence_url": "https://creativecommons.org/licenses/by/4.0/",
            "licence_files": ["CC-BY-4.0.txt", "HCP.txt"],
            "citation": "Schirner M, Deco G, Ritter P (2023) Learning how network structure shapes decision-making for "
            "bio-inspired computing. Nat Commun 14:2963; Van Essen DC et al. (2013) NeuroImage 80:62 (HCP)",
            "doi": "10.1038/s41467-023-38626-y",
            "source": "PyPI wheel tvbo 0.5.3, database/networks/bids/dk_average; region centres from its avgMatrix network",
            "steps": ["stored as float32 (the digits of the source); the upper triangle once", "coordinates mm -> µm",
                      "lobes added by FreeSurfer's grouping of the region names"],
            "remarks": [*TRACTOGRAPHY, HCP],
            "terms_url": HCP_URL,
        },
        {"all": Nodes(names, labels, positions)},
        [Matrix("streamlines", "Normalised streamline counts", streamlines, "streamlines, arbitrary", directed=False)],
        {"length_mm": lengths, "bold_correlation": fc},
    )  # fmt: skip


def schaefer100(wheels: Wheels) -> Dataset:
    """Group average of 706 subjects in 100 cortical parcels, with six cortical maps."""
    folder = "cubnm/data/hcp/{}/group-train706/{}ctx_parc-schaefer-100_desc-{}.npz"
    strength, length, fc = (
        np.load(io.BytesIO(wheels.read("cubnm", folder.format(*p))), allow_pickle=False)["arr_0"]
        for p in (("sc", "", "strength"), ("sc", "", "length"), ("fc", "REST/", "fc"))
    )
    entities = yaml.safe_load(wheels.read("tvbo", SCHAEFER_YAML))["terminology"]["entities"]
    parcels = sorted((e for e in entities.values() if e["lookupLabel"] > 0), key=lambda e: e["lookupLabel"])
    names = [parcel["name"].removeprefix("7Networks_") for parcel in parcels]
    yeo = np.loadtxt(io.BytesIO(wheels.read("cubnm", "cubnm/data/maps/ctx_parc-schaefer-100_desc-yeo7.txt")))
    network = [name.split("_")[1] for name in names]
    if len(names) != 100 or len(set(zip(network, yeo, strict=True))) != 7:
        raise ValueError("the labels are in another order than the matrix")
    group = [name.replace("_", " ").rsplit(" ")[0] + " " + n for name, n in zip(names, network, strict=True)]
    side = [SIDES[name[0]] for name in names]
    positions = np.array([[parcel["center"][axis] for axis in "xyz"] for parcel in parcels]) * 1000
    maps = {
        name: np.loadtxt(io.BytesIO(wheels.read("cubnm", f"cubnm/data/maps/ctx_parc-schaefer-100_desc-{file}_zscore.txt")))
        for name, file in MAPS.items()
    }
    return Dataset(
        "human_schaefer100", _schaefer_facts(),
        {"all": Nodes(names, {"group": group, "network": network, "hemisphere": side}, positions)},
        [Matrix("streamlines", "Group streamline counts", strength, "streamlines", directed=False)],
        {"length_mm": length, "bold_correlation": fc}, maps,
    )  # fmt: skip


def _schaefer_facts() -> dict[str, object]:
    return {
        "title": "Human, 100 cortical parcels (Schaefer)",
        "species": "Homo sapiens",
        "level": "region",
        "about": "Structural connectivity of 706 subjects in 100 cortical parcels of 7 functional networks, with cortical maps.",
        "area_by": "group",
        "source_convention": "symmetric",
        "space": "MNI152NLin6Asym, µm",
        "signs_offered": RATIOS,
        "licence": "BSD-3-Clause, and the HCP Open Access Data Use Terms",
        "licence_url": "https://opensource.org/license/bsd-3-clause",
        "licence_files": ["BSD-3-Clause-cubnm.txt", "HCP.txt"],
        "citation": "Saberi A et al. (2025) cuBNM, bioRxiv 2025.11.13.688224; Van Essen DC et al. (2013) NeuroImage 80:62 (HCP); "
        "Schaefer A et al. (2018) Cereb Cortex 28:3095 (parcels)",
        "doi": "10.1101/2025.11.13.688224",
        "source": "PyPI wheel cubnm 0.1.0, data/hcp (group-train706) and data/maps; parcel names and centres from tvbo 0.5.3",
        "steps": ["stored as float32; the upper triangle once", "the prefix 7Networks_ left out of the parcel names",
                  "coordinates mm -> µm", "the diagonal of the functional connectivity (1) is not stored"],
        "remarks": [*TRACTOGRAPHY, HCP],
        "terms_url": HCP_URL,
    }  # fmt: skip
