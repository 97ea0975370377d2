"""Constraints: what the weights of a network may be."""

from engine.constraints.connection_mask import ConnectionMask
from engine.constraints.constraint import Constraint
from engine.constraints.constraints import Constraints
from engine.constraints.dales_law import DalesLaw
from engine.constraints.law import Law
from engine.constraints.ledger import Ledger, audit
from engine.constraints.projections import Projections
from engine.constraints.synapse_rule import SynapseRule
from engine.constraints.target_rule import TargetRule

__all__ = [
    "ConnectionMask",
    "Constraint",
    "Constraints",
    "DalesLaw",
    "Law",
    "Ledger",
    "Projections",
    "SynapseRule",
    "TargetRule",
    "audit",
]
