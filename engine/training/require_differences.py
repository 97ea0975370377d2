"""Whether what sets networks apart can be had at all; faults are told before anything runs."""

from engine.component import Invalid, near
from engine.networks.network import Network
from engine.training.apart import changed, factors
from engine.training.difference import AsForAll, Difference
from engine.training.objectives.aim import names
from engine.training.training import Training


def require_differences(training: Training, network: Network, networks: int, address: str) -> None:
    """Raises Invalid for networks, stages or objectives that there are not, and if nothing would learn in any."""
    for index, difference in enumerate(training.differences):
        where = f"{address}.{index}"
        _require_there(difference, training, networks, where)
        _require_laws(difference, network, where)
    _require_data(training, address)
    stages = range(len(training.course))
    learning = [f for stage in stages for f in factors(training.differences, networks, stage).values()]
    if training.differences and not any(bool((factor != 0).any()) for factor in learning):
        raise Invalid("No network would learn anything; let one learn.", f"{address}.0.learning_rate")


def _require_there(difference: Difference, training: Training, networks: int, where: str) -> None:
    wrong = next((k for k in difference.networks if k > networks), None)
    if wrong is not None:
        said = f"There is no network {wrong} in a population of {networks}"
        raise Invalid(f"{said}; name some of 1 to {networks}.", f"{where}.networks")
    wrong = next((s for s in difference.stages if s > len(training.course)), None)
    if wrong is not None:
        said = f"There is no stage {wrong} in a training of {len(training.course)}"
        raise Invalid(f"{said}; name some of 1 to {len(training.course)}.", f"{where}.stages")
    lists = (training.objectives, *(getattr(stage, "objectives", ()) for stage in training.stages))
    known = list(dict.fromkeys(name for listed in lists for name in names(listed)))
    for number, said in enumerate(difference.objectives):
        if said.objective not in known:
            there = f"there are {', '.join(known)}" if known else "there is none"
            raise Invalid(
                f"There is no objective '{said.objective}' to weigh; {there}.{near(said.objective, known)}",
                f"{where}.objectives.{number}.objective",
            )


def _require_laws(difference: Difference, network: Network, where: str) -> None:
    laws = network.laws_of(changed(network.constraints, (difference.dales_law, difference.connection_mask)))
    if not isinstance(difference.weights, AsForAll):
        difference.weights.remarks(network.connectome, laws["W_rec"])
    method = network.constraints.dales_law.method
    if difference.dales_law not in ("as_set", method) and method == "faulty_late_projection_as_published":
        said = "The late projection as published acts on all networks at once"
        raise Invalid(f"{said}; choose another method under constraints.", f"{where}.dales_law")


def _require_data(training: Training, address: str) -> None:
    own = next((i for i, d in enumerate(training.differences) if d.trial_seed is not None), None)
    if own is not None and training.window_ms is not None:
        said = "Networks with trials of their own cannot learn from windows, whose beginning all share"
        raise Invalid(f"{said}; leave the window or the trial seed empty.", f"{address}.{own}.trial_seed")
