"""Personal data: e-mail addresses, phone numbers, Chinese identity numbers and payment cards; pure."""

import re
from re import Match

EMAIL, PHONE, ID_CARD, CARD = "<email>", "<phone>", "<id-card>", "<card>"

_EMAIL = re.compile(
    r"(?<![\w.+/@-])(?P<local>[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63})@"
    r"(?P<domain>(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+(?P<top>[A-Za-z]{2,24}))(?![\w@-])(?P<after>:[\w~/]|/)?",
    re.ASCII,
)
_NOT_A_TOP = frozenset(
    {"service", "socket", "timer", "target", "mount", "slice", "scope", "png", "jpg", "svg", "internal"}
)
_LOGIN = re.compile(r"(?:^|[\s`;|&(])(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id|git\s+clone)\s[^\n`;|&]*$")

_ID_CARD = re.compile(
    r"(?<![\w.-])([1-9]\d{5})((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(\d{3})([\dXx])(?![\w-])",
    re.ASCII,
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"

_CARD = re.compile(
    r"(?<![\w.:/-])(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|3[47]\d{2}([ -])\d{6}\2\d{5}|\d{14,19})(?![\w.:/-]*\d)"
)
_CARD_PREFIX = re.compile(r"4|5[1-5]|2[2-7]|3[47]|6(?:011|4[4-9]|5|2)|35|3(?:0[0-5]|[68])")

_ID_BEFORE = re.compile(
    r"(?<![A-Za-z])(?:order|ticket|case|trace|span|request|req|transaction|txn|session|job|build|user|tenant|account|msg|message|snowflake|offset|lsn|serial|sku|uid|pid|id|no"
    r"|订单|单号|编号|流水号?|工单|事务|任务|追踪)[\s_-]*(?:id|no|number|号)?\.?[\s\"'#:=：是为]{0,4}$",
    re.IGNORECASE,
)

_MOBILE = re.compile(r"(?<![\w.@/=#-])(?:(?:\+|00)?86[ -]?)?1[3-9]\d([ -]?)\d{4}\1\d{4}(?![\w@-]|\.\d)", re.ASCII)
_LANDLINE = re.compile(
    r"(?<![\w.@/=#:-])(?:\(0\d{2,3}\)|0\d{2,3})[ -]\d{7,8}(?:[ -](?:转|ext\.?)?\d{1,5})?(?![\w-]|\.\d)"
)
_INTERNATIONAL = re.compile(r"(?<![\w+.:/=-])\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,4}\)?){2,5}(?![\w]|[.:-]\d)", re.ASCII)
_AMERICAN = re.compile(
    r"(?<![\w.:/=+-])(?:1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[-. ])[2-9]\d{2}[-. ]\d{4}(?![\w]|[.:-]\d)"
)
_NAMED = re.compile(
    r"((?:\b(?:tel|telephone|phone|mobile|cell|whatsapp|call(?:\s+me)?(?:\s+(?:at|on))?|reach\s+me\s+(?:at|on)|hotline|fax)\b|电话|手机号?码?|座机|热线|联系方式|致电|拨打)"
    r"(?:\s*(?:number|no\.?|is))?[\s:：是为=]{0,4})(\+?\(?\d(?:[ ().-]?\d){6,14})(?![\w])",
    re.IGNORECASE,
)
_PHONE_DIGITS = range(8, 16)


def redact_personal(text: str) -> str:
    """Return the text with `<email>`, `<phone>`, `<id-card>` and `<card>` in the place of such data."""
    text = _EMAIL.sub(_email, text)
    text = _ID_CARD.sub(_id_card, text)
    text = _CARD.sub(_card, text)
    text = _NAMED.sub(rf"\1{PHONE}", text)
    text = _MOBILE.sub(_phone, text)
    text = _INTERNATIONAL.sub(_phone, text)
    text = _LANDLINE.sub(_phone, text)
    return _AMERICAN.sub(_phone, text)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of ISO/IEC 7812-1."""
    doubled = [sum(divmod(2 * int(d), 10)) for d in digits[-2::-2]]
    return (sum(doubled) + sum(map(int, digits[-1::-2]))) % 10 == 0


def id_card_check(digits: str) -> str:
    """Return the check character of the first 17 digits of a Chinese identity number (GB 11643, ISO 7064 MOD 11-2)."""
    return _ID_CHECKS[sum(w * int(d) for w, d in zip(_ID_WEIGHTS, digits, strict=True)) % 11]


def _before(match: Match[str]) -> str:
    return match.string[max(0, match.start() - 60) : match.start()]


def _email(match: Match[str]) -> str:
    top, after = match["top"].lower(), match["after"] or ""
    if match["local"].lower() == "git" or top in _NOT_A_TOP or after or _LOGIN.search(_before(match)):
        return match[0]
    return EMAIL


def _id_card(match: Match[str]) -> str:
    number = match[0].upper()
    return ID_CARD if id_card_check(number[:17]) == number[17] else match[0]


def _card(match: Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    is_card = _CARD_PREFIX.match(digits) and luhn(digits) and not _ID_BEFORE.search(_before(match))
    return CARD if is_card else match[0]


def _phone(match: Match[str]) -> str:
    digits = re.sub(r"\D", "", match[0])
    is_phone = len(digits) in _PHONE_DIGITS and not _ID_BEFORE.search(_before(match))
    return PHONE if is_phone else match[0]
