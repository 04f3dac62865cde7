"""Cleaning with a receipt: what goes, what stays, and that every line of the receipt can be undone alone."""

import re
import time

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from cases.intake.cleaning import clean
from cases.intake.reading import Reading, read, read_paste
from cases.intake.receipt import Fix, apply

PARAGRAPH = "近年来，某县交通运输部门坚持问题导向，联合有关单位开展走访，逐一登记司机的急难愁盼，推动事项限时办结。"
SECOND = "为解决停车难，该县划设临时停车区，配套热水、充电和休息座椅，让过往司机停得下、歇得好、走得安心。"


def cleaned(text, name="a.txt"):
    return clean(read(text.encode(), name))


def kinds(result):
    return [fix.kind for fix in result.fixes]


# Pinyin annotations


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("加强党建(dǎngjiàn)引领", "加强党建引领"),
        ("加强党建（dǎng jiàn）引领", "加强党建引领"),
        ("讨论方案(fāng'àn)。", "讨论方案。"),
        ("讨论方案(fāng’àn)。", "讨论方案。"),
        ("关系的(de)(de)(de)处理", "关系的处理"),
        ("找到党员(yuán)(dǎngyuán)？", "找到党员？"),
        ("初(chū)心(xīn)(chūxīn)故事", "初心故事"),
        ("我(wǒ)们(men)的(de)事", "我们的事"),
        ("试验(yàn)箱", "试验箱"),
        ("恆溫試驗(yàn)設備", "恆溫試驗設備"),
        ("通讯员闫学谦(yánxuéqiān)", "通讯员闫学谦"),
        ("利在长远的事关全局(shìguānquánjú)的工程", "利在长远的事关全局的工程"),
        ("“红色引擎”(yǐnqíng)作用", "“红色引擎”作用"),
        ("旅(lǚ)客和绿(lǜ)地", "旅客和绿地"),
        ("女(nu\u0308\u030c)职工", "女职工"),
        ("花(huār)开", "花开"),
        ("一会儿(huìr)见", "一会儿见"),
        ("银行(yínháng)行(xíng)长", "银行行长"),
        ("党(d\u0251\u030cn\u0261)员", "党员"),
        ("推进(tuījìn )工作", "推进工作"),
        ("标准(ǔn)化", "标准化"),
        ("服务(fú wù)[fúwù]群众", "服务群众"),
        ("建(jian4)设", "建设"),
    ],
)
def test_annotation_proved_by_the_characters_before_it_goes(text, body):
    result = cleaned(text)

    assert result.body == body
    assert set(kinds(result)) == {"pinyin"}


@pytest.mark.parametrize(
    "text",
    [
        "手机软件(APP)上线",
        "二十条(2024 年)措施",
        "建立(厅—县)联络机制",
        "世贸组织(WTO)规则",
        "公司(Runhua)设立",
        "咖啡(café)厅",
        "村(社区)干部",
        "“靓”读 jìng，不读 liàng。",
        "这里的“重”(chóng)字很多人念错。",
        "“行”(háng)字在这里读第二声。",
        "亳州的亳，读音为(bó)。",
        "此处应读作重(chóng)庆。",
        "附件(a)和附件(b)",
        "第一(one)组",
        "甲醇(methanol)运输",
        "(dǎngjiàn)引领",
    ],
)
def test_bracket_that_is_content_stays(text):
    result = cleaned(text)

    assert (result.body, result.fixes) == (text, ())


def test_name_gloss_without_tone_marks_stays_and_asks():
    result = cleaned("助推润华(Runhua)公司")

    assert result.body == "助推润华(Runhua)公司"
    assert [caution.code for caution in result.cautions] == ["pinyin_kept"]


def test_many_proved_readings_without_tones_are_noise():
    result = cleaned("坚持党建(dangjian)引领(yinling)，" * 6)

    assert result.body == "坚持党建引领，" * 6


def test_lone_reading_without_tones_is_asked_about():
    result = cleaned("坚持党建(dangjian)引领")

    assert (result.fixes, [caution.code for caution in result.cautions]) == ((), ["pinyin_kept"])


