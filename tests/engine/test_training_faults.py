"""What a training cannot be is told in one sentence at its address, before anything runs."""

import pytest

from engine.component import Invalid
from engine.connectomes import RandomWiring
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.training import Training
from engine.training.curriculum import Lesson
from engine.training.difference import Difference
from engine.training.objectives import StatePrediction, WeightNorm
from engine.training.prune import Prune
from engine.training.schedule import Constant
from engine.training.stage import ReadoutStage, Stage

SMALL = Experiment(
    wiring=RandomWiring(units=24, density=0.4),
    training=Training(steps=8, batch=8, evaluate_every=4, evaluation_trials=20, device="cpu"),
)
ALL = ("W_in", "W_rec", "W_out", "bias", "bias_out")
OWN = Stage(lowers="own", objectives=(WeightNorm(),))
RULE = {"matrix": "W_out", "sign": "excitatory"}
FAULTS = {
    "training.freeze": ({"training.freeze": ALL}, "Everything is frozen"),
    "training.stages.1.freeze": ({"training.stages": (Stage(), Stage(freeze=("W_rex",)))}, "no 'W_rex' to freeze"),
    "training.stages.0.name": ({"training.stages": (Stage(name="a"), Stage(name="a"))}, "Two stages are called 'a'"),
    "training.window_ms": ({"training.window_ms": 5000.0}, "longer than a trial"),
    "training.objectives.0.lag_ms": (
        {"training.window_ms": 60.0, "training.objectives": (StatePrediction(lag_ms=100.0),)},
        "is 5 steps, but only 3 are judged",
    ),
    "training.window_start": (
        {"training.window_ms": 100.0, "training.window_start": "teacher"},
        "knows no states",
    ),
    "training.stages.0.prune.0.density": (
        {"training.stages": (Stage(prune=(Prune(density=0.5, share_of="pairs"),)),)},
        "Pruning cannot leave 50 % of the pairs",
    ),
    "training.stages.1.prune.0.density": (
        {"training.stages": tuple(Stage(prune=(Prune(density=d, share_of="pairs"),)) for d in (0.1, 0.2))},
        "cannot leave 20 %.*about 10 % are connected then",
    ),
    "training.stages.0.prune.0.rounds": (
        {"training.stages": (Stage(steps=50, prune=(Prune(rounds=4, every=20),)),)},
        "need 61 steps, but the stage has 50",
    ),
    "training.stages.0.prune.0.matrix": (
        {"training.stages": (Stage(prune=(Prune(matrix="W_in", where="between_areas"),)),)},
        "only W_rec can be pruned",
    ),
    "training.stages.0.prune.0.table": (
        {"training.stages": (Stage(prune=({"table": [{}]},)),)},
        "the units of this wiring have none",
    ),
    "training.stages.0.schedule.warm_up": (
        {"training.stages": (Stage(steps=20, schedule=Constant(warm_up=20)),)},
        "rises for 20 steps, but the stage has 20",
    ),
    "training.stages.0.kind": (
        {"training.stages": (ReadoutStage(),), "constraints.rules": (RULE,)},
        "closed form cannot keep",
    ),
    "training.objectives.0.weight": (
        {"training.objectives": (WeightNorm(weight=0.0),), "training.stages": (OWN, Stage())},
        "Every objective has a weight of 0",
    ),
    "training.curriculum.0.parameter": ({"training.curriculum": (Lesson(parameter="nose"),)}, "no parameter 'nose'"),
    "training.curriculum.0.values": (
        {"task.kind": "flip_flop", "training.curriculum": (Lesson(parameter="bits", values=(1, 2)),)},
        "changes the inputs or outputs",
    ),
    "training.differences.0.networks": ({"training.differences": (Difference(networks=(2,)),)}, "no network 2"),
    "training.differences.0.learning_rate": (
        {"training.differences": (Difference(learning_rate=0.0),)},
        "No network would learn",
    ),
}


@pytest.mark.parametrize("address", FAULTS)
def test_a_fault_is_one_sentence_at_its_address(address):
    changes, said = FAULTS[address]
    experiment = SMALL.with_values(changes)
    with pytest.raises(Invalid, match=said) as told:
        check(experiment)
    assert told.value.address == address
    assert str(told.value).partition(" Did you mean")[0].count(". ") == 0
    with pytest.raises(Invalid, match=said):
        next(experiment.train(experiment.network()))


def test_stages_come_back_from_json_links_and_the_command_line():
    stages = (Stage(name="dense", steps=5, prune=(Prune(density=0.2),), freeze=("bias",)), ReadoutStage())
    experiment = SMALL.with_value("training.stages", stages)
    assert Experiment.read(experiment.model_dump_json()) == experiment
    assert Experiment.from_link(experiment.to_link()) == experiment
    typed = SMALL.with_value("training.stages", experiment.changes()["training"]["stages"])
    assert typed == experiment
    assert experiment.with_value("training.stages.0.prune.0.density", 0.3).training.stages[0].prune[0].density == 0.3
