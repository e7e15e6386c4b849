"""The page in a real browser: nothing from outside runs, and everything can be done with the keyboard alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from payloads import PAYLOADS
from playwright.sync_api import Browser, Page
from served_page import OVER, Served, judge, served, write_plan
from sqlalchemy import select

from worker.model.response import FlagEpisode, Response, ResponseKind
from worker.store import schema as t
from worker.store.responses import respond

# --- nothing runs --------------------------------------------------------------------------------------------------

EACH = 6  # payloads that are also names


def hostile_plan() -> str:
    """Plan, actions, people, KPIs and what a target is for, all called by payloads; every action missed its target."""
    some = PAYLOADS[:: len(PAYLOADS) // EACH][:EACH]
    actions = {
        f"a{number}": {
            "name": payload,
            "responsible": f"p{number}",
            "tracked_by": {"campaign": f"c{number}"},
            "targets": [{"kpi": f"k{number}", "for": payload, "at_least": 10, "per": "month"}],
        }
        for number, payload in enumerate(some)
    }
    plan = {
        "plan": PAYLOADS[4], "currency": "EUR", "timezone": "UTC", "starts": "2026-04-01", "ends": "2026-06-30",
        "people": {
            f"p{number}": {"name": payload, "email": f"p{number}@shop.example", "language": ("en", "fr")[number % 2]}
            for number, payload in enumerate(some)
        },
        "kpis": {
            f"k{number}": {"formula": "orders", "unit": "count", "name": payload, "by": "keyword"}
            for number, payload in enumerate(some)
        },
        "actions": actions,
    }  # fmt: skip
    return json.dumps(plan, ensure_ascii=False)  # JSON is YAML


def hostile_figures() -> str:
    rows = ["day,campaign,keyword,orders"]
    rows += [f'2026-04-01,c{number},"{payload.replace(chr(34), chr(34) * 2)}",1' for number, payload in names()]
    return "\n".join([*rows, "2026-04-30,x,x,1"]) + "\n"


def names() -> list[tuple[int, str]]:
    return list(enumerate(PAYLOADS[:: len(PAYLOADS) // EACH][:EACH]))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A flag for each name, and on the first of them every payload as a note."""
    folder = tmp_path_factory.mktemp("hostile")
    write_plan(folder, hostile_plan(), hostile_figures())
    judge(folder)
    with served(folder) as page:
        with page.store.write() as connection:
            for payload in PAYLOADS:
                wanted = Response(ResponseKind.ACKNOWLEDGE, "p0", payload)
                assert respond(connection, FlagEpisode(1, 1), wanted, page.clock()).is_new
        yield page


def watched(page: Page) -> list[str]:
    """Everything that a page will do."""
    seen = list[str]()
    page.on("dialog", lambda dialog: seen.append(dialog.message))  # left standing: it would stop what follows
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(request.url))
    return seen


def visit(page: Page, url: str) -> None:
    """Open a page, and touch what could be waiting for it."""
    page.goto(url, wait_until="load")
    for _ in range(4):
        page.keyboard.press("Tab")
    page.hover("h1")


@pytest.mark.parametrize("bypass_csp", [False, True], ids=["with its policy", "without"])
def test_nothing_from_outside_runs_or_is_fetched(browser: Browser, hostile: Served, bypass_csp: bool) -> None:
    """Two layers, each on its own: the page escapes what it shows, and its policy would stop what got through."""
    assert len(PAYLOADS) >= 30
    page = browser.new_page(bypass_csp=bypass_csp)
    seen = watched(page)
    for number, payload in names():
        url = hostile.url(hostile.path("expect", number + 1, f"p{number}"))
        visit(page, url)
        assert page.evaluate("window.__xss") is None
        assert seen in ([url, hostile.url("/style.css")], [url])  # the style may be at hand from the page before
        seen.clear()
        assert page.url == url
        shown = " ".join(payload.split())
        assert shown in " ".join(page.locator("h1").inner_text().split())
        assert shown in " ".join(page.locator(".lead").inner_text().split())
    page.close()


