"""Benchmarks: the product against what a user would pick instead, on one machine in one run."""
