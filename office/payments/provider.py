"""What the office asks of a payment provider, whoever it is. Amounts are piastres, times seconds since 1970 UTC.

Adapters speak with the provider and know nothing of the database; nothing here decides what a payment is worth.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

OrderStatus = Literal["new", "paid", "cancelled", "expired", "refunded", "partly_refunded", "failed"]


class Payer(NamedTuple):
    """Who is asked to pay: the provider may send the number there. It goes to the provider and is not kept."""

    mobile: str
    name: str = ""
    email: str = ""


class ChargeRequest(NamedTuple):
    """A charge to be made, known by `reference`: asked for twice, it is still one."""

    reference: str
    piastres: int
    expires_at: int
    description: str
    payer: Payer


class Order(NamedTuple):
    """A charge as the provider knows it. What gave trust in it (a signature) was verified by whoever made one."""

    reference: str
    provider_reference: str
    status: OrderStatus
    piastres: int  # what was ordered, and is ours
    paid_piastres: int  # what was paid: the same, or more by the provider's own fees
    paid_at: int | None
    body: bytes  # the message it was read from


class ProviderError(Exception):
    """The provider did not do it. `code` is stable or the provider's own number; never anybody's data."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RefusedError(ProviderError):
    """The provider understood, and said no: nothing happened."""


class UnavailableError(ProviderError):
    """No answer that says what happened. Only where `sent` is false is it sure that nothing did."""

    def __init__(self, code: str, *, sent: bool) -> None:
        super().__init__(code)
        self.sent = sent


class NotificationError(Exception):
    """A notification that is not the provider's: `malformed` or `forged`."""

    def __init__(self, code: Literal["malformed", "forged"]) -> None:
        super().__init__(code)
        self.code = code


class Provider(Protocol):
    """A payment provider. Calls end within seconds; they raise RefusedError and UnavailableError."""

    @property
    def name(self) -> str:
        """Return the name that charges and notifications are kept under: letters, at most 16."""

    def charge(self, request: ChargeRequest) -> str:
        """Ask for a charge and return the provider's reference, which the citizen pays by. A reference used before is refused."""

    def status(self, reference: str) -> Order | None:
        """Return the charge of our `reference` as it is now; None where the provider says that there is none."""

    def cancel(self, provider_reference: str) -> None:
        """Let nobody pay this charge any more."""

    def refund(self, provider_reference: str, piastres: int, reason: str) -> None:
        """Give back so much of what was paid. Asked for twice, it may go back twice: the caller must know (see refunds)."""

    def verify(self, body: bytes) -> Order:
        """Return what a notification says, once its signature held. Raises NotificationError."""
