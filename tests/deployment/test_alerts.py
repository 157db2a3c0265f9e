"""What an operator's Prometheus and Temporal are told agrees with what our own processes say and expect."""

import re
from typing import Final

from activities.stuck import gauges
from activities.unplaced import UNPLACED
from starter.embedded.temporal import REPORT_PROBLEMS
from starter.schedules import LOOK_EVERY, LOOK_FOR, LOOKING, USUAL_QUEUE
from tests.deployment.compose import ROOT
from workflows.messages.stuck import LOOK_MISSED_AFTER

ALERTS: Final = (ROOT / "deploy/prometheus/alerts.yaml").read_text(encoding="utf-8")
DYNAMIC: Final = (ROOT / "deploy/temporal/dynamic-config.yaml").read_text(encoding="utf-8")


def test_alerts_ask_for_metrics_that_a_worker_serves() -> None:
    """`test_processes.py` finds them at a worker."""
    asked = set(re.findall(r"countermand_\w+", ALERTS))
    assert asked == {gauges.STUCK, gauges.AGE, UNPLACED}


def test_a_look_that_is_missed_is_an_alert_when_the_list_says_so_as_well() -> None:
    assert f"min({gauges.AGE}) > {LOOK_MISSED_AFTER.total_seconds():.0f} or absent({gauges.AGE})" in ALERTS
    assert LOOKING.id_of(USUAL_QUEUE) in ALERTS


def test_a_look_that_hangs_is_ended_and_followed_by_others_before_that() -> None:
    assert LOOK_FOR + 2 * LOOK_EVERY < LOOK_MISSED_AFTER


def test_the_production_server_reports_problems_as_soon_as_the_embedded_one() -> None:
    setting, _, value = REPORT_PROBLEMS.partition("=")
    assert f"\n{setting}:\n  - value: {value}\n" in DYNAMIC
