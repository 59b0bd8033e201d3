"""What a reply must not do, whoever asked for it: ping, ask for personal data, send people away, carry orders for a machine; pure."""

import re
import unicodedata

from adapters.llm.text import clean

_PING = re.compile(
    r"<[@!#][^<>\s]{1,80}>|<at\b[^<>]{0,120}>(?:[^<>]{0,80}</at>)?|</?at>"
    r"|(?<![\w.@/])@(?:everyone|here|channel|all|team)\b|@(?:所有人|全体成员|全员|全体|大家)",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"(?<![\w.@/:`-])@[\w\u3400-\u9fff][\w.\u3400-\u9fff-]*[,，:：]?")
_INLINE_CODE = re.compile(r"(```.*?(?:```|\Z)|`[^`\n]+`)", re.DOTALL)

_DATA = (
    r"passwords?|passphrases?|passcodes?|credentials?|tokens?|api[\s-]?keys?|secrets?|private\s+keys?|ssh\s+keys?|e-?mails?(?:\s+address)?|phone(?:\s+numbers?)?"
    r"|home\s+address|credit\s+cards?|card\s+numbers?|cvv|bank\s+(?:account|details)|ssn|social\s+security|passports?|date\s+of\s+birth|birthday|id\s+numbers?"
    r"|one[\s-]time\s+codes?|otps?|verification\s+codes?|2fa\s+codes?|recovery\s+codes?|seed\s+phrases?|log-?in(?:s|\s+details)?|usernames?|full\s+names?"
)
_DATA_HAN = "密码|口令|令牌|密钥|私钥|凭证|凭据|邮箱|邮件地址|手机号|手机号码|电话|电话号码|身份证|身份证号|银行卡|卡号|验证码|住址|家庭地址|真实姓名|助记词|账号"
_ASKS_FOR_DATA = re.compile(
    rf"\b(?:send|share|give|provide|tell|dm|message|post|paste|reply|forward|mail|submit|supply|disclose|reveal|enter|type|confirm|verify|let)\b"
    rf"(?=[^.!?\n]*\b(?:me|us|your|here|thread|channel|chat)\b)[^.!?\n]{{0,80}}\b(?:{_DATA})\b"
    rf"|\b(?:what(?:['’]?s|\s+is|\s+are)|need|require|want)\s+(?:to\s+know\s+)?your\s+(?:\w+\s+){{0,2}}(?:{_DATA})\b"
    rf"|(?:发|提供|告诉|告知|给|发送|回复|贴|填写|输入|私信|报|说|留)(?:一?下|出|上|到|送)?[^。！？\n]{{0,12}}(?:{_DATA_HAN})"
    rf"|(?:{_DATA_HAN})[^。！？\n]{{0,8}}(?:发|告诉|给|私信|报|贴)[^。！？\n]{{0,4}}(?:我|我们|这里|群里)",
    re.IGNORECASE,
)
_SENDS_AWAY = re.compile(
    r"\bescalat(?:e|es|ed|ing|ion)\b"
    r"|\b(?:contact|reach\s+out\s+to|get\s+in\s+touch\s+with|call|e?-?mail|write\s+to|ask|talk\s+to|speak\s+(?:to|with)|ping|page|notify|message|consult|go\s+to)\b[^.!?\n]{0,40}"
    r"\b(?:support|help\s?desk|service\s+desk|admin\w*|sre|on-?call|team|vendor|manager|maintainers?|engineers?|operations|it\s+department|owner|expert|specialist)\b"
    r"|\b(?:raise|open|file|submit|create|log)\s+(?:an?|the)\s+(?:\w+\s+){0,2}(?:ticket|case|incident|support\s+request)\b"
    r"|(?:请|需要|建议|可以|麻烦|直接|尽快|及时|先)?(?:联系|升级给|上报|转交|咨询|找|反馈给|求助)[^。！？\n]{0,12}(?:客服|支持|管理员|值班|运维|团队|负责人|厂商|供应商|专家|工程师|同事)"
    r"|(?:提|提交|开|建|创建)(?:一?个|一张)?工单|升级处理|升级工单",
    re.IGNORECASE,
)
_ORDERS = re.compile(
    r"\b(?:ignor\w*|disregard\w*|forget|overrid\w*|bypass\w*|skip|vergiss|oublie\w*|olvida\w*)\b[^.!?\n]{0,50}"
    r"\b(?:instruct\w*|instruc\w*|prompts?|rules?|guidelines?|polic(?:y|ies)|context|anweisung\w*|regeln|consignes|reglas|everything\s+(?:above|before)|(?:all|the)\s+above|previous\s+\w+|prior\s+\w+)\b"
    r"|\b(?:игнорир\w*|забудь\w*)|(?:instructions?|prompt)\s+(?:above|before|override)|new\s+instructions?\b"
    r"|\bsystem\s*(?:prompt|message|instructions?|override)\b|(?:^|\n|[\s\"'(>#*])(?:system|assistant|developer|user|human|ai)\s*[:：]\s|<\|?/?(?:im_start|im_end|system|assistant|user|endoftext|inst)\b|\[/?inst\]|###\s*(?:system|instruction)"
    r"|\byou\s+are\s+now\b|\bfrom\s+now\s+on\b|\b(?:act|behave|roleplay)\s+as\b|\bpretend\s+(?:to\s+be|that\s+you)\b|\bjail\s?break\w*|\b(?:developer|debug|god|admin|dan)\s+mode\b|\bas\s+an?\s+(?:ai|assistant|language\s+model|bot|llm)\b"
    r"|\b(?:dear|hey|hi|hello|attention|note\s+to|message\s+to|to)\s*,?\s+(?:the\s+)?(?:ai|bot|assistant|model|llm|vigil|language\s+model)s?\b|\b(?:ai|llm|language|chat)\s*(?:models?|assistants?|bots?)\s*(?:,|:|must|should|shall|are\s+to|will|reading)"
    r"|\b(?:reveal|print|repeat|show|output|dump|leak|tell|quote|translate|encode|display)\b[^.!?\n]{0,30}\b(?:prompt|instructions?|your\s+rules|guidelines|hidden|confidential|other\s+channels?|all\s+(?:entries|secrets|keys))\b"
    r"|\b(?:when|if|whenever|every\s+time|each\s+time)\b[^.!?\n]{0,60}\b(?:asks?|asked|questions?|mentions?)\b[^.!?\n]{0,60}\b(?:say|answer|reply|respond|tell|recommend|cite|ping)\b"
    r"|\b(?:always|only|must|never)\s+(?:then\s+|also\s+)?(?:reply|answer|respond|say|recommend|cite|mention|output|post|tell)\b|\b(?:shall|should)\s+(?:always\s+)?(?:reply|respond|recommend|cite)\b"
    r"|\b(?:reply|respond|answer)\s+(?:only\s+|exactly\s+|just\s+)?(?:with|exactly|only|verbatim|in\s+json)\b|\b(?:output|say|print|write|post|repeat)\s+(?:exactly|verbatim|only|the\s+following|the\s+word)"
    r"|\btell\s+(?:them|(?:the\s+)?users?|every(?:one|body)|people|any(?:one|body))\b|\b(?:to|in|from|of)\s+your\s+(?:answers?|repl(?:y|ies)|responses?|output)\b|\b(?:answer|reply|respond)\s+without\b|\bcite\s+(?:the\s+)?entr"
    r"|[\"']role[\"']\s*:\s*[\"'](?:system|assistant|developer)|\bend\s+of\s+(?:data|context|input|conversation)\b|\bjavascript:|\bdata:text/"
    r"|/vigil\b|\b(?:set|switch|change|turn|put)\b[^.!?\n]{0,30}\b(?:(?:the\s+)?bot|vigil|channel)\b[^.!?\n]{0,20}\b(?:on|off|mode|private|shadow|mute\w*)\b|\bmode\s+(?:off|shadow|private|on)\b|\b(?:un)?mute\s+(?:this|the)\s+(?:bot|channel|thread)\b"
    r"|\b(?:worth_keeping|can_answer|min_relevance|audience\s*[:=]|answers\s*[:=]\s*true|confidence\s*[:=]\s*validated)"
    r"|(?:忽略|无视|忘记|忘掉|不要理会|不用管|跳过|绕过|抛开)[^。！？\n]{0,20}(?:指令|提示|规则|要求|说明|内容|设定|约束|限制|以上|之前|前面|上面|上文)"
    r"|(?:以上|之前|前面|上面)[^。！？\n]{0,8}(?:指令|提示词?|规则|设定)[^。！？\n]{0,8}(?:作废|无效|忽略|不算)|系统(?:提示词|消息|指令)|系统\s*[:：]|提示词|新的?指令|越狱|开发者模式|管理员模式|调试模式"
    r"|你(?:现在|从现在起|将|要)?(?:是|扮演|充当|变成)(?:一个|一名)?[^。！？\n]{0,10}(?:助手|机器人|模型|管理员|黑客|猫|AI)|从现在(?:开始|起)|(?:扮演|假装|假扮)"
    r"|(?:输出|打印|泄露|透露|显示|复述|翻译|告诉我)[^。！？\n]{0,12}(?:指令|提示|规则|设定|密钥|其他频道|其它频道|所有条目|秘密)"
    r"|(?:当|如果|只要|每当|凡是)[^。！？\n]{0,20}(?:问|提问|提到|询问)[^。！？\n]{0,20}(?:回答|回复|说|推荐|发送|告诉|输出)"
    r"|(?:总是|一律|永远|必须|只能|务必|统一)(?:要)?(?:回复|回答|推荐|输出|说|告诉|发送)|(?:机器人|助手|模型|AI)(?:，|,|：|:|必须|应当|应该|请|要)|切换(?:到|为|成)?[^。！？\n]{0,8}模式|(?:無視|无視)|指示を",
    re.IGNORECASE,
)
_IMPERATIVE = re.compile(
    r"\W*(?:please\s+|pls\s+|just\s+|now\s+)*(?:use|run|open|visit|click|go|write|add|make|put|send|tell|post|answer|reply|say|buy|call|set|turn|disable|enable"
    r"|delete|remove|install|download|remember|save|store|mark|treat|ask|give|show|print|list|add|mention|ping|approve|accept|follow|sign\s+in|log\s+in)\s"
    r"|\W*(?:请|务必|麻烦)",
    re.IGNORECASE,
)
_BLOB = re.compile(r"(?<![\w/.:=?&-])(?=\S{0,200}[a-z])(?=\S{0,200}[A-Z])(?=\S{0,200}\d)[A-Za-z0-9+/=]{44,}(?![\w/.-])")
_HIDDEN = re.compile(
    "[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]"
)  # text that a person does not see, or sees the other way round
_SPACED = re.compile(r"(?<!\w)(?:\w[ .\-_*]){4,}\w(?!\w)")
_URL_SPACE = re.compile(r"\+|%20|_")
_LOOKALIKES = str.maketrans("аеорсхіѕуԁһкмтвнԛԝјɡӏοαινρτυκε", "aeopcxisydhkmtbhqwjgloaivptuke")
_DIGITS = str.maketrans("013457@$!", "oieastasi")
_PROMISE = re.compile(
    r"\b(?:i|we)(?:['’]?ll|\s+will|['’]?m\s+(?:going|about)\s+to|\s+am\s+going\s+to|\s+are\s+going\s+to|\s+gonna)\b"
    r"|\b(?:will\s+be|planned|scheduled|expected|promised)\b[^.\n]{0,30}\b(?:fixed|released|shipped|next\s+(?:week|month|release|sprint)|tomorrow|soon)\b|\b(?:eta|coming\s+soon|by\s+(?:tomorrow|monday|friday|tonight|eod))\b"
    r"|我(?:们)?(?:会|来|去|马上|稍后|明天|晚点)(?:\S{0,6})(?:看|查|修|改|处理|跟进|发布)|(?:下周|下个?月|明天|下个?版本|后续)(?:会|将|再)",
    re.IGNORECASE,
)
_PARTICULAR = re.compile(
    r"\b(?:INC|REQ|CHG|PRB|RITM|CASE|TICKET)[-_# ]?\d{3,}\b|\b(?:ticket|case|incident|order)\s+(?:no\.?\s*|number\s*|#)\s*\w*\d"
    r"|\b(?:yesterday|tomorrow|tonight|this\s+(?:morning|afternoon|evening|week)|last\s+(?:night|week|monday|friday)|\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}\s*(?:am|pm|utc|cet)?)\b"
    r"|工单号?[:：#\s]*\w*\d|昨天|明天|今天(?:早上|上午|下午|晚上)|今早|上周|刚才|\d{1,2}月\d{1,2}[日号]",
    re.IGNORECASE,
)
_MAKESHIFT = re.compile(
    r"\b(?:as\s+an?\s+)?(?:temporary\s+)?work-?arounds?\b|\bfor\s+(?:now|the\s+time\s+being)\b|\btemporar(?:y|ily)\b|\bin\s+the\s+meantime\b|\bstop-?gap\b|\buntil\s+(?:it\s+is|the\s+fix|there\s+is|a\s+fix)[^.,;\n]{0,30}"
    r"|临时(?:方案|措施|办法|处理|解决)?|暂时|先(?:这样|凑合)|规避(?:方案|措施|办法)|绕过方案|权宜",
    re.IGNORECASE,
)


