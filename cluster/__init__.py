"""Pure knowledge that planning, steps and pages share; imports no I/O."""
