"""What is said and stored does not hang on the order in which Python happens to keep a set."""

import os
import shutil
import subprocess
import sys
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from conftest import Vigie, Write
from passes_made import SHOP, WEB

PLAN = """
plan: Spring
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people:
  lead: {name: Lea Martin, email: lead@shop.example}
  content: {name: Zoé Petit, email: content@shop.example, deputy: lead}
objectives:
  grow: {name: Grow, targets: [{kpi: revenue, at_least: 500, per: month}]}
  save: {name: Save, targets: [{kpi: spend, at_most: 10, per: month}]}
actions:
  news:
    name: Newsletter
    objectives: [grow, save]
    responsible: content
    tracked_by: {campaign: "news*"}
    budget: {amount: 50, per: month}
    costs: [{on: 2026-03-02, amount: 60, what: layout}]
    targets: [{kpi: orders, at_least: 10, per: month}, {kpi: conversion_rate, at_least: 5%, per: month}]
  search:
    name: Search
    objectives: [grow]
    responsible: content
    tracked_by: [{campaign: "brand*"}, {campaign: "shop*"}, {coupon: "X*"}]
    targets: [{kpi: orders, at_least: 3, per: month}, {kpi: sessions, at_least: 40, per: month}]
"""
SOURCES = """
shop: {connector: csv_file, path: shop.csv}
web: {connector: csv_file, path: web.csv}
"""
PASS = "import sys; from pathlib import Path; from passes_made import passed; passed(Path(sys.argv[1]))"


def told(folder: Path, seed: int) -> dict[str, Any]:
    """All that a pass writes and shows, in a process that keeps its sets in the order of that seed."""
    environ = {**os.environ, "PYTHONHASHSEED": f"{seed}", "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [sys.executable, "-c", PASS, str(folder)]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    made = Vigie(folder, "2026-04-02")
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (folder / "outbox").glob("*.eml")]
    return {
        "mails": sorted((mail["To"], mail["Subject"], mail.get_body(("plain",)).get_content()) for mail in mails),  # type: ignore[union-attr]
        **{what: made.export(what) for what in ("verdicts", "budgets", "coverage", "flags")},
    }


def test_a_pass_says_the_same_whatever_the_hash_seed(vigie: Write, tmp_path: Path) -> None:
    made = vigie(PLAN, SOURCES, **{"shop.csv": SHOP, "web.csv": WEB})
    passes = [told(shutil.copytree(made.folder, tmp_path / f"seed-{seed}"), seed) for seed in (1, 2, 3)]
    assert len(passes[0]["mails"]) == 2
    assert len(passes[0]["flags"]) == 5
    assert passes[1] == passes[0]
    assert passes[2] == passes[0]
