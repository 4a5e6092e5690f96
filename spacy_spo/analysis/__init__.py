"""Analyses of a trained pipeline: thresholds, upper bound, explanations, annotation errors."""
