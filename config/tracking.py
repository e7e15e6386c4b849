"""How the figures of an action or objective are recognised: by patterns over the labels they come with."""

from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, model_validator

from config.errors import Mistake
from config.fields import Model, OrOneItem, Texts
from config.vocabulary import Dimension


class Rule(Model):
    """Patterns that must all match for an origin to belong; each is a glob, or a list of which one matches."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    campaign: Texts | None = None
    campaign_id: Texts | None = None
    source: Texts | None = None
    medium: Texts | None = None
    channel: Texts | None = None
    content: Texts | None = None
    term: Texts | None = None
    coupon: Texts | None = None
    keyword: Texts | None = None
    landing_page: Texts | None = None
    referrer: Texts | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Rule":
        if not self.patterns:
            raise Mistake("a tracking rule needs at least one of {dimensions}", dimensions=", ".join(Dimension))
        if any(not pattern.strip() for patterns in self.patterns.values() for pattern in patterns):
            raise Mistake("an empty pattern matches nothing: write what the source shows, or * for any value")
        return self

    @cached_property
    def patterns(self) -> dict[Dimension, tuple[str, ...]]:
        """The dimensions the rule looks at, each with its alternatives."""
        found = {dimension: getattr(self, dimension) for dimension in Dimension}
        return {dimension: patterns for dimension, patterns in found.items() if patterns}


def _read_rules(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Tracking = Annotated[tuple[Rule, ...], BeforeValidator(_read_rules), OrOneItem()]
