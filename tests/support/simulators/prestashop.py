"""A PrestaShop webservice on loopback, over tables: those of a small shop, or rows that a real one answered.

Its refusals are PrestaShop 9's, recorded: a wrong filter or field is code 32 or 35 with status 500. Stricter than the
real one in one thing: a parameter that it would ignore is refused.
"""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any, ClassVar
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from simulators.shop import NOTHING, Order, Refund, Shop, a_month
from simulators.vendor import Refusal, Simulator, refuse
from simulators.web_server import Answer, Seen, bytes_answer, json_answer, text_answer

KEY = "CANARY7KEYOFTHEWEBSERVICE0123456"

Row = dict[str, Any]
Tables = dict[str, list[Row]]

FIELDS: Mapping[str, Sequence[str]] = {
    "orders": (
        "id", "id_address_delivery", "id_address_invoice", "id_cart", "id_currency", "id_lang", "id_customer",
        "id_carrier", "current_state", "module", "invoice_number", "invoice_date", "delivery_number", "delivery_date",
        "valid", "date_add", "date_upd", "shipping_number", "note", "id_shop_group", "id_shop", "secure_key",
        "payment", "recyclable", "gift", "gift_message", "mobile_theme", "total_discounts",
        "total_discounts_tax_incl", "total_discounts_tax_excl", "total_paid", "total_paid_tax_incl",
        "total_paid_tax_excl", "total_paid_real", "total_products", "total_products_wt", "total_shipping",
        "total_shipping_tax_incl", "total_shipping_tax_excl", "carrier_tax_rate", "total_wrapping",
        "total_wrapping_tax_incl", "total_wrapping_tax_excl", "round_mode", "round_type", "conversion_rate",
        "reference",
    ),
    "order_slip": (
        "id", "id_customer", "id_order", "conversion_rate", "total_products_tax_excl", "total_products_tax_incl",
        "total_shipping_tax_excl", "total_shipping_tax_incl", "amount", "shipping_cost", "shipping_cost_amount",
        "partial", "date_add", "date_upd", "order_slip_type",
    ),
    "order_states": (
        "id", "unremovable", "delivery", "hidden", "send_email", "module_name", "invoice", "color", "logable",
        "shipped", "paid", "pdf_delivery", "pdf_invoice", "deleted", "name", "template",
    ),
    "order_cart_rules": (
        "id", "id_order", "id_cart_rule", "id_order_invoice", "name", "value", "value_tax_excl", "free_shipping",
        "deleted",
    ),
    "cart_rules": ("id", "code", "name", "date_from", "date_to", "free_shipping", "active", "date_add", "date_upd"),
    "customers": (
        "id", "id_default_group", "id_lang", "email", "newsletter", "is_guest", "deleted", "active", "date_add",
        "date_upd", "firstname", "lastname",
    ),
    "currencies": ("id", "name", "iso_code", "conversion_rate", "deleted", "active"),
    "configurations": ("id", "value", "name", "id_shop_group", "id_shop", "date_add", "date_upd"),
    "shops": ("id", "id_shop_group", "id_category", "active", "deleted", "name"),
}  # fmt: skip
ASSOCIATIONS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "orders": {
        "order_rows": (
            "id", "product_id", "product_attribute_id", "product_quantity", "product_name", "product_price",
            "unit_price_tax_incl", "unit_price_tax_excl",
        ),
    },
    "order_slip": {
        "order_slip_details": ("id", "id_order_detail", "product_quantity", "amount_tax_excl", "amount_tax_incl"),
    },
}  # fmt: skip
NODES = {"order_slip": "order_slips"}
PARAMETERS = {"output_format", "display", "date", "sort", "limit", "language", "id_shop", "ws_key"}

#: state -> id; the states are those of a fresh shop, with their paid and logable
STATES = {"paid": 2, "unpaid": 10, "cancelled": 6, "failed": 8, "refunded": 7, "backorder": 9}
_FRESH = [
    (1, "En attente du paiement par chèque", "cheque", 0, 0),
    (2, "Paiement accepté", "payment", 1, 1),
    (3, "En cours de préparation", "preparation", 1, 1),
    (4, "Expédié", "shipped", 1, 1),
    (5, "Livré", "", 1, 1),
    (6, "Annulé", "order_canceled", 0, 0),
    (7, "Remboursé", "refund", 0, 0),
    (8, "Erreur de paiement", "payment_error", 0, 0),
    (9, "En attente de réapprovisionnement (payé)", "outofstock", 1, 0),
    (10, "En attente de virement bancaire", "bankwire", 0, 0),
]


