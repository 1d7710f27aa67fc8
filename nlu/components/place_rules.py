"""Where rules see places: the longest connected phrase, from district to room (over normalised text).

One witness of several: ``places`` weighs what stands here with the rest of the sentence.

Read from right to left where it matters: a suffix such as 小区 or 路 is found first, then the name before it is grown
to the left until a word that cannot be part of a name. Names are not looked up: a grid's own names differ everywhere,
and matching to them is the business of whoever knows the grid.
"""

import re

from nlu.components.spans import Span

_HAN = "\u4e00-\u9fff"
_FIG = r"(?:[0-9]{1,4}|[一二三四五六七八九十百零两]{1,7})"
_LABEL = rf"(?:{_FIG}|[a-z][0-9]{{0,2}}|[甲乙丙丁]|[东西南北中])"

# --- inside a compound: 3号楼2单元501, 3-2-501, 12栋, 五楼, 301室
_BUILDING = rf"{_FIG}排(?:{_FIG}号)?|(?:第)?{_LABEL}(?:号楼|号院|号(?:车库|车棚|车位|门面|商铺|铺面?|电梯|井)|栋楼|栋|幢|#楼|#|座(?![椅位便])|号门|号(?=[一二三四五六七八九十0-9]{{1,2}}单元|[0-9]{{3,4}}(?:室|房)))"
_UNIT = rf"{_LABEL}(?:个?单元|门洞|梯(?=[0-9])|门(?=[0-9]{{3}}))"
_FLOOR = rf"(?:负?{_FIG}(?:楼|层)(?!灰|油|沫|土|皮|膜|冰|黑|白|厚|的?住户|邻居|以上|以下|下面)|顶楼|顶层|地下(?:[一二三0-9]层|室)|负[一二1-3](?:层|楼))"
_ROOM = r"(?:[0-9]{3,4}(?:室|户|房间?|号房|屋)|(?<=[元楼栋幢层座门])[0-9]{3,4}(?![0-9年块元平米斤度]|[.][0-9])|[东西中](?:户|门|室))"
_DASHED = r"(?<![0-9\-.:])[0-9]{1,3}(?:-[0-9]{1,2})?-[0-9]{3,4}(?![0-9\-.:]|年|元|块)(?:室|户)?"
_DASHED_BUILDING = r"(?<![0-9\-.:])[0-9]{1,3}-[0-9]{1,2}单元"
_JOIN = r"[ ,、的]?"
_PHASE = r"(?:第?[一二三四五六1-6]期|[a-f东西南北]区|[一二三四五六1-6]区)"
_INNER = rf"(?:{_PHASE}|{_DASHED_BUILDING}|{_DASHED}|{_BUILDING}|{_UNIT}|{_FLOOR}|{_ROOM})"
_INSIDE = re.compile(rf"{_INNER}(?:{_JOIN}{_INNER}){{0,4}}")
_NUMBER = re.compile(rf"{_FIG}(?:-[0-9]{{1,3}})?(?:号院?|弄)(?![线召码称令召外])|{_FIG}(?:组|队|社)(?![长员成区会])")

# --- where at a thing: 门口, 北门, 旁边 …
_SIDE = (
    r"(?:[东西南北正后侧前大]{1,2}门口?(?:外|旁边?|对面|附近)?|大?门口(?:旁边|对面|那边|那儿|那里|外)?|门前|出入口|出口|入口|进口|路口|十字路口|丁字路口|三岔路口|拐角处?|拐弯处?|转角处?|"
    r"斜?对面|斜对过|对过|旁边|边上|旁(?=[的那有,。]|$)|跟前|附近|周边|周围|后面|后边|后头|后身|背后|前面|前边|前头|楼下|楼后|楼前|楼顶|楼底下?|底下|外面|外头|中间|"
    r"[东南西北]{1,2}[侧边面头]|东南角|西南角|东北角|西北角|[东南西北]角|尽头|一带|沿线|中段|交叉口|岔路?口|交口|交汇处|十字|桥头|桥下|桥洞|口(?![味罩香水袋头号碑腔角])|边(?=[,。!?的上有 ]|$))"
)
_SIDES = re.compile(rf"(?:的?{_SIDE}){{1,2}}")

