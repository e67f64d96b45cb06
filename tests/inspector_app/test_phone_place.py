"""The phone app and where it is: here, elsewhere, cannot tell; walking there; and no position at all."""

from playwright.sync_api import Browser, expect

from seal import sentences
from tests.inspector_app.street import FEELING, HERE, NEAR, THERE, Street, felt, judged, logged, opened, paste, phone


def test_comparing_the_place_again_is_another_verdict_and_says_so(chromium: Browser, street: Street) -> None:
    context = phone(chromium, where=THERE)
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "invalid", "site_elsewhere")
    expect(page.locator("h1")).to_have_text(sentences.say("decision_elsewhere", "ar"))
    expect(page.locator(".far")).to_contain_text("الجنوب")
    expect(page.locator(".far")).to_contain_text("299")
    expect(page.locator("[data-note]")).to_have_count(0)
    context.set_geolocation(NEAR)  # type: ignore[arg-type]
    page.locator("#compare-again").click()
    judged(page, "undecided", "site_too_close")
    expect(page.locator(".advice")).to_be_visible()
    expect(page.locator('[data-note="verdict_again"]')).to_contain_text(sentences.say("decision_elsewhere", "ar"))
    context.set_geolocation(HERE)  # type: ignore[arg-type]
    page.locator("#compare-again").click()
    judged(page, "valid", "site_here")
    expect(page.locator("#announcement")).to_contain_text(sentences.say("decision_valid", "ar"))
    now, before, first = logged(page)
    assert [entry["reason"] for entry in (first, before, now)] == ["site_elsewhere", "site_too_close", "site_here"]
    assert (now["earlier"], before["earlier"], first["earlier"]) == (before["sighting"], first["sighting"], None)
    context.close()


def test_a_coarse_position_gives_no_verdict_until_it_is_better(chromium: Browser, street: Street) -> None:
    context = phone(chromium, where=HERE | {"accuracy": 400})
    context.add_init_script(FEELING)
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "undecided", "no_fix")
    expect(page.locator(".position .progress")).to_contain_text("400")
    assert (felt(page), logged(page)) == ([], []), "nothing is said before it is sure"
    context.set_geolocation(HERE)  # type: ignore[arg-type]
    judged(page, "valid", "site_here")
    assert felt(page) == [[80]]
    context.close()


def test_a_position_that_stays_coarse_ends_in_cannot_tell(chromium: Browser, street: Street) -> None:
    context = phone(chromium, where=HERE | {"accuracy": 400})
    page = opened(context, street, clocked=True)
    paste(page, street.shop)
    judged(page, "undecided", "no_fix")
    expect(page.locator(".position .progress")).to_contain_text("400")
    page.clock.fast_forward(12_500)
    judged(page, "undecided", "fix_inaccurate")
    expect(page.locator(".advice")).to_be_visible()
    context.close()


def test_a_position_that_never_comes_ends_the_waiting(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    context.add_init_script("Geolocation.prototype.watchPosition = () => 1")
    context.add_init_script(FEELING)
    page = opened(context, street, clocked=True)
    paste(page, street.shop)
    expect(page.locator(".card .reason")).to_have_text("جارٍ تحديد موقعك…")
    page.clock.fast_forward(20_500)
    expect(page.locator("#no-place")).to_have_attribute("data-state", "unavailable")
    expect(page.locator("#compare-again")).to_be_visible()
    assert felt(page) == [[60, 80, 60]]
    assert [entry["place"] for entry in logged(page)] == ["not_checked"]
    context.close()


def test_a_refused_position_says_what_was_not_checked(chromium: Browser, street: Street) -> None:
    context = phone(chromium, where=None)
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "undecided", "no_fix")
    expect(page.locator("h1")).to_have_text(sentences.say("decision_unplaced_shop", "ar"))
    expect(page.locator("#no-place")).to_have_attribute("data-state", "refused")
    context.close()


def test_a_device_without_positions_says_so(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'geolocation', { value: undefined })")
    page = opened(context, street)
    paste(page, street.shop)
    judged(page, "undecided", "no_fix")
    expect(page.locator("#no-place")).to_have_attribute("data-state", "absent")
    context.close()


def test_an_outline_is_drawn_with_me_in_it(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    paste(page, street.ruin)
    judged(page, "valid", "site_here")
    expect(page.locator(".far")).to_have_text("المسافة إلى الموقع المرخص: أنت داخل حدود الموقع")
    expect(page.locator(".drawing polygon.extent")).to_have_count(1)
    expect(page.locator(".drawing .you")).to_have_count(1)
    context.close()


def test_the_list_to_compare_holds_only_what_the_seal_carries(chromium: Browser, street: Street) -> None:
    context = phone(chromium)
    page = opened(context, street)
    paste(page, street.board)
    judged(page, "valid", "site_here")
    rows = dict(zip(page.locator(".compare dt").all_inner_texts(), page.locator(".compare dd").all_inner_texts(), strict=True))
    label = {code: sentences.say(code, "ar") for code in ("label_trade_name", "width_cm", "height_cm", "faces")}
    assert rows[label["label_trade_name"]] == "إعلان مشروبات النيل"
    assert (rows[label["width_cm"]], rows[label["height_cm"]], rows[label["faces"]]) == ("4 م", "2.5 م", "2")
    paste(page, street.forged)
    judged(page, "invalid", "signature_invalid")
    expect(page.locator(".compare")).to_have_count(0)
    assert "مخبز" not in page.content()
    context.close()
