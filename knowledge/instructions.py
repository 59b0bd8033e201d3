"""Words that try to steer a reader or a program, not to solve a problem; pure."""

import re
import unicodedata

_HIDDEN = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_OVERRULE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:previous|prior|above|earlier|all|any|your|the)\b.{0,40}"
    r"\b(?:instructions?|rules?|prompts?|guidelines?|polic(?:y|ies)|guardrails?|filters?|redaction)\b"
    r"|\b(?:system|developer)\s+(?:prompt|message|override|instruction)|<\s*/?\s*(?:system|assistant|instructions?)\b|\[\s*/?(?:INST|SYSTEM)\b"
    r"|\b(?:you\s+are\s+now|act\s+as|pretend\s+to\s+be)\b.{0,60}\b(?:assistant|bot|admin|analyst|mode|ai)\b"
    r"|(?:忽略|无视|忘记|绕过|覆盖).{0,20}(?:指令|规则|提示词?|要求|限制|说明|设定)|系统(?:提示词?|指令|消息)|你现在是|从现在(?:起|开始)你",
    re.IGNORECASE,
)
_SAY = r"(?:answer|reply|respond|suggest|recommend|post|tell\s+(?:them|people|users?|every(?:one|body)|analysts?))\b"
# what support asks the person with the problem for; a quotation or a "that ..." after it would be words put in a mouth
_TO_SUPPORT = (
    r"\s+(?:(?:back|here|directly|only)\s+)?(?:(?:with|to|from|in|on)\s+)?(?:(?:the|your|a|an|this|that|its|full|complete|exact)\s+){0,2}"
    r"(?:ticket|case|order|request|reference|incident|support|e-?mail|mail|confirmation|invitation|version|output|log|logs|screenshot|serial|account|user)"
    r"(?:\s+(?:number|id|code|name|e-?mail|mail|file|team|thread|output|from\s+\w+))*\s*(?:[.,!;)]|$|\band\b|\bso\b|\bif\b|\bof\b)"
)
_STEER = re.compile(
    r"\b(?:(?:when|if|whenever|every\s+time)\b.{0,60}\b(?:asks?|asked|question)\b.{0,60}|from\s+now\s+on\b.{0,40}|always\s+|you\s+must\s+|please\s+)\b"
    f"{_SAY}(?!{_TO_SUPPORT})"
    r"|\b(?:vigil|(?:the|dear|hey)\s+(?:bot|assistant|ai|model))\b.{0,40}\b(?:remember|learn|store|save|add|mark|validate|approve|treat|consider|must|should|post|tell)\b"
    r"|\b(?:remember|store|save|add|record|mark|treat|consider|validate|approve)\b.{0,60}\b(?:knowledge(?:\s+base)?|kb|canonical|(?:official|approved)\s+(?:fix|answer|solution))\b"
    r"|\b(?:remember|store|save|add|record|mark|treat|consider)\b.{0,40}\bas\b.{0,20}\b(?:entry|article|validated|official|approved)\b"
    r"|\b(?:validate|approve|supersede)\b.{0,40}\b(?:entry|entries|article)\b"
    r"|\b(?:replace|delete|archive|remove)\b.{0,40}\b(?:knowledge(?:\s+base)?|kb|(?:your|vigil's|the\s+bot's)\s+(?:entry|entries|articles?)|(?:entry|entries|articles?)\s+(?:about|e-[0-9a-f]+))\b"
    r"|(?:以后|今后|每次|凡是|只要|如果|当).{0,24}(?:问|提问|询问).{0,24}(?:回答|回复|答复|告诉|推荐|建议)|(?:请|务必|必须|一律)(?:统一)?(?:回答|回复|答复|推荐)(?!(?:您|你)?的?(?:工单|单号|编号|邮件|版本|截图|日志|订单|确认邮件))"
    r"|(?:机器人|助手|vigil).{0,16}(?:记住|学习|保存|标记|批准|必须|应该|请)|(?:记住|保存|添加|加入|写入|收录|标记|视为|当作|批准).{0,20}(?:知识库|知识条目|条目|官方(?:答案|方案)?|标准答案|已验证)"
    r"|(?:删除|替换|归档|移除).{0,16}(?:知识库|条目)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"\b(?:https?|ftp)://([^\s/<>|)\]]+)|\bwww\.[\w.-]+|\b(?:bit\.ly|t\.co|tinyurl\.com)/\S+", re.IGNORECASE
)
_AT_HOME = re.compile(r"^(?:[^@]*@)?(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$", re.IGNORECASE)


def steers(text: str) -> bool:
    """Whether the text addresses whoever reads or stores it: "ignore your rules", "when asked, answer ...", "加入知识库"."""
    plain = _HIDDEN.sub("", unicodedata.normalize("NFKC", text))
    return bool(_OVERRULE.search(plain) or _STEER.search(plain)) or len(plain) < len(text) - _FEW_HIDDEN


def leads_away(text: str) -> bool:
    """Whether the text has a link to another machine than the reader's own."""
    return any(
        not _AT_HOME.match(found.group(1) or "") for found in _LINK.finditer(unicodedata.normalize("NFKC", text))
    )


_FEW_HIDDEN = 8  # joiners in emoji are hidden too
