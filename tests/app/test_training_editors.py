"""Loss composer, stage editor and curriculum editor: what they show, and that every change is one of the experiment."""

from types import SimpleNamespace

import pytest

from app.forms import Form
from app.pages.build import Build
from app.session import Session
from app.views.curriculum import LessonList, begun, easy, numeric, picture
from app.views.loss_composer import LossComposer, ObjectiveList, composed
from app.views.loss_numbers import amounts
from app.views.objective_menu import GROUPS
from app.views.stage_editor import StageList
from app.views.time_line import bars, trained
from engine.component import Invalid
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.experiments.history import History, line_of
from engine.tasks import TASKS
from engine.training.curriculum import Lesson
from engine.training.objectives import OBJECTIVES
from engine.training.templates import TEMPLATES
from engine.training.training import Training
from tests.engine.small_experiment import small_experiment

GRADIENT = {"kind": "gradient"}
SPARSE = {"training.objectives": [{"kind": "weight_norm", "weight": 0.01}, {"kind": "entropy", "scaling": "relative"}]}


def control(session, address):
    return Form("", session, only=(address,), bare=True).controls[address]


def inside(session, address):
    """The control of a field of one component of a list."""
    return Form(address.rpartition(".")[0], session, in_list=True).controls[address]


def refusal(lesson, task):
    try:
        lesson.tasks(task, "")
    except Invalid as fault:
        return str(fault)
    return ""


def history(experiment, steps):
    lines = [line_of(p) for p, _ in zip(experiment.train(experiment.network()), range(steps + 1), strict=False)]
    return History.of(lines)


def seen(experiment, steps):
    """What a page knows of a run of this experiment after some steps."""
    told = history(experiment, steps)
    return SimpleNamespace(history=told, step=steps, status=SimpleNamespace(state="running"))


def test_every_objective_is_offered_once_with_a_line_of_help():
    listed = [of for kinds in GROUPS.values() for of in kinds]
    assert sorted(listed, key=str) == sorted(OBJECTIVES, key=str)
    made = control(Session(small_experiment()), "training.objectives")
    assert isinstance(made, ObjectiveList)
    assert all(item["facts"] and item["title"] for item in made.menu.items)


def test_an_objective_is_added_weighed_switched_off_and_all_of_it_is_undone_and_travels_in_the_link():
    session = Session(small_experiment())
    made = control(session, "training.objectives")
    made.menu.value = "weight_norm"
    made.show(session.experiment.training.objectives)
    assert made.menu.value == ""
    row = made.rows[0]
    row.weight.box.value = "0.25"
    row.switch.value = False
    (objective,) = session.experiment.training.objectives
    assert (objective.kind, objective.weight, objective.active) == ("weight_norm", 0.25, False)
    assert Experiment.from_link(session.experiment.to_link()) == session.experiment
    for _ in range(3):
        session.undo()
    assert session.experiment.training.objectives == ()


def test_what_the_wiring_lacks_is_said_beside_the_objective_at_once_and_never_for_one_that_is_off():
    session = Session(small_experiment())
    lacking = {"kind": "wiring_cost", "distance": {"coordinates": "measured_um"}}
    session.change("training.objectives", [{"kind": "weight_norm"}, lacking])
    made = control(session, "training.objectives")
    assert "no coordinates" in made.rows[1].lack.object
    assert not made.rows[0].lack.visible
    session.change("training.objectives.1.active", False)
    made.show(session.experiment.training.objectives)
    assert not made.rows[1].lack.visible
    assert session.startable


def test_a_row_tells_cost_what_it_adds_and_share_of_the_gradient_as_the_run_does():
    experiment = small_experiment().with_values(SPARSE)
    sight = seen(experiment, 10)
    found = amounts(sight.history, experiment)
    cost = {name: float(table[-1].mean()) for name, table in sight.history.costs.items()}
    assert found["weight_norm"].adds == pytest.approx(0.01 * cost["weight_norm"])
    assert found["entropy"].adds == pytest.approx(0.01 * cost["task"])
    assert found["task"].adds + found["weight_norm"].adds + found["entropy"].adds == pytest.approx(cost["total"])
    assert found["task"].share + found["weight_norm"].share + found["entropy"].share == pytest.approx(1)
    session = Session(experiment)
    loss = LossComposer(session, lambda a, **k: Form(a, session, **k))
    rows = loss.objectives.controls["training.objectives"].rows
    session.param.update(sight=sight, asked=experiment)
    assert "of the gradient" in rows[0].amount.pane.object
    assert loss.total.pane.visible
    session.param.update(sight=None, asked=None)
    assert not rows[0].amount.pane.visible


