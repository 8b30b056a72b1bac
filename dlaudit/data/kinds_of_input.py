"""Registers the built-in modalities; each stands in a module of its own."""

import dlaudit.data.audio as audio
import dlaudit.data.choices as choices
import dlaudit.data.image as image
import dlaudit.data.pairs_inputs as pairs_inputs
import dlaudit.data.sequence as sequence
import dlaudit.data.table_inputs as table_inputs
import dlaudit.data.text as text

BUILT_IN = (table_inputs, image, text, sequence, audio, pairs_inputs, choices)
"""Their modules, imported for what they register."""
