"""How buyers pay, as people say it. What a provider names that does not stand here is told as it was given."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from workflows.messages.sentences import Label, label_of


class PaymentMethod(StrEnum):
    """The ways to pay that are known by name; a provider may have others, and the wire takes any text."""

    CARD = "card"
    CARD_PRESENT = "card_present"
    SEPA_DEBIT = "sepa_debit"
    ACH_DEBIT = "us_bank_account"
    BACS_DEBIT = "bacs_debit"
    BANK_TRANSFER = "bank_transfer"
    CUSTOMER_BALANCE = "customer_balance"
    INVOICE = "invoice"
    CASH_ON_DELIVERY = "cash_on_delivery"
    GIFT_CARD = "gift_card"
    PAYPAL = "paypal"
    KLARNA = "klarna"
    AFTERPAY = "afterpay_clearpay"
    APPLE_PAY = "apple_pay"
    GOOGLE_PAY = "google_pay"
    AMAZON_PAY = "amazon_pay"
    LINK = "link"
    IDEAL = "ideal"
    BANCONTACT = "bancontact"
    BLIK = "blik"
    EPS = "eps"
    P24 = "p24"
    TWINT = "twint"
    ALIPAY = "alipay"
    WECHAT_PAY = "wechat_pay"

    @property
    def label(self) -> str:
        """How people say it, after "by"."""
        return _LABELS[self]


_LABELS: Final = MappingProxyType(
    {
        PaymentMethod.CARD: "card",
        PaymentMethod.CARD_PRESENT: "card at the till",
        PaymentMethod.SEPA_DEBIT: "SEPA direct debit",
        PaymentMethod.ACH_DEBIT: "US bank account",
        PaymentMethod.BACS_DEBIT: "Bacs direct debit",
        PaymentMethod.BANK_TRANSFER: "bank transfer",
        PaymentMethod.CUSTOMER_BALANCE: "account balance",
        PaymentMethod.INVOICE: "invoice",
        PaymentMethod.CASH_ON_DELIVERY: "cash on delivery",
        PaymentMethod.GIFT_CARD: "gift card",
        PaymentMethod.PAYPAL: "PayPal",
        PaymentMethod.KLARNA: "Klarna",
        PaymentMethod.AFTERPAY: "Afterpay or Clearpay",
        PaymentMethod.APPLE_PAY: "Apple Pay",
        PaymentMethod.GOOGLE_PAY: "Google Pay",
        PaymentMethod.AMAZON_PAY: "Amazon Pay",
        PaymentMethod.LINK: "Link",
        PaymentMethod.IDEAL: "iDEAL",
        PaymentMethod.BANCONTACT: "Bancontact",
        PaymentMethod.BLIK: "BLIK",
        PaymentMethod.EPS: "EPS",
        PaymentMethod.P24: "Przelewy24",
        PaymentMethod.TWINT: "TWINT",
        PaymentMethod.ALIPAY: "Alipay",
        PaymentMethod.WECHAT_PAY: "WeChat Pay",
    }
)


def method_label(method: str) -> Label | str:
    """What people call a way to pay; one that is not known stands as it was given."""
    try:
        return label_of(PaymentMethod(method))
    except ValueError:
        return method