def without_pings(text: str) -> str:
    """Return the text without anything that would call somebody; code keeps its own `@` words, but no call to all."""
    pieces = _INLINE_CODE.split(_PING.sub(" ", text.replace("＠", "@")))
    spoken = [piece if at % 2 else _ADDRESSED.sub(" ", piece) for at, piece in enumerate(pieces)]
    return re.sub(r"[ \t]{2,}", " ", "".join(spoken)).strip()


def calls_everybody(text: str) -> bool:
    """Whether the text would call a whole channel or a marked person."""
    return _PING.search(clean(text).replace("＠", "@")) is not None


def commands_somebody(text: str) -> bool:
    """Whether the text begins by telling somebody to do something, as no description of a problem does."""
    return _IMPERATIVE.match(text) is not None


def asks_for_data(text: str) -> bool:
    """Whether somebody is asked to give away what is theirs."""
    return _ASKS_FOR_DATA.search(_shape(text)) is not None


def sends_away(text: str) -> bool:
    """Whether people are told to go to somebody else."""
    return _SENDS_AWAY.search(_shape(text)) is not None


def orders_a_machine(text: str) -> bool:
    """Whether the text speaks to a model or a bot, in the open or in disguise, or hides what it says."""
    shape = _shape(text)
    disguised = (
        shape,
        shape.translate(_DIGITS),
        _SPACED.sub(lambda m: re.sub(r"[ .\-_*]", "", m[0]), shape),
        _URL_SPACE.sub(" ", shape),
    )
    return bool(_HIDDEN.search(text) or _BLOB.search(text)) or any(_ORDERS.search(one) for one in disguised)


def promises(text: str) -> bool:
    """Whether somebody says what they will do, or what will come."""
    return _PROMISE.search(text) is not None


def particular(text: str) -> bool:
    """Whether it is about one ticket or one day."""
    return _PARTICULAR.search(text) is not None


def makeshift(text: str) -> str | None:
    """Return the words that say that something holds for a time only."""
    found = _MAKESHIFT.search(text)
    return found[0] if found else None


def _shape(text: str) -> str:
    """Return the text as a person sees it: letters that look alike are the same, what is invisible is gone."""
    return " ".join(unicodedata.normalize("NFKC", clean(text)).lower().translate(_LOOKALIKES).split())
