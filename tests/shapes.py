"""The type checker that enforces shapes; an int may stand where a float is declared, as PEP 484 says."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
