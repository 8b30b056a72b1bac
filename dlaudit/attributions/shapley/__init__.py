"""Shapley values by batched enumeration or by shared designs, and layouts that say what a player is."""

from dlaudit.attributions.shapley.layouts import columns as columns
from dlaudit.attributions.shapley.layouts import joined as joined
from dlaudit.attributions.shapley.layouts import patches as patches
from dlaudit.attributions.shapley.layouts import tokens_to_words as tokens_to_words
from dlaudit.attributions.shapley.layouts import windows as windows
from dlaudit.attributions.shapley.shapley_values import shapley_values as shapley_values