# --- kinds of places with a name before them
_LONG = (
    r"(?:小区|花园|家园|公寓|花苑|嘉苑|雅苑|名苑|佳苑|新苑|新村|新城|新居|新区|山庄|庄园|华庭|豪庭|雅居|名居|名邸|公馆|府邸|华府|首府|学府|御府|丽都|尚都|名都|半岛|名城|国际|大院|家属院|家属楼|家属区|宿舍|宿舍楼|"
    r"安置房|回迁楼|安居房|经济适用房|大厦|广场|大楼|写字楼|商场|商城|购物中心|胡同|大街|大道|街道(?!办|直|上|里)|社区(?!工作|用房|医|治理|调解|服务|居民|书记|民警|干部|志愿|网格|律师|应|要|该|能|有|会|不|没|给|来)|开发区|高新区|自治区|自治州|中路|东路|西路|南路|北路|东街|西街|南街|北街|环路|大桥|立交桥|天桥|"
    r"公园|市场|菜市场|农贸市场|早市|夜市|超市|便利店|药店|药房|饭店|饭馆|餐馆|烧烤店|烧烤摊|火锅店|面馆|酒店|宾馆|旅馆|网吧|ktv|棋牌室|麻将馆|理发店|洗车店|洗车行|修车铺|汽修店|五金店|水果店|小卖部|早餐店|包子铺|快递站|快递点|快递柜|驿站|"
    r"医院|卫生院|诊所|卫生服务站|卫生服务中心|幼儿园|小学|中学|一中|二中|三中|大学|学校|职高|派出所|银行|邮局|法院|车站|客运站|火车站|公交站台?|站台|地铁站|高铁站|总站|加油站|停车场|地下车库|车库|地库|车棚|充电桩|充电棚|"
    r"服务中心|活动中心|文化中心|老年活动室|活动室|图书馆|体育馆|体育场|健身广场|健身角|小广场|文化广场|中心广场|篮球场|操场|凉亭|花坛|喷泉|水池|人工湖|河边|河道|垃圾站|垃圾房|垃圾点|垃圾桶|垃圾箱|垃圾池|公厕|公共厕所|"
    r"工地|工厂|厂区|仓库|锅炉房|配电室|配电房|变电箱|变压器|门卫室|保安亭|岗亭|值班室|物业办公室|物业办|售楼处|鱼塘|池塘|水塘|水渠|堤坝|大坝|码头|渡口|乐园|游乐场|泵房|热力站|换热站|传达室|地下通道|过街通道|站牌|亭子|长廊|足球场|网球场|球场|游泳馆|泳池|健身房|体育中心|文体中心|党群服务中心|便民服务中心|便民服务站|服务站|政务大厅|办事大厅|服务大厅|老年大学|卫生室|粮站|粮库|供销社|养殖场|陵园|牌楼|钟楼|鼓楼|祠堂|戏台|步行街|小吃街|政府|管委会|管理处|中转站|教堂|寺|庙会|国道|省道|高速口|收费站|隧道|水库|湿地|景区|养老院|敬老院|福利院|大队|林场|农场|牧场)"
)
_SHORT = r"(?:[苑里村园湾府庭郡邸城庄屯院坊巷街桥镇乡县区市厂轩阁]|路(?![灯面边上过人由线况政障虎费牌基程途]))"
# These stand for a place without any name before them, as far as something says where (门口, 旁边).
_BARE = re.compile(
    r"(?:小区|社区|菜市场|农贸市场|市场|早市|夜市|超市|便利店|药店|饭店|饭馆|烧烤店|烧烤摊|理发店|幼儿园|小学|中学|学校|医院|派出所|银行|邮局|公园|广场|小广场|公交站台?|车站|地铁站|加油站|停车场|地下车库|车库|地库|车棚|"
    r"活动中心|活动室|服务中心|垃圾站|垃圾房|垃圾桶|垃圾箱|垃圾点|垃圾池|公厕|公共厕所|健身器材|健身区|凉亭|花坛|快递柜|驿站|快递站|门卫室?|保安亭|岗亭|物业办公室|居委会|工地|胡同|巷子|桥|河|马路|早餐店|包子铺|水果店|小卖部|棋牌室|麻将馆|网吧|宾馆|酒店|变压器|配电室|配电房|锅炉房|充电桩)"
)
_SUFFIX = re.compile(rf"{_LONG}|{_SHORT}")

