"""Makes `downloads.json`, the connectomes that a user may download, from two registries of public files.

    python assets/connectomes/build_downloads.py registry_github.csv registry_other.csv

The registries hold URL, bytes and sha256 of every file, as computed from the files themselves; this script adds what
each set is, whose it is, and what its files do not say themselves (which axis is the source, …).
"""

import csv
import json
import re
import sys
from pathlib import Path

MICRONS = {
    "species": "Mus musculus", "licence": "MIT (repository); MICrONS public release",
    "citation": "MICrONS Consortium (2025) Functional connectomics spanning multiple areas of mouse visual cortex, "
    "Nature; as prepared by Shakiba M, Rokni R, Mohammadi M, Dehghani N (2026) arXiv 2606.14975",
    "terms": "The repository is under the MIT licence; that of the underlying public MICrONS data was not verified.",
    "about": "Neurons of one imaging field of mouse visual cortex: synapses from electron microscopy, spike-time "
    "tiling, correlation and precision of their activity, positions.",
    "answers": {"source_axis": "rows"}, "folder": True,
}  # fmt: skip
B2A = "AlGoulas/bio2art"
GOULAS = "as shipped with Goulas A, Damicelli F, Hilgetag CC (2021) Neural Netw 142:608"
SETS = (
    ("macaque_markov29", B2A, ("C_Macaque_Normalized.npy",), "Macaque cortex, 29 areas (FLN)", "Macaca fascicularis",
     "MIT (repository)", f"Markov NT et al. (2014) Cereb Cortex 24:17; {GOULAS}", "", "rows"),
    ("marmoset_majka55", B2A, ("C_Marmoset_Normalized.npy",), "Marmoset cortex, 55 areas (FLN)", "Callithrix jacchus",
     "CC-BY-SA-4.0 (data); MIT (repository)", f"Majka P et al. (2020) Nat Commun 11:1133; {GOULAS}", "", "rows"),
    ("mouse_gamanut19", B2A, ("C_Mouse_Gamanut_Normalized.npy",), "Mouse cortex, 19 areas (FLN)", "Mus musculus",
     "MIT (repository)", f"Gămănuţ R et al. (2018) Neuron 97:698; {GOULAS}", "", "columns"),
    ("mouse_oh56", B2A, ("C_Mouse_Ypma_Oh.npy",), "Mouse brain, 56 regions", "Mus musculus", "MIT (repository)",
     f"Oh SW et al. (2014) Nature 508:207; Rubinov M et al. (2015) PNAS 112:10032; {GOULAS}",
     "Data of the Allen Institute; see its terms of use.", ""),
    ("human_betzel57", B2A, ("C_Human_Betzel_Normalized.npy",), "Human left cortex, 57 regions", "Homo sapiens",
     "MIT (repository)", f"Betzel RF, Bassett DS (2018) PNAS 115:E4880; {GOULAS}", "", ""),
    ("fly_chiang49", B2A, ("C_Drosophila.npy",), "Fly brain, 49 processing units", "Drosophila melanogaster",
     "MIT (repository)", f"Chiang AS et al. (2011) Curr Biol 21:1; {GOULAS}", "", ""),
    ("marmoset_majka116", "BrainDynamicsUSYD/MarmosetCortex", ("AdjFullMarmoset.csv",), "Marmoset cortex, 116 areas",
     "Callithrix jacchus", "CC-BY-SA-4.0 (data)", "Majka P et al. (2020) Nat Commun 11:1133",
     "61 areas were not injected: their empty columns are unknown, not zero.", "rows"),
    ("fly_larva_brain", "neurodata/bilateral-connectome", ("unmatched_full_edgelist.csv",),
     "Fly larva, whole brain (3,013 neurons)", "Drosophila melanogaster", "MIT (repository); CC-BY-4.0 (article)",
     "Winding M et al. (2023) Science 379:eadd9330; Pedigo BD et al. (2023) eLife 12:e83739", "", ""),
    ("fly_optic_types", "murthylab/visual-system-parts-list", ("type_to_type_connection_and_synapse_counts.csv",),
     "Fly optic lobe, connections between cell types", "Drosophila melanogaster", "Apache-2.0 (repository)",
     "Matsliah A et al. (2024) Nature 634:166", "FlyWire asks its users to accept its principles.", ""),
    ("macaque_tvb84", "the-virtual-brain/tvb-data", ("macaque/connectivity_84.zip",), "Macaque cortex, 84 areas (TVB)",
     "Macaca mulatta", "GPL-3.0 (repository)", "Shen K et al. (2019) Sci Data 6:123", "", ""),
    ("mouse_allen_tvb", "the-virtual-brain/tvb-data", ("mouse/allen_2mm/ConnectivityAllen2mm.zip",),
     "Mouse brain, Allen tracing (TVB)", "Mus musculus", "GPL-3.0 (repository)",
     "Melozzi F et al. (2017) eNeuro 4:ENEURO.0111-17.2017; Oh SW et al. (2014) Nature 508:207",
     "Data of the Allen Institute; see its terms of use.", ""),
    ("human_hagmann998", "the-virtual-brain/tvb-data", ("connectivity/connectivity_998.zip",),
     "Human cortex, 998 regions (TVB)", "Homo sapiens", "GPL-3.0 (repository)",
     "Hagmann P et al. (2008) PLoS Biol 6:e159", "", ""),
    *((f"{animal}_pang", "jchrispang/evolution-brain-tuning", (f"connectome_{animal}.mat",), title, species,
       "Apache-2.0 (repository); CC-BY-4.0 (article)", "Pang JC et al., eLife, evolution-brain-tuning", "", axis)
      for animal, title, species, axis in (
          ("human", "Human cortex, 114 regions", "Homo sapiens", ""),
          ("chimp", "Chimpanzee cortex, 114 regions", "Pan troglodytes", ""),
          ("macaque", "Macaque cortex, 82 areas", "Macaca", ""),
          ("marmoset", "Marmoset cortex, 55 areas", "Callithrix jacchus", ""))),
    ("human_schaefer400", "netneurolab/hansen_many_networks", ("Schaefer400/consensusSC_wei.npy",),
     "Human cortex, 400 regions", "Homo sapiens", "not stated (repository); HCP Open Access terms",
     "Hansen JY et al. (2023) PLoS Biol 21:e3002314", "HCP Open Access data use terms apply.", ""),
    ("macaque_89_nc", "seanfw/macaque_hierarchy", ("FLN_SLN_89_areas.mat",), "Macaque cortex, 89 areas (FLN, SLN)",
     "Macaca", "CC-BY-NC (non-commercial)", "Froudist-Walsh S et al. (2021) Neuron 109:3500", "", ""),
)  # fmt: skip
OTHER = (
    ("flywire_783", "flywire-783", ("connections.csv.gz", "classification.csv.gz"), "Fly brain, 139k neurons (FlyWire)",
     "Drosophila melanogaster", "CC-BY-4.0", "Dorkenwald S et al. (2024) Nature 634:124; Schlegel P et al. (2024) "
     "Nature 634:139", "FlyWire asks its users to accept its principles. Its files are refreshed in place."),
    ("flywire_630", "flywire-630", ("connections.csv.gz", "classification.csv.gz"), "Fly brain, release 630 (FlyWire)",
     "Drosophila melanogaster", "CC-BY-4.0", "Dorkenwald S et al. (2024) Nature 634:124",
     "FlyWire asks its users to accept its principles. Its files are refreshed in place."),
)  # fmt: skip


