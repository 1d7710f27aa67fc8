"""Reading what people write: the rules that several forms share, each in one place.

The understanding service is trained on whole sentences; of a fragment (三单元, 嗯, 13800000000) its intent says little.
So fragments are read here, by words, and its entities are what counts.
"""

from __future__ import annotations

import re

from handlers.turn import MAX_TEXT, Turn

# Meanings that are something else than an answer, however short they are said.
ELSEWHERE = frozenset(
    {
        "ask_ordinance",
        "ask_duty",
        "ticket_status",
        "find_grid_worker",
        "help",
        "human_handoff",
        "privacy_request",
        "cancel_flow",
        "abusive",
        "goodbye_thanks",
        "greet",
        "volunteer_signup",
        "volunteer_cancel",
        "request_volunteer",
        "book_appointment",
        "ticket_withdraw",
        "ticket_reopen",
        "rate_service",
        "report_emergency",
    }
)
SURE = 0.6
"""Probability from which a message in the middle of a form is taken as something else than an answer."""

SHORT = 40
"""Characters: a longer text is hardly the answer to a question such as 在什么地方."""

FACTS = frozenset({"place", "time", "phone", "name"})

_END = r"[\s,，。.、;；:：!！~～…]*"
_SOFT = r"[了吧啊呀的嘞滴呢哈嘛哦噢喔哇呗咯]*"
_YES = re.compile(
    rf"^{_END}(嗯+|恩+|唔|对+|是+|好+|行+|中|可以|没错|不错|正确|没问题|没毛病|无误|得|要得|成|妥了?|妥妥|ok+|okay|yes|y|确认|确定|同意"
    rf"|(就)?(这样|这么办|这个|按这个)|(是|就是)?这样的?|(提交|发|报|交|递|办)(上去|出去|了)?|(没有|不用|不需要)(要)?(改|补充|修改).*"
    rf"|是这样|对头|对对|就是|👌|👍|🆗)({_SOFT}{_END}(嗯+|对+|是+|好+|行|可以|没错|就这样|这样|提交|发|报|交|你|您|我)*)*{_SOFT}"
    rf"(谢谢?.*|多谢.*|辛苦.*|麻烦.*|快点?.*|赶紧.*)?{_END}$",
    re.IGNORECASE,
)
_NO = re.compile(
    rf"^{_END}(不(是|对|行|要|用|可以|好|需要|必)?|否|没有?|别|no|n|错|错误|有错|有误|先别.*|慢着|不太对|改一?下?|我?要改|修改"
    rf"|不是这样|不急){_SOFT}{_END}(谢谢.*)?$",
    re.IGNORECASE,
)
_CANCEL = re.compile(
    rf"^{_END}(那|那就|我|还是|哎|唉)*{_END}(算了|取消|退出|不(想)?(提交|交|发|报|填|弄|说|写|办|搞|反映|投诉|登记|报名|撤)|别(报|弄|填|撤)|作废|停止|拉倒|当我没说"
    rf"|不用(报|填|办|弄|登记|撤)?|不需要|不必)(修|了|名)?{_SOFT}{_END}"
    rf"(不?.{{0,3}}(报|填|弄|说|写|办|搞|反映|投诉|登记|用|要|麻烦|管)(名|你|您|了|吧)*)?{_SOFT}{_END}(谢谢.*|再见)?{_END}$"
)
_UNKNOWN = re.compile(
    r"^(我?也?|这个|具体|哎呀?)*(不知道|不清楚|说不清楚?|说不准|说不好|说不上来|不记得|记不[得清太]+|忘了|没注意|不晓得|不确定|不好说|没印象|鬼知道|谁知道|哪知道)"
    r"(该|要|怎么|咋)?((说|讲|写)(啥|什么|的|好)?)?(了|啊|呀|呢|哪天|几号|什么时候|从.{0,6}开始|具体.*)*[。!！,，]?$"
)
_QUESTION = re.compile(
    r"[?？]\s*$|(吗|么|不)\s*[?？。]?\s*$|^(为啥|为什么|凭什么|怎么|咋|干嘛|啥|什么|谁|哪个?|几个?|多少|干什么|有没有|能不能|是不是|可不可以)"
)
_ANONYMOUS = re.compile(
    r"匿名|(?:删|去|拿|撤|抹)掉?(?:我的?)?(?:电话|号码|手机号?|联系方式|名字|姓名)|不(想|愿意?|方便|敢|能|会)?(留|给|写)(名|姓|电话|号码?|手机|联系方式|我的|你|您)*(了|吧|啊|$|[,，。])|不(想|愿意?|方便)(说|告诉|透露|公开|让人知道)"
    r"|别(告诉|说|跟|让|透露|提)(他|她|别人|楼上|楼下|人家|是我|出去|外人|对门|隔壁|邻居|物业|.{0,6}(知道|说)是?我)|保密|不要?(说|透露|让).{0,6}是我|不要?(留|写|提)我?的?(名|电话)"
    r"|不(想|能|要|愿意?)让.{0,8}知道|没(有)?(电话|手机)|不(留|给|方便留|想留|愿留|便)[了吧啊]?$"
)
_SECRET = re.compile(
    r"别(?:告诉|让|跟|透露|说是|泄露)|保密|不(?:想|要|能|愿意?|许)(?:让|告诉|透露|说).{0,8}(?:知道|是我|出去|别人)|不要?(?:透露|泄露)"
)
_BLANK = re.compile(
    r"隐去|打码|遮住|遮掉|抹掉|涂掉|(?:不要|别|不用)(?:带|写|留|放)?.{0,4}(?:号码|电话|车牌|姓名|名字|门牌|身份证|这些)|(?:号码?|电话|车牌|姓名|名字|门牌|身份证)(?:都|也)?(?:别|不要|不用|不许)|(?:去掉|删掉|拿掉|不带|隐藏).{0,6}(?:号|电话|车牌|姓名|名字|门牌|身份证|信息|这些)?"
)
_FILLER = re.compile(
    r"我们?|咱们?|俺|咧|嘞|滴|额|家|住|在|就|是|的|了|吧|啊|呀|哦|噢|嗯|哈|呢|嘛|大概|大约|差不多|可能|应该|好像|估计|从|自|开始|左右|起|已经|有|都|电话|手机|号码|号|联系方式|联系|地址|地点|位置|叫|姓名|名字|名"
    r"|打|可以|也|行|这个|那个|改|成|为|对了|对|不|你们?|您|好|请|麻烦|谢谢|具体|说|告诉|记|一下|这边|那边|到现在|现在|时候|时间|前|以前|[\s\W_]"
)
# What is left when the request itself is taken out of 我要投诉 says whether anything was reported yet.
_REQUEST = re.compile(
    r"我|要|想|想要|请|帮|麻烦|给|你们|您|你|投诉|投拆|举报|反映|反应|上报|报修|报|提|一个|一下|个|点|件|事儿?|问题|情况|跟|和|向|说|告诉|咨询|请问|问|打听|办|讲"
    r"|意见|建议|东西|怎么|可以|能|吗|呢|吧|啊|呀|了|的|有|这里|这儿|这|那|还|我们|咱们?|小区|社区|另外|一|两|些|，|。|！|？|\?|!|,|\s"
)
_REPORT = re.compile(r"投诉|投拆|举报|反映|反应(?!慢)|上报|报修|提.{0,2}(意见|建议)|报(个|一个|一?件).{0,3}(事|问题)")
_MISHEARD = frozenset({"find_grid_worker", "ask_duty", "human_handoff", "out_of_scope", "abusive"})
_COMPLAINS = re.compile(
    r"^(你好|您好|喂)?[,，\s]*(我们?|咱们?)?(就是)?((要|想|来|得)(投诉|举报|反映)|想?(提个)?建议|希望(社区|小区|你们|能))"
)
_TALK = re.compile(r"咨询|请问|(问|说|讲|办).{0,2}(事|问题)|有.{0,2}事|有(个|点)问题|打听")
_PLACEY = re.compile(
    r"[楼栋幢室号门路街巷院区苑园里村口旁边面近前后上下地场店站桥河道家处市县镇厅库梯角心坡沟塘湖顶层墙树亭]|(?<!\d)\d{1,4}(?!\d)|单元|小区|社区|这儿|那儿|附近|到处|全(部|都)|中间|两头"
)
_AT = re.compile(r"^(就?在|就是|就|是)(?=..)|(?<=..)[啊呀呢吧嘛]$")
_TIMEY = re.compile(
    r"[年月日天周号点早晚夜今昨刚久春夏秋冬节才常老总每时]|星期|礼拜|小时|分钟|最近|一直|经常|前|以前|以来|开始|头[一两几]|个把|好几|半拉|俩|仨|入冬|入伙|开春|去年|当初|马上|一会"
)
_ANOTHER = re.compile(
    r"^[\s,，]*(另外|还有(一|两)?(件|个)?(事|问题)?|顺便|再(说|反映|报)(一|个|件)|对了.{0,3}还有|还(要|想)(反映|投诉|报|说)|第二(件|个))"
)
_AGAIN = re.compile(r"又|还在|更(大|严重|厉害)|复燃|(不是|并非|没有?)(误报|没事)")
_FALSE_ALARM = re.compile(
    r"误报|虚惊|没事了|搞错了|弄错了|看错了|报错了|不是真的|开玩笑|闹着玩|测试(一下|的)|(火|烟).{0,4}(灭|散)了|扑灭了|已经(灭|好|解决|没事|安全|找到|脱险|出来)|找到了|不用(来|派|管)|别来了|解除了"
)

