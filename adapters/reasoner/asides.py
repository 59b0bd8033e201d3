"""What helpers say beside the answer: jokes, remarks on the talk, on how to ask and on their own days, in English and Chinese; pure."""

import re
from collections.abc import Iterable

from adapters.reasoner.cues import asks_for_more, tells_the_solution, tells_what_to_do
from adapters.reasoner.text import has_code, weight

_SMILEY = r"(?:[:;xX=]['-]?[DPp)(]+|\^\^|<3|:(?:wink|joy|laughing|rofl|shrug|thinking|smile|smiley|grin|sweat_smile|slight_smile|stuck_out_tongue\w*|face_palm|octopus|tada|\+1):|[\U0001F600-\U0001F64F\U0001F900-\U0001F9FF])"
_SMILEYS = re.compile(rf"(?:(?<=\s)|(?<=[.,!?。，！？)])){_SMILEY}(?:\s*{_SMILEY})*[\s.!]*$")
_LAUGHS = re.compile(
    rf"(?:(?:^|\s|[.!?)]){_SMILEY}|\b(?:lol|lmao|ha(?:ha)+h?|hehe+)|哈哈+|嘿嘿|笑死|狗头)[\s.!。！]*$", re.IGNORECASE
)
_ADVISES = re.compile(
    r"\byou(?:['’]ll|\s+(?:can|could|should|need|must|may|might|have\s+to|shouldn|don|want))\b|\b(?:try|should|must|need(?:s)?\s+to|make\s+sure|instead)\b|可以|需要|应该|必须|建议|试试",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"^[\s(]*(?:(?:no\s+(?:problem|worries)|(?:good|fair|great)\s+(?:point|question|catch)|oh\s+sorry|ah\s+right|oh\s+right|o\.o|don['’]?t\s+worry|my\s+bad|不客气|好问题|没事)"
    rf"(?:\s*{_SMILEY})?[\s,.!，。！]*)(?=\S)",
    re.IGNORECASE,
)
_FIRST_NAME = re.compile(
    r"^(?!(?:\w+ly|also|then|first|second|third|next|last|maybe|perhaps|however|otherwise|instead|still|though|so|well|now|sometimes|anyway|besides|yes|no|ok|okay|sure|sorry|right|or|and|but|if|done|here|there|again|alternatively|additionally|thus|hence|therefore|meanwhile|afterwards|later|once|on|in|as|for|please|see|just)\b)"
    r"[A-Za-z][a-z]{2,11},\s+(?=(?:see|i|you|have|do|did|could|can|what|why|please|try|we)\b)",
    re.IGNORECASE,
)
_ON_THE_TALK = re.compile(
    r"\b(?:your|a|the|this|that['’]?s\s+a|that\s+is\s+a)\s+(?:good|fair|great|nice|valid|excellent|interesting|very\s+natural)\s+(?:point|question|catch|idea)\b"
    r"|^\W*(?:or\s+something\s+(?:like|similar)|(?:if|as\s+far\s+as)\s+i\s+(?:recall|remember|know)(?:\s+correctly)?\W*$|you\s+(?:nearly|almost|already)\s+(?:guessed|got|had)|let['’]?s\s+see|is\s+this\s+progress|this\s+is\s+(?:a\s+)?progress|just\s+(?:wondering|curious|kidding|saying)|(?:oh\s+)?just\s+saw\b|(?:as\s+)?@?\S*\s*(?:already\s+)?(?:said|pointed\s+out|mentioned)\W*$|i\s+(?:meant|mean)\W*$)"
    r"|\b(?:moved|renamed|split)\s+(?:your|this|the)\s+(?:message|thread|topic|post)|^\W*i\s+(?:did\s*n['’]?t|did\s+not|have\s*n['’]?t|have\s+not)\s+(?:actually\s+|really\s+)?test(?:ed)?\s+(?:it|this|that|the\s+above)|\b(?:another|new|separate)\s+(?:thread|topic)\b"
    r"|\b(?:could|might|will|should)\s+help\s+you\s+get\s+started\b|\b(?:it|that|this)\s+(?:would|['’]?d)\s+be\s+(?:really\s+|so\s+|very\s+)?(?:nice|cool|great|good|awesome|lovely)\s+if\b|\bi\s+wish\b|\bi\s+wonder\b|\bi['’]?ve\s+ever\s+(?:seen|heard)\b|\bhave\s+fun\b|\b(?:sounds|looks)\s+(?:good|great|nice|cool|broken|weird|strange|fun)\b[^,;]{0,12}$|\ba\s+(?:bit|little)\s+(?:terrifying|scary|overkill|annoying)\b"
    r"|\b(?:missing|forget|forgot|include|add)\s+(?:some|the|your)?\s*imports\b"
    r"|^\W*(?:好问题|说得对|有道理|仅供参考|随便说说|开个?玩笑|吐槽)",
    re.IGNORECASE,
)
_ON_ASKING = re.compile(
    r"^\W*done(?:\W*$|,?\s+and\s+(?:i|we|also)\b)|#?\bmwe\b|\bminimal\s+(?:working|reproducible|complete)\s+example|#backticks|\b(?:three|triple)\s+backticks\b|\b(?:with|without|need|give|some)\s+(?:a\s+(?:bit|little)\s+)?(?:more|any)\s+(?:context|details?|information)\b"
    r"|\b(?:best|better|good|right|proper)\s+(?:way|place)\s+to\s+(?:ask|get\s+(?:an\s+)?answers?|discuss)|\bask(?:ing)?\s+(?:the|your|a|an)?\s*(?:explicit|specific|actual|better|real|precise)?\s*questions?\b|\bneed\s+(?:a\s+)?(?:very\s+)?specific\s+questions?\b|\bdon['’]?t\s+ask\s+to\s+ask\b|\bhard\s+to\s+(?:debug|tell|say|help)\b|\bwe\s+(?:maybe\s+)?can\s+(?:maybe\s+)?help\b|\bthen\s+i\s+can\s+(?:suggest|help|tell)\b"
    r"|提问的智慧|(?:把|请)?问题(?:描述|说)(?:得)?(?:清楚|详细)|下次(?:提问|问|发)|不要(?:截图|发图)|信息太少|看不出来",
    re.IGNORECASE,
)
_OWN_DAYS = re.compile(
    r"^[\s(]*(?:(?:and|but|so|also|because|since|well|personally|actually|btw|oh|ah|yeah|yes|no|then|now|honestly|tbh|to\s+be\s+honest)[\s,]+)*"
    r"(?:(?:i|we)(?:['’](?:ve|m|re|d)|\s+(?:have|had|am|are|was|were|use|used|run|ran|saw|read|hit|got|do|did(?:n['’]?t)?|tried|wrote|thought|started|learned|remember|spent|love|hate|like|agree|feel|felt|live|work|moved|always|usually|just|also|currently|recently|only|never|once|will|actually))\b"
    r"|will\s+eventually\b|(?:same|happened)\s+(?:to|for)\s+(?:me|us)\b|seems?\s+that\s+\w+\s+really\b|it\s+took\s+(?:me|us)\b|was\s+a\s+(?:pain|nightmare)\b)"
    r"|^\W*(?:我(?:们)?(?:这边|家|公司)?(?:上周|上个?月|昨天|前几天|前天|之前|以前|当时|去年|曾经|也|刚好|正好)(?:也|就|都|刚)?(?:遇到|碰到|踩|用|搞|弄|折腾|有)|(?:我|当时)(?:折腾|搞|弄|查)了(?:半天|好久|很久|一(?:天|晚|周)))",
    re.IGNORECASE,
)
_ADVICE_OF_MINE = re.compile(
    r"\bi(?:['’]d|\s+would|\s+(?:always|usually|just|also)\s+(?:set|use|put|write|do|run|add|pass|configure))\b|\b(?:think|suggest|recommend|believe|guess)\b",
    re.IGNORECASE,
)
_TICKET = re.compile(
    r"\b(?:ticket|case|incident|request|change)?\W*(?:no\.?|number|id)?\W*(?:#\d{2,}|[A-Z]{2,8}-?\d{3,})\b|(?:工单|单号|事件)(?:号|编号)?\W*[A-Z]*-?\d{3,}"
    r"|\b(?:(?:yester|to)day|tomorrow|tonight|(?:this|last|next)\s+(?:morning|week|month|night)|at\s+\d{1,2}(?::\d{2})?\s*(?:am|pm|utc)?)\b|\b\d{1,2}:\d{2}\b|昨天|今天|明天|上午|下午|晚上|刚才",
    re.IGNORECASE,
)
_TICKET_TALK = re.compile(
    r"\b(?:see|tracked|tracking|filed|opened|raised|closed|logged|under|as|in|ticket|for|details|done|deployed|rolled|out|at|it|was|is|has|been|this|that|the|we|i)\b|见|已|了|提|建|在|处理|发布|上线|完成",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"^\W*(?:(?:oh|ah|hm+|wait|sorry|actually|no)[\s,.!]*)*(?:scratch\s+that|ignore\s+(?:that|my\s+(?:last|previous)|what\s+i\s+(?:said|wrote))|i\s+(?:was|am)\s+wrong|i\s+take\s+(?:that|it)\s+back|i\s+mis(?:read|understood)|re-?reading\s+(?:this|that|it)|that\s+was\s+wrong|forget\s+(?:that|what\s+i\s+said)|说错了|更正|我看错了|我理解错了|忽略(?:我)?(?:上面|刚才|前面)|收回)",
    re.IGNORECASE,
)
_WONDERS = re.compile(
    r"\b(?:you\s+mean|are\s+you\s+(?:sure|using|missing|running)|(?:is|are|do|does|did|should|could|can|was|were)n['’]?t|could\s+it\s+be|have\s+you\s+tried|what\s+about|how\s+about|why\s+not)\b|是不是|会不会|难道|要不",
    re.IGNORECASE,
)
_REPLY = re.compile(
    r"\W*(?:(?:thanks|thank\s+you|thx|yes|yep|yup|yeah|nah|nope|no|ok(?:ay)?|hm+|hum|ah+|oh+|hehe|haha+|great|cool|nice|sure|right|exactly|sorry|what\s+do\s+you\s+mean|how\s+do\s+you\s+mean|you(?:['’]re)?|i\s+see)\b|谢谢|好的|嗯|是的|对的|对[,，]|没有|不是|可以了|我看看|收到)",
    re.IGNORECASE,
)
_OF_THE_HELPER = re.compile(
    r"^\W*(?:you|let\s+me|how\s+can\s+i\s+try)\b|\byou(?:['’]re|\s+(?:mean|say|said|are|sent|posted|suggest))|\byour\s+(?:snippet|example|suggestion|answer|solution|link|code|comment|message)|你(?:说|发|给)的|您(?:说|发|给)的",
    re.IGNORECASE,
)
_LEAST_WONDERED = 3
_NO_JOKE = 10  # content words: who says so much with a smile tells something
_LEAST = 2  # content words beside a ticket and a time


