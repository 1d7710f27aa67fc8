"""Taking personal data out of words that are kept without the person: numbers, addresses, plates, doors and names.

The rules go by form, and rather take too much than too little: what is left is only read for what was asked. Names
that stand in no known form are the caller's to name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

BLANK = "***"
"""What stands where something was taken out."""

_SURNAME = (
    "(?:欧阳|上官|司马|诸葛|司徒|皇甫|慕容|令狐|夏侯|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘"
    "于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫"
    "孔向汤])"
)
_TITLE = (
    "(?:阿姨|大姨|大爷|大妈|大娘|大叔|大哥|大姐|奶奶|爷爷|师傅|老师|医生|大夫|女士|先生|小姐|同志|主任|书记|经理|某某?)"
)
_GIVEN = r"(?:(?![不在是有要的了把能会可来他她也都就说和与跟大])[\u4e00-\u9fff]){1,2}"
_DIGIT = "[0-9零〇一二两三四五六七八九十百]"
_SAID_DIGIT = "[0-9零〇一二三四五六七八九幺]"

_NUMBERS = (
    # A link or an address can hold anything.
    r"https?://\S+",
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    # Accounts: 微信号 abc_123, QQ 12345.
    r"(?:微信|薇信|vx|wx|weixin|qq|抖音|支付宝)(?:号码?|账号|id)?[是为:：\s]*[a-z0-9][a-z0-9_-]{4,}",
    # Telephones, identity cards, bank cards: six digits and more, however they are grouped or spoken.
    r"\+?\d(?:[\s\-–—.·_,，、*]{0,2}\d){5,}x?",
    rf"{_SAID_DIGIT}(?:[\s\-]?{_SAID_DIGIT}){{6,}}",
    # Plates, those of new-energy cars and of learners too.
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使][a-z][\s·.-]?[a-z0-9]{4,6}[挂学警港澳]?(?![a-z0-9])",
)
_DOORS = (
    # 3号楼2单元502室, 12栋1203, 三单元五楼; not 一栋楼 and not 三层楼, which are nobody's.
    rf"{_DIGIT}+(?:号楼|号院|单元|[栋幢座#](?={_DIGIT}|[a-z]座|单元))"
    rf"(?:的?{_DIGIT}+(?:号楼|号院|单元|栋|幢|门|层|楼|室|户|号|#)?|[a-z]座)*",
    r"\d+[栋幢座#]",
    r"\d+-\d+(?:-\d+)+",
    r"\d{2,4}(?:室|号房|号门|户)",
    r"[a-z]座\d*",
    r"(?<=[路街巷道弄里村庄屯组])\d+号(?:院|之\d+)?(?![路线])",
    r"(?<=[上下壁门住家在])\s*\d{3,4}(?![\d米元块年个人平度名条月分岁斤公万多]|天(?!天))",
)
_NAMES = (
    rf"(?:我叫|名叫|姓名[是:：]?|名字[是叫:：]?|我姓|姓){_SURNAME}{_GIVEN}",
    rf"(?:老|小|阿)?{_SURNAME}(?:{_GIVEN})?{_TITLE}",
    rf"[老小]{_SURNAME}(?=家|的|他|她|总|老是|天天)",
    rf"(?<=[邻居楼上下对门隔壁东板主户员长任记理报诉叫]){_SURNAME}{_GIVEN}(?=家|的|他|她|天天|总|老|整天|一直|把|不|在|[,，。!！?？]|$)",
)
_FORMS = [re.compile(pattern, re.IGNORECASE) for pattern in (*_NUMBERS, *_DOORS, *_NAMES)]
_SEVERAL = re.compile(rf"{re.escape(BLANK)}(?:[\s,，、]*{re.escape(BLANK)})+")


def blanked(text: str, named: Iterable[str] = ()) -> str:
    """The text with ``BLANK`` in the place of personal data, its letters and digits half-width.

    Args:
        named: parts of the text that are personal whatever they look like, such as names that were recognised.

    ``家住3号楼2单元502，电话138 0013 8000，能养鸡吗`` → ``家住***，电话***，能养鸡吗``.
    """
    plain = _half_width(text)
    for part in sorted({_half_width(one).strip() for one in named} - {""}, key=len, reverse=True):
        plain = plain.replace(part, BLANK)
    for form in _FORMS:
        plain = form.sub(BLANK, plain)
    return _SEVERAL.sub(BLANK, plain)


def is_personal(text: str) -> bool:
    """Whether ``blanked`` would take anything out of a text."""
    return blanked(text) != _half_width(text)


def _half_width(text: str) -> str:
    """Letters, digits and the signs of numbers and addresses in their plain form (１→1, Ａ→A, ＠→@); the rest stays."""
    return "".join(_plain(sign) if sign.isalnum() or sign in "＠．＋－＿＃" else sign for sign in text)


def _plain(sign: str) -> str:
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 else sign