# … and these even alone: there is one of each.
_LANDMARK = re.compile(
    r"(?:小广场|文化广场|健身广场|中心花园|中心广场|火车站|汽车站|客运站|社区食堂|老年食堂|地铁口|菜市场|农贸市场|铁道边|河边|湖边|村口|巷口|胡同口|桥头)"
)

# … and these where somebody is said to be there.
_AT = re.compile(
    r"(?:在|到|去|从|往|离|就)((?:公园|广场|地下车库|地下停车场|地库|车库|停车场|活动室|活动中心|幼儿园|小学|早市|夜市|市场|公交站|车站|桥上|桥头|河里|水库|凉亭|健身区|快递站|驿站|楼顶|天台|地下室))"
)

# A name never holds these; what stands before them belongs to the sentence.
_STOP_WORDS = (
    "模拟|单位|存|筑劳|认养|愿意|谢谢|截留|下社|上啥|考上|啥|纳闷|帮|鼓励|见|念|参选|罢免|指挥|儿|封|当|怪|算|设|参加|违反|泄露|制定|任命|借调|冒充|多亏|扶持|代替|工作|政府|送面|包|指|炸|疼|独|收|见下|时间|明白|按照|规定|求|骂|闹|上大|昨晚|今晚|应该|必须|配合|指挥|直接|一下|新建|改成|写成|登成|成|这片|那片|这块|那块|多的|我家|把|整改|帮忙|关于|针对|联系|预约|约|安装|装|建|拆|围|挖|刚|靠|冲|掉|扔|躲|锁|卡|塞|藏|关|围着|绕过|绕|"
    "我们|你们|他们|咱们|俺们|大家|这个|那个|这边|那边|这里|那里|哪里|这儿|那儿|旁边|附近|门口|对面|后面|前面|楼下|楼上|隔壁|昨天|今天|明天|前天|晚上|早上|上午|下午|中午|半夜|刚才|现在|最近|每天|天天|"
    "地址|位置|地点|住址|住在|家住|位于|就是|不是|还是|或者|以及|因为|所以|但是|然后|而且|关于|希望|请问|麻烦|你好|您好|师傅|反映|投诉|举报|发现|看见|看到|听说|有个|有人|一个|一条|一家|没有|知道|"
    "走到|来到|路过|经过|靠近|正在|出了|整个|全部|所有|同一|哪个|什么|怎么|几个|多少|老人|孩子|小孩|邻居|业主|物业|居民|商户|车辆|路灯|电梯|垃圾|井盖|网格员|网格长|负责|管理|管|归|属于|叫|打电话|快到|先|再|都|也|又|很|太|真|才|只|让|被|把|给|跟|比|对|向|往|朝|从|自|离|在|到|去|来|回|进|出|是|的|了|着|过|吗|呢|吧|啊|呀|哦|嗯|喂|哎|唉|我|你|您|他|她|它|咱|俺|这|那|哪|某|每|各|本|全|整|有|没|不|别|请|问|找|想|要|会|能|可|说|讲|看|听|住|搬|开|关|堵|停|修|办|报|弄|做|干|换|改|和|与|及|跟|同|或|且|而|但|就|还|更|最|为|以|于|之|其|几|个|条|(?:我|他|她|你|咱|俺|人|谁|大|邻居|那|这|一|几|两|自|全|每|哪)家|(?<![一-龥])家|里面|因|由|用|买|卖|吃|喝|走|跑|跳|坐|站|死|活|快|慢|好|坏|脏|乱|臭|吵"
)
# … but as parts of these they may stand in one.
_KEEP = (
    "和平|和谐|和睦|祥和|万和|颐和|仁和|太和|人和|义和|同和|和顺|和美|和苑|和兴|和泰|永和|泰和|中和|同心|同德|同兴|大同|自行车|为民|利民|来福|福来|来凤|凤来|东来|过境|向阳|朝阳|朝晖|朝霞|向荣|对山|全福|全兴|万全|保全|"
    "机关|海关|关东|城关|关帝|生活|快餐|快捷|快客|便民|好日子|好人|好邻居|工会|协会|未来|都市|市政|回民|回族|听雨|望江|修鞋|修脚|开水|停车|买买提|能人|来顺|归元|太子|不老|同福|同泰|大众|要塞|新都|老人活动|活动中心|活力|站台|管委会|管理处|换乘|加工|中转|死胡同|臭水|报刊|乱坟|跑马|出租|进修|走廊|去处|活鱼|卖鱼|坐堂|包装|设备|当阳|代办|居民楼|垃圾中转|建设|建国|建新|新建|福建|建华|建业|建工|包头|设计|开发|开元|开明|开源|新开|开平|开泰|居里|万家|家和|家兴|家乐|家美|家福|世家|名家|王家|李家|张家|刘家|陈家|杨家|赵家|周家|吴家|徐家|孙家|马家|胡家|郭家|何家|高家|罗家|于家|董家|宋家|韩家|许家|冯家|曹家|田家|石家|姜家|沈家|老家属|"
    "公家|国家|会展|会馆|都会|市府|名都|丽都|首都|成都|新都|花都|江都|好望|好运|美好|友好|修文|站前|车站|停车|有为|富有|安居|为尚|以勒|与城|之星|之家|之春|之光|之窗|之城|之都|可园|不夜|还迁|回迁|买卖街|跑马|走马|活动|活力|快乐|快递|全民|整形|能源|本溪|各庄|几何|卖场|修理|修车|换热|开关|好又多|跑道|坐标|站北|站南|住宅|同仁|先锋|先进|再生|太原|太阳|太平|太极|"
    "太湖|太和|真理|来宾|被服|出版|进步|先农|对外|个体|条山|管委|管庄|报社|报业|用友|家具|家电|家居|看守|问渠|想园|要塞|自由|自强|自来|离岛|吃货|干部|因特|做大|死海|更新|最美|别墅|没名|说法|乱石|坏水|脏街|讲堂|听涛|看海|喝彩|找乐"
)
_STOP = re.compile(_STOP_WORDS)
_KEPT = re.compile(_KEEP)
# Words that end in a short suffix without being a place.
_NOT_PLACE = re.compile(
    r"(?:家里|屋里|楼里|楼道里?|小区里|社区里|这里|那里|哪里|院里|村里|城里|夜里|心里|手里|车里|店里|群里|厕所里|电梯里|水里|嘴里|眼里|公里|夜间里|单元里|房里|厂里|班里|校里|县里|市里|区里|镇里|乡里|街里|园里|路里|走路|马路|铁路|公路|道路|一路|半路|同路|带路|让路|堵路|修路|"
    r"拦路|过路|上路|电路|水路|门路|思路|网路|线路|管路|迷路|逛街|上街|沿街|临街|街里|扫街|过街|骂街|城市|超市|股市|上市|城区|地区|小区|园区|辖区|片区|库区|社区|景区|灾区|区里|院子|住院|出院|法院|医院|后院|前院|大院|家院|政府|幼儿园|家园|公园|校园|菜园|果园|"
    r"邻居|定居|隐居|群居|同居|移居|居住|新居|分居|全县|全市|全区|本市|本区|全村|农村|进城|出城|全城|天桥|过桥|本县|城镇|乡镇|下乡|老乡|家乡|故乡|红旗|国旗|工厂|药厂|下水道路|这条路|那条路|大路|小路|老路|新路|土路|主路|辅路|支路|岔路|盲路|步路|前路|后路|出路|套路|网格里|街坊|"
    r"牌坊|作坊|旅里|周里|月里|年里|天里|这村|那村|咱村|我们村|物业里|哪条路|什么路|几个村|那条街|这条街|整条街|一条街|一条路|小巷|后街|前街|本村|同村|外村|每个村|车库里|地里|田里|河里|山里|海里|锅里|包里|兜里|箱里|桶里|嘴里)$"
)

