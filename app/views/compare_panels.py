"""The panels of Compare, in the order in which they are offered. Slow to import (compilers, graphs): import it late."""

from app.views.analysis_view import AnalysisView
from app.views.compare_curves import DegreesPanel, WeightsPanel
from app.views.compare_difference import DifferencePanel
from app.views.compare_groups import GroupsPanel
from app.views.compare_matrix import MatrixPanel
from app.views.compare_network import NetworkPanel
from app.views.compare_numbers import NumbersPanel
from app.views.compare_spectrum import SpectrumPanel

PANELS: tuple[type[AnalysisView], ...] = (
    NumbersPanel, MatrixPanel, DegreesPanel, WeightsPanel, SpectrumPanel, GroupsPanel, NetworkPanel, DifferencePanel,
)  # fmt: skip
