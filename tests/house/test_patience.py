"""What is to come is waited for as long as a busy machine takes: by the limits of tests/processes.py and tests/browser.py."""

import re

from tests.house.test_one_place import seen, where
from tests.house.test_rules import NAMES

TESTS = [name for name in NAMES if name.startswith("tests/") and name.endswith(".py") and name != "tests/house/test_patience.py"]
# A limit for pages that is a test's own, and programs, threads and connections that must come to an end within less than a minute.
OWN = r"set_default_timeout\(\d|\bexpect\([^\n]*timeout="
SHORT = re.compile(OWN + r"|\b(?:wait|join|acquire)\((?:timeout=)?[1-5]?\d\)|\btimeout=[1-5]\d\)")
# A port that the kernel gave, and that anybody may have once it is let go. Module: who keeps it.
GIVEN = re.compile(r"getsockname\(\)\[1\]")
KEPT = {
    "tests/inspections/killing.py": "its servers, which inherit the socket",
    "tests/drills/test_database_gone.py": "the test, so that nobody listens",
    "tests/office/messages/test_gateway.py": "the test, so that nobody listens",
    "tests/office/messages/test_smpp.py": "the test, so that nobody listens",
    "tests/verifier/following/test_looking.py": "the test, which answers there",
    "tests/demo/test_demo.py": "the test, so that it is taken",
    "tests/demo/test_ports.py": "the test, so that it is taken",
    "tests/objects/swift_process.py": "its servers, which have the socket that they were given",
    "tests/objects/swift_store.py": "the test, which listens there",
}


def test_no_test_gives_up_within_a_minute() -> None:
    assert where(SHORT, TESTS) == set()
    assert seen(SHORT, "context.set_default_timeout(15_000)", "thread.join(10)", "running.wait(timeout=30)", "Connection(port, timeout=30)")
    assert not seen(SHORT, "running.wait(60)")


def test_no_test_lets_a_port_go_before_it_is_listened_on() -> None:
    assert where(GIVEN, TESTS) == set(KEPT), "tests/ports.py gives one"