def test_every_note_is_shown_as_the_text_it_is(browser: Browser, hostile: Served) -> None:
    page = browser.new_page()
    page.goto(hostile.url(hostile.path("acknowledge", 1, "p0")))
    notes = [note.strip("“”") for note in page.locator(".said").all_inner_texts()]
    assert [" ".join(note.split()) for note in reversed(notes)] == [" ".join(payload.split()) for payload in PAYLOADS]
    page.close()


def test_a_note_that_is_refused_comes_back_as_text(browser: Browser, hostile: Served) -> None:
    page = browser.new_page(bypass_csp=True)
    chosen = [one for one in PAYLOADS if "textarea" in one or "{" in one][:4]
    assert len(chosen) == 4
    for payload in chosen:
        page.goto(hostile.url(hostile.path("expect", 2, "p1")))
        page.evaluate("document.querySelector('form').noValidate = true")
        page.fill("#note", payload)
        page.fill("#until", "2031-01-01")
        page.click("button")
        assert page.locator("#problem").count() == 1
        assert page.locator("#note").input_value() == payload
        assert page.evaluate("window.__xss") is None
    page.close()


def test_the_policy_alone_would_stop_a_script(
    browser: Browser, hostile: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = hostile.url(hostile.path("acknowledge", 1, "p0"))
    monkeypatch.setattr("worker.web.site.render", lambda *_, **__: "<p><img src=x onerror='window.__xss=1'>")
    for bypass_csp in (False, True):
        page = browser.new_page(bypass_csp=bypass_csp)
        page.goto(url, wait_until="networkidle")
        assert page.evaluate("window.__xss") == (1 if bypass_csp else None)
        page.close()


# --- it works and reads well ---------------------------------------------------------------------------------------


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Served]:
    write_plan(tmp_path)
    judge(tmp_path)
    with served(tmp_path) as page:
        yield page


def changes(page: Served, flag_id: int) -> list[tuple[Any, ...]]:
    c = t.flag_change.c
    with page.store.read() as connection:
        rows = connection.execute(select(c.reason, c.by, c.note, c.until).where(c.flag_id == flag_id).order_by(c.id))
        return [(row.reason, row.by, row.note, row.until and row.until.isoformat()) for row in rows][1:]


def focused(page: Page) -> str:
    """What the keyboard is at: a field by its label, anything else by its words."""
    return str(
        page.evaluate("(e => (e.labels && e.labels.length ? e.labels[0] : e).innerText)(document.activeElement)")
    )


FLOWS = [
    {
        "person": "lead", "locale": "en-GB", "note": "Note (optional)", "until": "Until", "why": "Reason",
        "noted": "Saved.",
        "acknowledge": "Acknowledge", "snooze": "Snooze", "expect": "Mark as expected",
        "change": "Change my answer", "late": "That is too late: 1 June 2026 at the latest.",
    },
    {
        "person": "content", "locale": "fr-FR", "note": "Note (facultative)", "until": "Jusqu’au", "why": "Raison",
        "noted": "Enregistré.", "acknowledge": "Prendre en charge", "snooze": "Reporter",
        "expect": "Signaler comme prévu", "change": "Modifier ma réponse",
        "late": "C’est trop tard : le 1er juin 2026 au plus tard.",
    },
]  # fmt: skip


