"""The acceptance of real machines: the whole main job on hosts that somebody gives up for it."""
