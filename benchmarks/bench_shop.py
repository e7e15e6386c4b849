"""A year of a shop's orders over HTTP into SQLite, beside dlt: python benchmarks/bench_shop.py [orders]

Both read the same pages of the same simulated WooCommerce shop, prepared beforehand, from a server in a process of its
own. Memory is the largest resident size of the reading process; 150 MB is the limit for a year of 100,000 orders.
"""

import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

START, PAGE, LIMIT = date(2025, 1, 1), 100, 150
PLAN = """
plan: P
currency: EUR
timezone: UTC
starts: 2025-01-01
ends: 2025-12-31
actions: {a: {name: A, tracked_by: {campaign: "campaign-1*"}}}
"""
SOURCES = """
shop:
  connector: woocommerce
  url: http://127.0.0.1:{port}
  key: {{env: BENCH_KEY}}
  secret: {{env: BENCH_SECRET}}
  customers_from: 2025-01-01
"""
VIGIE = """
from dataclasses import replace
from connectors.shops.woocommerce import WooCommerce
from worker.cli.main import main
WooCommerce.limits = replace(WooCommerce.limits, gap_seconds=0)  # between two requests, out of politeness
main()
"""
DLT = """
import sys, dlt
from dlt.sources.rest_api import rest_api_source
paginator = {"type": "page_number", "base_page": 1, "total_path": None, "stop_after_empty_page": True}
endpoint = {"path": "orders", "params": {"per_page": 100}, "paginator": paginator}
orders = {"name": "orders", "primary_key": "id", "write_disposition": "merge", "endpoint": endpoint}
source = rest_api_source({"client": {"base_url": sys.argv[1] + "/wp-json/wc/v3/"}, "resources": [orders]})
target = dlt.destinations.sqlalchemy("sqlite:///" + sys.argv[2])
dlt.pipeline("bench", destination=target, dataset_name="main").run(source)
"""
MEASURED = """
import resource, runpy, sys, time
start = time.perf_counter()
try:
    exec(sys.argv.pop(1))
except SystemExit as ended:
    assert not ended.code, ended.code
spent = time.perf_counter() - start
print("MEASURED", spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def order(n: int, many: int) -> dict[str, Any]:
    """One order as WooCommerce shows it to somebody who asks for the fields that Vigie asks for."""
    day = START + timedelta(n * 365 // many)
    labels = {"source_type": "utm", "utm_source": "news", "utm_medium": "email", "utm_campaign": f"campaign-{n % 200}"}
    meta = [
        {"id": k, "key": f"_wc_order_attribution_{name}", "value": text}
        for k, (name, text) in enumerate(labels.items())
    ]
    line = {
        "id": n, "name": "Mug", "product_id": n % 500, "variation_id": 0, "quantity": 1 + n % 3, "subtotal": "90.00",
        "subtotal_tax": "18.00", "total": "80.00", "total_tax": "16.00", "sku": "MUG", "price": 40,
    }  # fmt: skip
    return {
        "id": n + 1, "status": "completed", "currency": "EUR", "date_created_gmt": f"{day}T10:00:00",
        "date_modified_gmt": f"{day}T11:00:00", "total": f"{n % 300}.{n % 100:02}", "total_tax": "16.00",
        "shipping_total": "5.00", "created_via": "checkout",
        "billing": {"email": f"buyer{n % (many // 2)}@mail.example"},
        "line_items": [line], "coupon_lines": [], "meta_data": meta,
    }  # fmt: skip


class Shop(BaseHTTPRequestHandler):
    """Gives prepared orders by page or place; whatever else is asked for is an empty list."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    orders: ClassVar[list[bytes]] = []

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        asked = parse_qs(parts.query)
        first = int(asked["offset"][0]) if "offset" in asked else (int(asked.get("page", ["1"])[0]) - 1) * PAGE
        given = self.orders[first : first + PAGE] if parts.path.endswith("/orders") else []
        body = b"[" + b",".join(given) + b"]"
        self.send_response_only(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def serve(many: int, told: Any) -> None:
    every = [order(n, many) for n in range(many)]
    Shop.orders = [json.dumps(one).encode() for one in every]
    del every
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    told.put(server.server_port)
    server.serve_forever()


def measured(program: str, *arguments: str) -> tuple[float, float]:
    """Seconds and the largest resident size in MB of a program in a process of its own."""
    extra = {"BENCH_KEY": "ck_x", "BENCH_SECRET": "cs_x", "RUNTIME__DLTHUB_TELEMETRY": "false"}
    command = [sys.executable, "-c", MEASURED, program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **extra}, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2_000:] or done.stdout)
    _, seconds, megabytes = next(line for line in done.stdout.splitlines() if line.startswith("MEASURED")).split()
    return float(seconds), float(megabytes)


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    told: Any = multiprocessing.Queue()
    server = multiprocessing.Process(target=serve, args=(many, told), daemon=True)
    server.start()
    port = told.get()
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch) / "plans/p"
        plan.mkdir(parents=True)
        (plan / "plan.yaml").write_text(PLAN, encoding="utf-8")
        (plan / "sources.yaml").write_text(SOURCES.format(port=port), encoding="utf-8")
        vigie = measured(VIGIE, "collect", "--config", scratch, "--today", "2026-01-15")
        dlt = measured(DLT, f"http://127.0.0.1:{port}", str(Path(scratch) / "dlt.db"))
    server.terminate()
    print(f"{many:,} orders of a year, {PAGE} a page, over HTTP into SQLite, without pauses between requests")
    print(f"{'dlt, REST source, merge':36} {many / dlt[0]:>10,.0f} orders/s   {dlt[1]:,.0f} MB")
    print(f"{'vigie collect':36} {many / vigie[0]:>10,.0f} orders/s   {vigie[1]:,.0f} MB (limit {LIMIT} MB)")
    print(f"{dlt[0] / vigie[0]:.1f} times dlt")


if __name__ == "__main__":
    main()
