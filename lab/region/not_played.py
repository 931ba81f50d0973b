"""NotPlayed: stands for a resource that the region knows nothing of, so that stacks that have one still work."""

from dataclasses import dataclass


@dataclass
class NotPlayed:
    logical_id: str
    physical_resource_id: str

    def get_cfn_attribute(self, name: str) -> str:
        return f"{self.logical_id}.{name}"
