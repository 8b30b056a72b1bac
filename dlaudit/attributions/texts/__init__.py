"""Gaps between slices of texts: each text's words against the text without them, since words cannot be exchanged."""

from dlaudit.attributions.texts.asking import Asked as Asked
from dlaudit.attributions.texts.asking import RowGames as RowGames
from dlaudit.attributions.texts.asking import row_games as row_games
from dlaudit.attributions.texts.asking import with_other_blank as with_other_blank
from dlaudit.attributions.texts.gaps import WITHOUT_WORDS as WITHOUT_WORDS
from dlaudit.attributions.texts.gaps import Texts as Texts
from dlaudit.attributions.texts.gaps import moved_by as moved_by
from dlaudit.attributions.texts.gaps import text_decomposition as text_decomposition
