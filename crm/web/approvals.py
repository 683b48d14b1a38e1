"""The web side of documents that are decided by somebody else: steps, history, whom to ask (SO-3 to SO-7, RC-3).

A page of a document puts `approval_of(kind, record)` into its template's `approval`, and includes
"approvals/_steps.html" among its actions and "approvals/_history.html" below its content.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import request, url_for

from crm.domain.sales.approval_fields import ApproverChoice
from crm.domain.sales.approval_rules import Need, name_of, requirements_of
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW
from crm.domain.sales.transitions import Transition
from crm.domain.sales.workflow import Workflow
from crm.domain.sales.workflow_history import events_of
from crm.entities.orders import ORDER
from crm.entities.receipts import RECEIPT
from crm.extensions import db
from crm.i18n import N_
from crm.models.approval_rules import OPEN, ApprovalRequirement
from crm.models.documents import DocumentState
from crm.models.permissions import Right
from crm.web.access import actor
from crm.web.action_states import ActionState, state_from
from crm.web.controls import CONTROLS, CatalogueSelectField
from crm.web.formatting import badge, show_person
from crm.web.translation import gettext as _


@dataclass(frozen=True)
class Kind:
    """A kind of document: `event` tells open pages that one was changed, `show` and `index` are its endpoints."""

    workflow: Workflow
    view: Right
    event: str
    index: str
    show: str

    @property
    def key(self) -> str:
        return self.workflow.kind

    def url(self, record_id: int) -> str:
        """The document's page."""
        return url_for(self.show, id=record_id)

    def list_url(self, **search: Any) -> str:
        return url_for(self.index, **search)

    def step_url(self, step: Transition, record: Any, **parameters: Any) -> str:
        return url_for(f"approvals.{self.key}_{step.name}", id=record.id, version=record.version, **parameters)


KINDS = {
    "orders": Kind(ORDER_WORKFLOW, ORDER.permission("view"), "orders-changed", "orders.index", "orders.show"),
    "receipts": Kind(
        RECEIPT_WORKFLOW, RECEIPT.permission("view"), "receipts-changed", "receipts.index", "receipts.show"
    ),
}


def approval_of(kind: str, record: Any) -> dict[str, Any]:
    """State, possible steps and history of the document, for its page; `why` it was rejected or voided."""
    steps, history = steps_of(kind, record, KINDS[kind].url(record.id)), history_of(kind, record)
    return {
        **state_of(record),
        "steps": steps,
        "refused": refused_steps(kind, record),
        "history": history,
        "needs": needs_shown(kind, requirements_of(db.session(), kind, record)),
        "why": _why(kind, record, history),
    }


def after_saving(kind: str, record: Any) -> str:
    """Where the form of a document leads once it is saved: on to the question, where 【提交】 sent it."""
    step_name = request.form.get("then")
    page = KINDS[kind].url(record.id)
    return next((step["url"] for step in steps_of(kind, record, page) if step["name"] == step_name), page)


def _why(kind: str, record: Any, history: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The event of the history that brought the document into this state, with the name of its opinion."""
    workflow = KINDS[kind].workflow
    ended = workflow.leading_to(record.state)
    event = next((event for event in history if event["key"] in ended and event["opinion"]), None)
    return event and {**event, "label": _(workflow.step(event["key"]).opinion_label)}


def state_of(record: Any) -> dict[str, str]:
    return badge(DocumentState(record.state))


def steps_of(kind: str, record: Any, back: str = "") -> list[dict[str, str]]:
    """The buttons: what this person can do with the document now. `back` is the page to be shown again after it."""
    known = KINDS[kind]
    return [
        {
            "name": step.name,
            "label": _(step.label),
            "url": known.step_url(step, record, next=back or None),
            "tone": step.tone,
        }
        for step in known.workflow.available_steps(db.session(), record, actor())
    ]


def refused_steps(kind: str, record: Any) -> list[tuple[str, ActionState]]:
    """(label, why not) of the steps that a rule keeps this person from now."""
    refused = KINDS[kind].workflow.refused_steps(db.session(), record, actor())
    return [(_(step.label), state_from(reason)) for step, reason in refused]


def history_of(kind: str, record: Any) -> list[dict[str, Any]]:
    """Its steps with person and opinion, the newest first (SO-4)."""
    return [
        {
            "at": event.at,
            "person": show_person(event.by_id),
            "key": event.step,
            "step": _(KINDS[kind].workflow.past(event.step)),
            "asked": show_person(event.to_id),
            "place": show_person(event.for_id),
            "opinion": event.opinion or "",
        }
        for event in events_of(db.session(), kind, record.id)
    ]


def needs_shown(kind: str, needs: Iterable[Need | ApprovalRequirement]) -> list[dict[str, Any]]:
    """What a document needs by the rules of its submission, in plain words; nothing where none spoke of it (SO-8)."""
    workflow = KINDS[kind].workflow
    return [
        {
            "who": name_of(db.session(), need, workflow),
            "reasons": [_(message, **values) for message, values in need.reasons],
            "by": show_person(getattr(need, "decided_by_id", None)),
            "at": getattr(need, "decided_at", None),
            "now": getattr(need, "state", "") == OPEN,
        }
        for need in needs
    ]


NOBODY = N_(
    "Nobody can approve this yet. Please ask an administrator to give someone the approver role and permission."
)


class ApproverField(CatalogueSelectField):
    """A drop-down of the people who can be asked; it says plainly where there is nobody."""

    people: list[Any] | None = None
    """Set by the view for one document; else whoever can decide on this kind."""
    why_nobody = ""

    def offered_people(self) -> list[Any]:
        kind = self.declared.type
        assert isinstance(kind, ApproverChoice)
        if self.people is None:
            self.people = KINDS[kind.document].workflow.possible_approvers(db.session(), actor())
        return self.people

    def options(self) -> Iterable[tuple[str, Any]]:
        return [(str(person.id), person.name) for person in self.offered_people()]

    def _value(self) -> str:
        """Somebody is chosen already where the question is asked for the first time: mostly there is only one."""
        if self.data is None and not self.raw_data and self.offered_people():
            return str(min(person.id for person in self.offered_people()))
        return super()._value()

    @property
    def nobody(self) -> str:
        return "" if self.offered_people() else self.why_nobody or _(NOBODY)


CONTROLS["approver"] = ApproverField
