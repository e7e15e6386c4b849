"""What a PrestaShop credit slip gives back for goods: three kinds of slips, of which none says it in one field.

Source:
    github.com/PrestaShop/PrestaShop (classes/order/OrderSlip.php, src/Adapter/Order/Refund), read 2026-11.
"""

from decimal import Decimal

from connectors.kit.fields import Record

CENT = Decimal("0.01")


def goods_of(slip: Record, order: Record) -> tuple[Decimal, Decimal]:
    """What a credit slip gives back for goods, without tax and with it.

    A voucher that was deducted is taken from one of the two totals only, and an amount that somebody chose stands
    beside totals that are the goods' full price: the tax is then that of the order.
    """
    kind, amount = slip.count("order_slip_type"), slip.amount("amount")
    excl, incl = slip.amount("total_products_tax_excl"), slip.amount("total_products_tax_incl")
    if kind not in (0, 1, 2):
        slip.refuse(f"order_slip_type {kind} is not known")
    if kind == 0 or (excl == incl == amount == 0):
        return excl, incl
    all_with_tax = order.amount("total_paid_tax_incl")
    share = order.amount("total_paid_tax_excl") / all_with_tax if all_with_tax else Decimal(1)
    if kind == 2 and abs(amount - excl) > CENT and abs(amount - incl) > CENT:
        return amount * share, amount
    details = list(slip.record("associations").records("order_slip_details"))
    full_excl = sum((detail.amount("amount_tax_excl") for detail in details), Decimal(0))
    full_incl = sum((detail.amount("amount_tax_incl") for detail in details), Decimal(0))
    voucher = full_excl - excl + full_incl - incl
    return ((full_incl - voucher) * share, full_incl - voucher) if voucher > CENT else (excl, incl)
