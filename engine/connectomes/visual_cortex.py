"""Connection probabilities of cell types in mouse visual cortex, as the network of 18 populations uses them.

Source: the table that Balwani et al. (2025) Sci Adv, doi 10.1126/sciadv.adw4970, publish with their code: 12
populations and 144 pairs, 70 of them above 0; and their three routes between V1 and LM.
"""

from engine.connectomes.probability_table import ProbabilityRow

CELLS = tuple((layer, type_) for layer in ("L2/3", "L4", "L5", "L6") for type_ in ("Pyr", "SST", "VIP"))
PROBABILITIES = (  # columns send, rows receive
    (0.06, 0.23, 0.05, 0.07, 0.33, 0.00, 0.00, 0.15, 0.00, 0.00, 0.00, 0.00),  # L2/3 Pyr
    (0.30, 0.05, 0.14, 0.04, 0.05, 0.25, 0.00, 0.05, 0.00, 0.00, 0.00, 0.00),  # L2/3 SST
    (0.16, 0.30, 0.01, 0.02, 0.21, 0.00, 0.00, 0.13, 0.00, 0.00, 0.14, 0.00),  # L2/3 VIP
    (0.05, 0.04, 0.00, 0.10, 0.22, 0.00, 0.00, 0.19, 0.00, 0.00, 0.00, 0.00),  # L4 Pyr
    (0.17, 0.00, 0.14, 0.04, 0.01, 0.14, 0.08, 0.04, 0.20, 0.00, 0.00, 0.00),  # L4 SST
    (0.00, 0.13, 0.05, 0.00, 0.22, 0.03, 0.02, 0.14, 0.00, 0.00, 0.00, 0.00),  # L4 VIP
    (0.08, 0.00, 0.00, 0.00, 0.08, 0.00, 0.04, 0.15, 0.00, 0.00, 0.02, 0.00),  # L5 Pyr
    (0.04, 0.00, 0.00, 0.03, 0.04, 0.11, 0.10, 0.03, 0.05, 0.00, 0.01, 0.00),  # L5 SST
    (0.00, 0.00, 0.04, 0.11, 0.07, 0.04, 0.02, 0.10, 0.03, 0.00, 0.00, 0.00),  # L5 VIP
    (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.06, 0.01, 0.05, 0.00),  # L6 Pyr
    (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.02, 0.02, 0.07, 0.12, 0.05, 0.06),  # L6 SST
    (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.03, 0.00, 0.15, 0.00),  # L6 VIP
)
ROUTES = (("V1", "L2/3", "LM", "L4"), ("LM", "L5", "V1", "L2/3"), ("LM", "L5", "V1", "L5"))
ROUTE_PROBABILITY = 0.3

WITHIN = tuple(
    ProbabilityRow(
        pre_layer=pre[0], pre_type=pre[1], post_layer=post[0], post_type=post[1],
        connection_probability=PROBABILITIES[CELLS.index(post)][CELLS.index(pre)],
    )
    for pre in CELLS
    for post in CELLS
)  # fmt: skip
BETWEEN = tuple(
    ProbabilityRow(
        pre_area=pre_area, pre_layer=pre_layer, pre_type="Pyr", post_area=post_area, post_layer=post_layer,
        post_type=post_type, connection_probability=ROUTE_PROBABILITY,
    )
    for pre_area, pre_layer, post_area, post_layer in ROUTES
    for post_type in ("Pyr", "SST", "VIP")
)  # fmt: skip
TABLE = (*WITHIN, *BETWEEN)