class PrestaShop(Simulator):
    """``tables`` holds the rows by resource; ``allowed`` what the key may read."""

    entry = 'shop: {{connector: prestashop, url: "{url}", key: {{env: PRESTASHOP_KEY}}}}'
    secrets: ClassVar = {"PRESTASHOP_KEY": KEY}

    def __init__(self, shop: Shop | None = None, *, rates: Mapping[str, str] | None = None, port: int = 0) -> None:
        super().__init__(port)
        self.rates = dict(rates or {})
        self.allowed = set(FIELDS)
        self.is_on = True
        self.takes_header = True  #: whether the server lets Authorization through
        self.texts = False  #: versions that write foreign keys as texts
        self.name = "Boutique"
        # a head and a body sent apart wait for each other 40 ms otherwise
        self.tables: Tables = {}
        self.hold(shop or Shop())

    def hold(self, shop: Shop) -> None:
        """Tell of this shop."""
        self.shop, self._told = shop, shop.orders
        self.tables = tables_of(shop, self.rates)

    def answer(self, seen: Seen) -> Answer:
        if self._told is not self.shop.orders:  # it was changed
            self.hold(self.shop)
        if not re.match(r"/api(/|$)", seen.path):
            return text_answer("<html><body>404: cette page n'existe pas</body></html>", status=404, kind="text/html")
        form = _xml if seen.query.get("output_format") != "JSON" else _json
        self._admit(seen, form)
        _, _, resource, id = (*seen.path.split("/"), "", "")[:4]
        if not resource:
            return bytes_answer(self._root(), kind="text/xml;charset=utf-8")
        if resource not in FIELDS:
            raise _no(form, 400, 27, f'Resource of type "{resource}" does not exists. Did you mean: "zones"?')
        if resource not in self.allowed:
            raise _no(form, 401, 26, f'Resource of type "{resource}" is not allowed with this authentication key')
        for name in seen.query:
            if name not in PARAMETERS and not name.startswith("filter["):
                raise AssertionError(f"PrestaShop would ignore {name}")
        return form(resource, *self._rows(resource, id, seen.query, form), self.texts)

    def _admit(self, seen: Seen, form: "Form") -> None:
        """The key, as the dispatcher and the webservice look at it."""
        key = seen.query.get("ws_key")
        header = seen.headers.get("Authorization", "") if self.takes_header else ""
        if header.startswith("Basic "):
            key = base64.b64decode(header[6:]).decode().partition(":")[0]
        if key is None:
            raise refuse(401, "401 Unauthorized")
        if not self.is_on:
            message = "The PrestaShop webservice is disabled. Please activate it in the PrestaShop Back Office"
            raise _no(form, 503, 22, message)
        if len(key) != 32:
            raise _no(form, 401, 18, "Invalid authentication key format")
        if key != KEY:
            inactive = (20, "Authentification key is not active")
            raise _nos(form, 401, [inactive, (21, "No permission for this authentication key")])
        if not seen.query.get("id_shop", "1").isdecimal():
            raise _no(form, 404, 999, "This shop id does not exist")
        if seen.query.get("id_shop", "1") not in ("1", "2"):
            raise _no(form, 403, 132, "No permission for this key on this shop")

    def _root(self) -> bytes:
        rights = 'get="true" put="true" post="true" patch="true" delete="true" head="true"'
        resources = "".join(f"<{name} {rights}><description>x</description></{name}>" for name in sorted(self.allowed))
        return f'{_HEAD}<api shopName="{escape(self.name)}">{resources}</api></prestashop>'.encode()

    def _rows(self, resource: str, id: str, query: Mapping[str, str], form: "Form") -> tuple[list[Row], bool | None]:
        """The rows as they are shown; and whether they are a list, or one object without ``display``, or ids."""
        known = [name for name in FIELDS[resource] if "date" in query or name not in ("date_add", "date_upd")]
        rows = self.tables.get(resource, [])
        for name, value in query.items():
            if name.startswith("filter["):
                rows = _filtered(rows, name[7:-1], value, known, form)
        shop = query.get("id_shop")
        if resource == "orders" and shop:
            rows = [row for row in rows if str(row["id_shop"]) == shop]
        if id:
            rows = [row for row in rows if str(row["id"]) == id]
            if not rows:
                raise Refusal(bytes_answer(b"", status=404))
            return [_shown(row, resource, "full", form) for row in rows], "display" in query
        rows = _limited(_sorted(rows, query.get("sort"), known, form), query.get("limit"), form)
        if "display" not in query:
            return [{"id": row["id"]} for row in rows], None
        return [_shown(row, resource, query["display"], form) for row in rows], True


