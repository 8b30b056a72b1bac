"""The gate: what was found, judged by what is required. Pure: no model, no data, no torch, no pandas."""

from dlaudit.gate.judge import judge as judge
from dlaudit.gate.known import check_policy as check_policy
