"""What is told to other programs by itself: endpoints that an administrator registered, events for them in an outbox, their delivery."""