_ANY = re.compile(
    r"^我?(都|什么都|啥都|随便|随时|(啥|什么|任何)时候都?|哪天都?)(可以|行|能干?|能做|好|有空|成|方便)?[了吧啊的。]*$"
    r"|^(看(你们)?(安排|情况)|听(你们)?安排|随便|不限|无所谓|都没问题|都方便)[了吧啊的。]*$"
)
_GREETING = re.compile(r"^(早上|上午|中午|下午|晚上|早|晚)(好|安)[啊呀哈！!。]*$")
_GO_ON = re.compile(
    r"^(好的?|嗯|那|我)?[,，]?(要|想)?(接着|继续)(填|报|写|办|说|弄|刚才的?|上次的?|反映|报名|没填完的)*[吧了啊。!！]*$"
)
_TO_US = re.compile(r"[你您]|别管|赶紧|赶快|快点|快来|凭什么|到底|说了.{0,3}遍")
_WAIT = re.compile(
    r"^(我)?(等|稍等|等等|等一下|等会儿?|稍后|马上|一会儿?|先|再|去|看看?|想想|问问|查查|找找|一下|我|啊|哈|吧|说|告诉你|回你|[,，])+[。.!！]?$"
)


def asks_to_wait(text: str) -> bool:
    """Whether the person needs a moment (稍等, 我问问)."""
    return (
        len(text.strip()) > 1
        and _WAIT.match(text.strip()) is not None
        and re.search("等|看|想|问|查|找", text) is not None
    )