def test_annotation_after_a_phonetic_guide_is_proved_by_its_base():
    reading = Reading("docx", "加强党建dǎngjiàn(dǎngjiàn)引领", fixes=(Fix("ruby", 4, "dǎngjiàn"),))

    result = clean(reading)

    assert (result.body, kinds(result)) == ("加强党建引领", ["ruby", "pinyin"])


# Titles


def test_repeated_title_lines_go_and_the_title_is_kept():
    result = cleaned(f"某县司机之家建设纪实\n某县司机之家建设纪实\n{PARAGRAPH}\n{SECOND}")

    assert (result.title, result.body) == ("某县司机之家建设纪实", f"{PARAGRAPH}\n{SECOND}")
    assert kinds(result) == ["title", "repeated_title"]


def test_title_broken_over_lines_below_itself_goes():
    result = cleaned(f"车轮上的支部 某县物流党建见闻\n车轮上的支部\n某县物流党建见闻\n{PARAGRAPH}")

    assert (result.title, result.body) == ("车轮上的支部 某县物流党建见闻", PARAGRAPH)


def test_subtitle_belongs_to_the_title():
    assert cleaned(f"车轮上的支部\n——某县物流党建见闻\n{PARAGRAPH}").title == "车轮上的支部——某县物流党建见闻"


@pytest.mark.parametrize(
    "text",
    [
        f"{PARAGRAPH}\n{SECOND}",
        f"一、基本情况\n{PARAGRAPH}",
        f"按：本文为征集来稿。\n{PARAGRAPH}",
        "甲：今天讨论方案。\n乙：好。",
        "试验设备\n在线咨询\n产品中心",
    ],
)
def test_first_line_that_is_no_title_stays_in_the_body(text):
    result = cleaned(text)

    assert (result.title, result.body) == ("", text)


def test_title_without_a_term_in_the_body_is_a_caution_and_no_deletion():
    result = cleaned(f"海鲜大排档的夜经济\n{PARAGRAPH}")

    assert result.title_fits_body is False
    assert [caution.code for caution in result.cautions] == ["title_not_in_body"]
    assert result.body == PARAGRAPH


def test_title_with_a_term_in_the_body_fits():
    assert cleaned(f"为司机安个家\n{PARAGRAPH}").title_fits_body is True


def test_part_of_a_long_term_is_enough_to_fit():
    assert cleaned(f"党群服务中心\n{PARAGRAPH}某县新建中心三处。").title_fits_body is True


def test_text_without_a_title_neither_fits_nor_warns():
    result = cleaned(f"{PARAGRAPH}\n{SECOND}")

    assert (result.title_fits_body, result.cautions) == (None, ())


def test_call_preface_stays_with_its_span():
    preface = "按:为展示基层做法,本报启动征集活动。以下为入选案例。"

    result = cleaned(f"{preface}\n{PARAGRAPH}")

    caution = result.cautions[0]
    assert caution.code == "call_preface"
    assert result.body[caution.start : caution.end] == preface


# Website furniture


@pytest.mark.parametrize(
    "line",
    [
        "相关推荐",
        "相关阅读：",
        "评论列表",
        "网友评论(0)",
        "暂无评论,快抢沙发吧~",
        "你 发表评论:",
        "登录后评论",
        "请登录后发表评论",
        "分享到：微信 微博 QQ空间",
        "上一篇：某镇召开推进会",
        "下一篇 某镇举办培训班",
        "扫一扫在手机打开当前页",
        "返回顶部",
        "【打印】 【关闭】",
        "相关素材",
        "猜你喜欢",
        "鲁ICP备12345678号-1",
        "本文来自网络或网友投稿，如有侵犯您的权益，请发邮件至 a@b.cn，我们将第一时间删除。",
        "免责声明：本站部分图文转载自网络，仅供学习交流，如有侵权请联系删除。",
        "特别声明：以上内容为自媒体平台用户上传并发布，本平台仅提供信息存储服务。",
    ],
)
def test_furniture_after_the_text_goes(line):
    result = cleaned(f"{PARAGRAPH}\n{SECOND}\n\n{line}\n")

    assert result.body == f"{PARAGRAPH}\n{SECOND}"
    assert len(set(kinds(result)) & {"site_chrome", "disclaimer", "ornament"}) == 1


