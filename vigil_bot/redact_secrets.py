"""Secrets: keys of known shape, credentials in addresses and headers, and whatever is assigned to a name like `password`; pure."""

import re
from collections.abc import Callable
from re import Match

SECRET = "<secret>"  # noqa: S105

_KEY_BLOCK = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\Z)",
    re.DOTALL,
)

_SHAPES = re.compile(
    r"(?<![A-Za-z0-9_])(?:"
    r"(?:AKIA|ASIA)[A-Z0-9]{16}"  # AWS
    r"|LTAI[A-Za-z0-9]{12,26}"  # Alibaba Cloud
    r"|AKID[A-Za-z0-9]{28,36}"  # Tencent Cloud
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}"
    r"|gl(?:pat|ptt|rt|dt|soat)-[A-Za-z0-9_-]{20,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}"
    r"|sk-[A-Za-z0-9_-]{0,40}?[A-Za-z0-9]{16,}[A-Za-z0-9_-]*"  # OpenAI and its likes
    r"|[rs]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{20,}"  # Stripe
    r"|AIza[A-Za-z0-9_-]{35}|GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{20,}"  # Google
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{40,}|hf_[A-Za-z0-9]{30,}|dop_v1_[a-f0-9]{64}"
    r"|dckr_pat_[A-Za-z0-9_-]{20,}|hv[sb]\.[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
    r"|\d{8,10}:AA[A-Za-z0-9_-]{30,}"  # Telegram
    r"|[tu]-(?=[A-Za-z]*\d)[A-Za-z0-9]{32,}"  # Lark
    r"|eyJ[A-Za-z0-9_-]{6,}\.eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]*"  # JWT
    r")(?![A-Za-z0-9])"
)

_HOOK = re.compile(
    r"(https://hooks\.slack\.com/(?:services|workflows|triggers)/|https://open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/"
    r"|https://oapi\.dingtalk\.com/robot/send\?access_token=|https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key="
    r"|https://discord(?:app)?\.com/api/webhooks/)[^\s<>\"'`)]+"
)

_URL_LOGIN = re.compile(r"(\b[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s:/@\"'`<>]{0,100}):([^\s/\"'`]{1,200})@(?=[\w\[<])")

_URL_QUERY = re.compile(  # a bare `key` is often a name: only a long one is a secret
    r"([?&;](?:access_?token|refresh_?token|id_?token|auth_?token|token|api_?key|secret|client_?secret|sig|signature|password"
    r"|passwd|pwd|sessionid|x-amz-(?:signature|credential|security-token))=|[?&;]key=(?=[\w%-]{20}))([^&\s#\"'`<>)]{6,})",
    re.IGNORECASE,
)

_HEADER = re.compile(
    r"((?:proxy-)?authorization[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token|digest|apikey)\s+)?|\bbearer\s+"
    r"|\b(?:set-)?cookie[\"']?:\s*[\w.-]+=|\b(?:x-)?(?:[\w]+-)?(?:api-key|auth-token|access-token|private-token|vault-token)[\"']?:\s*[\"']?)"
    r"([A-Za-z0-9._~+/=|%-]{8,})",
    re.IGNORECASE,
)

_COMMAND = re.compile(
    r"(?P<head>"
    r"(?<![\w-])--?(?:password|passwd|pass|pwd|passphrase|token|secret|api-?key|access-key|secret-key|client-secret|auth-token"
    r"|db-password|requirepass|masterauth)(?:=|\s+)"
    r"|\b(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\n|;&`]{0,200}?\s-p(?=\S)"
    r"|\bsshpass\s+-p\s*"
    r"|\b(?:docker|podman|helm|nerdctl|crane|az|oc)\b[^\n|;&`]{0,200}?\blogin\b[^\n|;&`]{0,200}?\s-p(?:\s+|=|(?=\S))"
    r"|\bredis-cli\b[^\n|;&`]{0,200}?\s-a\s+"
    r"|\b(?:curl|wget|http)\b[^\n|;&`]{0,200}?\s(?:-u|--user)[\s=]*[\"']?[^\s:\"']+:"
    r"|\b(?:requirepass|masterauth)\s+|\bidentified\s+(?:with\s+\w+\s+)?by\s+(?=[\"'])|\b(?:with|encrypted)\s+password\s+(?=[\"'])"
    r"|\bpass(?:in|out)?\s+pass:|\b(?:echo|printf)\s+(?=\S{1,200}\s{0,4}\|[^\n]{0,200}password-stdin)"
    r")(?P<value>\"[^\"\n]+\"|'[^'\n]+'|[^\s\"'`;|&]+)",
    re.IGNORECASE,
)