def example(port: int = 0) -> PrestaShop:
    """A month of a shop in euros, from 1 March 2026 on."""
    return PrestaShop(a_month(currencies=("EUR",)), port=port)


# The language of queries.


def _filtered(rows: list[Row], name: str, value: str, known: Sequence[str], form: "Form") -> list[Row]:
    if name not in known:
        full = ", ".join(f'"{field}"' for field in known)
        raise _no(form, 500, 32, f'This filter does not exist. Did you mean: "{known[0]}"? The full list is: {full}')
    if not value:
        raise _no(form, 400, 33, f'The filter "{name}" is malformed.')
    parts = re.fullmatch(r"([><]?)\[(.*)\]", value, re.DOTALL)
    assert parts, f"the simulator knows no {value}"
    sign, inner = parts.groups()
    numeric = name == "id" or name.startswith("id_")
    key: Callable[[Any], Any] = (lambda text: int(text or 0)) if numeric else str
    if sign in (">", "<"):
        border = key(inner)
        return [row for row in rows if (key(row[name]) > border if sign == ">" else key(row[name]) < border)]
    if re.fullmatch(r"[0-9.:\- ]+,[0-9.:\- ]+", inner):
        low, high = map(key, inner.split(","))
        return [row for row in rows if low <= key(row[name]) <= high]
    wanted = set(inner.split("|"))  # an interval with a T in it is nothing but a text
    return [row for row in rows if str(row[name]) in wanted]


def _sorted(rows: list[Row], sort: str | None, known: Sequence[str], form: "Form") -> list[Row]:
    if sort is None:
        return rows
    keys = sort.removeprefix("[").removesuffix("]").split(",")
    for key in reversed(keys):
        name, _, direction = key.rpartition("_")
        if direction not in ("ASC", "DESC"):
            raise _no(form, 400, 37, 'The "sort" value has to be formed as this example: "field_ASC"')
        if name not in known:
            raise _no(
                form, 400, 38, f"Unable to filter by this field. However, these are available: {', '.join(known)}"
            )
        rows = sorted(rows, key=itemgetter(name), reverse=direction == "DESC")
    return rows


def _limited(rows: list[Row], limit: str | None, form: "Form") -> list[Row]:
    if limit is None:
        return rows
    if not re.fullmatch(r"\d+(,\d+)?", limit):
        raise _no(form, 400, 39, 'The "limit" value has to be formed as this example: "5,25" or "10"')
    offset, count = map(int, limit.split(",")) if "," in limit else (0, int(limit))
    return rows[offset : offset + count]


def _shown(row: Row, resource: str, display: str, form: "Form") -> Row:
    inner = ASSOCIATIONS.get(resource, {})
    if display == "full":
        return row
    if not (display.startswith("[") and display.endswith("]")):
        raise _no(form, 400, 36, "The 'display' syntax is wrong. You can set 'full' or '[field_1,...]'.")
    shown: Row = {}
    for name, subfields in re.findall(r"(\w+)(?:\[([\w,]*)\])?", display[1:-1]):
        if subfields and name in inner and set(subfields.split(",")) <= set(inner[name]):
            parts = row.get("associations", {}).get(name, [])
            if parts:  # JSON says nothing of an association without members
                wanted = subfields.split(",")
                shown["associations"] = {name: [{sub: part[sub] for sub in wanted} for part in parts]}
        elif subfields or name not in FIELDS[resource]:
            available = ", ".join(FIELDS[resource])
            message = f'Unable to display this field "{name}". However, these are available: {available}'
            raise _no(form, 500, 35, message)
        elif name in row:
            shown[name] = row[name]
    return shown


# The two formats.

