"""A cluster drawn as SVG, as a Mermaid diagram and as text, all from one picture of it."""

from api.topology.mermaid import mermaid
from api.topology.svg import CSS, svg
from cluster.drawing.picture import NodePicture, Picture, picture_of
from cluster.drawing.text import text

__all__ = ["CSS", "NodePicture", "Picture", "mermaid", "picture_of", "svg", "text"]