def test_everything_below_a_furniture_heading_goes_but_by_lines():
    result = cleaned(f"{PARAGRAPH}\n通讯员：张三 李四\n相关推荐\n某村的新路\n某镇党员大会召开\n责任编辑：王五\n欢迎")

    assert result.body == f"{PARAGRAPH}\n通讯员：张三 李四\n责任编辑：王五"


def test_prose_after_a_furniture_heading_is_never_lost():
    result = cleaned(f"{PARAGRAPH}\n相关推荐\n{SECOND}\n单位：某县交通局")

    assert result.body == f"{PARAGRAPH}\n{SECOND}\n单位：某县交通局"


@pytest.mark.parametrize(
    "line",
    [
        "通讯员：张三",
        "责任编辑：李四",
        "（作者单位：某县委组织部）",
        "我们将评论列表作为改进服务的抓手，逐条回应群众意见，形成闭环，做到事事有回音。",
        "该县坚持知识产权保护，对侵权行为及时查处，下架侵权商品，维护企业权益，营造良好的营商环境。",
        "特别声明的是，这项制度由全体党员讨论通过。",
        "分享到家门口的红利，让群众得实惠。",
        "2024年7月，某县启动试点。",
        "微信",
        "打印",
        "本文由某县委组织部供稿，转载请注明出处。",
    ],
)
def test_line_of_content_is_no_furniture(line):
    result = cleaned(f"{PARAGRAPH}\n{line}\n{SECOND}")

    assert (result.body, result.fixes) == (f"{PARAGRAPH}\n{line}\n{SECOND}", ())


@pytest.mark.parametrize(
    "line",
    [
        "2024-05-20 13:35",
        "发布于 2024-05-20 13:35",
        "发布时间：2024年5月20日 来源：某某日报 浏览次数：128",
        "来源：某某发布",
        "点击数：1,024",
        "字号：[大 中 小] 打印",
    ],
)
def test_publication_line_before_the_text_goes(line):
    result = cleaned(f"某县司机之家建设纪实\n{line}\n{PARAGRAPH}")

    assert (result.title, result.body) == ("某县司机之家建设纪实", PARAGRAPH)


def test_author_beside_publication_parts_stays():
    line = "发布时间：2024-06-03 09:12    来源：某县融媒    作者：张三    浏览次数：1208"

    result = cleaned(f"某县司机之家建设纪实\n{line}\n{PARAGRAPH}")

    assert result.body == f"作者：张三    \n{PARAGRAPH}"
    assert kinds(result) == ["title"] + ["publication_meta"] * 3


def test_account_line_of_a_post_goes():
    result = cleaned(f"某县司机之家建设纪实\n原创 张三 某县党建 2024-06-03 09:12 山东\n{PARAGRAPH}")

    assert result.body == PARAGRAPH


def test_breadcrumb_above_the_title_is_not_the_title():
    result = cleaned(f"首页 > 党建 > 基层动态\n某县司机之家建设纪实\n{PARAGRAPH}")

    assert (result.title, result.body) == ("某县司机之家建设纪实", PARAGRAPH)


def test_heading_tag_of_a_fragment_is_the_title():
    result = cleaned(f"<h2>某县司机之家建设纪实</h2><p>{PARAGRAPH}</p>")

    assert (result.title, result.body) == ("某县司机之家建设纪实", PARAGRAPH)


def test_issuer_above_the_title_belongs_to_it():
    result = cleaned(f"某县交通运输局\n红色驿站建设情况汇报\n\n{PARAGRAPH}")

    assert (result.title, result.body) == ("某县交通运输局红色驿站建设情况汇报", PARAGRAPH)


def test_date_of_an_activity_before_the_text_stays():
    text = f"时间：2024年5月20日\n地点：某县司机之家\n{PARAGRAPH}"

    assert cleaned(text).body == text