# 老旧小区 is a kind, not a name.
_VAGUE = frozenset(
    [
        "公共",
        "老家",
        "小区",
        "社区",
        "村",
        "上",
        "电动",
        "电瓶",
        "自行",
        "老旧",
        "老",
        "旧",
        "新",
        "大",
        "小",
        "高档",
        "封闭",
        "开放",
        "智慧",
        "文明",
        "美丽",
        "住宅",
        "商住",
        "破",
        "咱小",
        "隔壁",
        "附近",
        "正规",
        "三甲",
        "公立",
        "私立",
        "当地",
        "本地",
        "县",
        "市",
        "省",
        "区",
        "镇",
        "上级",
    ]
)


def _name_start(text: str, suffix_start: int, longest: int) -> int:
    """Where the name that ends at ``suffix_start`` begins, grown to the left by at most ``longest`` characters."""
    floor = max(0, suffix_start - longest)
    kept = [match.span() for match in _KEPT.finditer(text, floor)]
    start = suffix_start
    while start > floor and (text[start - 1].isalnum() and text[start - 1] not in "ⅰⅱ"):
        start -= 1
    # A word may begin before the window: of 楼下纹身店 the window holds 下纹身.
    for match in _STOP.finditer(text, max(0, start - 2), suffix_start):
        inside = any(begin <= match.start() and match.end() <= end for begin, end in kept)
        if not inside:
            start = max(start, match.end())
    return start


