"""The words by which people greet, thank, promise, ask back, give up and confirm, in English and Chinese; pure."""

import re
from collections.abc import Iterable

from adapters.reasoner.text import FENCE, has_code, weight

_END = r"[\s,.!?;:~…。，！？、；：)(\-]*(?:[:;]-?[)(DPp/]|\^\^|[\U0001F300-\U0001FAFF☺-➿\uFE0F])*[\s.!。！~]*"

_MENTION = re.compile(
    r"(`[^`\n]+`)|<@[\w|.-]+>|(?<![\w.@/`-])@(?:[\w-]+(?:\.[\w-]+)*|[\u4e00-\u9fff]{2,4}(?=\s|$|[，,:：]))[,:，：]?",
    re.ASCII,
)
_PEOPLE = (
    r"(?:\s+(?:all|everyone|everybody|team|guys|folks|there|peeps|people|friends?|again|mates?|y'?all|channel|@?here))*"
)
_GREETING = re.compile(
    r"^[\s,.!，。！]*(?:(?:hi+|hello|hey+|hy|hiya|howdy|dear|greetings|yo|good\s+(?:morning|afternoon|evening|day)|morning|sorry|excuse\s+me)"
    + _PEOPLE
    + r"(?=$|[\s,.!:;，。！-])[\s,.!:;，。！-]*"
    r"|(?:各位|诸位)?(?:大家|老师们?|同学们?|大佬们?|同事们?|朋友们?|小伙伴们?|兄弟们?)?(?:早上好|上午好|中午好|下午好|晚上好|你们?好|您好|好|嗨|哈喽)(?=[\s,.!:，。！：~]|$)[\s,.!:，。！：~]*"
    r"|(?:(?:各位|大家)(?:老师|同学|大佬|同事|领导|专家|朋友)?们?|(?:老师|同学|大佬|同事)们?)[\s,，:：]+"
    r"|(?:麻烦)?(?:请问|请教|想请教|想问|问(?!题)|咨询(?!单)|求助)(?:各位|大家|大佬们?)?(?:一下|下)?(?:个问题)?[\s,，:：]*(?=[^\s,，:：]))",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^[\s,.!，。！]*(?:(?:ok(?:ay)?|yes|yeah|yep|yup|no|nope|ah+|oh+|hm+|great|perfect|awesome|cool|nice|alright|right|sure|aha|wow|well|btw|fyi|lol|haha+|np"
    r"|thanks|thank\s+you|thx|ty)(?:\s+(?:so\s+much|very\s+much|a\s+lot|again|all|guys|man|mate))*\s*(?:[,.!:;…]+\s*|$|\s-\s)"
    r"|(?:好的?|嗯+|哦+|啊|行|可以|是的?|对|收到|明白了?|了解了?|谢谢(?:大家|各位|老师|啦|了|你|您)?|多谢|感谢)[\s,.!，。！~]+)",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:^|(?<=[.!?。！？~)])\s*|[\s,;，；-]+)(?:(?:many\s+|and\s+)?(?:thanks|thank\s*(?:you|u)|thx|tnx|ty|tia|cheers|much\s+appreciated)(?:\s+(?:a\s+lot|so\s+much|very\s+much|in\s+advance|again|all|everyone|guys|for\s+(?:the|your)\s+\w+|[A-Z][\w-]+|\S*@\S+))*"
    r"|(?:please\s+help(?:\s+me)?|pls\s+help|plz|help\s+please|any\s+help\s+(?:is\s+|would\s+be\s+)?appreciated)"
    r"|(?:非常|十分)?(?:谢谢|多谢|感谢|辛苦|拜托|麻烦)(?:大家|各位|老师|大佬|啦|了|你|您|们)*)" + _END + r"$",
    re.IGNORECASE,
)

_WORD = re.compile(r"\w")
_SMALL_TALK = re.compile(
    r"\b(?:it|that|this|all|everything|issues?|problems?|now|is|are|was|has|been|seems?|looks?|to|be|s|so|again|fine|good|great|well|perfect(?:ly)?|for|me|us|the"
    r"|ok(?:ay)?|yes|yeah|yep|yup|no|nope|sure|right|exactly|agreed|correct|got|gotcha|i|see|makes?|sense|cool|nice|awesome|amazing|brilliant|np|worries|you|your"
    r"|re|ll|welcome|glad|happy|help(?:ed|s|ful)?|pleasure|lol|haha+|hehe|wow|hm+|oh+|ah+|aha|hooray|indeed|done|thanks?|thx|cheers|much|very|a|lot"
    r"|fixed|works?|worked|working|solved|resolved|back|recovered|sorted|up|running|healthy|green|nvm|never\s?mind|ignore|same|here|too|also|1|restarted|healed|went|away"
    r"|by|itself|its|own|on|myself|and|already|did|trick|does|do|like|charm|finally|just|ping|bump|hi|hello|hey|closing|close|closed|thread|ticket|case|can|we|think"
    r"|suddenly|somehow|magically|without|doing|anything|today|morning|peeps)\b"
    r"|现在|已经|都|目前|刚刚?|又|它|这个?|那个?|问题|服务|系统|我们?|这边|自己|自动|应该|终于|确认|看起来|好像|好的?|嗯+|哦+|恢复|正常|解决|搞定|可以|没问题|没事|行|了|啦|哈|呢|是的?|对的?|收到|明白"
    r"|了解|知道|不客气|客气|谢谢|感谢|多谢|辛苦|大家|各位|你|您|自愈|重启|太|赞|棒|厉害|牛|同上|同问|也|一样|关闭|关单|先|这样|吧|的|就|莫名其妙|突然|不用管|忽略",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\bi(?:['’]ll|\s+will|['’]m\s+(?:going|about)\s+to|\s+am\s+going\s+to)\s"
    r"|\b(?:i|we|he|she|they|someone)(?:['’]?ll|\s+will|['’]?m\s+(?:going\s+to|about\s+to)|\s+am\s+going\s+to|['’]?re\s+going\s+to|\s+gonna|\s+can)\s+(?:\w+\s+)?"
    r"(?:look|check|take|investigate|get\s+back|try|see|ask|ping|escalate|have\s+a|dig|test|let|update|follow|report|do|send|file|open|raise|forward|handle|be\s+back|come\s+back|verify|confirm|keep|inform|share|post|fix|deploy|release|work)\b"
    r"|\b(?:let\s+me|lemme)\s+(?:just\s+)?(?:check|look|see|ask|try|think|find|take|have|test|verify|know)\b|\b(?:looking|checking)\s+(?:into|at|now|on)\b|\b(?:will|gonna)\s+(?:check|look|try|do|report|test)\b"
    r"|^\W*(?:on\s+it|checking|looking|one\s+(?:sec(?:ond)?|moment|minute)|(?:just\s+)?a\s+(?:sec(?:ond)?|moment|minute)|give\s+me|hang\s+on|hold\s+on|bear\s+with|trying\s+(?:it|that)|giving\s+(?:it|that))\b"
    r"|我(?:们)?(?:这边|这里)?(?:先|再|去|来|马上|稍后|晚点|等下|一会儿?|现在|明天|今天|正在|会|帮你?|在)+(?:\S{0,6})(?:看|查|确认|排查|问|跟进|处理|试|反馈|定位|复现|更新|同步)"
    r"|我(?:们)?(?:看|查|问|试|确认|排查|跟进|处理)(?:一)?(?:下|看)|^\W*(?:稍等|等等|等一?下|马上|正在|晚点|稍后|在看|在查|这就|(?:看|查)一?下(?=\W*$)|我看看|我试试)|正在(?:看|查|排查|处理|定位)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？]\W*$|^\W*(?:(?:and|so|but|ok|then)\s+)?(?:what|which|where|when\s+(?:is|are|was|were|will|do|does|did|can|could|should|would|has|have)|who|why|how|do(?:es)?\s+you|did\s+you|are\s+you|have\s+you|is\s+(?:it|there|this|that)|can\s+(?:you|we|i|any|some)|could\s+(?:you|any|some)|would\s+you|any(?:one|body)|does)\b"
    r"[^.]*$|(?:吗|么|呢|嘛)\W*$|(?:什么|怎么|哪个|哪里|哪些|谁|为什么|为啥|是否|是不是|有没有|能不能|可不可以|多少|几点|如何)[^，,。；;]{0,12}$",
    re.IGNORECASE,
)
_PROPOSES = re.compile(
    r"\b(?:have|did)\s+you\s+(?:already\s+)?tr(?:y|ied)|\b(?:what|how)\s+about\b|\bwhy\s+(?:not|don['’]?t\s+you)\b|\b(?:can|could)\s+you\s+(?:please\s+|maybe\s+)?(?:try|check|restart|run|use|set|add|remove|clear|update|upgrade|switch|disable|enable)\b|\b(?:maybe|perhaps)\b|\byou\s+(?:can|could|may|might)\b"
    r"|(?:有没有|是否|可以|要不|能不能)?(?:先)?试(?:过|一?下|试)|要不要|会不会是|是不是(?:因为|没)",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"\b(?:can|could|would|will)\s+(?:you|u|someone|anybody|anyone)\s+(?:please\s+|also\s+)*(?:share|send|post|paste|provide|show|tell|give|attach|open|file|report|confirm|upload|explain|elaborate|help|point)\b"
    r"|^\W*(?:please|pls|plz)\s+(?:\w+\s+)?(?:share|send|post|paste|provide|show|tell|give|attach|open\s+an?|file|report|confirm|upload|explain|let|dm|ping|wait|stay)\b"
    r"|^\W*(?:share|send|post|paste|show)\s+(?:me|us|your|the)\b|\b(?:feel\s+free\s+to\s+(?:share|ask|ping|open)|(?:can|could)\s+i\s+see)\b"
    r"|(?:请|麻烦|帮忙|辛苦)?(?:你|您)?(?:先)?(?:发|贴|给|提供|上传|补充|截)(?:一)?(?:下|个|张)?(?:我|我们)?(?:一下)?(?:完整|具体|详细)?(?:的)?(?:日志|截图|报错|配置|版本|环境|信息|图|堆栈|traceid|链接)"
    r"|^\W*(?:请|麻烦)(?:\S{0,4})(?:告知|提供|确认|反馈|回复|说明|联系|等待)",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"\bhope\s+(?:this|that|it)\s+helps?|\blet\s+(?:me|us)\s+know\b|\bfeel\s+free\b|\bgood\s+luck\b|\bdoes\s+(?:that|this|it)\s+(?:help|work|solve|fix|make)|\bnot\s+a\s+problem\b|\bany\s+time\b|\bhappy\s+to\s+help"
    r"|\b(?:you|u)['’]?re\s+(?:very\s+)?welcome|\bhave\s+a\s+(?:nice|good|great)\b|\bsorry\s+(?:for|about|to)\b|\bi\s+appreciate\b|\b(?:really|very|super|so|most)\s+(?:helpful|useful|kind)\b|\bwhat\s+do\s+you\s+mean\b|\b(?:could|do|did)(?:n['’]?t|\s+not)\s+understand\s+(?:your|the)\s+question\b|\bmy\s+name\s+is\b|\b(?:have|got)\s+a\s+(?:quick\s+)?question\s+for\b|\bgrateful\b|\bresolved\s+my\s+issue\b|\bmark\s+(?:this|the)\s+(?:thread|topic|as)|\b(?:continue|discuss|talk|move|take)\b[^.]{0,30}\b(?:call|dms?|offline|meeting|zoom|huddle|private(?:ly)?|chat)\b"
    r"|希望(?:\S{0,4})(?:帮助|有用)|有(?:其他|别的|什么|任何)?问题(?:再|随时|可以|请)|随时(?:找|联系|问|说|反馈)|私聊|拉(?:个)?群|会上(?:说|聊|讨论)|电话(?:里)?(?:说|聊|沟通)|不好意思|抱歉|打扰|祝",
    re.IGNORECASE,
)
_IGNORANT = re.compile(
    r"\b(?:i|we)\s+(?:really\s+|also\s+)?(?:do\s*n['’]?t|do\s+not|dont)\s+(?:know|remember|have\s+(?:an?|any)\s+idea|use|understand|see)\b|\b(?:no|any)\s+idea\b|\bnot\s+(?:\w+\s+)?sure\b|\bi['’]?m\s+not\s+familiar|\bnever\s+(?:used|tried|seen)\b|\bbeats\s+me\b|\bno\s+clue\b"
    r"|不(?:太)?(?:知道|清楚|确定|了解|懂|会)(?!是|报)|没(?:用过|遇到过|见过|接触过)|搞不(?:懂|清)",
    re.IGNORECASE,
)
_ABOUT_HELP = re.compile(
    r"^\W*(?:(?:can|could|would|will|does|do|did|has|have|is|are)\s+)?(?:some(?:one|body)|any(?:one|body)(?:\s+else)?|there|you\s+guys|anyone\s+here)?\s*(?:please\s+)?(?:any\s+(?:ideas?|help|thoughts?|hints?|suggestions?|clues?|advice|pointers?|update|news|luck)|ideas|thoughts|help(?:\s+me)?|(?:can|could)\s+(?:some|any)(?:one|body)\s+(?:please\s+)?help(?:\s+me)?|some(?:one|body)\s+help(?:\s+me)?|(?:has|have|is|does)?\s*any(?:one|body)\s+(?:else\s+)?(?:know|knows|seen|experienced?|having|have|had|here|around|got)(?:\s+(?:how|why|this|about|it|that|any|an?|idea|the|same|similar|issues?|problems?|before|these|to|fix|solve|do|is|could|be|else))*|same\s+(?:here|issue|problem|question)(?:\s+(?:here|as\s+\S+))?|me\s+too|[+]1|what\s+(?:can|should|do)\s+(?:i|we)\s+do|what(?:['’]s|\s+is)\s+(?:wrong|up|going\s+on|happening)|how\s+(?:do|can|should|to)\s+(?:i|we)?\s*(?:fix|solve|resolve|do)\s+(?:it|this|that)|what\s+to\s+do|please|i\s+(?:have|need|got)\s+(?:some|a|an)?\s*(?:question|help|problem|issue|advice)s?)"
    r"(?:\s+(?:with|on|about|for|to|how|here|please|this|that|it|what|do|guys|why|is|could|would|be|appreciated))*"
    + _END
    + r"$"
    r"|^\W*(?:有(?:没有)?(?:人|谁|大佬|哪位|同学|老师)?(?:能|可以)?(?:知道|遇到过?|了解|碰到过?|帮忙?看?看?|会)?(?:怎么)?(?:解决|处理|回事|办)?(?:的|吗|么|一下|下|过|没)*|谁(?:知道|遇到过?|会|能|了解)(?:怎么|如何|帮忙?)?(?:解决|处理|看看?|回事|办)?(?:吗|么|的|一下|下|过)*|求(?:助|解|帮忙|救|教|大佬)?(?:一下)?|怎么(?:办|解决|处理|回事|弄|破|搞)|应?该?(?:怎么|如何)(?:处理|解决|办|排查)|什么(?:原因|情况|问题)|为什么|为啥|(?:我也)?(?:同样|一样|遇到同样|有同样|碰到同样)(?:的)?(?:问题|情况)?|同问|同求|我也是|我也遇到了?|顶|在吗|有什么(?:办法|建议|思路|想法)|帮忙看(?:一)?(?:下|看)|(?:麻烦)?帮(?:忙)?看(?:一)?下|有解吗|咋(?:整|办|弄|回事)|是什么(?:原因|问题|情况)|能(?:帮忙)?看(?:一)?下)(?:吗|么|呢|啊|呀|吧|了|的)*"
    + _END
    + r"$",
    re.IGNORECASE,
)

_WORKED = re.compile(
    r"\b(?:that|this|it|which|your?|now|everything|solution|suggestion|all)\W{1,3}(?:\w+\W{1,3}){0,3}?(?:works?|worked|working|did\s+(?:it|the\s+trick)|does\s+(?:it|the\s+trick)|fixe[sd]|solved|resolved|helped)\b|\b(?:works|worked|working)\s+(?:now|great|fine|like|perfectly|again|for\s+me)\b"
    r"|\b(?:fixed|solved|resolved|sorted)\b|\bthanks?\b|\bthx\b|好了|恢复了|恢复正常|解决了|可以了|正常了|搞定|没问题了|有效|管用|成功了|谢谢|感谢",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"\b(?:(?:did|does|do|has|have|is|was)(?:n['’]?t|\s+not)|not|never|no\s+longer)\s+(?:\w+\s+){0,2}(?:work(?:ing|ed)?|help(?:ed)?|fix(?:ed)?|solve[d]?|resolve[d]?|change[d]?|do\s+(?:it|anything)|any\s+(?:effect|difference))\b"
    r"|\b(?:still|again)\s+(?:\w+\s+){0,3}(?:fail\w*|error\w*|broken|the\s+same|same|get(?:ting|s)?|see(?:ing|s)?|happen\w*|crash\w*|not|no|timing|times?\s+out|down|stuck|have|having|there)\b|\bno\s+(?:luck|change|difference|effect)\b|\bbut\s+it\s+(?:does|did)(?:n['’]?t|\s+not)\W*$|\b(?:that|this|it)\s+(?:was|is)(?:n['’]?t|\s+not)\s+(?:the|my)\s+(?:problem|issue|cause)\b|\bsame\s+(?:error|result|problem|issue|thing|behaviou?r)\b"
    r"|\b(?:tried|did)\s+(?:that|this|it|both|all)\b[^.]*\b(?:but|no|already|same|nothing)\b"
    r"|还是(?:不行|一样|报错|没|有|会|失败|老样子|同样|起不来|连不上|不)|不行|没(?:有)?(?:用|效果|作用|解决|恢复|变化|生效)|(?:仍然|依然|依旧|仍)(?:不|没|报|是|有|会|失败|存在)|不管用|无效|试(?:过|了)(?:了)?[，, ]*(?:还|也|没|不)",
    re.IGNORECASE,
)
_SOLVED_IT = re.compile(
    r"\b(?:what|the\s+(?:only\s+)?thing\s+that)\s+(?:finally\s+|actually\s+|eventually\s+)?(?:fixed|solved|worked|helped|did)\b"
    r"|\b(?:fixed|solved|resolved|worked\s+around|got\s+(?:it|this|that|everything)\s+(?:working|to\s+work|running))\s*(?:it|this|that|the\s+\w+)?\s*(?:by|with|after|via|using)\b"
    r"|\b(?:it\s+)?turn(?:s|ed)\s+out\b|\bthe\s+(?:actual\s+|real\s+|root\s+)?(?:issue|problem|cause|culprit|fix|solution|trick|reason|error|mistake)\s+(?:was|is|turned|were)\b|\broot\s+cause\b"
    r"|\b(?:i|we)\s+(?:just\s+|only\s+|simply\s+)?(?:had\s+to|needed\s+to|forgot|was\s+missing|were\s+missing|missed|removed|changed|added|replaced|upgraded|downgraded|reinstalled|disabled|enabled|switched|rolled|bumped|increased|set)\b"
    r"|\b(?:tried|try|did|ran|used)\b[^.]{3,}\b(?:now\s+(?:it(?:['’]?s)?\s+)?(?:works?|working|fine|ok)|and\s+it\s+work(?:s|ed))\b"
    r"|\b\w+ing\b[^.]{3,}\b(?:fixed|solved|resolved|worked|helped|did\s+the\s+trick)\b|\b(?:after|once|when)\b[^.]{4,}\b(?:works?|worked|fixed|gone|recovered|fine)\b|\b(?:then|and)\s+it(?:['’]s|\s+is)?\s+(?:now\s+|finally\s+)?(?:works?|worked|working|fine|ok)\b|\bdid\s+the\s+trick\b|\bfigured\s+(?:it\s+)?out\b|\bfound\s+(?:it|the\s+(?:issue|problem|cause|fix|solution|reason)|(?:out\s+)?that\s+it\s+works)\b"
    r"|原来是?|最后(?:是|发现|通过|把|用)|发现(?:是|了)?|原因(?:是|找到)|是因为|根因|根本原因|忘(?:了|记)|(?:改|换|调|升|降|回滚|重启|关|开|加|删|设|扩|清|装|配)\S{2,}(?:就?好了|就?可以了|就?行了|恢复|解决|正常|搞定|成功|生效)|.{4,}(?:之?后|以后|完)[，, ]*(?:就?好了|就?可以了|就?行了|已?恢复|问题解决|正常|搞定)",
    re.IGNORECASE,
)
_SOLVED_MYSELF = re.compile(
    r"\b(?:i|we)(?:['’]ve|\s+have)?\s+(?:just\s+|finally\s+|now\s+)?(?:resolved|solved|fixed|figured\s+out|worked\s+out)\b|我(?:们)?(?:自己)?(?:已经?)?(?:解决|搞定|修好)了",
    re.IGNORECASE,
)
_PROBLEM = re.compile(
    r"\b(?:error|errors|fail(?:s|ed|ing|ure)?|exception|crash\w*|broken|timeout|timed\s+out|times\s+out|refused|denied|unable|cannot|can['’]?t|could\s*n['’]?t|not\s+(?:work|found|start|able|respond)\w*|does\s*n['’]?t|wo\s*n['’]?t|stuck|hang\w*|slow|down|missing|wrong|invalid|unexpected\w*|restart\w*|leak\w*|lost|[45]\d\d)\b|[A-Z]{2,}-?\d{2,}"
    r"|报错|错误|失败|异常|超时|拒绝|不了|无法|不能|没有|卡住|卡死|崩溃|挂了|变慢|很慢|告警|一直|丢失|不通|起不来|打不开|不可用",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\b(?:root\s+cause|the\s+(?:cause|reason|culprit)|caused\s+by|because|due\s+to|the\s+(?:issue|problem)\s+(?:was|is)\s+that|this\s+happens\s+(?:when|if))\b|原因是|是因为|由于|根因|根本原因|导致",
    re.IGNORECASE,
)
_ACTION = re.compile(
    r"^\W*(?:(?:just|please|then|simply|first|maybe|you\s+(?:can|could|should|need\s+to|have\s+to|must))\s+)*(?:re)?(?:start|boot|install|deploy|load|run|set|clear|use|add|remove|delete|update|upgrade|downgrade|disable|enable|check|try|create|change"
    r"|replace|switch|open|close|stop|kill|scale|roll|revert|increase|decrease|raise|lower|flush|purge|rotate|renew|mount|configure|pass|put|move|copy|export|log|sign|edit|apply|build|pull|push|drain)\b"
    r"|重启|清(?:空|理|掉|除|一?下)|换成|改(?:成|为|用|一?下)|升级|降级|删(?:除|掉)|加(?:上|一)|设(?:置|为|成)|关(?:闭|掉)|打开|开启|启用|执行|回滚|扩容|缩容|放行|配置|安装|卸载|重装|申请|切(?:换|到)|使用|调(?:大|小|整|到|成)|替换|续期|更新",
    re.IGNORECASE,
)
_CLIPPED = re.compile(r"^\W*(?:>|&gt;)")

_MAX_LAYERS = 6  # greetings and thanks around a sentence
_TAIL_CHARS = 120
_READ = 600  # characters of a sentence or of a short message that are looked at: a longer one is no small talk
_MIN_GLUED = 4  # characters of a name that is looked for inside a word
MIN_WEIGHT = 3  # content words; less is an interjection, whatever the words are


def strip_social(sentence: str, names: Iterable[str] = ()) -> str:
    """Return the sentence without mentions, greetings, interjections and thanks around it; what is left stands in it."""
    text = _MENTION.sub(r"\1", sentence).strip()
    text = _strip_names(text, names)
    for _ in range(_MAX_LAYERS):
        before = text
        text = _LEAD.sub("", _GREETING.sub("", text, count=1), count=1)
        tail = _TAIL.search(text, max(0, len(text) - _TAIL_CHARS))
        text = _strip_names((text[: tail.start()] if tail else text).strip(), names)
        if text == before:
            break
    return re.sub(r"[ \t]{2,}", " ", text).strip(" \t,，;；") if re.search(r"\w", text) else ""


def _strip_names(text: str, names: Iterable[str]) -> str:
    """Return the text without a name that addresses somebody: `bob: ...`, `..., bob`, and `so@bobthis` where spaces were lost."""
    for name in names:
        if not name or name.lower() not in text.lower():
            continue
        text = re.sub(rf"^\W*{re.escape(name)}\s*(?:[:,，：]\s*|$)", "", text, count=1, flags=re.IGNORECASE)
        text = re.sub(rf"(?:[\s,，]+|\s*@){re.escape(name)}\W*$", "", text, count=1, flags=re.IGNORECASE)
        if len(name) >= _MIN_GLUED:
            text = re.sub(rf"(?<=\w)@{re.escape(name)}(?!\.\w)", " ", text, flags=re.IGNORECASE)
    return text


def is_empty(sentence: str) -> bool:
    """Whether nothing is said but that it works, thanks, agreement and the like."""
    said, at = sentence[:_READ], 0
    for found in _SMALL_TALK.finditer(said):
        if _WORD.search(said, at, found.start()):
            return False
        at = found.end()
    return _WORD.search(said, at) is None


def is_promise(sentence: str) -> bool:
    """Whether somebody only says that they will do or are doing something."""
    return bool(_PROMISE.search(sentence[:_READ])) and "`" not in sentence


def is_question(sentence: str) -> bool:
    """Whether something is asked, other than by way of a proposal."""
    return bool(_ASKS.search(sentence[:_READ])) and not (
        _PROPOSES.search(sentence[:_READ]) and weight(sentence) >= MIN_WEIGHT
    )


def asks_for_help_only(sentence: str) -> bool:
    """Whether it only calls for help, or joins a call ("any idea?", "same here", "有人知道吗")."""
    clauses = [clause for clause in re.split(r"[,，;；.。!！?？]+", sentence[:_READ]) if clause.strip()]
    calls = [bool(_ABOUT_HELP.match(clause)) for clause in clauses]
    return any(calls) and all(call or is_empty(clause) for call, clause in zip(calls, clauses, strict=True))


def is_quotation(sentence: str) -> bool:
    """Whether the line repeats what somebody else wrote."""
    return bool(_CLIPPED.match(sentence[:_READ]))


def says_something(sentence: str, *, least: int = MIN_WEIGHT) -> bool:
    """Whether a sentence of an answer is worth keeping: not social, not promised, not asked back, not ignorance."""
    if FENCE.fullmatch(sentence):
        return weight(sentence.strip("`")) >= 1
    if is_empty(sentence) or is_quotation(sentence) or is_promise(sentence) or _REQUEST.search(sentence[:_READ]):
        return False
    if _POLITE.search(sentence[:_READ]) or asks_for_help_only(sentence) or is_question(sentence):
        return False
    if _IGNORANT.search(sentence[:_READ]) and not has_code(sentence):
        return False
    return weight(sentence) >= least


def says_who_solved(text: str) -> bool:
    """Whether somebody says to have solved it themselves."""
    return bool(_SOLVED_MYSELF.search(text[:_READ]))


def asks_for_more(sentence: str) -> bool:
    """Whether somebody is asked to send or to tell something."""
    return bool(_REQUEST.search(sentence[:_READ]))


def says_it_failed(text: str) -> bool:
    """Whether the requester says that what was tried does not help."""
    return bool(_FAILED.search(text[:_READ]))


def says_it_worked(text: str) -> bool:
    """Whether the requester says that it works now, or thanks for it."""
    return bool(_WORKED.search(text[:_READ])) and not says_it_failed(text)


def tells_the_solution(sentence: str) -> bool:
    """Whether somebody says what it was, or what they did about it."""
    return bool(_SOLVED_IT.search(sentence[:_READ])) and not says_it_failed(sentence)


def tells_a_problem(sentence: str) -> bool:
    """Whether something is said to go wrong."""
    return bool(_PROBLEM.search(sentence[:_READ]))


def tells_what_to_do(sentence: str) -> bool:
    """Whether it begins by telling somebody what to do, or in Chinese names such an action."""
    return bool(_ACTION.search(sentence[:_READ])) and not is_empty(sentence)


def tells_the_cause(sentence: str) -> bool:
    """Whether it says why something happened."""
    return bool(_CAUSE.search(sentence[:_READ]))
