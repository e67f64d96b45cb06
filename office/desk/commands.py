"""`khatm office`: the license office's commands, joined from its rooms. Each is imported when it is asked for."""

from __future__ import annotations

from typing import Final

import click

from issuer.refusing import Refusals
from web.later import Brought, gather

_COMMANDS: Final = {
    "serve": Brought("office.desk.serving", "serve", "Serve the portal and the centre."),
    "work": Brought("office.desk.joining", "work", "Issue what is approved and paid, carry out what the desk's people approved"),
    "send": Brought("office.messages.commands", "send", "Send the messages in the outbox."),
    "enforce": Brought("office.enforcement.commands", "enforce", "Seal the notices that inspections approved"),
    "account": Brought("office.desk.joining", "account", "Accounts: make, give roles, invite again, close."),
    "payments": Brought("office.desk.joining", "payments_", "Electronic payments, refunds, and whether money and bills agree."),
    "repay": Brought("office.applications.commands", "repay", "Give money back that application NUMBER paid too much"),
    "messages": Brought("office.messages.commands", "messages_", "See what became of messages to citizens, and send again what failed."),
    "paper": Brought("office.papers.commands", "paper", "Print the license NUMBER"),
    "requests": Brought("office.request_commands", "requests_", "Files and changes that wait for somebody else's approval"),
    "approvals": Brought("office.desk.approval_commands", "approvals_", "Decisions that people sign with their passkeys."),
    "applicants": Brought("office.applicants.commands", "applicants_", "Keys of applicants' data."),
    "documents": Brought("office.applications.store_commands", "documents_", "The store of uploaded documents: check it, copy it."),
    "index": Brought("office.licenses.commands", "index", "Put every license into the index by which the desk finds it."),
}


@click.group("office", cls=Refusals)
def office() -> None:
    """The license office: its web server, its worker, its messages, its money, its people."""


gather(office, _COMMANDS)
