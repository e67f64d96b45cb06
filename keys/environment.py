"""The variable that every program with keys in a token is set up by."""

from __future__ import annotations

from web.environment import Environment, variable


class Variables(Environment):
    """What custody takes from its environment."""

    pin_file: str = variable(
        "KHATM_PIN_FILE",
        "file with the PIN of the [token](../how-to/keys-in-a-token.md) that keys are in; `{token}` in it stands for the token's label",
        "",
        without="it is asked for",
    )
