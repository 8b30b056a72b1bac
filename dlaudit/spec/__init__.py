"""What was asked: the AuditSpec, its dlaudit.toml, and the Policy."""

from dlaudit.spec.against import AgainstSpec as AgainstSpec
from dlaudit.spec.counts import CountsSpec as CountsSpec
from dlaudit.spec.inputs import AudioInput as AudioInput
from dlaudit.spec.inputs import ChoicesInput as ChoicesInput
from dlaudit.spec.inputs import ImageInput as ImageInput
from dlaudit.spec.inputs import InputSpec as InputSpec
from dlaudit.spec.inputs import SequenceInput as SequenceInput
from dlaudit.spec.inputs import SoundFeatures as SoundFeatures
from dlaudit.spec.inputs import Standardize as Standardize
from dlaudit.spec.inputs import TableInput as TableInput
from dlaudit.spec.inputs import TextInput as TextInput
from dlaudit.spec.model import AuditSpec as AuditSpec
from dlaudit.spec.model import DataSpec as DataSpec
from dlaudit.spec.model import ExplainSpec as ExplainSpec
from dlaudit.spec.model import MetricsSpec as MetricsSpec
from dlaudit.spec.model import ModelSpec as ModelSpec
from dlaudit.spec.model import ReportSpec as ReportSpec
from dlaudit.spec.model import RunSpec as RunSpec
from dlaudit.spec.model import SlicesSpec as SlicesSpec
from dlaudit.spec.pairs import PairsSpec as PairsSpec
from dlaudit.spec.policy import Policy as Policy
from dlaudit.spec.policy import Rule as Rule
from dlaudit.spec.toml_file import CONFIG_FILE as CONFIG_FILE
from dlaudit.spec.toml_file import Config as Config
from dlaudit.spec.toml_file import find_config as find_config
from dlaudit.spec.toml_file import load_config as load_config
