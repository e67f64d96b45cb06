"""Messages to citizens: an outbox in the register, a sender process, providers, and links to a license's keep page."""