_NAME = (
    r"(?:(?<![A-Za-z])(?:pass|otp)|pass(?:word|wd|phrase|code)|pwd|secret|token|api[ _-]?key|(?:secret|access|private|auth|encryption|encrypt|signing|account|master|app|shared)"
    r"[ _-]?(?:access[ _-]?)?key|secret[ _-]?(?:access[ _-]?)?key(?:[ _-]?id)?|credentials?|verification[ _-]?code"
    r"|密码|口令|密钥|秘钥|令牌|验证码)"
)
_ASSIGNMENT = re.compile(
    r"(?P<head>" + _NAME + r"[\"']?"
    r"(?:\s*(?P<strong>=>|:=|=|：)\s*|\s*(?P<colon>:)\s*|(?<!pass)\s+(?P<is>is|was|to)\s+(?:now\s+|set\s+to\s+)?|\s*(?P<shi>是|为|改成|改为|换成)\s*))"
    r"(?P<value>\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`|[^\s\"'`,;，。；、）)}\]&|]+)",
    re.IGNORECASE,
)
_NOT_A_VALUE = re.compile(
    r"[<${%*•.…\[(（].*|x{3,}|\*+|\\*|.*\$\{.*|.*\(\)?.*|/\S+|https?:.*|\W*|[\u4e00-\u9fff].*"
    r"|(?:your|my|the|some|example)[_-].*|change-?me|placeholder|redacted|masked|hidden|(?:os\.)?environ\S*|getenv\S*|process\.env\S*|vault:\S*"
    r"|none|null|nil|undefined|true|false|yes|no|on|off|empty|blank|required|optional|string|str|bytes?|int|bool(?:ean)?|file|env|default|auto|basic"
    r"|invalid|incorrect|wrong|expired|expire[sd]?|missing|not|never|unset|unknown|rejected|rotated?|changed|reset|updated?|valid|ok|correct|failed|failure"
    r"|error|denied|mismatch(?:ed)?|revoked|disabled|enabled|the|a|an|is|was|it|in|i|we|you|to|for|from|and|or|be|this|that|which|where|what|how|stored|read"
    r"|mounted|created|deleted|found|used|kept|gone|still|already|only|too|longer|same|different|absent|present|being|been|set|needed|checked"
    r"|secretkeyref|valuefrom|secretref|opaque|kubernetes\.io\S*|prompt|ask|stdin|type|name|data|authentication|authorization",
    re.IGNORECASE,
)
_RANDOM_LOOKING = re.compile(r"(?=.*[A-Za-z])(?=.*(?:\d|[^\w.,!?;:'\"-]))\S{6,}|\d{4,}")
_TOO_SHORT = re.compile(r"\d{1,3}|\w{1,2}\W*")
_AWS_PAIR = re.compile(
    r"(?i)(\b(?:secret|aws)\b[^\n]{0,40}?)(?<![\w/+=])(?=[A-Za-z0-9/+]*[G-Zg-z/+])([A-Za-z0-9/+]{40})(?![\w/+=])"
)


def _url_login(match: Match[str]) -> str:
    return match[0] if _NOT_A_VALUE.fullmatch(match[2]) else f"{match[1]}:{SECRET}@"


def _header(match: Match[str]) -> str:
    words = match[2].isalpha() and (match[2].islower() or match[2].istitle())
    return match[0] if words or _NOT_A_VALUE.fullmatch(match[2]) else f"{match[1]}{SECRET}"


def _command(match: Match[str]) -> str:
    bare = match["value"].strip("\"'")
    if _NOT_A_VALUE.fullmatch(bare) or bare.startswith("-"):
        return match[0]
    quote = match["value"][0] if match["value"][0] in "\"'" else ""
    return f"{match['head']}{quote}{SECRET}{quote}"


def _assignment(match: Match[str]) -> str:
    value = match["value"]
    quote = value[0] if value[0] in "\"'`" else ""
    bare = value.strip("\"'`")
    tail = "" if quote else value[len(value.rstrip(".!?:")) :]
    bare = bare if quote else bare.rstrip(".!?:")
    if not _is_secret(bare, match):
        return match[0]
    return f"{match['head']}{quote}{SECRET}{quote}{tail}"


def _is_secret(value: str, match: Match[str]) -> bool:
    """Whether a value assigned to a telling name is a secret: the weaker the assignment, the more it must look like one."""
    if _NOT_A_VALUE.fullmatch(value) or _TOO_SHORT.fullmatch(value):
        return False
    if match["is"]:
        return bool(_RANDOM_LOOKING.fullmatch(value))
    return True


_STEPS: tuple[tuple[tuple[str, ...], re.Pattern[str], str | Callable[[Match[str]], str]], ...] = (
    # a step is skipped when the text has none of its words: most messages have none at all
    (("private key",), _KEY_BLOCK, SECRET),
    (("http",), _HOOK, rf"\1{SECRET}"),
    (("",), _SHAPES, SECRET),
    (("://",), _URL_LOGIN, _url_login),
    (("=",), _URL_QUERY, rf"\1{SECRET}"),
    (("authorization", "bearer", "cookie", "-key", "token"), _HEADER, _header),
    (
        (
            "pass",
            "pwd",
            "-token",
            "secret",
            "key",
            "mysql",
            "mariadb",
            "login",
            "redis-cli",
            "curl",
            "wget",
            "http",
            "identified",
            "masterauth",
        ),
        _COMMAND,
        _command,
    ),
    (
        ("pass", "pwd", "secret", "token", "key", "credential", "code", "otp", "密", "口令", "秘钥", "令牌", "验证码"),
        _ASSIGNMENT,
        _assignment,
    ),
    (("secret", "aws"), _AWS_PAIR, rf"\1{SECRET}"),
)


def redact_secrets(text: str) -> str:
    """Return the text with `<secret>` in the place of each secret."""
    lower = text.lower()
    for words, pattern, replacement in _STEPS:
        if any(word in lower for word in words):
            text = pattern.sub(replacement, text)
    return text
