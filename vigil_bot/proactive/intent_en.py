"""English words by which the intent of a message is told: cue -> phrases, one a line or separated by `/`.

`(a|b c|)` stands for any of these, or nothing. `^` is the beginning or end of a clause; `<code>`, `<url>` and `<at>` stand
for such. Apostrophes are left out, so that "doesn't" is `doesnt` and "I'll" is `ill`.
"""

_I_WILL = "(ill|well|i will|we will|im going to|were going to|im gonna|gonna|let me|lemme|allow me to|i can|i shall)"
_LOOK = (
    "(check|look|investigate|get back|get to|take|fix|see|try|find|dig|restart|roll|follow|ask|escalate|do that|do it|have a"
    "|update|handle|work|test|report|let you|ping|verify|confirm|send|post|share|open a|raise|push|deploy|reproduce|contact"
    "|pick|keep|reset|grant|have someone|have somebody|come back|circle back|revert)"
)
_ANYONE = "(anyone|anybody|someone|somebody|any one|any body|some one|any1)"
_PERSON = "(i|we|you|one|it|people)"
_TICKET = "(this|the|that|it|out|ticket|case|thread|issue|incident|request)"
_GREETED = "(all|everyone|everybody|guys|there|folks|team|people|again)"

ENGLISH: dict[str, str] = {
    "how_to": f"""
        how (do|can|could|should|would|might|did) {_PERSON} / how do (u|the|my|they)
        how to / howto / how (i|we) (can|do|could) / how (is|are|does|would|can|could|come|exactly)""",
    "what": """
        what (is|are|does|do|should|would|could|can|has|was) / whats / what (the|kind|sort|type|package|command|app|port|version)
        what (about|to|happens|happened) / wat is / when (will|does|is|do|should|can) / any reason / what (causes|caused)""",
    "which": """
        which / (where|wheres) (is|are|do|can|does|should|would|could|to|) / who (can|do|does|owns|knows|has|is the)""",
    "why": "why (is|are|does|do|did|cant|doesnt|isnt|wont|would|cannot|am|the|my|i|it|has|dont)",
    "is_there": """
        (is|are) (there|theres) / is it (possible|safe|ok|true|better|normal|recommended|necessary|required|worth)
        (does it|is it) (matter|make|supposed) / (a|any) way to / (there|theres) (a|any) way""",
    "may_i": "(can|could|should|do|am|may|must|shall|would) (i|we) / are we / do (i|we) (need|have)",
    "is_it": """
        ^ (is|are|does|do|will|was|has|did|were|isnt|doesnt|would|could|can) (the|my|a|an|our|this|that|these|it|they)""",
    "anyone": f"""
        {_ANYONE} / {_ANYONE} (here|know|knows|have|has|using|seen|got|able|familiar|else|tried|can|help|please|explain)
        (does|do|has|is|can|could|would|will|did) {_ANYONE} / any of you / who knows / (guru|gurus|experts)""",
    "any_idea": """
        any (idea|ideas|suggestion|suggestions|clue|clues|hint|hints|advice|pointers|thoughts|help|tip|tips|insight|workaround)
        (no|any) (idea|clue) / (ideas|suggestions|thoughts) ? / what am i doing wrong / what (can|could|should) (i|we) do
        (please|kindly) advise / (thanks|thx) in advance / what to do / please explain""",
    "help": """
        (need|needs|needing|want) (some|your|a|urgent|a little|) (help|hand|assistance|advice|support)
        (help|assist|guide) (me|us) / (please|pls|plz|kindly|someone) help / help (please|pls|plz|needed|wanted)
        ^ help ^ / ^ help ? / (help|stuck) with / help (on|regarding) / some help / urgent help / point me
        (can|could|would|will) (you|u) (help|assist|explain|tell|point|advise|look|take a look)
        (can|could) (someone|anyone|somebody|you) (please|pls|) (look|check|help|approve|unblock|grant)
        (please|pls) (look into|look at|advise|assist|investigate|grant|give|unblock|approve|enable)
        (need|requesting|request) (access|permission|permissions) / can (i|we) (get|have) / asap / urgent / urgently / sos""",
    "wanted": """
        (i|we) (want|need|wish|wanted|needed) / (i|we) would like to / (id|wed) like / (looking|searching) for
        (im|i am|were|been|we are|was) (trying|struggling|wondering|attempting) / trying to / (i|we) (try|tried) to
        (when|whenever|if|everytime|once) (i|we) (try|start|run|boot|do|click|type|install|plug|log|play|use|open|connect)
        tell me (how|why|what|where|if|which) / wondering / wonder (if|why|how|what) / curious
        (would like|need|want) to know / (dont|not) (know|understand|sure) (how|why|what|where|which|if|whether)
        (i|we) (cant|cannot|couldnt) (figure|find|get|seem) / id like to (know|ask)
        (have|got) (a|another|one|quick|some|simple) (question|questions|ques|problem|issue)
        (quick|simple|newbie|dumb|stupid|noob|silly|general|one|another) question / question (about|on|regarding|for)
        ^ question ^ / (recommend|recommendation|recommendations) / best (way|practice) to / clarify""",
    "newcomer": """
        newbie / noob / n00b / (im|i am|am|very|pretty) new / new to
        (just|recently|newly) (installed|upgraded|bought|downloaded|switched|updated|got|moved) / (fresh|clean) install""",
    "failure": """
        (fail|fails|failed|failing|failure|failures) / (error|errors|erroring|errored) / (crash|crashes|crashed|crashing)
        (crashloop|crashloopbackoff|crashlooping|imagepullbackoff|errimagepull) / (broken|broke|breaks) / stuck / bug
        (is|are|went|goes|gone|seems|been) down / down (again|since|for) / (hang|hangs|hanging|hung)
        (timeout|timeouts) / (timing|times|timed) out / (refused|rejected|denied|forbidden|unauthorized)
        (unreachable|unavailable|unhealthy|unresponsive|inaccessible|unable) / (oom|oomkilled|evicted|notready)
        out of (memory|space|disk) / (exception|exceptions|traceback|stacktrace|segfault|panic|panics|panicked)
        (outage|downtime|degraded) / (corrupt|corrupted|corruption) / (freeze|freezes|freezing|froze|frozen)
        (throws|throwing) / (is|are) (full|slow|missing|wrong|gone|dead|empty|blank|red) / so slow
        (very|really|too|extremely|super) (slow|laggy) / (lag|lagging|backlog|latency) / (spike|spikes|spiking|flapping)
        (is|are|keeps|keep) (growing|increasing|rising|climbing) / (exceeded|expired) / (blank|black|white) screen
        connection (reset|lost|closed) / not found / no such file / no longer (works|work|working) / nothing (happens|works)
        (keeps|keep|kept) (restarting|saying|asking|giving|getting|dying|dropping|disconnecting|returning|looping)
        (data loss|memory leak|leaking) / (disappears|disappeared|vanished) / (dropped|dropping|disconnects|disconnected)
        (unexpected|unexpectedly|weird|strange|odd) / alerts firing / locked out / (5xx|500s|nxdomain)
        (offline|blank|duplicate|duplicates|duplicated|missing|queueing) / (has|have) been (red|down|slow|empty|failing)
        (logs|logged|kicks|kicked|locks|locked) (me|us|users|them) out / every few (seconds|minutes|hours) / an empty""",
    "trouble": """
        (problem|problems|issue|issues|trouble|difficulty) / (having|have|got|getting|seeing|facing|hitting) (an|a) (error|issue|problem)
        i (get|got|see|receive) / (im|am|were|are|we are) (getting|seeing|facing|having|hitting|experiencing|blocked)
        it (says|gives|said|shows|tells|complains) / (gives|giving) (me|us)""",
    "still_wrong": """
        still (fail|fails|failing|failed|broken|down|not|no|cant|cannot|doesnt|dont|isnt|wont|getting|get|gets|see|seeing)
        still (crashing|crashes|happening|happens|have|having|the same|same|stuck|slow|error|errors|times|timing|says|unable|red)
        (the|) same (error|problem|issue|result|thing) / no (luck|joy|dice|success|effect|change|difference|good)
        (that|this|it|which) (didnt|doesnt|did not|does not|dont) (help|work|fix|solve|change|do) / (made|makes) no difference
        (didnt|doesnt|did not|does not) (help|fix|solve) / (failing|broken|down|crashing|failed|happening|happened) again
        (isnt|is not|not) (fixed|resolved|solved|better|gone|helping) / (is|got|getting|it|even|much) worse / (came|coming|comes) back
        (problem|issue|error|errors|alert|alerts|lag|it) (is|are) back / (persists|persist) / nope ^ / (reopen|reopening)""",
    "wont_work": """
        (doesnt|dont|didnt|isnt|wont|cant|does not|is not|not) (seem to|appear|show up|respond|responding|working|work)
        (stopped|quit|nothing) (working|work|works|responding) / (refuses|unable|failed|fails|fail) to
        no (sound|audio|wifi|internet|network|connection|response|signal|logs|output|access|display|wireless|data)
        (cant|cannot|couldnt|can not|unable to) (connect|access|login|log in|log on|reach|open|see|get|pull|push|deploy)""",
    "since_change": """
        since (the|we|i|this|yesterday|last|today|upgrading|upgrade|version|monday|tuesday|wednesday|thursday|friday)
        after (the|an|upgrading|updating|upgrade|update|installing|rebooting|restart|reboot|deploy|rotating|we|i)
        (suddenly|randomly|intermittently) / all of a sudden / this morning / (every|each) time / ever since / out of nowhere""",
    "status": """
        (any|some) (update|updates|news|progress|eta|word|movement|luck) / (status|update|updates|progress|eta|news) ?
        (whats|what is|hows) (the|) (status|latest|eta|progress|current status) / status (of|on|update) / still waiting
        (did you|have you|has anyone) (find|found|figured|managed|had) / (^ bump|^ ping ^|^ ping ?|^ gentle)
        (is|are|was) (anyone|somebody|someone|anybody|you|we|they) (looking|working|checking|investigating|on|handling) (at|on|into|this|it)
        (is|are) (this|it) (being|getting) / being (worked|looked) / (following|follow) up / chasing / checking in on
        when (will|can|is) (this|it|that|the issue|the fix|the problem) (be|fixed|expected|going) / when (it|this|that) will be / how much longer
        how long (will|until|before) / (hows|how is) (this|it|that|the fix) (going|coming|progressing|looking) / where are we
        (do we have|is there) (an|any) (eta|update|estimate) / (what happened|whats happening) (with|to) (this|that|my|the) / anything new
        (fixed|done|ready|resolved) yet / (have|has) (this|it) been (fixed|resolved|looked|addressed)""",
    "did_it": """
        (did|does|has|is|are) (that|this|it|things|everything|they) (now|) (help|helped|work|works|fix|fixed|solve|solved|resolved|working|better|ok|okay)
        (works|working|better|fixed|ok|good) now ? / how about now / any better / let (me|us) know (if|whether|how|when)
        (does|is) (it|that) still / (can|could) you (try|check|retry|test|verify|confirm) (again|now|it|if|whether|that)
        is (the|your) (problem|issue) (solved|gone|fixed|resolved)""",
    "advice": """
        (you|u) (need|have|must|want|should|can|could|may|might|ought|try|use|run|just|probably|then|do) / (youll|youd|youve)
        (have|did) (you|u) (try|tried|check|checked|restart|restarted|run|ran|look|looked|enable|enabled|install|considered|read|set)
        (make|be) sure / ensure / try (using|running|this|the|that|a|with|to) / should (fix|solve|do|help|work)
        (please|pls) (run|try|restart|use|set|retry|rerun|clear|upgrade|update|follow|see|add|apply|execute|reboot|refer|change|switch)
        (please|pls) (remove|delete|increase|roll|read|log|reinstall|wait|verify|test|confirm)
        (id|i would|i|we) (suggest|recommend) / just (use|run|do|restart|add|type|install|try|go|set|remove|edit|change)
        (one|easiest|simplest|best) way is / known (issue|bug|problem|limitation) / (workaround|instead) / in that case
        (it|that) depends / depends on / (needs|has|have) to be / the only way / you (mean|meant) / dont forget / no need""",
    "imperative": """
        ^ (run|try|use|restart|set|add|install|remove|delete|edit|open|type|see|read|make|change|go|reinstall|reboot|upgrade)
        ^ (update|disable|enable|rollback|clear|increase|put|do|execute|redeploy|rotate|scale|purge|click|select|google)
        ^ (search|pastebin|paste|reduce|flush|rerun|retry|revert|mount|download|boot|press|ask|apply|create|copy|check|look)
        ^ (sudo|apt-get|apt|kubectl|docker|systemctl|helm|git|ls|cat|ssh|chmod|vim|nano|stop|start|lower|raise|drain|bump)
        ^ (switch|configure|replace|specify|pass|append|export|uninstall|move|rename|kill|give|wait|dont)
        ^ (then|and|or|so|just|also|ok|yes|no|first|next|now) (run|try|use|restart|set|add|install|remove|delete|edit|go|do|check)
        roll (it|the|this|that|) back / roll back (to|the)""",
    "explanation": """
        because / cause (it|the|you) / (caused by|due to|root cause) / (the|a|your) (fix|solution|reason|cause|culprit|answer)
        (this|that|it) (happens|happened|occurs|means) / (turns|turned) out / it was (the|a|an|caused|just|due)
        the (issue|problem) (is|was) (that|the|a|caused|in|with) / (looks|seems) like / not supported / isnt supported / by default
        thats (because|why|how|normal|expected) / its (version|on|running|because|normal|expected|called|probably|just|supposed|by)
        (we|i|ive|weve|have|just) (just|) (restarted|fixed|reverted|deployed|applied|increased|rotated|patched|redeployed|cleared)
        (we|i|ive|weve|have|just) (just|) (scaled|updated|changed|added|removed|enabled|disabled|pushed|reset|unlocked|granted)
        (we|i) rolled back / (ive|weve|have) rolled back / (been|was|were) (rolled|restarted|reverted|renamed|moved|changed|deprecated)
        should be (fixed|ok|okay|back|good|resolved|working|fine) / fix (has|is) (been|deployed|out|live|merged)
        ^ (yes|no|yep|nope|yeah|nah|yup|correct|exactly|indeed) (^|)""",
    "pointer": "(here is|here are|heres) / see <url> / <url> / (docs|documentation|wiki|runbook|guide|manual) / according to",
    "code": "<code>",
    "to_you": """
        (are|do|did|have|can|could|were|is|does|will|would|has) (you|u|your) / (what|which|why|where) (are|do|did|have|is) (you|u|your)
        what (version|error|os|distro|card|kernel|release|exactly) / which (version|one|release|kernel)
        (show|send|paste|share|post|give|tell) (me|us|the|your) / you (sure|using|running|there|got)
        (can|could|would) (you|u) (paste|share|send|show|post|provide|give|describe|attach|run|restart)
        what does (it|the|that) (say|output|error|show|log) / output of / is it (on|plugged)""",
    "promise": f"""
        {_I_WILL} {_LOOK} / ^ will (fix|deploy|ship|release|send|share) / {_I_WILL} (now|just|quickly|also) {_LOOK} / will (try|test|do|check|look into|look at|do|update you|get back|report|keep|follow up)
        looking (into|at) (it|this|that|the) / im on it / ^ on it / (taking|having) a look / digging into / ill check
        (get|come|circle) back (to|with) / keep you (posted|updated) / give me (a|an|one|few|some|5|10|15|20|30)
        (checking|investigating) (now|this|it|with|right) / ^ (checking|investigating|looking) ^ / bear with / working on (it|this|that|a)
        (im|i am|were|we are) (investigating|checking|looking|testing|restarting|rolling|digging|escalating|deploying)
        stand by / one (moment|sec|second|minute) / just a (sec|second|moment|minute) / hold (on|tight) / hang on
        (fix|patch|rollback) is (coming|on) / assigned to me / got this / by (end of|eod|tomorrow|tonight) / shortly""",
    "works": """
        (that|this|it|which|restart|restarting|rollback|reboot|upgrade|downgrade|workaround|fix) (has|have|just|really|totally|) (fixed|solved|resolved|worked|helped)
        (that|this|it) did / (fixed|solved|resolved|cured|sorted) (it|that|my|everything) / (did|does|doing) the (trick|job)
        (works|working|runs|running|loads|boots) again / (works|working) (now|fine|great|perfectly|well|for|like|as|perfect|properly|correctly|here|on|too)
        (it|that|this|now|everything|all|login|finally) (works|worked) / (its|thats|now|is|are|everything|been|seems) (working|fixed|solved|resolved|sorted)
        (is|are|am|im|its|were) (all|) (back|online|up again|back up|back online|up now|ok now|fine now|good now|green) / back to normal / (is|are|looks|seems|look|runs) (normal|stable|healthy|good|fine) (again|now) / (back|up) (online|again)
        (fine|good|ok|okay) (now|again) / recovered / all (good|fine|green|well|clear) / got it (working|sorted|fixed|to work)
        no (longer|more) (see|seeing|happens|happening|getting|get|fails|failing|errors|timeouts|crashes|alerts|problems|an)
        (error|errors|problem|issue|alert|alerts|lag|it) (is|are|has|have|went|) (gone|solved|resolved|fixed|disappeared|away|cleared)
        (that|this) was (it|the|my) / you were right / (can|i|we) confirm / ^ confirmed / worked (like|perfectly|great|fine|^|thanks|now)
        (able|managed) to (log|login|connect|access|get|deploy|push|pull|reach|start|boot) / (i|we) can (log in|login|connect|access|see|reach|deploy|push|pull) (now|again|it)
        (can log in|can login|can connect) (now|again) / was successful / ^ (fixed|solved|sorted|worked|success) ^ / (yay|woohoo|hooray)""",
    "closing": f"""
        (closing|close) {_TICKET} / closing ^ / closing (as|now|off) / (marking|mark|marked|flag) {_TICKET} (as|)  (resolved|solved|done|closed|fixed)
        (marking|mark|marked) as (resolved|solved|done|closed|fixed) / {_TICKET} (is|can be|now|) (closed|completed)
        (can|may|to) be closed / ^ resolved ^ / ^ closed ^ / ^ solved ^ / (issue|incident|ticket|case) (is|was|has been|now|) resolved / incident is over
        resolved (and|by) / (resolved|fixed) closing / all done (here|closing) / no further action / wrapping (this|it) up
        (consider|considering) (this|it|that) (done|closed|resolved|solved)""",
    "thanks": """
        (thanks|thankyou|thx|tnx|ty|tysm|thanx|cheers|tks|thks) / thank (you|u|god) / (appreciate|appreciated) / much appreciated
        (youre|you are|ur) (welcome|awesome|great|amazing|a legend) / (lifesaver|life saver) / np / no (problem|worries|probs) ^ / my pleasure""",
    "greeting": f"""
        ^ (hi|hello|hey|hiya|yo|greetings|howdy|hola|sup|morning|heya|hallo) / good (morning|afternoon|evening|day) / gm
        (hi|hello|hey|morning) {_GREETED} / ^ (hi|hello|hey) {_GREETED}""",
    "farewell": """
        good (night|bye|evening|weekend|luck) / gn / goodnight / (bye|cya|goodbye) / see (you|ya) / brb / bbl / afk / gtg / g2g
        have a (good|great|nice|lovely|fun) / (going|heading|time) (home|offline|to bed|to sleep|for lunch) / ttyl / take care / signing off
        (heading out|calling it a day) / (night|later) (all|guys|everyone|folks|^)""",
    "social": """
        (lunch|dinner|breakfast|coffee|beer|beers|pizza|drinks|cake|cookies|donuts|snacks|weekend|birthday|anniversary|holiday|holidays)
        (christmas|party|football|soccer|movie|weather|wedding|gym|karaoke|concert|offsite) / happy (birthday|new|friday|monday|holidays)
        (congrats|congratulations|kudos|bravo|welcome) / how (are|is|r) (you|u|everyone|everybody|life|things|yall|your day)
        how was (your|the) / hows (it going|everyone|life|things|your) / (whats|what) up / wassup / (lol|lmao|rofl|haha|hahaha|hehe|heh|xd)
        (watching|playing|won) (the|) (game|match) / just kidding / jk / (joke|joking|funny|meme|hilarious) / (nice|great|good|awesome|amazing|excellent|fantastic) (one|work|job|stuff|catch|going)
        well done / who (is|else is|wants|wants to|is up) (coming|joining|going|up|for|in|free|watching|a) / whos (coming|joining|going|up|in|free)
        i agree / agreed / (cool|awesome|nice|great|sweet|ok|okay|k|sure|got it|understood|noted|ack|oh|ah|interesting|i see|perfect|excellent|right|wow) ^
        who (cares|would have|knew) / says who / what a (day|mess|week|shame|pity) / oh well / isnt (it|that) (great|funny|nice|awesome|lovely)
        guess what / roger / hmm / makes sense / sounds (good|great|like a plan) / (nvm|nevermind|never mind) / sorry / oops / wrong (channel|window)
        (you|anyone|anybody) (there|around|home) ? / good (point|to know)""",
    "notice": """
        (im|i am|ill be|i will be|he is|she is|we will be|will be) (out|off|away|ooo|late|afk|on leave|unavailable|offline|travelling|in a)
        out of office / ooo / pto / on (leave|vacation|holiday|pto|sick) / (wfh|working from home) / stepping (out|away) / in (a meeting|meetings)
        meeting (is|moved|at|room) / (reminder|heads up|fyi) / (please|pls) (page|contact|call|reach|join|welcome|note|fill|remember|vote|register)
        (went|going|goes) (well|smoothly|live) / (deploy|deployment|release|rollout|upgrade|migration|maintenance) (went|is complete|completed|complete|done|finished|starts|succeeded|at)
        maintenance window / (will be|were|we are|just|have) (deploying|releasing|released|shipped|launched|migrating) / release notes / new (version|release) (is|of|out)
        (planned|scheduled) (maintenance|downtime) / announcement / code freeze / on call (this|next|today|tomorrow|from) / my shift / handing over
        agenda / standup / (retro|survey|newsletter|hackathon) / (weekly|team) (sync|meeting) / shout out""",
    "not": "not / no / never / nobody / no one / none / (doesnt|dont|didnt|isnt|wont|cant|cannot|couldnt|wasnt|arent|havent|hasnt|neither|nor|unable|hardly|aint)",
    "unsure": "if / until / unless / before / whether / hope / hopefully / once / when / should / would",
    "work_word": """
        (work|works|worked|working|help|helped|fix|fixed|resolve|resolved|solve|solved|recover|recovered|boot|start|load|run|open|connect|install|access)""",
    "first_person": "i / im / ive / my / me / we / our / us",
    "you": "you / u / your / youre",
    "back_reference": "that / it / its / thats / this / then / them / they / those / one / too / also",
    "told": "(i|we|ive|weve) (just|already|have|) (did|tried|ran|checked|restarted|rebooted|removed|used|set|added|installed|got|see|done)",
}

# A message that begins so goes on with what was said before it.
GOES_ON = frozenset(
    [
        "and",
        "but",
        "or",
        "so",
        "then",
        "because",
        "cause",
        "cuz",
        "that",
        "thats",
        "it",
        "its",
        "yes",
        "yeah",
        "no",
        "nope",
        "ok",
        "okay",
        "well",
        "oh",
        "ah",
        "lol",
        "right",
        "which",
        "maybe",
        "too",
        "yep",
        "sure",
        "he",
        "she",
        "they",
        "you",
        "your",
        "theyre",
        "unless",
        "except",
        "still",
        "even",
        "ya",
        "hmm",
        "uh",
        "not",
        "those",
        "these",
        "true",
        "probably",
        "only",
        "like",
        "really",
        "但",
        "而",
        "所",
        "那",
        "然",
        "因",
        "不",
        "可",
        "嗯",
        "也",
        "这",
        "你",
        "对",
        "是",
    ]
)
