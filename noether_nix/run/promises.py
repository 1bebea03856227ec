"""What stages promise by their properties, held against the calls of a run."""

from typing import Any

from noether_nix.plan.growing import GrowingPlan
from noether_nix.run.values import RunValues
from noether_nix.stage.property_check import TypedProperty, typed_properties


class Promises:
    """Looks at each call of a run that gave a result, whether it ran or was known."""

    def __init__(self, plan: GrowingPlan, values: RunValues) -> None:
        self._plan = plan
        self._values = values
        self._of_stages: dict[str, tuple[TypedProperty, ...]] = {}

    def broken_by(self, index: int) -> dict[str, Any] | None:
        """The detail of a result that breaks a property of its stage."""
        call = self._plan.calls[index]
        properties = self._of_stages.get(call.stage.id)
        if properties is None:
            properties = self._of_stages[call.stage.id] = typed_properties(call.stage)
        if not properties:
            return None
        given = self._values.valuation.value(call.input)
        output = self._values.valuation.value({"call": index})
        for one in properties:
            broken = one.violation(given, output)
            if broken is not None:
                return {"message": f"it breaks the property {one.property.kind}: {broken.message}"}
        return None
