"""Transfer: an experiment begins with the weights of a trained run, or of a model that was imported."""

from pathlib import Path

import torch
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.kept_record import is_own
from engine.connectomes.library import Library
from engine.experiments.names import is_id
from engine.experiments.whole_file import read_tensors
from engine.networks.from_run import FromRun
from engine.networks.initial_weights import BALANCE, scaled
from engine.networks.network import Network
from engine.whole_file import data_folder

PARTS = {"input": ("W_in",), "readout": ("W_out", "bias_out")}


def take_over(network: Network, weights: FromRun, store: Path | str | None = None) -> None:
    """The network has the weights of the run or model. Raises Invalid, with its address, where they do not fit.

    What the network learns and the run did not (time constants, first states) stays as it is.
    """
    found = source(weights, store)
    chosen = {name: _of_networks(tensor, network.networks, weights) for name, tensor in found.items()}
    start = network.lawful_weights()
    if (units := chosen["W_rec"].shape[-1]) != network.connectome.n:
        said = f"{_named(weights)} has {units} units, but this network has {network.connectome.n}"
        raise Invalid(f"{said}; give it the wiring that those weights come from.", "weights.run")
    replaced = {name for part, names in PARTS.items() if getattr(weights, part) == "replace" for name in names}
    for name in sorted(start.keys() & chosen.keys() - replaced):
        _require_size(name, chosen[name], start[name], weights)
        start[name] = chosen[name]
    for name, law in network.laws.items():
        if name not in replaced and (codes := chosen.get(f"allowed.{name}")) is not None:
            network.constrain({name: law.allowing(law.allowed * (codes > 0).to(law.low.device))})
    start["W_rec"] = torch.stack([_set(w.double(), weights) for w in start["W_rec"]]).to(start["W_rec"])
    try:
        network.load_lawful({name: tensor for name, tensor in start.items() if not name.startswith("allowed.")})
    except Invalid as fault:
        raise Invalid(f"The weights of {weights.run} do not fit: {fault}", "weights.run") from None


def source(weights: FromRun, store: Path | str | None = None) -> dict[str, Tensor]:
    """What the run came to, or the model that is kept in the library, from the given store or that of the user.

    Raises Invalid if it is not there.
    """
    try:
        return read_tensors(file_of(weights, store))[0]
    except Invalid as fault:
        if fault.address:
            raise
        if is_own(weights.run):
            raise Invalid(f"Model {weights.run} cannot be read: {fault}", "weights.run") from None
        which = "weights" if weights.step is None else f"snapshot of step {weights.step}"
        address = "weights.run" if weights.step is None else "weights.step"
        raise Invalid(f"Run {weights.run} has no {which} to begin with: {fault}", address) from None


def file_of(weights: FromRun, store: Path | str | None = None) -> Path:
    """Where those weights lie: in a run, in the library, or as a bundle brought them. Raises Invalid if nowhere."""
    if not weights.run:
        raise Invalid("No run is named whose weights to begin with; give its id.", "weights.run")
    stores = [data_folder(store), data_folder()]
    if is_own(weights.run):
        return _of_model(weights, stores)
    if not is_id(weights.run):
        raise Invalid(f"'{weights.run}' is no id of a run; they look like r_250131_120000_abcde.", "weights.run")
    folder = next((f for s in stores if (f := s / "runs" / weights.run).is_dir()), None)
    if folder is not None:
        name = "weights" if weights.step is None else f"snapshots/step_{weights.step:08d}"
        return folder / f"{name}.safetensors"
    brought = brought_to(weights)
    if not brought.is_file():
        said = f"It begins with the weights of run {weights.run}, which is not in {stores[0]}"
        raise Invalid(f"{said}; bring that run there, or choose other weights.", "weights.run")
    return brought


def brought_to(weights: FromRun) -> Path:
    """Where the weights lie that a bundle brought: a model's in the library, a run's in a folder of their own."""
    if is_own(weights.run):
        return Library().weights(weights.run)
    which = "last" if weights.step is None else f"{weights.step:08d}"
    return data_folder() / "begun_with" / f"{weights.run}_{which}.safetensors"


def _of_model(weights: FromRun, stores: list[Path]) -> Path:
    if weights.step is not None:
        raise Invalid(f"Model {weights.run} was imported and has no steps; leave the step empty.", "weights.step")
    path = next((f for s in stores if (f := Library(s).weights(weights.run)).is_file()), None)
    if path is None:
        said = f"It begins with the weights of model {weights.run}, which is not in {Library(stores[0]).path}"
        raise Invalid(f"{said}; import that model again, or choose other weights.", "weights.run")
    return path


def needs(weights: object) -> str:
    """One sentence on the run or the model that these weights come from; empty if from none."""
    if not isinstance(weights, FromRun):
        return ""
    if is_own(weights.run):
        said = f"It begins with the weights of the imported model {weights.run}"
        return f"{said}, so that model has to be in the library where it is repeated."
    which = "last weights" if weights.step is None else f"weights of step {weights.step}"
    return f"It begins with the {which} of run {weights.run}, so that run has to be in the store where it is repeated."


def _named(weights: FromRun) -> str:
    return f"{'Model' if is_own(weights.run) else 'Run'} {weights.run}"


def _of_networks(tensor: Tensor, networks: int, weights: FromRun) -> Tensor:
    there = len(tensor)
    if weights.network is not None:
        if weights.network > there:
            said = f"{_named(weights)} has {there} networks, so there is no network {weights.network}"
            raise Invalid(f"{said}; name one of them.", "weights.network")
        tensor = tensor[weights.network - 1 : weights.network]
    if len(tensor) not in (1, networks):
        said = f"{_named(weights)} has {there} networks, but this experiment has {networks}"
        raise Invalid(f"{said}; choose one of them, or take as many.", "weights.network")
    return tensor.expand(networks, *tensor.shape[1:])


def _require_size(name: str, found: Tensor, wanted: Tensor, weights: FromRun) -> None:
    for part, side, channels, of in (("input", 2, "inputs", "W_in"), ("readout", 1, "outputs", "W_out")):
        if name == of and found.shape[side] != wanted.shape[side]:
            said = f"{_named(weights)} has {found.shape[side]} {channels}, but the task has {wanted.shape[side]}"
            raise Invalid(f"{said}; set weights.{part} to replace.", f"weights.{part}")


def _set(recurrent: Tensor, weights: FromRun) -> Tensor:
    balanced = BALANCE[weights.balance](recurrent)
    return balanced if weights.spectral_radius is None else scaled(balanced, weights.spectral_radius)
