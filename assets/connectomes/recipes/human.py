"""Two human group averages of diffusion tractography: 84 Desikan-Killiany regions, 100 Schaefer parcels."""

import io

import numpy as np
import yaml

from recipes.dataset import Dataset, Matrix, Nodes, Wheels, facts, table

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
MAPS = {
    "myelin": "myelinmap",
    "nmda": "nmda",
    "gaba_a": "gabaa",
    "gene_pc1": "genepc1",
    "thickness": "thickness",
    "fc_gradient": "fcgradient01",
}
SIDES = {"L": "left", "R": "right"}


def dk84(wheels: Wheels) -> Dataset:
    """Group average of 84 regions with tract lengths and functional connectivity."""
    streamlines, lengths, fc = (
        np.loadtxt(io.BytesIO(wheels.read("tvbo", DK.format(m))))
        for m in ("streamlineCount", "tractLength", "BoldCorrelation")
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
        facts("human_dk84"),
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
        name: np.loadtxt(
            io.BytesIO(wheels.read("cubnm", f"cubnm/data/maps/ctx_parc-schaefer-100_desc-{file}_zscore.txt"))
        )
        for name, file in MAPS.items()
    }
    return Dataset(
        "human_schaefer100", facts("human_schaefer100"),
        {"all": Nodes(names, {"group": group, "network": network, "hemisphere": side}, positions)},
        [Matrix("streamlines", "Group streamline counts", strength, "streamlines", directed=False)],
        {"length_mm": length, "bold_correlation": fc}, maps,
    )  # fmt: skip
