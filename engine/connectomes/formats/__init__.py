"""A user's own files: look → questions → answers → graph."""

from engine.connectomes.formats.answers import Answers, Question
from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.imported import facts, graph
from engine.connectomes.formats.look import look
from engine.connectomes.formats.questions import proposed, questions

__all__ = ["Answers", "Edges", "Found", "Question", "facts", "graph", "look", "proposed", "questions"]
