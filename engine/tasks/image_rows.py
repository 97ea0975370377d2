"""Image rows: see an image row by row and say what it shows."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Options, Typical
from engine.tasks.conditions import balanced
from engine.tasks.digits import Images
from engine.tasks.forced_choice import largest
from engine.tasks.image_files import DIGITS, NAME, choices, images_called
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise, whole_steps
from engine.tasks.values import shown_for


class ImageRows(Task):
    """See an image row by row, one input for each column, and say which digit it shows.

    The digits of scikit-learn (8 x 8) are built in; your own MNIST, as its four IDX files or as an .npz, is read from
    the folder `images` of the data folder. Some images are kept back: every fifth digit, or the test set of a file;
    held-out accuracy is measured on these alone. All classes are equally frequent. The answer is read and scored in
    the response after the last row, or at the last step of the last row if the response lasts 0 ms; so 28 rows at one
    step per row are the published 28 steps, scored at the last.
    """

    kind: Literal["image_rows"] = "image_rows"
    title: ClassVar[str] = "Image, row by row (digits)"
    source: ClassVar[str] = "Le, Jaitly & Hinton (2015) arXiv:1504.00941; Balwani et al. (2025) Sci. Adv. (by rows)"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = "All classes are equally frequent; ties count as a guess among them."
    ideal_is: ClassVar[str] = "Not defined for pictures; shown is who knows what each image shows."

    images: Annotated[
        str,
        Field(pattern=NAME, description="The digits, or a file in the folder `images` of the data folder."),
        Options(of=choices),
    ] = DIGITS
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.1, 0.001),
    ] = 0.0
    row_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long each row is shown."), Typical(20, 200, 10)
    ] = 100.0
    response_ms: Annotated[
        float,
        Field(ge=0, le=60_000, description="Time in which the answer is read; 0: at the last step of the last row."),
        Typical(0, 500, 10),
    ] = 200.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return tuple(f"column {i + 1}" for i in range(self._images().training.shape[2]))

    @property
    def output_names(self) -> tuple[str, ...]:
        return tuple(str(i) for i in range(self._classes()))

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (Variable("digit", "categorical", labels=self.output_names),)

    @property
    def chance(self) -> float:
        return 1 / self._classes()

    @property
    def accuracy_is(self) -> str:
        return "Share of trials in which the output of the right class is the largest, averaged over the response."

    def _images(self) -> Images:
        return images_called(self.images)

    def _classes(self) -> int:
        return int(self._images().training_digits.max()) + 1

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        found = self._images()
        return self._trials(found.training, found.training_digits, n, dt_ms, rng)

    def held_out(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        """Trials with images that are never trained on."""
        found = self._images()
        return self._trials(found.testing, found.testing_digits, n, dt_ms, rng)

    def _trials(
        self,
        images: Float[Tensor, "images rows columns"],
        labels: Int[Tensor, " images"],
        n: int,
        dt_ms: float,
        rng: torch.Generator,
    ) -> Trials:
        each, rows = whole_steps(dt_ms, "row", self.row_ms), images.shape[1]
        response = whole_steps(dt_ms, "response", self.response_ms)
        epochs = Epochs.of_steps(dt_ms, {"image": each * rows, "response": response})
        digit = balanced(n, self._classes(), rng)
        shown = images[_one_of(digit, labels, rng)]
        inputs = white_noise((n, epochs.steps, images.shape[2]), self.noise, dt_ms, rng)
        inputs[:, epochs["image"]] += shown_for(shown, each)
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, _read(epochs)] = True
        return Trials(inputs, digit[:, None].repeat(1, epochs.steps), scored, epochs, {"digit": digit}, {})

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return largest(outputs, _read(trials.epochs), trials.conditions["digit"])

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        return one_hot(trials.targets, self._classes()).float()


def _read(epochs: Epochs) -> slice:
    return slice(min(epochs["response"].start, epochs.steps - 1), epochs.steps)


def _one_of(
    wanted: Int[Tensor, " trials"], labels: Int[Tensor, " images"], rng: torch.Generator
) -> Int[Tensor, " trials"]:
    """An image of each wanted class, all of a class equally probable."""
    order, counts = labels.argsort(stable=True), labels.bincount()
    place = (torch.rand(len(wanted), generator=rng) * counts[wanted]).long()
    return order[(counts.cumsum(0) - counts)[wanted] + place]