# 里 is a suffix of names (幸福里) and of every container (柜子里): it names only after characters that names are made of.
_NAME_MARKS = frozenset(
    "幸福翠屏和平安康乐阳光春华秋锦绣文明团结友谊建设解放胜利光明新富民祥瑞吉兴隆盛泰荣昌永宁静雅兰桂梅竹菊松柏杨柳桃李杏槐榆枫荷莲龙凤鹤云霞月星晨曦东南西北江河湖海溪泉山石"
    "金银玉珍珠宝碧青绿紫丹朱御景名仁义礼智信忠孝德善美庆丰裕向前进步朝晖育才学府书香街路园苑村城家人民花园芳馨怡畅天鹿鸣书棠榴百合海棠芙蓉长寿延福禄喜同心友好大庆五四七八九三一二十"
)


def _named(text: str, match: "re.Match[str]") -> tuple[int, int] | None:
    """The span of a name with its suffix, or None where it is an everyday word."""
    suffix = match.group()
    short = len(suffix) == 1
    start = _name_start(text, match.start(), 4 if short else 8)
    # 昨天修路: digits directly before are a date or a number, never the beginning of a name, but 一中, 二十四中 are.
    name = text[start : match.start()]
    if suffix == "里" and not (len(name) in {2, 3} and set(name[-2:]) <= _NAME_MARKS):
        return None
    if suffix == "社区" and name[-1:] not in _NAME_MARKS:
        return None
    shortest = 2 if short and not (suffix in {"厂", "桥", "村"} and _SIDES.match(text, match.end())) else 1
    if len(name) < shortest or name.isdigit() or not re.search(rf"[{_HAN}a-z]", name):
        return None
    if short and _NOT_PLACE.search(text[start : match.end()]):
        return None
    if name in _VAGUE:
        return None
    return start, match.end()


