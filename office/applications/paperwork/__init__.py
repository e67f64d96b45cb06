"""What becomes of each document of an application: accepted or returned with a reason, locked or replaced, one by one."""
