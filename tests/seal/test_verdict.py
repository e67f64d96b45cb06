"""What must hold of every verdict, and of every text."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seal import status, trust, verdict, wire
from seal.site import Fix
from seal.verdict import CHECKS, Finding, Verdict
from seal.verify import verify
from tests.seal.rules import FEW, RULES
from tests.vectors import fixed
from tests.vectors.making import held, license_, rewired, seal, text, token

MAIN = trust.verify(fixed.signed_trust("main"), root=fixed.root())
LISTS = status.collect([fixed.STATUS["main"][0]])
NOW = datetime.fromtimestamp(fixed.NOW, UTC)
OUTCOMES: tuple[verdict.Outcome, ...] = ("passed", "failed", "not_license", "unknown", "skipped")


def judged(item: str, *, now: datetime = NOW, fix: Fix | None = None, check_site: bool = True) -> Verdict:
    return verify(item, trust=MAIN, status=LISTS, hosts=MAIN.hosts, now=now, fix=fix, check_site=check_site)


def any_verdicts() -> st.SearchStrategy[Verdict]:
    outcomes = st.tuples(*[st.sampled_from(OUTCOMES)] * len(CHECKS))
    return st.builds(
        lambda found, asked: Verdict(
            tuple(Finding(check, outcome, "no_code") for check, outcome in zip(CHECKS, found, strict=True)), asked, fixed.NOW, 1, 1, "ALX"
        ),
        outcomes,
        st.booleans(),
    )


@RULES
@given(any_verdicts())
def test_nothing_bad_is_ever_valid(said: Verdict) -> None:
    outcomes = {finding.check: finding.outcome for finding in said.findings}
    seal_outcomes = {outcome for check, outcome in outcomes.items() if check != "site" and (check, outcome) != ("log", "skipped")}
    if "failed" in seal_outcomes:
        assert (said.seal, said.decision) == ("not_valid", "invalid")
    elif "not_license" in seal_outcomes:
        assert (said.seal, said.decision) == ("not_license", "undecided")
    elif seal_outcomes != {"passed"}:
        assert (said.seal, said.decision) == ("cannot_tell", "undecided")
    else:
        assert said.seal == "genuine"
        assert said.decision != "valid" or outcomes["site"] == "passed" or not said.asked_site
    if outcomes["site"] == "failed":
        assert said.decision == "invalid" or said.seal in ("cannot_tell", "not_license") or not said.asked_site
    with pytest.raises(TypeError):
        bool(said)
    assert said.license is None
    assert verdict.as_dict(said)["license"] is None


@RULES
@given(st.lists(any_verdicts(), min_size=1, max_size=4))
def test_the_worst_of_several_counts(said: list[Verdict]) -> None:
    order = ["valid", "not_license", "undecided", "invalid"]
    gravity = ["not_license" if one.seal == "not_license" else one.decision for one in said]
    worst = max(map(order.index, gravity))
    answer = verdict.answer(said)
    others = answer["others"]
    assert answer["decision"] == order[worst].replace("not_license", "undecided")
    assert (answer["seal"] == "not_license") == (order[worst] == "not_license")
    assert answer["several_codes"] == (len(said) > 1)
    assert isinstance(others, list)
    assert len(others) == len(said) - 1


def test_no_verdict_at_all_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"max\(\)"):
        verdict.answer([])


def test_a_good_seal_at_its_site_and_elsewhere() -> None:
    good = seal()
    at_site = Fix(31.2755, 30.0125, 5.0, NOW)
    assert judged(good, fix=at_site).decision == "valid"
    assert judged(good, fix=at_site._replace(latitude=31.285)).decision == "invalid"
    assert judged(good, fix=at_site._replace(accuracy_m=99.0)).decision == "undecided"
    assert judged(good).decision == "undecided"
    assert judged(good, check_site=False).decision == "valid"
    for number in (float("nan"), float("inf"), float("-inf"), 1e308, -1.0):
        for name in ("latitude", "longitude", "accuracy_m"):
            found = judged(good, fix=at_site._replace(**{name: number})).finding("site")
            assert found.code in {"fix_invalid", "fix_inaccurate", "site_elsewhere"}
            assert found.code != "site_elsewhere" or name != "accuracy_m"


def test_a_naive_time_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="time zone"):
        judged(seal(), now=datetime(2026, 11, 24))


@RULES
@given(st.text(max_size=300) | st.from_regex(r"https://KHATM\.EXAMPLE/1[0-9]{0,400}"))
def test_no_text_raises(item: str) -> None:
    said = judged(item)
    assert [finding.check for finding in said.findings] == list(CHECKS)
    assert said.seal != "genuine"
    assert (said.claims, said.license) == (None, None)


def test_no_single_flipped_bit_makes_other_data_genuine() -> None:
    """Every bit of a wire: the signature, and each bit of the compressed token."""
    message = token(held())
    octets = rewired(message)
    still = []
    for place in range(len(octets) * 8):
        changed = bytearray(octets)
        changed[place // 8] ^= 1 << place % 8
        said = judged(text(bytes(changed)))
        if said.seal == "genuine":
            assert said.claims == held(), "other data under this signature"
            still.append(place)
        else:
            assert said.decision == "invalid" or said.seal == "not_license"
            assert said.license is None
    # What may change is the padding behind the last block, at most seven bits (RFC 1951 §3.1), and nothing else.
    assert all(place // 8 == len(octets) - 1 for place in still)
    assert len(still) <= 7


@FEW
@given(st.integers(0, 319), st.integers(1, 9))
def test_no_single_changed_digit_makes_other_data_genuine(place: int, step: int) -> None:
    good = wire.to_digits(token(held()))
    place %= len(good)
    changed = good[:place] + str((int(good[place]) + step) % 10) + good[place + 1 :]
    said = judged(text(changed))
    assert said.claims in (None, held())


def test_the_license_is_shown_only_under_a_signature_that_holds() -> None:
    bad = text(token(held(), by="thief"))
    assert judged(bad).license is None
    assert verdict.as_dict(judged(bad))["license"] is None
    expired = judged(seal(), now=NOW + timedelta(days=9000))
    assert expired.decision == "invalid"
    assert expired.license == license_()


def test_a_reference_holds_no_license_data() -> None:
    for item in (seal(), text(token(held(), by="thief")), "https://example.org/"):
        said = judged(item)
        words = [license_().trade_name, license_().holder, license_().address, "31.27", "30.01", "bakery", "shop"]
        assert not any(word in said.reference for word in words)
        assert said.reference.isascii()
        assert len(said.reference) < 200
    assert judged(seal()).reference == "1a000001/undecided/T12/S1795509000/20261124T090000Z"
    assert judged(bad_text()).reference.startswith("-/")


def bad_text() -> str:
    return text(token(held(), by="thief"))


def test_two_texts_of_one_token_have_one_identity() -> None:
    message = token(held())
    one = text(message)
    other = text(rewired(message, b"\0" + b"\x46" + message.protected + message.payload))
    tail = fixed.P256_ORDER - int.from_bytes(message.signature[32:], "big")
    high = message._replace(signature=message.signature[:32] + tail.to_bytes(32, "big"))
    said = [judged(item) for item in (one, other, text(high))]
    assert len({one, other, text(high)}) == 3
    assert len({each.reference for each in said}) == 1
    assert all(each.seal == "genuine" for each in said)


def test_what_a_result_does_not_prove() -> None:
    at_site = Fix(31.2755, 30.0125, 5.0, NOW)
    assert judged(seal(), fix=at_site).proves_not == ("not_proven_object", "not_proven_conduct")
    assert judged(seal()).proves_not == ("not_proven_object", "not_proven_place", "not_proven_conduct")
    assert judged("x").proves_not == ()
    assert judged(bad_text()).proves_not == ("not_proven_place",)


def test_every_state_of_seal_and_place_has_a_decision() -> None:
    """The table of docs/format.md §9.3, row by row."""
    table = {
        ("genuine", "here"): "valid",
        ("genuine", "elsewhere"): "invalid",
        ("genuine", "cannot_tell"): "undecided",
        ("genuine", "not_checked"): "undecided",
        **{("cannot_tell", place): "undecided" for place in ("here", "elsewhere", "cannot_tell", "not_checked")},
        **{("not_license", place): "undecided" for place in ("here", "elsewhere", "cannot_tell", "not_checked")},
        **{("not_valid", place): "invalid" for place in ("here", "elsewhere", "cannot_tell", "not_checked")},
    }
    seals: dict[str, verdict.Outcome] = {
        "genuine": "passed",
        "cannot_tell": "unknown",
        "not_license": "not_license",
        "not_valid": "failed",
    }
    places: dict[str, verdict.Outcome] = {"here": "passed", "elsewhere": "failed", "cannot_tell": "unknown", "not_checked": "skipped"}
    for (state, outcome), (place, site) in itertools.product(seals.items(), places.items()):
        findings = (*(Finding(check, "passed", "x") for check in CHECKS[:5]), Finding("status", outcome, "x"), Finding("site", site, "x"))
        said = Verdict(findings, True, 0, 0, 0, "ALX")
        assert (said.seal, said.place, said.decision) == (state, place, table[state, place])
