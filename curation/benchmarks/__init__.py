"""The seven public benchmarks of reward models: their published files read, their official metrics computed.

Pure: no Django, no torch. docs/benchmarks.md has formats and formulas.
"""
