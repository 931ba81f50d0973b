"""The steps of an instance's life in its group: from Pending into service, and from Terminating to its end.

https://docs.aws.amazon.com/autoscaling/ec2/userguide/lifecycle-hooks-overview.html
"""

from collections.abc import Callable
from typing import Any

from . import activities, hooks, targets
from .member import Member

# Each looks at a member, and says the state that it goes to; None while it stays.
Step = Callable[[Any, Member], str | None]


def advance(fleet: Any, member: Member) -> None:
    """As far as the member can go now. `fleet` is the member's Fleet."""
    while (step := STEPS.get(member.lifecycle_state.removeprefix(member.warmed))) and (state := step(fleet, member)):
        member.enter(member.warmed + state)


def arrive(fleet: Any, member: Member) -> str:
    member.actions = [hooks.Action(hook) for hook in hooks.of(fleet.group, hooks.LAUNCHING)]
    return "Pending:Wait" if member.actions else "Pending:Proceed"


def await_launch(fleet: Any, member: Member) -> str | None:
    result = hooks.outcome(member.actions)
    if result == "ABANDON":
        activities.end(member.activity, "Failed", hooks.abandonment(member.actions))
        fleet.lost += not member.warmed
        fleet.terminate(member, "in response to a launch failure")
        return None
    return result and "Pending:Proceed"


def serve(fleet: Any, member: Member) -> str | None:
    """The instance is registered before it is in service, and after the hooks: they are what decides that it can serve."""
    if member.warmed:
        return fleet.pool.lay_up(member)
    if "AddToLoadBalancer" not in fleet.suspended:
        targets.register(fleet.group, member.instance_id)
    activities.end(member.activity)
    return "InService"


def drain(fleet: Any, member: Member) -> str | None:
    """Deregistered when Terminating began; the hooks come after the load balancer has let go."""
    if targets.draining(fleet.group, member.instance_id):
        return None
    member.actions = [hooks.Action(hook) for hook in hooks.of(fleet.group, hooks.TERMINATING)]
    return "Terminating:Wait" if member.actions else "Terminating:Proceed"


def await_end(_: Any, member: Member) -> str | None:
    return hooks.outcome(member.actions) and "Terminating:Proceed"


def end(fleet: Any, member: Member) -> None:
    fleet.remove(member)


STEPS: dict[str, Step] = {
    "Pending": arrive, "Pending:Wait": await_launch, "Pending:Proceed": serve,
    "Terminating": drain, "Terminating:Wait": await_end, "Terminating:Proceed": end,
}
