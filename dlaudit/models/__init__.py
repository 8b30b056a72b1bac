"""Models: a file of any kind becomes a `Model`, safely, in a limited child process.

Light to import: torch comes in with the first file that is loaded.
"""

from dlaudit.models.host import Host as Host
from dlaudit.models.model import Capability as Capability
from dlaudit.models.model import Loaded as Loaded
from dlaudit.models.model import Model as Model
from dlaudit.models.sniff import Sniffed as Sniffed
from dlaudit.models.sniff import sniff as sniff