def trimmed(sentence: str) -> str:
    """Return a helper's sentence without courtesies and a first name before it and smileys after it."""
    return _SMILEYS.sub("", _FIRST_NAME.sub("", _LEADS.sub("", sentence))).rstrip()


def is_aside(sentence: str) -> bool:
    """Whether a helper's sentence helps nobody who reads it alone: a joke, a remark on the talk, a story, a ticket."""
    sentence = _LEADS.sub("", sentence)
    if _ON_ASKING.search(sentence) or takes_back(sentence):
        return True
    if "`" in sentence or "http" in sentence:
        return False
    if _ON_THE_TALK.search(sentence) or _only_dated(sentence):
        return True
    if _LAUGHS.search(sentence) and not advises(sentence) and weight(sentence) < _NO_JOKE:
        return True
    own = _ADVICE_OF_MINE.search(sentence) or _ADVISES.search(sentence) or tells_the_solution(sentence)
    return bool(_OWN_DAYS.search(sentence)) and not own


def advises(text: str) -> bool:
    """Whether it tells somebody what they can or should do, or shows them how."""
    return has_code(text) or "http" in text or tells_what_to_do(text) or bool(_ADVISES.search(text))


def takes_back(text: str) -> bool:
    """Whether a message begins by withdrawing what its author said before."""
    return bool(_TAKEN_BACK.search(text))