def test_title_named_by_the_export_header_is_the_title():
    result = cleaned(f"---\ntitle: 某县司机之家建设纪实\n---\n某县司机之家建设纪实\n\n{PARAGRAPH}", "a.md")

    assert (result.title, result.body) == ("某县司机之家建设纪实", PARAGRAPH)


def test_place_tag_goes_only_beside_a_date():
    assert cleaned(f"2024-05-20 13:35\n山东\n{PARAGRAPH}").body == PARAGRAPH
    assert cleaned(f"山东\n{PARAGRAPH}").body == f"山东\n{PARAGRAPH}"


def test_author_line_before_the_text_stays():
    assert cleaned(f"某县司机之家建设纪实\n作者：张三\n{PARAGRAPH}").body == f"作者：张三\n{PARAGRAPH}"


# Ornaments, numbering, pictures


def test_ornaments_banners_and_follow_us_lines_go():
    noise = ["点击上方蓝字关注我们", "✦ ✦", "——————", "SPRING DAY", "SPRING DAY", "END", "↓↓↓", "分享、点赞、在看"]
    text = "\n".join([noise[0], PARAGRAPH, *noise[1:5], SECOND, *noise[5:], PARAGRAPH[:-1]])

    result = cleaned(text)

    assert result.body == f"{PARAGRAPH}\n{SECOND}\n{PARAGRAPH[:-1]}"
    assert kinds(result) == ["ornament"] * 8


def test_bare_numbering_above_headings_goes():
    result = cleaned(f"01\n强组织\n{PARAGRAPH}\n02\n优服务\n{SECOND}")

    assert result.body == f"强组织\n{PARAGRAPH}\n优服务\n{SECOND}"
    assert kinds(result) == ["bare_number"] * 2


@pytest.mark.parametrize("numbers", ["95\n87\n60", "1\n5\n9", "3"])
def test_column_of_data_is_no_numbering(numbers):
    text = f"{PARAGRAPH}\n{numbers}\n{SECOND}"

    assert cleaned(text).body == text


def test_numbered_headings_stay():
    text = f"一、强组织\n{PARAGRAPH}\n1.优服务\n{SECOND}\n（二）抓长效"

    assert cleaned(text).body == text


def test_dead_pictures_go_and_a_real_caption_stays():
    picture = '<image>data:image/s3,"s3://x/1" alt=""</image>'
    others = "[图片]\n<img src='a.jpg' alt=''>\n![司机之家揭牌](a.jpg)\n![](b.png)![image](c.png)"
    text = f"{PARAGRAPH}\n{picture}\n{others}\n{SECOND}"

    result = cleaned(text)

    assert result.body == f"{PARAGRAPH}\n司机之家揭牌\n{SECOND}"
    assert set(kinds(result)) == {"dead_image"}


# Markup in text


def test_pasted_html_fragment_loses_its_tags_only():
    result = cleaned("<p>某县&ldquo;司机之家&rdquo;<strong>建成</strong>。</p><p>第二段<br/>换行，3 < 5 且 a<b。</p>")

    assert result.body == "某县“司机之家”建成。\n第二段\n换行，3 < 5 且 a<b。"
    assert set(kinds(result)) == {"markup"}


def test_markdown_export_becomes_plain_text():
    text = (
        "---\n网址: https://example.org/1\n---\n\n# 某县司机之家建设纪实\n\n2024-05-20 13:35\n\n"
        f"![](a.jpg)\n\n{PARAGRAPH}\n\n\n**加粗**与*强调*和[链接](https://example.org)。\n\n> 引文\n\n---\n\n{SECOND}\n"
    )

    result = cleaned(text, "a.md")

    assert result.title == "某县司机之家建设纪实"
    assert result.body == f"{PARAGRAPH}\n\n加粗与强调和链接。\n\n引文\n\n{SECOND}"
    assert result.profile == "markdown"