def elsewhere(turn: Turn) -> bool:
    """Whether the message is surely about something else than the open question."""
    return turn.intent in ELSEWHERE and turn.confidence >= SURE


def is_yes(turn: Turn) -> bool:
    if is_no(turn):
        return False
    # 是302 is an answer, whatever it sounds like; and nothing is filed on a guess.
    return _YES.match(turn.text) is not None or (turn.says("affirm", 0.8) and not re.search(r"\d", turn.text))


def is_no(turn: Turn) -> bool:
    if _NO.match(turn.text):
        return True
    return turn.says("deny") and _YES.match(turn.text) is None


def is_cancel(turn: Turn) -> bool:
    """Whether the person wants to leave what is being filled in (算了不报了)."""
    if wants_to_go_on(turn.text):
        return False
    # What has been told so far is not thrown away on a guess, nor by a sentence that gives more of it
    # (算了还是留一个吧 139…).
    gives = any(entity.kind in FACTS and entity.end > entity.start for entity in turn.meaning.entities)
    return _CANCEL.match(turn.text) is not None or (turn.says("cancel_flow", 0.8) and not gives)


def wants_to_go_on(text: str) -> bool:
    """接着填, 继续: with the form that is there, or was left."""
    return _GO_ON.match(text.strip()) is not None


def is_anything(text: str) -> bool:
    """Whether every choice is fine (都行, 看你们安排)."""
    return _ANY.match(text.strip()) is not None


def is_unknown(text: str) -> bool:
    return _UNKNOWN.match(text.strip()) is not None


def is_question(text: str) -> bool:
    return _QUESTION.search(text.strip()) is not None


def complains(turn: Turn) -> bool:
    """Whether the words say 我要投诉…, where the classifier hears only what the complaint is about (…网格员)."""
    misheard = turn.confidence < SURE or turn.intent in _MISHEARD
    return misheard and _COMPLAINS.match(turn.text) is not None and not is_question(turn.text)


def is_report_unnamed(text: str) -> bool:
    """Whether a wish to stay unnamed comes with a matter (我要匿名举报楼下占道经营)."""
    return _REPORT.search(text) is not None and not tells_nothing(_ANONYMOUS.sub("", text))


def is_anonymous_wish(turn: Turn) -> bool:
    """Whether the person wants to stay unnamed (匿名; 别告诉楼上是我说的)."""
    return _ANONYMOUS.search(turn.text) is not None


