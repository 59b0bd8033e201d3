"""Which facts a case of a kind needs, which of them its thread lacks, and one line that asks for them; pure.

What a case is about is told from symptom words; what such cases need is a short default list, corrected by what past
entries of the same kind say about their environment and identifiers.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import StrEnum

from vigil_bot.model.case import Case, Side
from vigil_bot.model.conversation import Conversation
from vigil_bot.model.knowledge import KnowledgeEntry
from vigil_bot.texts.text import Text, listed

MAX_ASKED = 3
_ENOUGH_ENTRIES = 5  # of a kind, before they say more than the default list
_NEEDED_SHARE, _NEEDLESS_SHARE = 0.5, 0.1  # of them that name a fact
_READ_CHARS = 2_000  # of a message


class Kind(StrEnum):
    """What a case is about, as far as it decides which facts are needed."""

    ACCESS = "access"
    ORDER = "order"
    NETWORK = "network"
    SLOW = "slow"
    BUILD = "build"
    CRASH = "crash"
    ERROR = "error"


class Fact(StrEnum):
    """Something that helpers ask for, in the order in which they would."""

    ERROR_TEXT = "error_text"
    REQUEST_ID = "request_id"
    ACCOUNT = "account"
    ORDER_ID = "order_id"
    VERSION = "version"
    ENVIRONMENT = "environment"
    REGION = "region"
    TIME = "time"
    SYSTEM = "system"


_KINDS = {
    Kind.ACCESS: r"\b(?:log\s?[io]n|sign\s?in|password|sso|permission|access\s+denied|forbidden|unauthori[sz]ed|40[13]|mfa|2fa|locked\s+out|credentials?)\b|登录|登陆|权限|密码|无法访问|拒绝访问|认证|鉴权",
    Kind.ORDER: r"\b(?:orders?|payments?|invoices?|refunds?|checkout|charged|billing|subscription)\b|订单|支付|付款|退款|账单|发票|扣款",
    Kind.NETWORK: r"\b(?:vpn|dns|proxy|wi-?fi|network|unreachable|connection\s+(?:refused|reset)|can(?:no|['’])t\s+connect|certificate|tls|ssl)\b|连不上|网络|断网|断开|证书|域名|代理|ping\s*不通",
    Kind.SLOW: r"\b(?:slow(?:ly|er)?|latency|lag(?:gy|ging)?|time[sd]?\s?-?out|timeouts?|hang(?:s|ing)?|takes?\s+(?:for\s?ever|too\s+long))\b|很慢|变慢|卡顿|卡住|超时|延迟",
    Kind.BUILD: r"\b(?:build|compil\w+|install\w*|upgrad\w+|pipeline|ci|npm|pip|maven|gradle|dependency|migrat\w+)\b|编译|构建|安装|升级|流水线|依赖|打包|迁移",
    Kind.CRASH: r"\b(?:crash\w*|oom(?:killed)?|restart(?:s|ing|ed)|panic|segfault|core\s+dump|evicted|down|pods?)\b|崩溃|重启|挂了|宕机|内存溢出|起不来",
    Kind.ERROR: r"\b(?:errors?|fail(?:s|ed|ing|ure)?|exception|5\d\d|broken|not\s+work\w*|does\s?n['’]t\s+work)\b|报错|错误|失败|异常|不工作|用不了",
}
_KIND_PATTERNS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _KINDS.items()}
_DEFAULTS = {
    Kind.ACCESS: (Fact.ERROR_TEXT, Fact.ACCOUNT),
    Kind.ORDER: (Fact.ORDER_ID, Fact.TIME),
    Kind.NETWORK: (Fact.ERROR_TEXT, Fact.REGION, Fact.SYSTEM),
    Kind.SLOW: (Fact.REQUEST_ID, Fact.REGION, Fact.TIME),
    Kind.BUILD: (Fact.ERROR_TEXT, Fact.VERSION),
    Kind.CRASH: (Fact.ERROR_TEXT, Fact.VERSION, Fact.ENVIRONMENT),
    Kind.ERROR: (Fact.ERROR_TEXT, Fact.REQUEST_ID, Fact.ENVIRONMENT),
}
_SIGNS = {
    Fact.ERROR_TEXT: r"```|\b[A-Z][A-Z0-9]{1,9}-\d{2,}\b|\bE[A-Z]{5,}\b|\b(?:HTTP\s*)?[45]\d\d\b|\b\w*(?:Error|Exception)\b(?:[:(]|\s+\w)|\bERR_\w+|0x[0-9a-fA-F]{4,}|(?i:\b(?:says?|message|error|log|stderr)\s*(?:is|was)?\s*[:：=]\s*\S)|[“\"「『][^”\"」』]{6,200}[”\"」』]|(?:报错|提示|错误(?:信息|码)?|日志)(?:是|为)?\s*[:：]\s*\S|OOMKilled|\bOOM\b",
    Fact.REQUEST_ID: r"(?i:\b(?:request|trace|correlation|span|log)[\s_-]?id\b\s*[:=：是]?\s*\S*\d)|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{13,}\b|\b[0-9a-f]{16,32}\b|\breq[_-][\w-]{4,}|(?:请求|链路|追踪)\s?(?:ID|id|号)\s*(?:是|为|[:：])?\s*\S*\d",
    Fact.ACCOUNT: r"(?i:\b(?:user(?:name|\s?id)?|account(?:\s?id)?|tenant|login|uid)\s*(?:is|was|[:=：])\s*\S+)|[\w.+-]{1,64}@[\w-]{1,64}\.\w|(?:账号|帐号|用户名?|租户|工号)\s*(?:ID|id)?\s*(?:是|为|[:：])\s*\S+",
    Fact.ORDER_ID: r"(?i:\b(?:order|payment|invoice|transaction|refund)\s*(?:id|no\.?|number)?\s*[#:=：]?\s*[A-Z]*-?\d{4,})|(?:订单|支付|流水|发票|退款)(?:号|单号|ID)?\s*(?:是|为|[:：])?\s*[A-Za-z]*-?\d{4,}",
    Fact.VERSION: r"\bv?\d+\.\d+(?:\.\d+)*(?:[-+]\w+)?\b|(?i:\b(?:version|release|build)\s*[:=：]?\s*v?\d+)|(?:版本)\s*(?:号)?\s*(?:是|为|[:：])?\s*v?\d+",
    Fact.ENVIRONMENT: r"(?i:\b(?:prod(?:uction)?|staging|stage|uat|sit|qa\s+env\w*|dev(?:\s+env\w*)?|test\s+env\w*|sandbox|canary|pre-?prod)\b|\b(?:cluster|namespace)\s*[:=：]?\s*[\w-]+)|生产|线上|预发|测试环境|开发环境|灰度|集群|命名空间",
    Fact.REGION: r"(?i:\b(?:us|eu|ap|cn|sa|ca|me|af)-(?:east|west|north|south|central|northeast|southeast|beijing|shanghai|hangzhou|shenzhen)\w*(?:-\d)?[a-z]?\b|\b(?:region|zone|datacent(?:er|re)|office|site)\s*(?:is|[:=：])?\s*[\w-]+)|(?:华东|华北|华南|华中|西南|东北|海外|北京|上海|深圳|杭州|广州|成都|新加坡|法兰克福)|(?:区域|机房|地域|可用区|办公室)\s*(?:是|为|[:：])",
    Fact.TIME: r"\b\d{1,2}:\d\d\b|\b\d{4}-\d\d-\d\d\b|(?i:\b\d{1,2}\s?(?:am|pm)\b|\b(?:since|yesterday|this\s+morning|last\s+night|an?\s+hour\s+ago|\d+\s+(?:minutes?|hours?|days?)\s+ago|just\s+now|today|monday|tuesday|wednesday|thursday|friday)\b)|\d{1,2}\s?[点时](?!间)|昨天|今天|今早|昨晚|上午|下午|刚刚|刚才|从.{0,8}开始|\d+\s?(?:分钟|小时|天)前",
    Fact.SYSTEM: r"(?i:\b(?:windows(?:\s?\d+)?|mac\s?os|macbook|linux|ubuntu|centos|debian|rhel|android|ios|iphone|ipad|chrome|firefox|safari|edge)\b)|苹果电脑|安卓|浏览器\s*(?:是|为|[:：])",
}
_SIGN_PATTERNS = {fact: re.compile(pattern) for fact, pattern in _SIGNS.items()}
_NAMES = {
    Fact.ERROR_TEXT: Text("the exact error text"),
    Fact.REQUEST_ID: Text("a request id"),
    Fact.ACCOUNT: Text("the account"),
    Fact.ORDER_ID: Text("the order number"),
    Fact.VERSION: Text("the version"),
    Fact.ENVIRONMENT: Text("the environment"),
    Fact.REGION: Text("the region"),
    Fact.TIME: Text("since when"),
    Fact.SYSTEM: Text("the operating system"),
}


def kind_of(text: str) -> Kind | None:
    """Return what a text is about; None when no symptom is named."""
    head = text[:_READ_CHARS]
    return next((kind for kind, pattern in _KIND_PATTERNS.items() if pattern.search(head)), None)


def facts_in(texts: Iterable[str]) -> frozenset[Fact]:
    """Return the facts that stand in texts."""
    heads = [text[:_READ_CHARS] for text in texts]
    return frozenset(fact for fact, sign in _SIGN_PATTERNS.items() if any(sign.search(head) for head in heads))


def needed(kind: Kind, entries: Sequence[KnowledgeEntry] = ()) -> tuple[Fact, ...]:
    """Return the facts that cases of a kind need: the default list, corrected by past entries once there are some."""
    past = [entry for entry in entries if entry.usable and kind_of(f"{entry.title}\n{entry.issue}") is kind]
    if len(past) < _ENOUGH_ENTRIES:
        return _DEFAULTS[kind]
    named = [facts_in((entry.title, entry.issue, entry.environment)) for entry in past]
    shares = {fact: sum(fact in facts for facts in named) / len(named) for fact in Fact}
    return tuple(
        fact
        for fact in Fact
        if shares[fact] >= _NEEDED_SHARE or (fact in _DEFAULTS[kind] and shares[fact] > _NEEDLESS_SHARE)
    )


def problem_text(conversation: Conversation, case: Case) -> str:
    """Return what the requester asked for, message by message."""
    return "\n".join(message.text for message in conversation.messages if message.id in case.problem_ids)


def missing(conversation: Conversation, case: Case, entries: Sequence[KnowledgeEntry] = ()) -> tuple[Fact, ...]:
    """Return the facts that the requester has not given yet, at most a few; a picture may show the error."""
    kind = kind_of(problem_text(conversation, case))
    if kind is None:
        return ()
    told = [m for m in conversation.messages if m.is_human and m.author.id == case.requester_id]
    given = facts_in(message.text for message in told)
    if any(message.attachments for message in told):
        given |= {Fact.ERROR_TEXT}
    return tuple(fact for fact in needed(kind, entries) if fact not in given)[:MAX_ASKED]


def named(facts: Sequence[str]) -> list[str]:
    """Return facts in words."""
    return [_NAMES[Fact(fact)] for fact in facts if fact in tuple(Fact)]


def question(facts: Sequence[str]) -> str:
    """Return one line that asks for facts, "" for none."""
    names = named(facts)
    if not names:
        return ""
    wanted = Text("{some} and {last}", some=listed(names[:-1]), last=names[-1]) if len(names) > 1 else names[0]
    return Text("To look into this, it helps to know {wanted}. Could you add that?", wanted=wanted)


def may_ask(case: Case) -> bool:
    """Whether asking for facts helps anybody: it was not done before, and nobody works on the case already."""
    taken_up = case.owner_id is not None or case.analyst_at is not None or case.next_mover is not Side.ANALYST
    return case.facts_asked_at is None and not case.missing_facts and not taken_up


def with_missing(case: Case, conversation: Conversation, entries: Sequence[KnowledgeEntry] = ()) -> Case:
    """Return the case, noting which facts it lacks, unless nobody gains by asking for them."""
    return replace(case, missing_facts=missing(conversation, case, entries)) if may_ask(case) else case


def ask_once(case: Case, *, now: float) -> tuple[Case, str]:
    """Return the case, noting that it was asked for what it lacks, and the line to ask with; "" when there is nothing to ask."""
    if case.facts_asked_at is not None or not case.missing_facts:
        return case, ""
    return replace(case, facts_asked_at=now), question(case.missing_facts)


def with_given(case: Case, text: str, *, has_files: bool) -> Case:
    """Return the case without the facts that the requester has just given; a picture may show the error."""
    if not case.missing_facts:
        return case
    given = facts_in((text,)) | ({Fact.ERROR_TEXT} if has_files else set())
    return replace(case, missing_facts=tuple(fact for fact in case.missing_facts if fact not in given))
