"""Personal data leaves what is kept without the person; what was asked stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.blanking import BLANK, blanked, is_personal

PERSONAL = {
    "13800138000": "打13800138000，能养狗吗",
    "138 0013-8000": "打138 0013-8000，能养狗吗",
    "１３８００１３８０００": "打１３８００１３８０００，能养狗吗",
    "一三八零零一三八零零零": "打一三八零零一三八零零零，能养狗吗",
    "0351-4567890": "打0351-4567890，能养狗吗",
    "14010119900101123X": "身份证14010119900101123X，能养狗吗",
    "6222 0212 3456 7890 123": "卡号6222 0212 3456 7890 123，能养狗吗",
    "wang.xm@example.com": "发到wang.xm@example.com，能养狗吗",
    "abc_12345": "微信号：abc_12345，能养狗吗",
    "晋A12345": "晋A12345的车，能养狗吗",
    "粤B·D12345": "粤B·D12345的车，能养狗吗",
    "3号楼2单元502": "幸福里3号楼2单元502，能养狗吗",
    "3单元502": "我住3单元502，能养狗吗",
    "三单元五零二": "三单元五零二，能养狗吗",
    "12栋1203": "12栋1203，能养狗吗",
    "5-2-301": "5-2-301，能养狗吗",
    "502": "楼上502天天吵，能养狗吗",
    "88号": "建设路88号，能养狗吗",
    "王秀英": "我叫王秀英，能养狗吗",
    "王阿姨": "楼上王阿姨，能养狗吗",
    "张伟": "邻居张伟家的，能养狗吗",
}
HARMLESS = (
    "一栋楼选几个楼栋长",
    "一楼能不能加装电梯",
    "每个单元要选单元长吗",
    "单元长是谁选的",
    "第十八条说什么",
    "通化市条例第19条",
    "2024年的条例什么时候施行",
    "噪音超过60分贝归谁管",
    "12345热线归谁管",
    "110和119打哪个",
    "家里500元够吗",
    "业主大会怎么开",
    "物业费一平米多少钱",
    "老师能兼任网格员吗",
    "社区主任任期几年",
    "高空抛物十二楼扔下来",
)


@pytest.mark.parametrize("secret", PERSONAL)
def test_what_tells_who_or_where_somebody_is_goes_and_the_question_stays(secret: str) -> None:
    left = blanked(PERSONAL[secret])
    assert secret not in left
    assert BLANK in left
    assert left.endswith("，能养狗吗")
    assert is_personal(PERSONAL[secret])


@pytest.mark.parametrize("text", HARMLESS)
def test_a_question_without_a_person_in_it_is_kept_as_it_is(text: str) -> None:
    assert blanked(text) == text
    assert not is_personal(text)


def test_names_that_were_recognised_go_whatever_they_look_like() -> None:
    assert blanked("扎西卓玛问：草场归谁管", ["扎西卓玛", " "]) == f"{BLANK}问：草场归谁管"


@settings(deadline=None, max_examples=200)
@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.sampled_from(["", " ", "-", "，", ". "]),
    st.text("社区能不能养狗问ab，。 \n", max_size=20),
)
def test_a_mobile_number_is_found_in_any_surroundings(number: str, gap: str, around: str) -> None:
    left = blanked(around + gap.join([number[:3], number[3:7], number[7:]]) + around)
    assert not any(sign.isdigit() for sign in left)
    assert BLANK in left
