"""Whether an experiment can be started at all."""

from engine.connectomes.connectome import Connectome
from engine.experiments.experiment import Experiment
from engine.experiments.forecast import Forecast, require_possible
from engine.training.train import device_for


def check(experiment: Experiment, connectome: Connectome | None = None) -> Forecast:
    """Build what has to fit together and forecast the run. Raises Invalid, with the address that is to blame."""
    connectome = experiment.connectome() if connectome is None else connectome
    device_for(experiment.training.device)
    experiment.dynamics.time_constants(connectome, experiment.dt_ms)
    experiment.dynamics.rate_function(connectome)
    task = experiment.task
    experiment.constraints.bind(connectome, task.input_names, task.output_names, experiment.seeds.wiring)
    return require_possible(experiment, connectome)
