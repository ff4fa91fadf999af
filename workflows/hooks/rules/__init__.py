"""The rule file: who may send events, and which event leads to which change."""