def test_a_loss_without_objectives_is_all_of_the_gradient_and_nothing_is_told_before_the_first_step():
    experiment = small_experiment()
    assert amounts(History.of([]), experiment) == {}
    assert amounts(history(experiment, 2), experiment)["task"].share == 1
    assert composed(experiment.with_values(SPARSE)) == "cross-entropy + 0.01 small weights + 0.01 entropy of activity"


def test_objectives_of_a_stage_are_told_beside_that_stage_only():
    stages = [
        GRADIENT | {"steps": 3},
        GRADIENT | {"steps": 9, "lowers": "own", "objectives": [{"kind": "weight_norm", "weight": 2}]},
    ]
    experiment = small_experiment().with_values(SPARSE).with_value("training.stages", stages)
    session = Session(experiment)
    of_all, own = control(session, "training.objectives"), inside(session, "training.stages.1.objectives")
    session.param.update(sight=seen(experiment, 2), asked=experiment)
    assert (of_all.rows[0].amount.pane.visible, own.rows[0].amount.pane.visible) == (True, False)
    session.param.update(sight=seen(experiment, 6), asked=experiment)
    assert (of_all.rows[0].amount.pane.visible, own.rows[0].amount.pane.visible) == (False, True)


def test_the_first_objective_that_a_stage_lists_is_lowered_there():
    session = Session(small_experiment(training__stages=[GRADIENT | {"steps": 3}]))
    inside(session, "training.stages.0.objectives").menu.value = "entropy"
    assert session.experiment.training.stages[0].lowers == "own"
    assert session.startable
    session.undo()
    assert session.experiment.training.stages[0].lowers == "as_set"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda t: t.title)
@pytest.mark.parametrize("steps", [1, 7, 600])
def test_every_template_makes_stages_that_can_be_started(template, steps):
    session = Session(small_experiment(training__steps=steps))
    made = control(session, "training.stages")
    made._take({"label": template.title})
    assert session.experiment.training.stages
    check(session.experiment)
    session.undo()
    assert not session.experiment.training.stages


def test_stages_are_added_copied_moved_and_removed_and_each_is_undone():
    session = Session(
        small_experiment(training__stages=[GRADIENT | {"name": "a", "steps": 3}, GRADIENT | {"name": "b", "steps": 4}])
    )
    made = control(session, "training.stages")
    assert isinstance(made, StageList)
    made._duplicate(0)
    names = [stage.name for stage in session.experiment.training.stages]
    assert names == ["a", "a 2", "b"]
    made.show(session.experiment.training.stages)
    made._move(2, 0)
    made.show(session.experiment.training.stages)
    made._remove(1)
    assert [stage.name for stage in session.experiment.training.stages] == ["b", "a 2"]
    made.show(session.experiment.training.stages)
    assert [bar["name"] for bar in made.line.stages] == ["b", "a 2"]


def test_a_stage_shows_what_is_set_most_and_builds_the_rest_when_it_is_unfolded():
    stages = [GRADIENT | {"steps": 3, "prune": [{"density": 0.5}], "freeze": ["W_in"]}, {"kind": "readout"}]
    session = Session(small_experiment(training__stages=stages))
    made = control(session, "training.stages")
    made.folds[0].heading.open = True
    assert list(made.forms) == [0]
    assert {name: fold.heading.says for (_, name), fold in made.groups.items()} == {
        "Loss": "as it comes", "Pruning": "W_rec to 50 %", "Laws and frozen weights": "freeze W_in",
        "End": "as it comes",
    }  # fmt: skip
    shown = set(made.forms[0].controls)
    for (index, name), fold in made.groups.items():
        fold.heading.open = True
        assert not shown & set(made.forms[index, name].controls)
        shown |= set(made.forms[index, name].controls)
    assert shown == set(Form("training.stages.0", session, in_list=True).controls)
    session.change("training.stages.0.patience", 7)
    made.show(session.experiment.training.stages)
    assert made.groups[0, "End"].heading.says == "patience 7"
    made.folds[1].heading.open = True
    assert [name for index, name in made.groups if index == 1] == ["Pruning", "Laws and frozen weights"]