Form = Callable[[str, list[Row], bool | None, bool], Answer]
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<prestashop xmlns:xlink="http://www.w3.org/1999/xlink">\n'


def _json(resource: str, rows: list[Row], is_list: bool | None, texts: bool) -> Answer:
    node = NODES.get(resource, resource)
    if texts:
        rows = [{name: _text(name, value) for name, value in row.items()} for row in rows]
    if is_list is False:
        return json_answer({node.removesuffix("s"): rows[0]})
    return json_answer({node: rows} if rows else [])


def _text(name: str, value: Any) -> Any:
    return str(value) if isinstance(value, int) and name != "id" else value


def _xml(resource: str, rows: list[Row], is_list: bool | None, texts: bool) -> Answer:
    node = NODES.get(resource, resource)
    one = node.removesuffix("s")
    if is_list is None:
        body = "".join(f'<{one} id="{row["id"]}" xlink:href="http://x/api/{node}/{row["id"]}"/>' for row in rows)
    else:
        body = "".join(f"<{one}>{_elements(row)}</{one}>\n" for row in rows)
    body = body if is_list is False else f"<{node}>{body}</{node}>"
    return bytes_answer(f"{_HEAD}{body}</prestashop>".encode(), kind="text/xml;charset=utf-8")


def _elements(row: Row) -> str:
    parts = []
    for name, value in row.items():
        if name == "associations":
            inner = "".join(
                f'<{kind} nodeType="{kind[:-1]}">'
                + "".join(f"<{kind[:-1]}>{_elements(part)}</{kind[:-1]}>" for part in members)
                + f"</{kind}>"
                for kind, members in value.items()
            )
            parts.append(f"<associations>{inner}</associations>")
        elif isinstance(value, list):
            texts = (f'<language id="{text["id"]}"><![CDATA[{text["value"]}]]></language>' for text in value)
            parts.append(f"<{name}>{''.join(texts)}</{name}>")
        else:
            link = f' xlink:href="http://x/api/{name}/{value}"' if name.startswith("id_") else ""
            parts.append(f"<{name}{link}><![CDATA[{value}]]></{name}>")
    return "".join(parts)


def _no(form: Form, status: int, code: int, message: str) -> Refusal:
    return _nos(form, status, [(code, message)])


def _nos(form: Form, status: int, errors: list[tuple[int, str]]) -> Refusal:
    if form is _json:
        return refuse(status, {"errors": [{"code": code, "message": message} for code, message in errors]})
    body = "".join(
        f"<error>\n<code><![CDATA[{code}]]></code>\n<message><![CDATA[{message}]]></message>\n</error>\n"
        for code, message in errors
    )
    content = f"{_HEAD}<errors>\n{body}</errors>\n</prestashop>".encode()
    return Refusal(bytes_answer(content, status=status, kind="text/xml;charset=utf-8"))


# A shop as tables.


def money(amount: Decimal) -> str:
    """As the database keeps it."""
    return f"{amount:.6f}"


def tables_of(shop: Shop, rates: Mapping[str, str] | None = None) -> Tables:
    """The rows of a small shop. ``rates`` gives how many of a currency make one of the shop's; 1 where it does not."""
    zone = ZoneInfo(shop.zone)
    known = list(dict.fromkeys([shop.currency, *(rates or {}), *(order.currency for order in shop.orders)]))
    codes = list(dict.fromkeys(code for order in shop.orders for code in order.coupons))
    maker = _Maker(zone, {code: id for id, code in enumerate(known, 1)}, dict(rates or {}))
    rules = [(order, code) for order in shop.orders for code in order.coupons]
    slips = [(order, refund) for order in shop.orders for refund in order.refunds]
    return {
        "orders": [maker.order(order) for order in shop.orders],
        "order_slip": [maker.slip(order, refund) for order, refund in slips],
        "order_states": [
            {"id": id, "name": name, "template": template, "paid": str(paid), "logable": str(logable)}
            for id, name, template, paid, logable in _FRESH
        ],
        "order_cart_rules": [
            {
                "id": id, "id_order": order.id, "id_cart_rule": codes.index(code) + 1, "name": "Une remise",
                "value": money(order.discount), "value_tax_excl": money(order.discount), "free_shipping": "0",
                "deleted": "0",
            }
            for id, (order, code) in enumerate(rules, 1)
        ],
        "cart_rules": [{"id": id, "code": code, "name": "Une remise"} for id, code in enumerate(codes, 1)],
        "customers": [
            {"id": order.id + 100_000, "email": order.email, "is_guest": "1", "firstname": "Ana", "lastname": "Gil"}
            for order in shop.orders
            if order.email
        ],
        "currencies": [
            {"id": id, "name": code, "iso_code": code, "conversion_rate": maker.rate(code)}
            for code, id in maker.currencies.items()
        ],
        "configurations": [
            {"id": 42, "name": "PS_TIMEZONE", "value": shop.zone, "id_shop_group": "", "id_shop": ""},
            {"id": 7, "name": "PS_CURRENCY_DEFAULT", "value": "1", "id_shop_group": "", "id_shop": ""},
            {"id": 8, "name": "PS_MAIL_PASSWD", "value": "canary-mail-password", "id_shop_group": "", "id_shop": ""},
        ],
        "shops": [{"id": 1, "name": shop.name}],
    }  # fmt: skip