def is_secret_wish(text: str) -> bool:
    """Whether nobody is to learn who reported it (别告诉楼上是我), more than that no name shall be written down."""
    return _SECRET.search(text) is not None


def wants_blank(text: str) -> bool:
    """Whether the personal data in a text is to be left out (隐去号码, 车牌别写)."""
    return _BLANK.search(text) is not None


def is_another_matter(text: str) -> bool:
    """Whether the person begins to tell of something else than the matter before (另外…, 还有件事)."""
    return _ANOTHER.search(text) is not None


def is_false_alarm(text: str) -> bool:
    """Whether the danger is said to be over or never to have been (误报, 火灭了)."""
    return _FALSE_ALARM.search(text) is not None and _AGAIN.search(text) is None


def wants_to_talk(text: str) -> bool:
    """Whether a text says that there is something to say, and not what (想咨询个事)."""
    return _TALK.search(text) is not None and tells_nothing(text)


def tells_nothing(text: str) -> bool:
    """Whether nothing is left of a text when the request itself is taken out (我要投诉)."""
    return len(_REQUEST.sub("", text)) < 2


def only_asks_to_report(text: str) -> bool:
    """Whether a text says that something is to be reported, and not what."""
    return _REPORT.search(text) is not None and tells_nothing(text)


def outside_entities(turn: Turn, kinds: frozenset[str] = FACTS) -> str:
    """What a message says besides the facts that it names, without filling words."""
    covered = [False] * len(turn.text)
    for entity in turn.meaning.entities:
        if entity.kind in kinds and entity.end > entity.start:
            covered[entity.start : entity.end] = [True] * (entity.end - entity.start)
    rest = "".join(" " if inside else sign for sign, inside in zip(turn.text, covered, strict=False))
    return _FILLER.sub("", rest)


def is_bare_fact(turn: Turn) -> bool:
    """Whether a message is nothing but facts that a form can take (幸福里3号楼; 我电话13800000000)."""
    named = any(entity.kind in FACTS and entity.end > entity.start for entity in turn.meaning.entities)
    if _GREETING.match(turn.text.strip()):
        return False
    return named and not outside_entities(turn)


def free_text(turn: Turn) -> str | None:
    """Any words, unless they are about something else; cut at the limit (the person is told by ``converse``)."""
    text = turn.text.strip()
    if len(text) < 2 or (elsewhere(turn) and not is_bare_fact(turn)) or is_no(turn) or is_yes(turn):
        return None
    return text[:MAX_TEXT]


def place_answer(turn: Turn) -> str | None:
    """The message as the answer to 在什么地方: the place it names, or a short phrase that can be one."""
    entity = turn.entity("place")
    rest = outside_entities(turn)
    text = turn.text.strip(" \t\n,，。.!！")
    if entity is not None:
        # 小区门口那棵大树底下: what follows the name says where, too.
        whole: object = len(text) <= SHORT and _PLACEY.search(rest) and turn.chance("report_issue") < SURE
        whole = whole and not is_question(text) and not any(turn.entity(kind) for kind in ("time", "phone", "name"))
        return _AT.sub("", text) if whole else entity.value
    answer = _fragment(turn, _PLACEY)
    return _AT.sub("", answer) if answer else answer


def time_answer(turn: Turn) -> str | None:
    """The message as the answer to 从什么时候开始的."""
    entity = turn.entity("time")
    if entity is not None:
        text = turn.text.strip(" \t\n,，。.!！")
        # 每周二上午十点: a short answer is said in full, however much of it was recognised.
        whole = len(text) <= 10 and outside_entities(turn) and not turn.entity("place") and not is_question(text)
        return text if whole else entity.value
    return None if turn.entity("place") else _fragment(turn, _TIMEY)


def _fragment(turn: Turn, pattern: re.Pattern[str]) -> str | None:
    """A short phrase with a word in it that fits the question; what its intent seems to be does not count."""
    # 在哪？就我家啊: what follows the question mark is the answer.
    text = re.split(r"[?？]", turn.text.rstrip("?？ "))[-1].strip(" \t\n,，。.!！")
    if is_unknown(text):
        return ""
    if turn.text.strip().endswith(("?", "？")) or _TO_US.search(text):
        return None
    if not 1 < len(text) <= SHORT or is_question(text) or is_yes(turn) or is_no(turn) or is_cancel(turn):
        return None
    if len(text) > 8 and turn.says("report_issue", SURE):
        return None
    # A sentence of something else, long enough for its meaning to be trusted, is no answer.
    if len(text) > 6 and elsewhere(turn):
        return None
    return text if pattern.search(text) else None