@pytest.mark.parametrize("text", ["按5*3*2米布置", "注册_用户_名", "3 * 4", "党建+服务", "《规范》[2024]12号", "a&b;c"])
def test_signs_that_are_no_markup_stay(text):
    assert cleaned(f"**加粗**\n{text}").body == f"加粗\n{text}"


def test_widths_and_spaces_stay_as_written():
    text = "服务企业 300 余家,评价“好”;(含 3次方)全角，半角,　缩进 END"

    assert cleaned(text).body == text


def test_zero_width_characters_go():
    result = cleaned("党\u200b建\ufeff引领")

    assert (result.body, kinds(result)) == ("党建引领", ["invisible", "invisible"])


def test_runs_of_blank_lines_shrink_to_one():
    result = cleaned(f"{PARAGRAPH}\n\n\n\n{SECOND}")

    assert (result.body, result.fixes) == (
        f"{PARAGRAPH}\n\n{SECOND}",
        (Fix("blank_lines", len(PARAGRAPH) + 2, "\n\n"),),
    )


def test_characters_count_without_white_space():
    assert cleaned("党建 引领\n\u3000物流").characters == 6


# The receipt


NOISY = (
    "某县司机之家建设纪实\n某县司机之家建设纪实\n2024-05-20 13:35\n按:征集来稿。\n"
    f"{PARAGRAPH[:20]}党建(dǎngjiàn)的(de)(de)"
    f"引领\n✦\n<b>{SECOND}</b>\n\n\n\n[图片]\n通讯员：张三\n\n相关推荐\n欢迎"
)


def test_each_fix_can_be_undone_alone():
    reading = read_paste(NOISY)
    result = clean(reading)

    assert len(result.fixes) >= 10
    for undone in result.fixes:
        others = [fix for fix in result.fixes if fix is not undone]
        body = apply(reading.text, others)
        assert body == apply(apply_marker(reading.text, result.fixes, undone), ()).strip("\n")


def apply_marker(text, fixes, undone):
    """Rebuild the body by hand: everything but the undone fix replaced, from the end to the start."""
    for fix in sorted(fixes, key=lambda fix: -fix.at):
        if fix is not undone:
            text = text[: fix.at] + fix.replaced_by + text[fix.end :]
    return text


def check_receipt(reading, result):
    assert result.body == apply(reading.text, result.fixes)
    end = 0
    for fix in result.fixes:
        assert fix.removed and fix.at >= end
        assert reading.text[fix.at : fix.end] == fix.removed
        end = fix.end
    assert apply(reading.text, ()) == reading.text.strip("\n")


def test_receipt_of_a_noisy_text_adds_up():
    reading = read_paste(NOISY)
    result = clean(reading)

    check_receipt(reading, result)
    assert result.body.startswith("按:征集来稿。")
    assert result.body.endswith("通讯员：张三")


SCRAPS = st.sampled_from(
    [
        "党建",
        "(dǎngjiàn)",
        "(de)",
        "（",
        "）",
        "\n",
        "\n\n",
        "相关推荐",
        "✦",
        "01",
        "2",
        "<p>",
        "</p>",
        "<br>",
        "&nbsp;",
        "**",
    ]
    + [
        "![](a.png)",
        "[图片]",
        "#",
        " ",
        "---",
        "按:",
        "2024-05-20",
        "来源：某报",
        PARAGRAPH,
        "END",
        "\u200b",
        "A",
        "读",
        "`",
        "_",
        "|",
    ]
)


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.lists(SCRAPS, max_size=40).map("".join), st.sampled_from(["txt", "md", "html", "docx"]))
def test_any_mixture_of_noise_keeps_the_receipt_right(text, format_):
    reading = Reading(format_, text)

    check_receipt(reading, clean(reading))


@hypothesis_settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_cleaned_without_an_error(text):
    reading = Reading("txt", text)

    check_receipt(reading, clean(reading))