@pytest.mark.parametrize("say", FLOWS, ids=["English", "French"])
def test_everything_can_be_done_with_the_keyboard_alone_and_without_scripts(
    browser: Browser, page: Served, say: dict[str, str]
) -> None:
    who = say["person"]
    context = browser.new_context(locale=say["locale"], java_script_enabled=False)
    tab = context.new_page()

    def reach(wanted: str) -> None:
        for _ in range(8):
            tab.keyboard.press("Tab")
            if focused(tab) == wanted:
                return
        raise AssertionError(f"the keyboard does not reach '{wanted}'")

    def send(purpose: str) -> str:
        reach(say[purpose])
        with tab.expect_navigation():
            tab.keyboard.press("Enter")
        return tab.locator("[role=status]").inner_text(timeout=5000)

    tab.goto(page.url(page.path("acknowledge", OVER, who)))
    reach(say["note"])
    tab.keyboard.type("Agency told.")
    assert send("acknowledge").startswith(say["noted"])

    tab.goto(page.url(page.path("snooze", OVER, who)))
    reach(say["until"])
    tab.keyboard.type("05202026")  # this browser's own language decides: month, day, year
    assert send("snooze").startswith(say["noted"])

    tab.goto(page.url(page.path("expect", OVER, who)))
    reach(say["until"])
    tab.keyboard.type("05252026")
    reach(say["why"])
    tab.keyboard.type("All clicks were paid at once.")
    assert send("expect").startswith(say["noted"])

    reach(say["change"])
    tab.keyboard.press("Enter")
    reach(say["why"])
    tab.keyboard.type("Paid in advance.")
    assert send("expect").startswith(say["noted"])
    context.close()
    assert changes(page, OVER) == [
        ("acknowledged", who, "Agency told.", None),
        ("snoozed", who, "", "2026-05-20"),
        ("expected", who, "All clicks were paid at once.", "2026-05-25"),
        ("expected", who, "Paid in advance.", "2026-05-25"),
    ]


@pytest.mark.parametrize("say", FLOWS, ids=["English", "French"])
def test_a_refusal_is_read_out_and_leads_to_the_field_at_fault(
    browser: Browser, page: Served, say: dict[str, str]
) -> None:
    tab = browser.new_page(locale=say["locale"])
    tab.goto(page.url(page.path("snooze", OVER, say["person"])))
    tab.evaluate("document.querySelector('form').noValidate = true")  # a browser that does not check days
    tab.fill("#until", "2026-06-02")
    tab.click("button")
    assert tab.locator("[role=alert]").inner_text().replace("\u00a0", " ") == say["late"]
    tab.wait_for_selector("#until:focus")  # a browser that has much to do leads there a moment later
    assert focused(tab) == say["until"]
    field = tab.locator("#until")
    assert field.get_attribute("aria-invalid") == "true"
    assert "problem" in (field.get_attribute("aria-describedby") or "").split()
    assert changes(page, OVER) == []
    tab.close()


def test_no_page_is_wider_than_the_screen(browser: Browser, hostile: Served) -> None:
    for width in (320, 1100):
        page = browser.new_page(viewport={"width": width, "height": 800})
        for path in (hostile.path("acknowledge", 1, "p0"), hostile.path("expect", 2, "p1"), "/wrong/link"):
            page.goto(hostile.url(path))
            assert page.evaluate("document.documentElement.scrollWidth") == width
        page.close()


def contrast(page: Page, selector: str) -> float:
    """How much a text stands out from what is behind it, after WCAG 2.2."""
    return float(
        page.eval_on_selector(
            selector,
            """element => {
                const light = colour => {
                    const [r, g, b] = colour.match(/\\d+/g).map(part => part / 255)
                        .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                };
                let behind = element;
                while (getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
                const pair = [getComputedStyle(element).color, getComputedStyle(behind).backgroundColor].map(light);
                return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
            }""",
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_by_day_and_by_night(browser: Browser, page: Served, scheme: Any) -> None:
    path = page.path("expect", OVER, "lead")
    tab = browser.new_page(color_scheme=scheme)
    tab.goto(page.url(path))
    for selector in ("h1", ".chip", ".lead", "dt", "dd", ".box", "label", "#until-help", "#note", "button", "footer p"):
        assert contrast(tab, selector) >= 4.5, selector
    assert page.post(path, until="2026-05-20", note="paid").status == 303
    tab.reload()
    for selector in (".box.good", "summary", ".said"):
        assert contrast(tab, selector) >= 4.5, selector
    tab.close()
