"""Change: a create or an update of a stack, which waits for signals, and goes back when a resource fails.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks.html
"""

from functools import partial
from typing import Any

from moto.cloudformation.models import Stack

from . import autoscaling, resources, rollout, schedule, signals
from .declaration import Declaration
from .holdings import Holdings
from .signals import Waiting
from .template import dependencies, references, seconds


class Change:
    def __init__(self, stack: Stack, kind: str, template: str, parameters: dict[str, Any]) -> None:
        self.stack, self.kind, self.template, self.parameters = stack, kind, template, parameters
        self.holdings = Holdings(stack)
        self.journal = self.holdings.journal
        self.created: list[str] = []
        self.updated: list[str] = []
        self.replaced: dict[str, tuple[Declaration, Any]] = {}
        self.renewed_parameters: set[str] = set()

    def run(self) -> None:
        before = self.stack.template_dict, self.stack.parameters, dict(self.holdings.map.resolved_parameters)
        self.journal.operation(f"{self.kind}_IN_PROGRESS", "User Initiated")
        self.holdings.adopt(Stack.parse_template(self.template), self.parameters)
        now = self.holdings.map.resolved_parameters
        self.renewed_parameters = {name for name in now if now[name] != before[2].get(name)}
        wanted = self.holdings.wanted()
        failed = schedule.play(dependencies(wanted), self.settle, self.fail)
        if not failed:
            self.complete(wanted)
        elif self.kind == "CREATE":
            self.roll_back_create(self.why(failed))
        else:
            self.roll_back_update(self.why(failed), before[0], before[1])

    def settle(self, logical_id: str) -> Waiting:
        """Brings one resource to what the template declares."""
        current = self.holdings.declared.get(logical_id)
        if current is None:
            yield from self.create(self.holdings.declare(logical_id))
        elif self.concerns(current, self.holdings.map._resource_json_map[logical_id]):
            yield from self.update(current, self.holdings.declare(logical_id))

    def concerns(self, current: Declaration, template: dict[str, Any]) -> bool:
        """Whether this change can concern a resource at all: by its own text, or by what it refers to."""
        touched = {*self.created, *self.updated, *self.renewed_parameters}
        return template != current.template or bool(references(template) & touched)

    def create(self, wanted: Declaration) -> Waiting:
        self.created.append(wanted.logical_id)
        self.journal.resource(wanted, "CREATE_IN_PROGRESS")
        announce = lambda reason: self.journal.resource(wanted, "CREATE_IN_PROGRESS", reason, self.holdings.get(wanted.logical_id))
        with signals.inbox(self.stack.stack_id, wanted.logical_id, announce) as box:
            resource = resources.create(wanted)
            self.holdings.keep(wanted, resource)
            announce("Resource creation Initiated")
            yield from self.await_creation(wanted, box)
            yield from self.await_settled(wanted)
        self.journal.resource(wanted, "CREATE_COMPLETE", None, resource)

    def await_creation(self, wanted: Declaration, box: signals.Inbox) -> Waiting:
        policy = wanted.template.get("CreationPolicy", {})
        if (signal := policy.get("ResourceSignal")) is None:
            return
        count, limit = int(signal.get("Count", 1)), seconds(signal.get("Timeout", "PT5M"))
        if wanted.type == autoscaling.TYPE:
            percent = policy.get("AutoScalingCreationPolicy", {}).get("MinSuccessfulInstancesPercent", signals.MIN_SUCCESSFUL_PERCENT)
            yield from signals.enough_succeed(box, count, limit, int(percent))
        else:
            yield from signals.all_succeed(box, count, limit)

    def await_settled(self, wanted: Declaration) -> Waiting:
        settled = resources.play_of(wanted.type).settled
        while settled and not settled(wanted, self.holdings.get(wanted.logical_id)):
            yield

    def update(self, current: Declaration, wanted: Declaration) -> Waiting:
        if wanted.properties == current.properties:
            self.holdings.keep(wanted, self.holdings.get(wanted.logical_id))
            return
        self.updated.append(wanted.logical_id)
        resource = self.holdings.get(wanted.logical_id)
        announce = partial(self.announce_update, wanted)
        announce(None)
        if resources.replaces(wanted, current.properties):
            announce("Requested update requires the creation of a new physical resource; hence creating one.")
            new = resources.create(wanted)
            self.replaced.setdefault(wanted.logical_id, (current, resource))
            self.holdings.keep(wanted, new)
        else:
            self.holdings.keep(wanted, resources.update(wanted, resource, current.properties))
            if wanted.type == autoscaling.TYPE and (policy := rollout.policy_of(wanted, current.properties)):
                yield from rollout.play(wanted, resource, policy, announce, backwards="ROLLBACK" in self.stack.status)
        yield from self.await_settled(wanted)
        self.journal.resource(wanted, "UPDATE_COMPLETE", None, self.holdings.get(wanted.logical_id))

    def announce_update(self, wanted: Declaration, reason: str | None) -> None:
        self.journal.resource(wanted, "UPDATE_IN_PROGRESS", reason, self.holdings.get(wanted.logical_id))

    def fail(self, logical_id: str, reason: str) -> None:
        verb = "CREATE" if logical_id in self.created else "UPDATE"
        reason = reason if verb == "CREATE" else reason.replace("creation cancelled", "update cancelled")
        declaration = self.holdings.declared.get(logical_id) or self.holdings.declare(logical_id)
        self.journal.resource(declaration, f"{verb}_FAILED", reason, self.holdings.get(logical_id))

    def why(self, failed: list[str]) -> str:
        created = [logical_id for logical_id in failed if logical_id in self.created]
        updated = [logical_id for logical_id in failed if logical_id not in self.created]
        said = [f"The following resource(s) failed to {verb}: [{', '.join(names)}]." for verb, names in (("create", created), ("update", updated)) if names]
        return " ".join(said + (["Rollback requested by user."] if self.kind == "CREATE" else []))

    def complete(self, wanted: dict[str, Any]) -> None:
        if self.kind == "UPDATE":
            self.journal.operation("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self.holdings.drop([name for name in self.holdings.declared if name not in wanted])
            for declaration, resource in self.replaced.values():
                self.holdings.discard(declaration, resource, "UpdateReplacePolicy")
        self.stack.template, self.stack.parameters = self.template, self.parameters
        self.stack._parse_template()
        self.stack.description = self.stack.template_dict.get("Description")
        self.holdings.publish()
        self.journal.operation(f"{self.kind}_COMPLETE")

    def roll_back_create(self, why: str) -> None:
        self.stack.template = self.template
        self.stack._parse_template()
        self.journal.operation("ROLLBACK_IN_PROGRESS", why)
        self.holdings.drop([name for name in self.created if name in self.holdings.declared], on_create=True)
        self.journal.operation("ROLLBACK_COMPLETE", why)

    def roll_back_update(self, why: str, template: dict[str, Any], parameters: dict[str, Any]) -> None:
        self.journal.operation("UPDATE_ROLLBACK_IN_PROGRESS", why)
        self.holdings.adopt(template, parameters)
        needs = dependencies(self.holdings.wanted())
        touched, created = set(self.updated), [name for name in self.created if name in self.holdings.declared]
        if failed := schedule.play({name: needs[name] & touched for name in touched}, self.revert, self.fail):
            self.journal.operation("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{', '.join(failed)}].")
            return
        self.journal.operation("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self.holdings.drop(created, on_create=True)
        self.journal.operation("UPDATE_ROLLBACK_COMPLETE", why)

    def revert(self, logical_id: str) -> Waiting:
        """Back to the old template; a resource that was replaced is the old one again, and the new one goes."""
        if logical_id in self.replaced:
            new, resource = self.holdings.declared[logical_id], self.holdings.get(logical_id)
            self.holdings.keep(*self.replaced[logical_id])
            self.journal.resource(new, "UPDATE_COMPLETE", None, self.holdings.get(logical_id))
            self.holdings.discard(new, resource, "UpdateReplacePolicy", on_create=True)
        else:
            yield from self.update(self.holdings.declared[logical_id], self.holdings.declare(logical_id))