@pytest.mark.parametrize(
    "unit",
    [
        "(",
        "党(dang)",
        "的(de)",
        "党建(dǎngjiàn)",
        "<",
        "<p>",
        "[",
        "![",
        "*",
        "**a",
        "&",
        "&nbsp;",
        "—",
        "<!--",
        "来源：",
        "[a](",
    ]
    + [
        "“",
        "data:image/png;base64,",
        "> ",
        "_",
        "<script>",
        "2024-05-20 ",
        "a ",
        "![a](",
        "<!--a-->",
        "— ",
        "<image>",
        "上一篇",
    ],
)
def test_two_hundred_thousand_characters_of_anything_take_seconds_at_most(unit):
    assert seconds(Reading("md", unit * (200_000 // len(unit)))) < 5


@pytest.mark.parametrize("line", ["", "a", "1", "✦", "相关推荐", "# ", "特别声明", "图片", "来源：某报", "END"])
def test_twenty_thousand_lines_of_anything_take_seconds_at_most(line):
    assert seconds(Reading("txt", f"{line}\n" * 20_000)) < 5


def seconds(reading):
    started = time.process_time()
    clean(reading)
    return time.process_time() - started


# Real write-ups, where they are present

SUBMISSIONS = settings.BASE_DIR.parent / "shared" / "submissions"
real = pytest.mark.skipif(not SUBMISSIONS.exists(), reason="the real write-ups are not on this machine")


def squeezed(text):
    return "".join(text.split())


@real
@pytest.mark.parametrize("name", ["012", "024", "032", "048", "051"])
def test_real_text_comes_out_as_a_careful_editor_wants_it(name):
    result = clean(read((SUBMISSIONS / "more" / f"{name}.txt").read_bytes(), f"{name}.txt"))

    assert squeezed(result.body) == squeezed((SUBMISSIONS / "more" / f"{name}.clean.txt").read_text())


@real
@pytest.mark.parametrize("name", ["007", "041"])
def test_real_text_without_noise_is_untouched(name):
    data = (SUBMISSIONS / "more" / f"{name}.txt").read_bytes()

    result = clean(read(data, f"{name}.txt"))

    assert (result.body, result.fixes) == (data.decode().strip("\n"), ())


@real
def test_zhaoyuan_loses_its_139_annotations_and_nothing_else():
    reading = read((SUBMISSIONS / "zhaoyuan-transport-2025.txt").read_bytes(), "a.txt")

    result = clean(reading)

    counts = {kind: kinds(result).count(kind) for kind in kinds(result)}
    assert counts == {"title": 1, "repeated_title": 2, "pinyin": 139, "blank_lines": 1, "site_chrome": 5}
    assert result.title_fits_body is False
    bare, removed = re.subn("\\([a-z\u0101-\u01dcàáèéìíòóùúü]+\\)", "", reading.text)
    assert removed == 139
    assert result.body == bare[bare.index("按:") : bare.index("相关推荐")].rstrip("\n")


@real
def test_linshu_loses_pictures_ornaments_and_numbering_and_nothing_else():
    reading = read((SUBMISSIONS / "linshu-logistics-2022.txt").read_bytes(), "a.txt")

    result = clean(reading)

    counts = {kind: kinds(result).count(kind) for kind in kinds(result)}
    assert counts == {
        "title": 1,
        "publication_meta": 1,
        "repeated_title": 5,
        "dead_image": 41,
        "ornament": 12,
        "bare_number": 13,
        "disclaimer": 1,
        "site_chrome": 1,
    }
    assert result.title_fits_body is True
    assert result.profile == "wechat"
    kept = [line for line in reading.text.split("\n")[1:-2] if len(line) > 24 and "data:image" not in line]
    assert len(kept) > 10 and all(line in result.body for line in kept)


def test_title_the_sender_wrote_goes_from_the_top_of_a_short_text():
    reading = read_paste("在家门口给司机安个家\n一、做法\n建起驿站2个。")

    assert clean(reading).body == "在家门口给司机安个家\n一、做法\n建起驿站2个。"
    assert clean(reading, given="在家门口给司机安个家").body == "一、做法\n建起驿站2个。"
    assert clean(reading, given="另一个标题").body == "在家门口给司机安个家\n一、做法\n建起驿站2个。"
