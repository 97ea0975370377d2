"""Constraints: what the weights of a network may be."""

from engine.constraints.connection_mask import ConnectionMask
from engine.constraints.constraint import Constraint
from engine.constraints.constraints import Constraints
from engine.constraints.dales_law import DalesLaw
from engine.constraints.law import Law
from engine.constraints.ledger import Ledger, audit
from engine.constraints.projections import Projections

__all__ = ["ConnectionMask", "Constraint", "Constraints", "DalesLaw", "Law", "Ledger", "Projections", "audit"]
