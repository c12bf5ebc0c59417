"""How good reconstructions are: measures, alignment, baselines and reports."""
