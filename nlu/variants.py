"""Other names in the same sentence, so that the tagger learns sentences and not names.

The names are put together from characters and endings that Chinese estates, roads and villages are named with; any that
exist somewhere are meant by chance.
"""

import re
from random import Random

from nlu.components.sites import SIDES, SITES, THINGS, words
from nlu.components.towns import TOWNS

_FIRST = "翠锦金银玉紫丹碧青华丰富康宁泰安和祥瑞福昌盛兴隆永长新东西南北中天云星月阳春秋江河湖海山泉溪竹兰梅桂枫柳松榕桐荷凤龙鹤鹿文学书德仁义诚民家城景滨临望御名世万恒保绿香橡水石花雅静颐怡和顺明光红前胜利建育向朝迎"
_SECOND = "湖园林泉景华江苑海山城府庭和安宁康泰福兴盛丰源春秋阳光月星河溪竹兰桂枫桐荷凤龙鹤鸣韵悦逸品尚雅居家邻里湾洲岸堤桥门台阁轩屏翠锦玉碧云霞晖强民业设放平风化远达通新进步"
_KNOWN = words(
    "阳光 幸福 和谐 向阳 东风 红旗 建国 解放 人民 胜利 光明 团结 友谊 和平 青年 文化 中山 北京 长江 黄河 滨河 滨江 世纪 时代 国际 中央 锦绣 御景 水岸 江南 凯旋 星河 钻石 学府 书香 尚城 丽景 "
    "万科 恒大 保利 绿地 碧桂 融创 龙湖 中海 华润 金地 招商 世茂 远洋 富力 雅居 纺织 机床 铁路 石油 化工 供电 邮电 粮食 商业 农机 煤矿 水泥 柴油机 拖拉机 第一 第二 红星 曙光 朝阳 永安 平安 长寿 永乐"
)
_SURNAMES = "张王李赵刘陈杨黄周吴徐孙马朱胡郭何高林罗郑梁宋唐韩冯于董程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
_ESTATES = words(
    "小区 花园 家园 苑 里 园 新村 名苑 嘉苑 佳苑 公寓 新城 名城 府 湾 庭院 华庭 豪庭 花城 公馆 雅居 新居 小镇 花苑 山庄 家属院 宿舍 国际 都市 广场 半岛 绿洲 天下 首府 壹号 城 郡 墅 国际城 世家 院子"
)
_BARE = words("绿洲 半岛 天下 国际 香槟 新天地 印象 年华 传奇 领地 公元 天骄 春天 蓝湾 左岸 城邦 逸品 天城 假日")
_ROADS = words("路 街 大街 大道 巷 胡同 东路 西路 南路 北路 东街 西街 北街 中路 环路 道 里弄 条")
_VILLAGES = words("村 庄 屯 沟 堡 店 寨 营 洼 窑 岭 坪 河村 家庄 家沟 家村 家屯 家堡 家寨")

_ESTATE = re.compile(
    r"[一-龥]{2,4}?(?:小区|花园|家园|新村|名苑|嘉苑|佳苑|公寓|新城|名城|华庭|公馆|花苑|山庄|家属院|宿舍|新居|庭院|国际|绿洲|半岛|[苑里园府湾庭城])(?=[0-9一二三四五六七八九十a-dA-D东西南北的 ，,门楼后]|$)"
)
_ROAD = re.compile(r"[一-龥]{2,3}?(?:大街|大道|胡同|[东西南北中]路|[东西南北]街|路|街|巷)(?!口$)")
_VILLAGE = re.compile(r"[一-龥]{2,3}?(?:村|庄|屯|沟|堡|店|窑|岭)(?=[一-龥]?|$)")
_SIDED = re.compile(rf"(?P<thing>{'|'.join(sorted(SITES + THINGS, key=len, reverse=True))})(?P<side>{'|'.join(SIDES)})")
_LEADS = words(
    "我们 咱 咱们 俺们 俺 阿拉 额 侬晓得伐 我住 我在 住在 我家住 就是 就是那个 那个 喂 你好 地址是 改成 应该是 在 到 去 明天 昨晚 昨天晚上十一点多 前天 我妈住 麻烦看下 麻烦来下 反映一下 反映下 举报 说一下 离 从 楼下 隔壁 附近 哎 师傅 同志 请问 "
    "帮我查下 预约 看见 路过 走到 刚才 是 不是 还是 归 我是 我是住 晓得不 跟你说 你好我在 我跟你说哈 有人在 听说 因为 为啥 为什么 咋 快来 救命 快 急 上次 补充 位置在 地点 就在 正在 每天 天天 关于 投诉"
)
_STARTS = ("我", "咱", "俺")
_TOWNS = sorted(TOWNS)
_SITES = frozenset(SITES)
_DIGITS = re.compile(r"[0-9]+")
_NUMERAL = re.compile(r"(?<![中负第])[一二三四五六七八九十]+(?=号楼|号院|号|单元|栋|楼|层|幢|期|组|门)")
_HANZI = "零一二三四五六七八九"


def _stem(chance: Random) -> str:
    if chance.random() < 0.4:
        return chance.choice(_KNOWN)
    return chance.choice(_FIRST) + chance.choice(_SECOND)


def _estate(chance: Random) -> str:
    kind = chance.random()
    if kind < 0.15:
        return _stem(chance) + chance.choice(_BARE)
    if kind < 0.22:
        return _stem(chance) + chance.choice(_SECOND)
    return _stem(chance) + chance.choice(_ESTATES)


def _village(chance: Random) -> str:
    ending = chance.choice(_VILLAGES)
    return (chance.choice(_SURNAMES) if ending[0] == "家" else chance.choice(_FIRST + "大小上下前后老" + _SURNAMES)
            + chance.choice(("", "家", "树", "石", "沙", "柳"))) + ending  # fmt: skip


def _numeral(number: int) -> str:
    """1 to 99 as people write them in characters."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else _HANZI[tens] + "十") + ("" if ones == 0 else _HANZI[ones])


def lead(text: str, chance: Random) -> str:
    """Words that a sentence beginning with ``text`` may begin with instead; often none."""
    return chance.choice(_LEADS) if chance.random() < 0.4 and not text.startswith(_STARTS) else ""


def renamed(place: str, chance: Random) -> str:
    """The same kind of place under another name and with other numbers; unchanged where its kind is not seen."""
    sided = _SIDED.fullmatch(place)
    if place in _SITES:
        return chance.choice(SITES)
    if place in TOWNS:
        return chance.choice(_TOWNS)
    if sided is not None:
        return chance.choice(SITES[: len(SITES) // 2] + THINGS) + sided.group("side")
    for pattern, make in ((_ESTATE, _estate), (_VILLAGE, _village)):
        match = pattern.match(place)
        if match is not None and not re.match(r"小区|社区|家属|老", match.group()):
            place = make(chance) + place[match.end() :]
            break
    else:
        place = _ROAD.sub(lambda _: _stem(chance) + chance.choice(_ROADS), place)

    def digits(match: "re.Match[str]") -> str:
        size = len(match.group())
        return str(chance.randint(10 ** (size - 1), 10**size - 1)) if size < 5 else match.group()

    place = _DIGITS.sub(digits, place)
    return _NUMERAL.sub(lambda _: _numeral(chance.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 16, 21))), place)
