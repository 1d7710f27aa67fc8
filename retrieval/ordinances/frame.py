"""What frames a law and is no part of an article: titles, notes on adoption, announcements, signatures, attachments."""

from __future__ import annotations

import re

from retrieval.ordinances.numerals import SIGNS

_CONTENTS = re.compile(r"^[【\[]?目\s*[录錄次][】\]]?$")
_PREAMBLE = re.compile(r"^[序前引]\s*言$")
_ADOPTION = re.compile(rf"^[（(〔](?![{SIGNS}]+[）)]).*(通过|批准|公布|修正|修订|施行|发布|废止).*[）)〕]$")
_NOTES = (
    re.compile(r"^[（(]([下上][转接]).*[）)]$"),
    re.compile(r"^\S{0,20}〔\d{4}〕\s*第?\d+号$"),
    re.compile(rf"^\S{{0,30}}(令|公告)?[（(]?第?\s*[{SIGNS}]+\s*号[）)]?$"),
    re.compile(rf"^[{SIGNS}]{{4}}\s*年\s*[{SIGNS}]{{1,3}}\s*月\s*[{SIGNS}]{{1,3}}\s*日$"),
    re.compile(r"^\S{2,30}人民代表大会(常务委员会)?(公告)?$"),
    re.compile(r"^(特此|现予)?公告。?$"),
    re.compile(r"^《.+》已由.+(通过|批准).*公布.*施行。$"),
)
_TITLE = re.compile(
    r"^\S(?:.{2,60}\S)?(条例|办法|规定|规则|细则|决定|章程|公约|守则|规范|解释|安排|批复|意见|法)([（(](草案|试行|修正|修订|暂行).*[）)])?$"
)
# What comes when the last article is over; the second line is what web pages put there.
_TAIL = re.compile(
    rf"^(附\s*[件表录图]?\s*[{SIGNS}]*\s*[:：]|附\s*[件表录图]\s*[{SIGNS}]*$|附件\s*[{SIGNS}]+|(省|市|州|县|区)长\s*\S{{2,4}}$"
    r"|责任编辑|编辑[:：]|来源[:：]|信息来源|上一篇|下一篇|分享到|扫一扫|版权所有|[Cc]opyright|.{0,4}关闭(窗口|本页)?.?$|.?打印"
    r"|相关(链接|阅读|文章|稿件)|.*ICP备|网站地图|主办单位|联系我们|【字体)"
)
#: Longer lines are text, and too long to be searched for what frames a law.
_LONGEST = 2000
_AMENDS = re.compile(r"关于(修改|修正|废止).+的决定")
_AMENDMENT = re.compile(rf"^[{SIGNS}]+、.*(修改为|改为|作为第|删去|删除|增加)")


def is_contents(line: str) -> bool:
    """目录."""
    return bool(_CONTENTS.match(line))


def is_preamble(line: str) -> bool:
    """序言."""
    return bool(_PREAMBLE.match(line))


def is_adoption(line: str) -> bool:
    """The note under the title: (2024年9月26日…通过)."""
    return len(line) <= _LONGEST and bool(_ADOPTION.match(line))


def is_note(line: str) -> bool:
    """What is no part of an article wherever it stands."""
    return is_adoption(line) or (len(line) <= _LONGEST and any(note.match(line) for note in _NOTES))


def is_title(line: str) -> bool:
    """What may be a law's title; inside an article it may also be one of a list of laws."""
    return bool(_TITLE.match(line))


def is_tail(line: str) -> bool:
    """What may follow the last article: attachments, signatures, the foot of a web page."""
    return len(line) <= _LONGEST and bool(_TAIL.match(line))


def announces(line: str) -> bool:
    """Whether another law or an attachment can begin with this line."""
    return is_title(line) or is_adoption(line) or is_tail(line)


def is_amendment(lines: list[str]) -> bool:
    """Whether the lines are a decision that changes laws: it quotes articles, but they are not its own."""
    return any(_AMENDS.search(line) for line in lines[:12]) and any(map(_AMENDMENT.match, lines))
