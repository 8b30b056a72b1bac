"""Where scoring runs: engines run a worker over shards and hand on the states it returns; they know no metrics."""

from dlaudit.engines.base import Engine as Engine
from dlaudit.engines.base import Shard as Shard
from dlaudit.engines.journal import Forgetful as Forgetful
from dlaudit.engines.journal import Journal as Journal
from dlaudit.engines.local import LocalEngine as LocalEngine
from dlaudit.engines.progress import Progress as Progress
from dlaudit.engines.progress import Silent as Silent
