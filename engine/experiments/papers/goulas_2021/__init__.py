"""Goulas et al. (2021): do networks wired as brains remember better than networks wired at random?"""

from dataclasses import replace

from engine.experiments.papers.figure import Figure, Series
from engine.experiments.papers.goulas_2021.claims import CLAIMS, SPECIES
from engine.experiments.papers.goulas_2021.effects import tables
from engine.experiments.papers.goulas_2021.measures import CAPACITY, EPOCHS, on_trials
from engine.experiments.papers.goulas_2021.networks import (
    BIO,
    HETEROGENEOUS,
    HOMOGENEOUS,
    NULLS,
    OWN,
    PLAIN,
    RANDOM,
    REMAPPED,
    STRATEGIES,
    own_choices,
)
from engine.experiments.papers.goulas_2021.recipe import CONNECTOME_OF_OWN, plan
from engine.experiments.papers.paper import Own, Paper, Table, Variant
from engine.experiments.papers.series import over_at, over_variants

VARIANTS = (
    Variant("Direction", "A matrix of source by target is taken for one of target by source; the mouse of Gămănuţ lies "
            "the other way round.", "Every connectome says which axis is the source; weights are [target, source]."),
    Variant("Heterogeneous synapses", "Stick-breaking: few synapses hold all the weight, most vanish in single "
            "precision.", "Random parts of a Dirichlet distribution, none below 1e-6 of the mean."),
    Variant("Weight within a region", "By what the region receives, though described as what it sends.",
            "By what it sends; the share is that of the total in both."),
    Variant("Rank map", "Signed: weak connections become strong negative ones, and ties are filled in order.",
            "By magnitude with the sign of the draw, ties by lot; offered beside it."),
    Variant("Control", "All entries shuffled, which destroys everything at once.",
            "Also degrees kept, blocks of areas kept, weights shuffled on the same topology."),
    Variant("n-back", "Trials that never show the probe at another lag do not test n.",
            "Lures in half of the non-matching trials; accuracy on lure trials by itself."),
    Variant("Pairs", "No seeds: wiring and control differ by trials and weights, too.",
            "The same trials, draws and biases for every wiring of a seed."),
)  # fmt: skip


def figures(table: Table) -> tuple[Figure, ...]:
    """Speed by condition, null model and species; learning curves; trials of n-back; memory."""
    conditions = [f"{null}, {synapses}" for null in (BIO, RANDOM) for synapses in (HOMOGENEOUS, HETEROGENEOUS)]
    published = [f"as published, {synapses}" for synapses in (HOMOGENEOUS, HETEROGENEOUS)]
    speed = tuple(_bars(table, EPOCHS, strategy, (*conditions, *published), strategy) for strategy in (PLAIN, REMAPPED))
    nulls = tuple(
        _bars(table, EPOCHS, strategy, tuple(f"{null}, {HETEROGENEOUS}" for null in NULLS), strategy)
        for strategy in (PLAIN, REMAPPED)
    )
    orders = tuple(
        replace(over_variants(null, table, EPOCHS, tuple(f"{null}, {HETEROGENEOUS}, {name}" for name in STRATEGIES)),
                x=tuple(STRATEGIES))
        for null in (BIO, RANDOM)
    )  # fmt: skip
    return (
        Figure("speed", "Epochs to learn, by wiring, synapses and strategy", "wiring", EPOCHS, "bars", speed),
        Figure("nulls", "Epochs to learn, by null model", "wiring", EPOCHS, "bars", nulls),
        Figure("strategies", "Epochs to learn, by order of weights", "strategy", EPOCHS, "bars", orders),
        _learning(table),
        Figure("species", "Epochs to learn, by species", "species", EPOCHS, "bars", _by_species(table, EPOCHS)),
        _lures(table),
        Figure("capacity", "Memory capacity of reservoirs", "species", "memory capacity (numbers)", "bars",
               _by_species(table, CAPACITY)),
        _curves(table),
    )  # fmt: skip


def _bars(table: Table, measure: str, name: str, kinds: tuple[str, ...], strategy: str) -> Series:
    """One bar a kind of wiring, all of one strategy."""
    return replace(over_variants(name, table, measure, tuple(f"{kind}, {strategy}" for kind in kinds)), x=kinds)


def _by_species(table: Table, measure: str) -> tuple[Series, ...]:
    there = tuple(s for s in (*SPECIES, OWN) if len(table.of(measure, variant=f"{s}, {BIO}, {PLAIN}")))
    bars = (_bars(table, measure, null, tuple(f"{s}, {null}" for s in there), PLAIN) for null in (BIO, RANDOM))
    return tuple(replace(series, x=there) for series in bars)


def _learning(table: Table) -> Figure:
    kinds = [f"{null}, {synapses}, {strategy}" for null in (BIO, RANDOM) for synapses in (HOMOGENEOUS, HETEROGENEOUS)
             for strategy in (PLAIN, REMAPPED)]  # fmt: skip
    curves = tuple(over_at(kind, table, "held-out error (MSE)", variant=kind) for kind in kinds)
    return Figure("learning", "Learning to recall five numbers", "epoch", "held-out error (MSE)", "lines", curves,
                  log_y=True, reference=(("chance", 1 / 12),))  # fmt: skip


def _lures(table: Table) -> Figure:
    networks = tuple(f"{null}, {said}" for said in ("no lures", "lures") for null in (BIO, RANDOM))
    bars = tuple(
        _bars(table, on_trials(kind), f"{kind} trials", networks, PLAIN) for kind in ("matching", "new-probe", "lure")
    )
    return Figure("lures", "Two-back, by what the network learned with", "wiring, trials of training", "accuracy",
                  "bars", bars, reference=(("chance", 0.5),))  # fmt: skip


def _curves(table: Table) -> Figure:
    shown = [name for name in (OWN, *SPECIES) if len(table.of(CAPACITY, variant=f"{name}, {BIO}, {PLAIN}"))]
    kinds = [f"{name}, {null}, {PLAIN}" for name in shown[:3] for null in (BIO, RANDOM)]
    curves = tuple(over_at(kind, table, "squared correlation at a lag", variant=kind) for kind in kinds)
    return Figure("memory_curve", "What a reservoir remembers", "numbers ago", "squared correlation", "lines", curves)


PAPER = Paper(
    name="goulas_2021",
    title="Bio-instantiated recurrent networks and working memory",
    citation="Goulas A, Damicelli F, Hilgetag CC (2021) Bio-instantiated recurrent neural networks: integrating "
    "neurobiology-based network topology in artificial networks. Neural Netw. 142: 608-618",
    question="Do networks wired as brains learn working memory faster than networks wired at random?",
    plan=plan,
    claims=CLAIMS,
    variants=VARIANTS,
    figures=figures,
    tables=tables,
    takes=(Own(CONNECTOME_OF_OWN, "Any connectome at hand, also a downloaded or imported one, in place of the species.",
               own_choices),),
)  # fmt: skip