def _heads(text: str) -> list[tuple[int, int]]:
    """Named places, those that touch joined: 大连市 + 中山区 + 人民路."""
    heads: list[tuple[int, int]] = []
    at = 0
    while True:
        match = _SUFFIX.search(text, at)
        if match is None:
            return heads
        at = match.end()
        span = _named(text, match)
        if span is None:
            continue
        start, end = span
        if heads and start <= heads[-1][1]:
            start = min(start, heads[-1][0])
            heads.pop()
        heads.append((start, end))


def _grow(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in what follows a head without a break: house number, building, unit, room, side."""
    moved = True
    while moved:
        moved = False
        for pattern in (_INSIDE, _NUMBER, _SIDES):
            gap = 1 if end < len(text) and text[end] in " ,、的" and pattern is _INSIDE else 0
            match = pattern.match(text, end + gap)
            if match is None and gap:
                match = pattern.match(text, end)
            if match is not None:
                end = match.end()
                moved = True
    return start, end


def _unsuffixed(text: str, start: int, inside: str) -> int:
    """Where a name without any suffix begins before a numbered building (恒大绿洲5号楼), else ``start``."""
    if not re.match(rf"{_PHASE}|{_BUILDING}|{_DASHED}", inside):
        return start
    begin = _name_start(text, start, 6)
    name = text[begin:start]
    return begin if re.fullmatch(rf"[{_HAN}]{{2,6}}", name) and name not in _VAGUE else start


# Any thing that stands somewhere says where, as soon as something is beside it: 奶茶店旁边, 老槐树底下.
_THING = re.compile(
    r"[店铺房室站厂馆场亭桥塔池塘河沟渠井棚库校园院所局社摊柜箱桶杆牌树坑台碑湖坝墙](?=门口|旁边|边上|对面|斜对|后面|后头|后边|前面|前头|底下|附近|跟前|拐角|[东西南北][门侧边头])"
)


def _beside(text: str) -> list[tuple[int, int]]:
    """Nameless things with a side."""
    found: list[tuple[int, int]] = []
    for match in _THING.finditer(text):
        start = _name_start(text, match.start(), 3)
        if match.start() - start >= 1 and re.fullmatch(rf"[{_HAN}]+", text[start : match.end()]):
            found.append(_grow(text, start, match.end()))
    return found


_CROSSING = re.compile(r"(?:和|与|跟|同|、|-|交)")


def places_by_rule(text: str) -> list[Span]:
    """Places, longest connected phrases; the value is the phrase."""
    spans: list[tuple[int, int, float]] = []
    heads = _heads(text)
    for start, end in heads:
        spans.append((*_grow(text, start, end), 0.9))
    for match in _INSIDE.finditer(text):
        start, end = _grow(text, *match.span())
        spans.append((_unsuffixed(text, start, match.group()), end, 0.85))
    for match in _AT.finditer(text):
        spans.append((*_grow(text, *match.span(1)), 0.6))
    for match in _LANDMARK.finditer(text):
        spans.append((*_grow(text, *match.span()), 0.7))
    for match in _BARE.finditer(text):
        side = _SIDES.match(text, match.end())
        if side is not None:
            spans.append((match.start(), side.end(), 0.7))
    spans += [(start, end, 0.7) for start, end in _beside(text)]
    joined = _join(text, sorted(spans))
    return [
        Span("place", text[start:end], start, end, confidence) for start, end, confidence in joined if end - start >= 2
    ]


def _join(text: str, spans: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Merge what overlaps, touches, or is the two halves of a crossing (人民路和解放路路口)."""
    merged: list[tuple[int, int, float]] = []
    for start, end, confidence in spans:
        if merged:
            before, until, sure = merged[-1]
            between = text[until:start]
            crossing = _CROSSING.fullmatch(between) and re.search(r"[路街道巷]$", text[before:until])
            if start <= until or between in {" ", "的"} or crossing:
                merged[-1] = (before, max(until, end), max(sure, confidence))
                continue
        merged.append((start, end, confidence))
    return merged
