"""Two hundred real kills of a real process that sends to a real server: nothing lost, and no copy under another id."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from smtp_server import SmtpServer
from sqlalchemy import create_engine, text

SUPPORT = Path(__file__).parents[1] / "support"
KILLS = 200


def test_two_hundred_kills_at_random_moments_lose_no_mail(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(SUPPORT.parents[1]), os.environ.get("PYTHONPATH", "")])}
    with SmtpServer() as server:
        words = [sys.executable, str(SUPPORT / "sending_loop.py"), url, str(server.port), str(KILLS), "20260520"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=environ, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        written, dead = map(int, done.stdout.split())
        got = Counter(mail.rfc_id for mail in server.taken)
    assert dead == KILLS
    assert set(got) == {f"<m{turn}@shop.example>" for turn in range(written)}
    assert 0 < sum(count - 1 for count in got.values()) <= KILLS  # a kill makes one copy at most, and some do
    engine = create_engine(url)
    with engine.connect() as connection:
        assert dict(connection.execute(text("SELECT state, count(*) FROM message GROUP BY state")).all()) == {
            "sent": written
        }
    engine.dispose()
