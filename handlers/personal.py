"""Personal data in what people write: it belongs into its own field, where it is kept secret, not into a description."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from nlu.client import Entity, Understanding
from wording import in_chinese

_LEAD = r"(?:[,，。;；、\s]*(?:我(?:的|是|叫|姓)?|本人|姓|可以|请|麻烦|有事|方便的话)*(?:姓名|名字|叫做?|联系人|联系|电话|手机号?码?|号码|联系方式|微信|打|拨打?|找|加|的|是|为|在|[:：\s])*)"
_TAIL = r"(?:(?:联系我|找我|打给我|打我电话|给我回?(?:个)?电话|回我)?[。]?)"
_OF_ANOTHER = re.compile(
    r"(他|她|它|对方|邻居|楼上|楼下|隔壁|对门|老板|房东|租户|物业|商家|店里|饭店|施工|人家|车主|业主)[^我。；;]{0,12}(电话|手机号?|号码|联系方式)[是为:：\s]*$"
)
_IDENTITY = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使]\s?[A-Za-z]\s?[·.\-]?\s?[A-Za-z0-9]{5,6}(?![A-Za-z0-9])"
)
# A name counts where the words before say that it is somebody's (邻居王大力), up to where the sentence goes on.
_NAMED = re.compile(
    r"(?<=[居上下壁门户主东客叫是姓室的])(?!方便|金属|高空|高层|黄色|白色|白天|任何|常常|万一|马上|马路|马桶|石头|毛病|夏天|秋天|严重|江边|田地|谢谢|龙头|老师|医生|师傅|金毛|熊孩子)(?:欧阳|司马|上官|诸葛|[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文])"
    r"(?:(?![在是有的了把会也都就说和与跟家住他她天每总又])[\u4e00-\u9fff]){1,2}?"
    r"(?=天天|每天|每晚|家|他|她|总|老是|经常|半夜|晚上|一直|整天|在|把|的|住|电话|养|往|又|，|,|。|、|$)"
)
_DOOR = re.compile(
    r"(?:\d+|[一二三四五六七八九十]+)单元\s*\d{3,4}(?:室|户|号)?|(?<=[楼栋幢座住在])\s*\d{3,4}(?:室|户)?(?![\d年月日天个块元])|(?<!\d)\d{3,4}(?:室|户)"
)
_PHONE = re.compile(r"(?<![\d-])(?:1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}-?\d{7,8})(?![\d-])")
_KINDS = {"identity": _IDENTITY, "phone": _PHONE, "plate": _PLATE}


def without_contact(text: str, entities: Iterable[Entity]) -> str:
    """A description without the reporter's own name and number, which have fields of their own.

    ``路灯坏了，我叫王秀英，电话13900001111`` → ``路灯坏了``.
    """
    rest = text
    for entity in entities:
        if entity.kind not in {"phone", "name"} or not entity.text:
            continue
        if entity.kind == "name" and not re.search(
            rf"(?:我(?:叫|是|姓)|姓名|名字|联系人|姓)[:：是\s]*{re.escape(entity.text)}", text
        ):
            # Somebody else's name may be what the matter is about.
            continue
        rest = re.sub(_LEAD + re.escape(entity.text) + _TAIL, "", rest, count=1)
    return rest.strip(" ,，;；、") or text


def without_others_phones(meaning: Understanding, text: str) -> Understanding:
    """The meaning less the telephone numbers of other people (邻居王大力，电话136…): nobody wants to be called there."""
    own = tuple(e for e in meaning.entities if e.kind != "phone" or not _OF_ANOTHER.search(text[: e.start]))
    return replace(meaning, entities=own)


def found_in(text: str) -> list[str]:
    """Kinds of personal data that everybody who works on the ticket would read in a text, worded at ``personal.<kind>``."""
    kinds = [kind for kind, pattern in _KINDS.items() if pattern.search(text)]
    if _NAMED.search(text):
        kinds.append("name")
        kinds += ["door"] if _DOOR.search(text) else []
    return kinds


def blanked(text: str) -> str:
    """The text with a word in the place of each piece of personal data; a door goes where somebody is named with it."""
    if _NAMED.search(text):
        text = _DOOR.sub(in_chinese("personal.blank.door"), _NAMED.sub(in_chinese("personal.blank.name"), text))
    for kind, pattern in _KINDS.items():
        text = pattern.sub(in_chinese(f"personal.blank.{kind}"), text)
    return text
