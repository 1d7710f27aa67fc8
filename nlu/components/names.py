"""A person's own name, where she introduces herself (over normalised text)."""

import re

from nlu.components.spans import Span

_SINGLE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯"
    "龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路"
    "游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝"
    "索央扎旦次尼洛达格拉贡普边巴德强平"
)
_COMPOUND = r"(?:欧阳|上官|司马|诸葛|司徒|皇甫|尉迟|公孙|慕容|令狐|东方|夏侯|宇文|长孙|端木|轩辕)"
_TIBETAN = r"(?:扎西|卓玛|次仁|尼玛|达瓦|央金|旺堆|洛桑|白玛|格桑|拉姆|多吉|平措|顿珠|丹增|德吉|巴桑|边巴|普布|索朗|强巴|罗布|米玛|仓决|曲珍|贡嘎|旦增|加措|益西){1,2}"
_SURNAME = rf"(?:{_COMPOUND}|[{_SINGLE}])"
# A given name ends before words that follow an introduction.
_GIVEN = r"(?:(?!女士|先生|小姐|阿姨|师傅|老师|大爷|大妈|住在?|家住|今年|电话|手机|号码|联系|想要?|要|在|是|的|我|他|她|来|有|报|也|和|跟|这|那|就|了|吧|呢|啊|呀|哈|能|可以|不|说|从|女|男|身份|负责|反映|投诉)[\u4e00-\u9fff])"
_TITLE = r"(?:女士|先生|小姐|阿姨|大姨|大爷|大妈|大娘|大叔|大哥|大姐|叔叔?|姨|婶|嫂|奶奶|爷爷|师傅|老师|医生|大夫|姐|哥|伯|同志|某某?)"
_FULL = rf"(?:{_TIBETAN}|{_SURNAME}{_GIVEN}{{1,2}})"
_POLITE = rf"{_SURNAME}{_TITLE}"
_FAMILIAR = rf"(?:老|小|阿|大){_SURNAME}"

_PATTERNS = (
    (
        rf"(?:我叫|本人叫|我名叫|我的?名字(?:是|叫|:)|名字叫|姓名(?:是|:)?[ ]?|我大名|我全名|联系人(?:是|:)?[ ]?|俺叫|偶叫|人家叫|我叫做|名叫|就叫)[ :,]?({_FULL}|{_POLITE}|{_SURNAME}{_GIVEN})",
        0.95,
    ),
    (
        rf"(?:免贵姓|我姓|本人姓|俺姓|敝姓|贵姓[?,]?|姓)[ :]?({_COMPOUND}|[{_SINGLE}])(?![名氏什啥的那])(?:,?(?:叫|名)({_FULL}))?",
        0.9,
    ),
    (
        rf"(?:叫我|喊我|称呼我?|写我|找我?|联系我)({_POLITE}|{_FAMILIAR}|{_FULL}(?=就行|就好|即可|吧|就可以|[,。!]|[ ]?1[3-9]|$))",
        0.8,
    ),
    (
        rf"(?:我是|俺是|本人是?|这里是|我,)(?:[^,。!? ]{{0,10}}(?:的|室|楼|户|栋|单元|号))?[ ]?({_POLITE}|{_FAMILIAR})(?![家那])",
        0.85,
    ),
    (rf"(?:我是|俺是|本人)[ :,]?({_FULL})(?=[,。!? ]|$|住|家住|电话|手机|1[3-9])", 0.8),
    (rf"(?:^|[,。;: ])({_POLITE})(?=[,。;: ]*(?:电话|手机|联系|:)?[ :是]*[+(]?(?:86)?[ ]?1[3-9])", 0.85),
    (rf"^({_POLITE})[。!]?$", 0.7),
    (rf"(?:^|[,。;: ])({_FULL})(?=[, ]*(?:电话|手机|联系电话|手机号)?[ :是]*1[3-9][0-9 \-]{{9,12}})", 0.75),
    (rf"(?<=[0-9])[, ]?({_POLITE}|{_FULL})[。!]?$", 0.7),
)
_COMPILED = tuple((re.compile(pattern), confidence) for pattern, confidence in _PATTERNS)
# A surname and a common noun look like a name; these are none.
_NOT = frozenset(
    ("业主", "住户", "居民", "租户", "党员", "老师", "高层", "和平", "安全", "平安", "时间", "明天", "成天", "马上", "马路", "路口", "路灯", "路边", "车位", "车库",
     "水管", "水电", "石头", "方便", "房子", "房东", "房客", "何时", "向你", "向您", "应该", "解决", "关于", "关门", "高空", "常住", "全家", "全楼", "项目", "任何",
     "那个", "简单", "严重", "单位", "单元", "包装", "成都", "金额", "江边", "明白", "明明", "平时", "平常", "管理", "商户", "商铺", "连续", "强烈", "边上", "外地", "大学",
     "小区", "小孩", "老人", "老太", "老头", "大楼", "大门", "老小", "小时", "大人", "小时候", "小单", "大路", "小路", "老路", "大车", "小车", "大米", "小米", "大方", "老房", "小石", "方式", "方法", "安排", "明确", "任务", "解释", "时候", "常见", "左右", "龙头", "金牌")
)  # fmt: skip


def find_names(text: str) -> list[Span]:
    """Names that people give as their own; 李女士 as well as 王秀英."""
    found: list[Span] = []
    for pattern, confidence in _COMPILED:
        for match in pattern.finditer(text):
            group = 2 if match.lastindex and match.lastindex > 1 and match.group(2) else 1
            start, end = match.span(group)
            name = text[start:end]
            if name in _NOT or name[:2] in _NOT:
                continue
            if any(start < other.end and other.start < end for other in found):
                continue
            found.append(Span("name", name, start, end, confidence))
    return found
