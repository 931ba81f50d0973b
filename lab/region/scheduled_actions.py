"""Scheduled actions: a group's sizes, changed once or again and again at their time.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-scheduled-scaling.html
"""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from moto.autoscaling.models import FakeAutoScalingGroup, FakeScheduledAction, autoscaling_backends

from . import clock
from .declaration import Declaration, Play
from .log import say
from .state import ACCOUNT
from .tracking import resize

TICK_SECONDS = 1
FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def teach_moto() -> None:
    FakeScheduledAction.physical_resource_id = property(lambda action: action.scheduled_action_name)
    clock.every(TICK_SECONDS, beat)


def beat() -> None:
    now = datetime.datetime.now(datetime.UTC)
    for backend in autoscaling_backends[ACCOUNT].values():
        for name, action in list(backend.scheduled_actions.items()):
            group = backend.autoscaling_groups.get(action.auto_scaling_group_name)
            if group is None:
                del backend.scheduled_actions[name]
            elif (due := due_at(action, now)) and due != action.__dict__.get("done"):
                action.done = due
                if "ScheduledActions" not in group._suspended_processes:
                    act(group, action)
                if action.recurrence is None:
                    del backend.scheduled_actions[name]


def due_at(action: FakeScheduledAction, now: datetime.datetime) -> datetime.datetime | None:
    """The time of the action that has come with this minute, or that has passed when it comes but once."""
    start, end = moment(action.start_time), moment(action.end_time)
    if action.recurrence is None:
        return start if start and start <= now else None
    minute = now.replace(second=0, microsecond=0)
    within = (start is None or start <= now) and (end is None or now < end)
    return minute if within and fits(action.recurrence, minute.astimezone(ZoneInfo(action.time_zone or "UTC"))) else None


def moment(told: Any) -> datetime.datetime | None:
    if isinstance(told, str):
        told = datetime.datetime.fromisoformat(told)
    return told if told is None or told.tzinfo else told.replace(tzinfo=datetime.UTC)


def fits(recurrence: str, at: datetime.datetime) -> bool:
    """A line of crontab: minute, hour, day of the month, month, day of the week. When both days are given, either will do."""
    minute, hour, day, month, weekday = (numbers(part, *FIELDS[index], (None, None, None, MONTHS, DAYS)[index]) for index, part in enumerate(recurrence.split()))
    days = at.day in day, at.isoweekday() % 7 in {number % 7 for number in weekday}
    restricted = [part != "*" for part in (recurrence.split()[2], recurrence.split()[4])]
    return at.minute in minute and at.hour in hour and at.month in month and (any(days) if all(restricted) else all(days))


def numbers(field: str, low: int, high: int, names: tuple[str, ...] | None) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span in ("*", "?"):
            begin, end = low, high
        else:
            begin = number(first, low, names)
            end = number(last, low, names) if last else high if step else begin
        found.update(range(begin, end + 1, int(step or 1)))
    return found


def number(text: str, low: int, names: tuple[str, ...] | None) -> int:
    return names.index(text.lower()[:3]) + low if names and text.isalpha() else int(text)


def act(group: FakeAutoScalingGroup, action: FakeScheduledAction) -> None:
    given = lambda value, otherwise: otherwise if value is None else int(value)
    group.min_size, group.max_size = given(action.min_size, group.min_size), given(action.max_size, group.max_size)
    desired = min(max(given(action.desired_capacity, group.desired_capacity), group.min_size), group.max_size)
    say("scheduled action begun", group=group.name, action=action.scheduled_action_name, min=group.min_size, max=group.max_size, desired=desired)
    resize(group, desired, f"a scheduled action {action.scheduled_action_name} update of AutoScalingGroup constraints to min: {group.min_size}, max: {group.max_size}")


def declared(declaration: Declaration, name: str) -> FakeScheduledAction:
    given = declaration.properties.get
    if recurrence := given("Recurrence"):
        fits(recurrence, datetime.datetime.now(datetime.UTC))
    return autoscaling_backends[ACCOUNT][declaration.region].put_scheduled_update_group_action(
        name=given("AutoScalingGroupName"), desired_capacity=given("DesiredCapacity"), max_size=given("MaxSize"), min_size=given("MinSize"),
        scheduled_action_name=name, start_time=given("StartTime"), end_time=given("EndTime"), recurrence=recurrence, timezone=given("TimeZone"))


PLAYS = {
    "AWS::AutoScaling::ScheduledAction": Play(
        create=lambda d: declared(d, d.name), update=lambda d, action, _: declared(d, action.scheduled_action_name), replaces=("AutoScalingGroupName",),
        delete=lambda d, action: autoscaling_backends[ACCOUNT][d.region].scheduled_actions.pop(action.scheduled_action_name, None)),
}