def main(github: str, other: str) -> None:
    rows = list(csv.DictReader(Path(github).read_text().splitlines()))
    offers = [_set(rows, *told) for told in SETS]
    offers += [_other(list(csv.DictReader(Path(other).read_text().splitlines())), *told) for told in OTHER]
    offers += _microns(rows)
    text = json.dumps(offers, indent=0, ensure_ascii=False)
    Path(__file__).with_name("downloads.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(offers)} sets, {sum(len(o['files']) for o in offers)} files")


def _file(row: dict[str, str], name: str) -> dict[str, object]:
    return {"name": name.rpartition("/")[2], "url": row["url"], "bytes": int(row["bytes"]), "sha256": row["sha256"]}


def _set(rows, id, repo, names, title, species, licence, citation, terms, axis) -> dict[str, object]:
    found = [_file(row, name) for name in names for row in rows if row["repo"] == repo and row["path"].endswith(name)]
    assert len(found) == len(names), (id, found)
    return {
        "id": id, "title": title, "species": species, "licence": licence, "citation": citation, "terms": terms,
        "about": "", "answers": {"source_axis": axis} if axis else {}, "folder": False, "files": found,
        "non_commercial": "NC" in licence,
    }  # fmt: skip


def _other(rows, id, dataset, names, title, species, licence, citation, terms) -> dict[str, object]:
    found = [_file(row, name) for name in names for row in rows if (row["dataset"], row["file"]) == (dataset, name)]
    assert len(found) == len(names), (id, found)
    return {
        "id": id, "title": title, "species": species, "licence": licence, "citation": citation, "terms": terms,
        "about": "", "answers": {}, "folder": True, "files": found,
    }  # fmt: skip


def _microns(rows) -> list[dict[str, object]]:
    fields: dict[str, list[dict[str, object]]] = {}
    for row in rows:
        found = re.search(r"/info/(\d+_\d+_\d+)/([^/]+)$", row["path"])
        if found and "spikes" not in found[2]:
            fields.setdefault(found[1], []).append(_file(row, found[2]))
    order = sorted(fields, key=lambda name: tuple(map(int, name.split("_"))))
    return [
        {"id": f"microns_{name}", "title": f"MICrONS field {name.replace('_', '-')}", **MICRONS, "files": fields[name]}
        for name in order
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
