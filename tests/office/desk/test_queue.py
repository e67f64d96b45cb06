"""The hall from the portal to a desk: an appointment becomes a number, a desk calls it, the screen shows it, nobody is named."""

from __future__ import annotations

import re

from tests.office.applications.workplace import shop
from tests.office.desk.house import House, faults, mobile, plain

TOMORROW = {"centre": "MN1", "day": "2026-11-25", "minute": "600"}


def test_an_appointment_becomes_a_number_that_is_called(each_house: House) -> None:
    house = each_house
    mona = house.citizen()
    page = mona.get("/appointments?centre=MN1&day=2026-11-25")
    assert "10:00" in page.text and 'href="/appointments"' in mona.get("/").text
    booked = mona.post("/appointments", 303, **TOMORROW)
    assert "حُجز موعدك" in plain(mona.follow(booked).text)
    first = booked.location.rsplit("=", 1)[1]
    moved = mona.post("/appointments", 303, **TOMORROW | {"minute": "630", "instead": first})
    number = moved.location.rsplit("=", 1)[1]
    shown = plain(mona.get("/appointments").text)
    assert "10:30" in shown and "10:00" not in shown
    omar = house.citizen(2)
    omar.post(f"/appointments/{number}/cancel", 404)
    assert "10:30" not in plain(omar.get("/appointments").text), "another's is not there"
    house.now += 86_400
    clerk = house.staff("reem", ("MN1", "clerk"))
    reception = clerk.get("/centre/queue").text
    assert "10:30" in reception and mobile(1) not in reception, "with a masked number"
    dina = house.staff("dina", ("SHQ", "clerk"))
    dina.post("/centre/queue/came", 404, appointment=number)
    slip = clerk.follow(clerk.post("/centre/queue/came", 303, appointment=number))
    assert "M001" in slip.text
    assert faults(clerk.post("/centre/queue/came", 409, appointment=number).text) >= {"appointment_over"}
    for letter in "AAB":
        clerk.post("/centre/queue/take", 303, **{"class": letter})
    at_desk = clerk.follow(clerk.post("/centre/queue/next", 303, desk="٣", **{"class": "M"}))
    assert "M001" in at_desk.text and 'value="3"' in at_desk.text, "the desk keeps its number"
    stranger = house.client()
    hall = stranger.get("/hall/MN1")
    assert "M001" in hall.text and hall.headers["Refresh"] == "5" and "<script" not in hall.text
    assert re.findall("[A-Z]00[0-9]", plain(hall.text)) == ["M001"], "what waits is not named"
    assert "Refresh" not in stranger.get("/hall/MN1?still=yes").headers, "for whoever reads it at their own pace"
    assert "M001" not in stranger.get("/hall/SHQ").text
    stranger.get("/hall/ZZZ", 404)
    stranger.get("/hall/x'--", 404)
    ticket = slip.request.path.rsplit("/", 1)[1]
    dina.post(f"/centre/queue/tickets/{ticket}/missed", 404)
    clerk.post(f"/centre/queue/tickets/{ticket}/again", 303)
    clerk.post(f"/centre/queue/tickets/{ticket}/served", 303)
    assert "M001" not in stranger.get("/hall/MN1").text
    clerk.get(f"/centre/queue/tickets/{ticket}/explode", 404)


def test_an_application_s_slip_says_what_it_lacks(house: House) -> None:
    clerk = house.staff("mona", ("MN1", "clerk"))
    number = house.work.submitted("shop.first", shop())
    slip = plain(clerk.get(f"/centre/queue/slips/{number}").text)
    assert number in slip and "مطلوب" in slip.replace("المطلوب", "مطلوب"), "what is to be paid"
    assert f'src="/centre/applications/{number}/receipt.png"' in clerk.get(f"/centre/queue/slips/{number}").text
    house.work.pay(number)
    assert "لا ينقصه شيء الآن" in plain(clerk.get(f"/centre/queue/slips/{number}").text)
    house.work.do("return_", number, reason="الصورة غير واضحة")
    assert "مُعاد للاستكمال" in plain(clerk.get(f"/centre/queue/slips/{number}").text)
    house.staff("dina", ("SHQ", "clerk")).get(f"/centre/queue/slips/{number}", 404)
