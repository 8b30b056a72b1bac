"""Other ways to give decimal inputs, by how they are said; the operation beside the model has a function for each."""

AS_IT_IS = "x"
SCALINGS = (
    AS_IT_IS,
    "x / 255",
    "x * 255",
    "(x - 0.5) / 0.5",
    "(x + 1) / 2",
    "standardized over these rows",
    "from 0 to 1 over these rows",
    "x with its three channels in reverse order, as BGR for RGB",
    "x in reverse order along its second axis",
    "x in reverse order along its third axis",
)
"""In the order of the operation's answer."""
