"""Files to evaluation sets: strict, streaming readers; roles of columns; labels; encoded inputs."""

from dlaudit.data.batch import Batch as Batch
from dlaudit.data.batch import EvaluationSet as EvaluationSet
from dlaudit.data.batch import Player as Player