def test_the_line_marks_the_stage_that_trains_and_none_when_the_form_has_other_stages():
    experiment = small_experiment(training__stages=TEMPLATES[0].stages(Training(steps=4)))
    sight = seen(experiment, 5)
    course = experiment.training.course
    assert [stage.steps for stage in course] == [4, 1, 2]
    assert trained(course, sight, experiment) == (1.0, 1.0, -1.0)
    sight = seen(experiment, 6)
    assert trained(course, sight, experiment) == (1.0, 1.0, 0.5)
    assert [bar["now"] for bar in bars(course, (1.0, 1.0, 0.5), ())] == [False, False, True]
    assert trained(course[:2], sight, experiment) == (-1.0, -1.0)


def test_a_contradiction_marks_its_bar_and_is_said_in_one_sentence():
    stages = [GRADIENT | {"steps": 5}, GRADIENT | {"steps": 5, "prune": [{"rounds": 9}]}]
    session = Session(small_experiment(training__stages=stages))
    made = control(session, "training.stages")
    assert [bar["wrong"] for bar in made.line.stages] == [False, True]
    assert "need 801 steps" in str(session.problem)
    assert not session.startable


def test_a_lesson_begins_with_a_parameter_that_the_task_has():
    for of in TASKS:
        known = numeric(task := of())
        for address, parameter in known.items():
            if parameter.value and address == next(iter(known)):
                lesson = Lesson(parameter=address, values=begun(parameter, task))
                said = refusal(lesson, task)
                assert not said or "changes the inputs or outputs" in said, (of, address, said)


def test_values_lead_evenly_to_that_of_the_task():
    known = numeric(small_experiment(task__kind="delayed_match").task)
    assert easy(known["delay_ms"], 100, 400, 3) == (100, 200, 300)
    session = Session(small_experiment(task__kind="delayed_match", task__delay_ms=400))
    made = control(session, "training.curriculum")
    assert isinstance(made, LessonList)
    made._add(Lesson())
    (lesson,) = session.experiment.training.curriculum
    assert (lesson.parameter, lesson.values) == ("delay_ms", (100, 200, 300))
    box = inside(session, "training.curriculum.0.values")
    box.first.value = "250"
    assert session.experiment.training.curriculum[0].values == (250, 300, 350)
    box.show(session.experiment.training.curriculum[0].values)
    box.count.value = "1"
    assert session.experiment.training.curriculum[0].values == (250,)
    box.show(session.experiment.training.curriculum[0].values)
    box.last.value = "800"
    assert session.experiment.task.delay_ms == 800
    inside(session, "training.curriculum.0.parameter").wanted("noise")
    assert session.experiment.training.curriculum[0].parameter == "noise"
    assert session.startable


def test_the_curve_of_a_lesson_says_when_the_task_is_reached_and_where_a_run_stands():
    experiment = small_experiment(task__kind="delayed_match", task__delay_ms=400)
    lesson = Lesson(parameter="delay_ms", values=(100, 200), steps=10)
    assert "trained from step 20 of 30" in picture(lesson, experiment.task, 30, None)
    assert "before the task itself is trained" in picture(lesson, experiment.task, 15, None)
    assert "is at 200, value 2 of 2" in picture(lesson, experiment.task, 30, (15, 1))
    assert "the task itself" in picture(lesson, experiment.task, 30, (25, 2))
    assert picture(Lesson(parameter="nonsense"), experiment.task, 30, None) == ""


def test_the_training_form_leaves_to_the_stages_what_is_theirs():
    session = Session(small_experiment())
    build = Build(session)
    build.folds["Training"].heading.open = True
    assert build.folds["Stages"].heading.says == "one"
    session.change("training.stages", TEMPLATES[0].stages(session.experiment.training))
    assert build.folds["Training"].heading.says.startswith("as the stages say")
    assert build.folds["Stages"].heading.says.startswith("dense → prune → fine-tune")


def test_a_run_on_show_reaches_the_forms(monkeypatch):
    session = Session(small_experiment())
    build = Build(session)
    build.watching.param.update(sight=(sight := seen(session.experiment, 1)), asked=session.experiment)
    assert session.sight is sight
    assert session.asked is session.experiment


def test_objectives_that_weigh_otherwise_in_some_networks_are_a_plain_list():
    session = Session(small_experiment(training__differences=[{"networks": [1]}]))
    made = inside(session, "training.differences.0.objectives")
    assert not isinstance(made, ObjectiveList)
