"""What a person's copy holds: of each table the columns, and by which column the rows are theirs.

A test holds it to retention.yaml: whatever stands there as an applicant's or a holder's is in a section, or left out with a reason.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Table

from inspections.enforcement.tables import violation_events, violations
from inspections.planning.tables import plan_stops
from inspections.visits.tables import inspections as visits
from inspections.visits.tables import lookups
from issuer.register.tables import events, licenses
from office.applicants.tables import looks as applicant_looks
from office.applications.paperwork.tables import judgements
from office.applications.tables import (
    application_events,
    applications,
    attachments,
    inspections,
    objections,
    photograph_places,
)
from office.citizens.tables import citizens
from office.enforcement.tables import notices, proposals
from office.enforcement.tables import objections as notice_objections
from office.messages.tables import messages
from office.papers.tables import prints
from office.payments.tables import bills, payments, refunds
from office.queue.tables import appointments
from office.van.tables import parcels
from office.work.tables import changes as mobile_changes
from office.work.tables import looks as mobile_looks
from office.work.tables import notes

from .tables import reads


class Section(NamedTuple):
    """Rows of `table` whose column `by` is one of the values that are known as `root`; `gives` names values that these rows make known."""

    code: str
    table: Table
    by: str
    root: str
    columns: tuple[str, ...]
    gives: tuple[tuple[str, str], ...] = ()  # (root, column)


#: In this order, for later ones go by what earlier ones give.
OFFICE = (
    Section("citizens", citizens, "id", "citizen", ("mobile", "since"), (("mobile", "mobile"),)),
    Section(
        "cases",
        applications,
        "id",
        "case",
        (
            *("number", "state", "service", "channel", "authority", "name", "holder", "mobile", "fields", "license", "case"),
            *("latitude", "longitude", "subject", "issued", "upheld", "created_at", "submitted_at", "decided_at"),
        ),
        (("case_name", "number"), ("case_name", "key")),
    ),
    Section("steps", application_events, "application_id", "case", ("at", "action", "from_state", "to_state", "reason", "detail")),
    Section(
        "documents",
        attachments,
        "application_id",
        "case",
        ("code", "media", "size", "filename", "at", "removed_at"),
        (("attachment", "id"),),
    ),
    Section("places", photograph_places, "attachment_id", "attachment", ("latitude", "longitude")),
    Section("judgements", judgements, "application_id", "case", ("at", "verdict", "ground", "words")),
    Section("objections", objections, "application_id", "case", ("against", "at", "text", "decided_at", "upheld", "reason")),
    Section(
        "site_visits", inspections, "application_id", "case", ("requested_at", "done_at", "outcome", "stayed_up", "removed_on", "note")
    ),
    Section("notes", notes, "application_id", "case", ("at", "text")),
    Section("mobile_changes", mobile_changes, "application_id", "case", ("at", "old", "new", "reason", "state")),
    Section("parcels", parcels, "application_id", "case", ("reference", "claimed_at", "arrived_at", "mobile_end")),
    Section("bills", bills, "subject", "case_name", ("subject", "piastres", "state", "opened_at", "closed_at"), (("bill", "id"),)),
    Section("payments", payments, "bill_id", "bill", ("method", "piastres", "at", "payer"), (("payment", "id"),)),
    Section("refunds", refunds, "payment_id", "payment", ("piastres", "reason", "state", "asked_at", "done_at")),
    Section("messages", messages, "recipient", "mobile", ("enqueued_at", "recipient", "text", "state")),
    Section("appointments", appointments, "citizen_id", "citizen", ("authority", "day", "minute", "state")),
    Section(
        "licenses",
        licenses,
        "number",
        "license",
        ("number", "type", "authority", "trade_name", "latitude", "longitude", "first_day", "last_day"),
        (("license_id", "id"),),
    ),
    Section("license_events", events, "license_id", "license_id", ("at", "kind", "edition", "reason")),
    Section("prints", prints, "license_id", "license_id", ("at", "edition", "serial", "size")),
    Section(
        "notice_objections",
        notice_objections,
        "number",
        "notice",
        ("reference", "number", "text", "mobile", "received_at", "outcome"),
    ),
    Section("notices", notices, "number", "notice", ("number", "authority", "sealed_at", "text")),
    Section("proposals", proposals, "license", "license", ("license", "action", "reason", "proposed_at", "state", "decided_at", "answer")),
    Section("applicant_looks", applicant_looks, "application", "case_name", ("at", "application", "why")),
    Section("mobile_looks", mobile_looks, "application_id", "case", ("at", "why")),
    Section("reads", reads, "application", "case_name", ("at", "application", "what", "item")),
)
#: On the database of inspections, by the numbers of licenses and notices.
INSPECTIONS = (
    Section(
        "visits",
        visits,
        "number",
        "license",
        ("number", "scanned_at", "result", "decision", "seen_name", "latitude", "longitude", "accuracy_m"),
    ),
    Section(
        "violations",
        violations,
        "license",
        "license",
        (
            *("number", "license", "state", "code", "holder", "place", "lat", "lon", "reason", "findings", "scanned_at", "piastres"),
            *("text", "served_on", "paid_on"),
        ),
        (("violation", "id"), ("notice", "number")),
    ),
    Section("violation_events", violation_events, "violation_id", "violation", ("at", "state", "reason", "facts")),
    Section("stops", plan_stops, "number", "license", ("number", "name", "latitude", "longitude", "chosen")),
    Section("lookups", lookups, "asked", "license", ("at", "kind", "asked")),
)
#: Columns of applicants and holders that no copy has, and why. Those of inspections' photographs and papers are named `chain.table.*`.
LEFT_OUT = {
    "office.citizen_code.*": "codes: good for minutes, and kept as digests alone",
    "office.appointment.citizen_id": "the row is found by it",
    "office.queue_ticket.by": "a member of the staff",
    "office.application.key": "the name of a draft: whoever knows it does not open it, and nobody needs it",
    "office.application.owner": "the row is found by it",
    "office.application.cell": "made of the position",
    "office.application.receipt": "what the applicant was given, signed; made of the same fields",
    "office.application_event.actor_name": "members of the staff, or the applicant themself",
    "office.application_word.*": "an index, made of the names",
    "office.attachment.digest": "the document itself is in the copy",
    "office.van_document.digest": "as an attachment's",
    "office.van_parcel.body": "empty once it was filed; until then it is in the section of what a van brought, read",
    "office.applicant.*": "read with the key, in a section of its own",
    "office.applicant_index.*": "keyed digests of numbers that are in the copy",
    "office.license_import.*": "a file of many people's licenses; what became of its rows is in the register",
    "office.license_import_row.*": "as its file",
    "office.license_word.*": "an index, made of the names",
    "office.assignment.note": "one colleague's words to another about whose turn it is",
    "office.notification.*": "a provider's signed message about a payment; the payment is in the copy",
    "office.reconciliation.*": "a provider's list of many people's payments",
    "office.notice.pdf": "the paper; its text is in the copy",
    "register.license.identity": "a digest",
    "register.license.content": "a digest",
    "register.license.near_head": "made of the position",
    "register.license.near_tail": "made of the position",
    "register.license.skeleton": "made of the name",
    "register.seal.token": "in the license's own section, read",
    "register.held.*": "a row that waits for a decision, and no license yet",
    "inspections.photograph.*": "files of the inspection, by request to whoever leads it (Article 11)",
    "inspections.inspection_photograph.*": "as photographs",
    "inspections.inspection.message": "signed evidence; what it says is in the section",
    "inspections.inspection.officer": "a member of the staff",
    "inspections.inspection.account_id": "a member of the staff",
    "inspections.inspection.brought_by": "a member of the staff",
    "inspections.inspection_count.*": "counts of a member of the staff's work",
    "inspections.evaluation.*": "gaps of a sentence, made of positions",
    "inspections.alert.*": "what a rule found; of devices and officers",
    "inspections.alert_event.*": "as alerts",
    "inspections.violation.inspector_id": "a member of the staff",
    "inspections.violation.reported_by_id": "a member of the staff",
    "inspections.violation.reported_by": "a member of the staff",
    "inspections.violation.approved_by_id": "a member of the staff",
    "inspections.violation_word.*": "an index, made of the names",
    "inspections.violation_event.by": "a member of the staff",
    "inspections.violation_paper.*": "the paper; its text is in the copy",
    "inspections.license_proposal.*": "the office has the same, and it is in the copy",
}