def wonders(sentence: str) -> bool:
    """Whether an answer is put as a question: "did you mean x?", "isn't this y?"."""
    plain = "`" in sentence or "http" in sentence
    return (
        bool(_WONDERS.search(sentence) or plain)
        and sentence.rstrip().endswith(("?", "？", "吗", "吧"))
        and weight(sentence) >= _LEAST_WONDERED
        and not asks_for_more(sentence)
        and not is_aside(sentence)
    )


def speaks_to_helper(sentence: str) -> bool:
    """Whether a requester speaks of what a helper does or says ("you're saying ...", "your snippet ...")."""
    return bool(_OF_THE_HELPER.search(sentence))


def is_reply(text: str, names: Iterable[str] = ()) -> bool:
    """Whether a message begins as the answer to what somebody said."""
    plain = text.strip()
    for name in names:
        plain = re.sub(rf"^@?{re.escape(name)}\s*[:,，：]?\s*", "", plain, count=1, flags=re.IGNORECASE)
    return bool(_REPLY.match(plain))


def _only_dated(sentence: str) -> bool:
    """Whether there is a ticket or a time, and hardly anything else."""
    return bool(_TICKET.search(sentence)) and weight(_TICKET_TALK.sub(" ", _TICKET.sub(" ", sentence))) < _LEAST
