"""A control that offers the people who can own customers, as the organisation's tree (Q-2, C-7)."""

from collections import Counter
from functools import cached_property

from crm.domain.customers.owners import owners_tree
from crm.domain.organisation.units import Node, flatten
from crm.extensions import db
from crm.web.controls import CONTROLS, Control


class OwnerField(Control):
    """Drawn by `ui/people.html`; the domain's verb refuses who is not offered."""

    @cached_property
    def nodes(self) -> list[Node]:
        return owners_tree(db.session())

    @cached_property
    def namesakes(self) -> Counter[str]:
        """How many have a name; who shares one is shown with the login."""
        return Counter(person.name for node in flatten(self.nodes) for person in node.people)


CONTROLS["owner"] = OwnerField
