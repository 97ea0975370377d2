"""Named starting points: whole experiments that show something within a minute on a laptop."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.experiments.experiment import Experiment


@dataclass(frozen=True)
class Preset:
    """A starting point: what it is called, what it shows, and the experiment itself."""

    title: str
    about: str
    experiment: Callable[[], Experiment]


def human_decides() -> Experiment:
    """The defaults: 84 human regions, 80 % of them excitatory, judge the motion of random dots under Dale's law."""
    return Experiment()


def worm_decides() -> Experiment:
    """The 302 neurons of the worm judge the same motion; its transmitters say which neurons inhibit."""
    return Experiment().with_values(
        {"wiring.connectome": "worm_cook2019", "wiring.density": None, "wiring.signs.kind": "transmitter"}
    )


def fly_keeps_a_heading() -> Experiment:
    """A mushroom body of the larval fly integrates angular velocity: how much of a ring grows on foreign wiring?"""
    return Experiment().with_values(
        {"wiring.connectome": "fly_larva_mb", "wiring.density": None, "task.kind": "ring_integration"}
    )


def areas_remember() -> Experiment:
    """Three areas in a row hold a sample over a delay; input reaches the first, only the last is read out."""
    return Experiment().with_values(
        {
            "wiring.kind": "areas",
            "task.kind": "delayed_match",
            "constraints.projections.input_areas": ("sensory",),
            "constraints.projections.readout_areas": ("motor",),
        }
    )


def column_answers() -> Experiment:
    """A cortical column with its measured layers and inhibitory populations does a go / no-go task."""
    return Experiment().with_values({"wiring.kind": "column", "task.kind": "go_nogo"})


PRESETS = tuple(
    Preset(title, " ".join((make.__doc__ or "").split()), make)
    for title, make in (
        ("Human regions decide", human_decides),
        ("Worm decides", worm_decides),
        ("Fly larva keeps a heading", fly_keeps_a_heading),
        ("Three areas remember", areas_remember),
        ("Cortical column answers", column_answers),
    )
)
