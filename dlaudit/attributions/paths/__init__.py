"""Paths: gradients along the straight line from a reference to a row.

Importing this package registers the methods and imports no torch.
"""

from dlaudit.attributions.paths.expected_gradients import expected_gradients as expected_gradients
from dlaudit.attributions.paths.fixed_path import integrated_gradients_at as integrated_gradients_at
from dlaudit.attributions.paths.integrated_gradients import integrated_gradients as integrated_gradients
from dlaudit.attributions.paths.lifted import Lifted as Lifted
from dlaudit.attributions.paths.lifted import differentiable as differentiable
from dlaudit.attributions.paths.lifted import lifted as lifted
from dlaudit.attributions.paths.shared import sharing as sharing
from dlaudit.attributions.paths.shared_pass import FAMILY as FAMILY
from dlaudit.attributions.paths.shared_pass import input_x_gradient as input_x_gradient
from dlaudit.attributions.paths.shared_pass import saliency as saliency
from dlaudit.attributions.paths.shared_pass import shared_pass as shared_pass
