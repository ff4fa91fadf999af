"""A kind of change that does nothing, put into the product from outside; the rest is real.

Its step stands among the product's own, for those who plan and for those who carry out.
"""

from pathlib import Path

import deploy_scripts

deploy_scripts.__path__.append(str(Path(__file__).parent / "steps"))
