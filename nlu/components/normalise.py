"""One way of writing for every way of typing, with the way back to the original's offsets.

Full-width digits and letters become half-width, traditional figures simplified, capitals small; emoji, zero-width and
control characters go; runs of the same punctuation become one mark. Every character of the result knows which
character of the original it came from.
"""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Traditional → simplified, for the characters that residents' messages use most. Not a converter: where one
# traditional character has two simplified ones, the commoner reading stands.
_TRADITIONAL = (
    "請请問问會会電电話话樓楼層层門门燈灯壞坏亂乱車车輛辆區区單单元元號号戶户幫帮個个們们這这裡里裏里還还沒没麼么麽么誰谁說说講讲"
    "聽听見见現现場场時时間间點点鐘钟週周過过來来對对錯错為为為为什什樣样開开關关聯联繫系係系報报處处理理網网員员業业務务務务"
    "辦办證证條条規规則则違违法法應应該该責责罰罚錢钱費费繳缴納纳貼贴補补額额醫医藥药護护嗎吗噪噪聲声音音擾扰鄰邻居居屬属歸归"
    "實实際际圖图書书館馆廣广場场廠厂長长廳厅廢废垃垃圾圾臭臭髒脏掃扫潔洁環环衛卫綠绿樹树種种養养動动貓猫狗狗鳥鸟魚鱼蟲虫"
    "災灾煙烟氣气爆爆漏漏斷断線线觸触電电傷伤血血殺杀搶抢劫劫鬥斗毆殴賊贼偷偷盜盗騙骗警警嚇吓救救命命墜坠牆墙裂裂縫缝塌塌"
    "陽阳陰阴東东龍龙鳳凤華华萬万億亿兩两幾几雙双隻只條条張张趙赵錢钱孫孙吳吴鄭郑馮冯陳陈蔣蒋韓韩楊杨許许呂吕嚴严潘潘"
    "謝谢謝谢願愿願愿意意義义參参與与團团隊队協协調调解解決决進进遠远近近運运輸输轉转換换檢检查查驗验測测試试試试題题類类"
    "學学習习師师生生兒儿孫孙媽妈爸爸爺爷奶奶親亲歲岁歷历記记錄录資资訊讯隱隐私私刪删導导發发送送給给讓让從从後后優优惡恶"
    "愛爱歡欢樂乐嘆叹氣气煩烦惱恼怒怒罵骂傻傻爛烂臺台灣湾國国語语髮发內内並并麵面餅饼飯饭館馆賣卖買买貨货價价廠厂織织組组"
    "級级約约紀纪紅红綫线統统經经結结終终絕绝繼继續续維维緊紧總总縣县鎮镇鄉乡莊庄灘滩濕湿溝沟滿满濟济準准熱热營营爭争"
    "狀状獨独獎奖環环產产畫画異异瘋疯痛痛盜盗監监盤盘眾众礙碍禮礼積积穩稳窩窝競竞筆笔節节範范築筑簡简糧粮緩缓縮缩罷罢"
    "職职聰聪腦脑腳脚臉脸舊旧蓋盖蘇苏藍蓝蘭兰術术衝冲裝装複复覺觉觀观計计訂订訴诉診诊詢询誤误談谈論论證证譯译議议讀读變变"
    "負负貧贫責责費费賠赔賬账質质贈赠趕赶跡迹蹤踪軟软較较載载輪轮輕轻農农連连達达選选遲迟遺遗邊边醜丑鋪铺錯错鍋锅鎖锁鏡镜"
    "鐵铁閃闪閉闭閒闲閱阅隨随險险雜杂離离難难雲云靈灵靜静頂顶項项順顺預预頭头頻频顆颗顧顾飄飘飛飞餘余馬马駐驻駕驾騎骑驚惊"
    "髒脏鬧闹齊齐齒齿嘅的喺在唔不咩啥佢他哋们冇没睇看"
)
_SIMPLER = {}
for _at in range(0, len(_TRADITIONAL) - 1, 2):
    _SIMPLER.setdefault(_TRADITIONAL[_at], _TRADITIONAL[_at + 1])

# NFKC leaves these as they are or turns them into something that the patterns below would not know.
_MARKS = {
    "。": "。", "．": ".", "｡": "。", "，": ",", "､": "、", "！": "!", "？": "?", "；": ";", "：": ":", "（": "(", "）": ")",
    "〇": "零", "—": "-", "–": "-", "―": "-", "－": "-", "−": "-", "‐": "-", "‑": "-", "～": "~", "〜": "~", "…": "…",
    "“": '"', "”": '"', "‘": "'", "’": "'", "#": "#", "＃": "#", "\u3000": " ", "\t": " ", "\n": " ", "\r": " ",
}  # fmt: skip
_RUNS = frozenset("!?。,;:、~….-—* \"'()")
LONGEST = 2000  # characters of the original that are looked at


@dataclass(frozen=True)
class Normalised:
    """A text as the patterns read it.

    Attributes:
        text: the normalised text.
        origin: for each of its characters the offset in the original it came from; strictly not decreasing.
        original: what was given.
    """

    text: str
    origin: tuple[int, ...]
    original: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original for ``text[start:end]`` (``start < end``)."""
        return self.origin[start], self.origin[end - 1] + 1


@lru_cache(maxsize=8192)
def _fold(mark: str) -> str:
    """What one character of the original becomes: usually one character, sometimes none or a few."""
    if mark in _MARKS:
        return _MARKS[mark]
    if mark in _SIMPLER:
        return _SIMPLER[mark]
    category = unicodedata.category(mark)
    if category in {"Cc", "Cf", "Cs", "Co", "Cn", "So", "Sk", "Mn", "Me"} and not "①" <= mark <= "⑳":
        return ""
    folded = unicodedata.normalize("NFKC", mark).lower()
    return "".join(_SIMPLER.get(one, one) for one in folded) if len(folded) <= 4 else ""


@lru_cache(maxsize=4)  # several components ask for the same text one after another
def normalise(text: str) -> Normalised:
    """Fold ``text`` (its first ``LONGEST`` characters). Never fails."""
    marks: list[str] = []
    origin: list[int] = []
    for at, mark in enumerate(text[:LONGEST]):
        for one in _fold(mark):
            if one in _RUNS and marks and marks[-1] == one:
                continue
            # 啊啊啊啊啊啊 says no more than 啊啊啊; figures count each.
            if not one.isdigit() and marks[-3:] == [one] * 3:
                continue
            marks.append(one)
            origin.append(at)
    return Normalised("".join(marks), tuple(origin), text)
