"""A cluster drawn as SVG, as a Mermaid diagram and as text, all from one picture of it."""

from api.topology.mermaid import mermaid
from api.topology.picture import NodePicture, Picture, picture_of
from api.topology.svg import CSS, svg
from api.topology.text import text

__all__ = ["CSS", "NodePicture", "Picture", "mermaid", "picture_of", "svg", "text"]
