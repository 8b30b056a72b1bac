"""Slices: levels, bins, intersections, and what is compared with what."""

from dlaudit.slices.atoms import AtomIndex as AtomIndex
from dlaudit.slices.levels import Levels as Levels
from dlaudit.slices.make import Comparison as Comparison
from dlaudit.slices.make import SliceTable as SliceTable
from dlaudit.slices.make import make_slices as make_slices