class _Maker:
    """Makes rows; ``currencies`` are by their ids."""

    def __init__(self, zone: ZoneInfo, currencies: dict[str, int], rates: dict[str, str]) -> None:
        self.zone = zone
        self.currencies = currencies
        self.rates = rates

    def rate(self, currency: str) -> str:
        return money(Decimal(self.rates.get(currency, "1")))

    def when(self, at: Any) -> str:
        return f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def order(self, order: Order) -> Row:
        shipping_tax = _tax_of_shipping(order)
        goods, goods_tax = order.net + order.discount, order.tax - shipping_tax
        state = STATES[order.state]
        return {
            "id": order.id, "id_currency": self.currencies[order.currency], "id_shop": 1,
            "id_customer": order.id + 100_000 if order.email else 0, "current_state": state,
            "valid": str(int(state == 2)), "date_add": self.when(order.at),
            "date_upd": self.when(order.modified_at or order.at), "invoice_date": "0000-00-00 00:00:00",
            "invoice_number": order.id if order.state in ("paid", "backorder", "refunded") else 0,
            "secure_key": "b44a6d9efd7a0076a0fbce6b15eaf3b1", "gift_message": "", "reference": "KHWLILZLL",
            "total_discounts_tax_excl": money(order.discount), "total_discounts_tax_incl": money(order.discount),
            "total_products": money(goods), "total_products_wt": money(goods + goods_tax),
            "total_shipping_tax_excl": money(order.shipping),
            "total_shipping_tax_incl": money(order.shipping + shipping_tax),
            "total_wrapping_tax_excl": "0.000000", "total_wrapping_tax_incl": "0.000000",
            "total_paid_tax_excl": "" if order.is_odd else money(order.net + order.shipping),
            "total_paid_tax_incl": money(order.total),
            "total_paid": money(order.total), "total_paid_real": "0.000000",
            "conversion_rate": self.rate(order.currency),
            "associations": {"order_rows": [{"id": order.id, "product_quantity": order.items, "product_name": "Mug"}]},
        }  # fmt: skip

    def slip(self, order: Order, refund: Refund) -> Row:
        shipping_tax = _tax_of_shipping(refund)
        net, gross = money(refund.net), money(refund.net + refund.tax - shipping_tax)
        return {
            "id": refund.id, "id_customer": order.id + 100_000, "id_order": order.id,
            "conversion_rate": self.rate(order.currency), "total_products_tax_excl": net,
            "total_products_tax_incl": gross, "total_shipping_tax_excl": money(refund.shipping),
            "total_shipping_tax_incl": money(refund.shipping + shipping_tax), "amount": gross,
            "shipping_cost": str(int(refund.shipping > 0)), "partial": "0", "date_add": self.when(refund.at),
            "date_upd": self.when(refund.at), "order_slip_type": "2" if refund.shipping else "0",
            "associations": {"order_slip_details": [
                {"id": 1, "id_order_detail": order.id, "product_quantity": refund.items or 1,
                 "amount_tax_excl": net, "amount_tax_incl": gross},
            ]},
        }  # fmt: skip


def _tax_of_shipping(part: Order | Refund) -> Decimal:
    """Its share of the whole tax."""
    whole = part.net + part.shipping
    return (part.tax * part.shipping / whole).quantize(Decimal("0.01")) if whole else NOTHING
