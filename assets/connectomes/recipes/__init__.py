"""One file per species: how each data set is read out of its wheel and put into one form."""
