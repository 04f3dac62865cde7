"""Website furniture: publication lines, recommendations, comment boxes, disclaimers (pure).

By-lines (通讯员, 记者, 责任编辑, 审核) are content and stay.
"""

import re

from cases.intake.noise.lines import Line
from cases.intake.receipt import Fix


def _any(*patterns: str) -> re.Pattern:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.I)


BYLINE_ROLES = (
    "通讯员|记者|作者|撰稿人?|供稿(?:单位|人)?|责任编辑|责编|编辑|编审|审核|审签|初审|复审|终审|校对|监制|策划|摄影"
    "|图片?|文字?|统筹|美编|值班(?:编辑|主任)|联系人|单位"
)
BYLINE = re.compile(
    r"[（(【\[]?\s*(?:本报|特约|图文|文图|文|图|摄影|撰稿|供稿|投稿|来稿)?\s*"
    rf"(?:{BYLINE_ROLES})\s*[/、和及]?.{{0,4}}[:：丨|｜/ ].{{0,60}}"
)
DATE = r"(?:19|20)\d{2}\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}\s?日?"
CLOCK = r"\d{1,2}[:：]\d{2}(?:[:：]\d{2})?"
DATE_LINE = re.compile(rf"[\[【(（]?(?:星期.|周.)?\s*{DATE}\s*(?:T?\s*{CLOCK})?\s*(?:星期.|周.)?[\]】)）]?")
COUNTERS = "浏览|点击|阅读|访问|人气|热度|点赞数?|评论数?|查看"
META_PART = _any(
    rf"(?:发布(?:时间|日期|于)?|发表(?:时间|日期|于)|更新(?:时间|日期|于)?|时间|日期|上传时间|添加时间|编辑于|发帖时间)"
    rf"\s*[:：]?\s*{DATE}\s*(?:{CLOCK})?",
    rf"{DATE}\s*(?:{CLOCK})?",
    r"(?:(?:文章|信息|稿件|消息)?来源|转载自|来自)\s*[:：]\s*[^\s|｜]{1,30}",
    rf"(?:{COUNTERS})(?:次数|人数|量|数|率)?\s*[:：(（]?\s*[\d,.]+\s*[万w+]*\s*次?[)）]?",
    rf"(?:{COUNTERS})(?:次数|量|数)\s*[:：]?",
    r"(?:字号|字体)(?:大小)?\s*[:：]?\s*[\[【(]?\s*[大中小默认超标准+\-A\s|/·、]{1,16}[\]】)]?",
    r"[\[【]?(?:打印(?:本页|本文)?|关闭(?:窗口|本页)?|收藏(?:本文)?|我要(?:打印|纠错|收藏|分享)|纠错|举报|保存)[\]】]?",
    r"[\[【]?返回(?:顶部|首页|列表|上一页)[\]】]?",
    r"IP属地\s*[:：]\s*\S{2,6}",
    "原创|转载",
)
META_WITH_SPACE = re.compile(rf"(?<!\S)(?:{META_PART.pattern})(?!\S)[\s|｜丨\u00a0]*")
# The line under a public account's title: 原创 张三 某县党建 2024-06-03 09:12 山东
ACCOUNT_LINE = re.compile(
    rf"(?:原创\s*)?(?:[^\s。，,：:]{{2,20}}\s+){{0,3}}{DATE}\s*{CLOCK}(?:\s+[\u4e00-\u9fff]{{2,4}})?"
)
SEPARATORS = re.compile(r"[\s|｜丨/·\u00a0]*")
PLACE_NAMES = """
北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北
湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门
"""
PLACES = set(PLACE_NAMES.split())
# Headings of furniture: nothing after them belongs to the article, unless prose follows.
HEAD_WORDS = _any(
    "相关(?:推荐|阅读|文章|新闻|素材|内容|资讯|标签|话题|专题|视频)",
    "(?:热门|精彩|编辑|为[您你]|更多|本站|最新|智能|猜你|往期|热点)"
    "(?:推荐|回顾|文章|阅读|评论|精选|喜欢|资讯|新闻|精彩|内容|排行|热文)",
    "大家都在看|看过本文的人还看了|推荐阅读|延伸推荐|往期精彩(?:回顾)?|(?:阅读|点击)排行|友情链接",
    r"(?:网友|最新|全部|精彩|热门|用户|发表|我要|文章)?评论(?:列表|区|\s*[(（]\d+[)）])?",
    "发表(?:评论|回复)|留言板|精选留言|写留言",
).pattern
BLOCK_HEAD = re.compile(rf"[\s·•★☆◆■▍>|»《\[【]*(?:{HEAD_WORDS})[\s:：>»》\]】]*(?:更多\s*[>»]*)?", re.I)
SERVICES = r"(?:微信好友|微信|新浪微博|腾讯微博|微博|QQ空间|QQ好友|QQ|朋友圈|复制链接|好友)"
CHROME_LINE = _any(
    "暂无(?:评论|留言).{0,14}|还没有(?:人)?评论.{0,14}|快来抢沙发.{0,6}|抢沙发",
    r"你\s*发表评论[:：]?|(?:提交|发布|发送)(?:评论|留言)|验证码[:：]?|昵称[:：]?",
    r"(?:您?需要|请先?)?\s*登录(?:以?后|之后)?(?:才)?(?:可以|能|可|方可)?(?:发表)?(?:评论|留言|回复|查看).{0,10}",
    r"(?:请先|立即|还没有账号\?*)?\s*(?:登录|注册)(?:[\s/|]*(?:登录|注册))?|(?:文明上网|理性发言).{0,30}",
    rf"(?:一键)?(?:分享|转发)(?:到|至|给)?\s*[:：]?(?:[\s/|、]*{SERVICES})*|{SERVICES}(?:[\s/|、]+{SERVICES})*",
    r"[上下]一[篇条页则章]\s*[:：>»]?.{0,60}|没有(?:更多)?了|(?:已经是|这是)(?:最后|第)一[篇页]了?.{0,4}",
    r"您?(?:当前|现在|所在|目前)?的?(?:所在)?位置(?:是|为)?\s*[:：].{1,60}[>»›/].{0,60}|首页\s*[>»›＞].{1,60}",
    "返回(?:顶部|首页|列表|上一页|目录)|回到顶部|TOP|加载更多.{0,6}|点击加载.{0,6}",
    "展开(?:全文|阅读全文|剩余.{0,8})|(?:阅读|查看)全文|打开(?:APP|微信|客户端).{0,14}|下载(?:APP|客户端).{0,10}",
    "用?手机(?:看|扫码|阅读).{0,10}|扫(?:一扫|码)(?:在?手机上?)?(?:打开|查看|阅读|浏览|分享)?.{0,12}",
    r"(?:我要|点击)?(?:举报|纠错|投诉)(?:/?反馈)?|关闭(?:窗口)?|打印(?:本页)?",
    r"(?:点?赞|踩|收藏|打赏)\s*[(（]?\d*[)）]?(?:\s+(?:赞|踩|收藏|打赏|分享|评论)\s*[(（]?\d*[)）]?)*",
    r".{0,20}ICP备\s?[\w-]{4,20}号?(?:-\d+)?.{0,30}|.{0,20}公网安备.{0,40}|(?:版权所有|Copyright|©|\(c\)).{0,100}",
    "(?:主办|承办|技术支持|建议使用.{0,20}浏览器)[:：]?.{0,60}(?:ICP|技术支持|浏览).{0,40}",
)
# What a page puts between paragraphs; anything else of CHROME_LINE there is taken for content.
MIDDLE_LINE = _any(
    "展开(?:全文|阅读全文|剩余.{0,8})|(?:阅读|查看)全文|打开(?:APP|微信|客户端).{0,14}|下载(?:APP|客户端).{0,10}"
)
DISCLAIMER_HEAD = re.compile(
    r"[【\[（(]?\s*(?:(?:特别|免责|版权|法律|郑重|本站|转载|重要|平台|原创)\s*(?:声明|申明|提示|说明)|声明)\s*[】\])）]?\s*[:：]?"
)
CREDIT = re.compile("供稿|通讯员|撰稿|责任编辑")
CUES = tuple(
    re.compile(cue)
    for cue in (
        r"侵(?:权|删|犯)|权益|版权(?:归|问题|所有)",
        r"删除|删稿|撤稿|下架|及时处理|第一时间(?:处理|删除)|更正",
        r"转载|(?:来自|来源于?|源自|源于|摘自|整理自|取自|转自)(?:网络|互联网|网友)|网友投稿|网络或|素材来",
        r"仅代表|不代表|观点|立场|不承担|不负(?:责|任何)|责任自负|与本(?:站|网|平台|公众号)无关",
        r"信息(?:存储|发布|网络传播)(?:空间)?(?:服务|平台)|仅提供信息|仅供(?:参考|学习|交流)|非商业",
        r"联系(?:我们|本站|本网|作者|小编|客服|管理员)|请(?:发邮件|致电|来电|告知|与.{0,12}联系)|[\w.]+@[\w.]+|申请.{0,8}号",
        r"本文(?:来自|由|系|为|仅|转|版权)|本(?:站|网|平台|公众号|号|页面)|以上内容|文章(?:来源|内容|版权)|(?:图片|图文|文章|内容)(?:、\w+)?(?:来|均来|转|源)",
        r"用户上传|自媒体|作者或机构|上传(?:并|和|及)?发布|未经(?:授权|许可|允许)",
    )
)


def mark_publication(lines: list[Line], fence: int) -> None:
    """Mark dates, sources, counters and place tags around the title (before line `fence`, where prose begins)."""
    dated = False
    places = []
    for line in lines[:fence]:
        if not line.stays:
            continue
        if DATE_LINE.fullmatch(line.text) or ACCOUNT_LINE.fullmatch(line.text) or _all_meta(line.text):
            line.kind = "publication_meta"
            dated = True
        elif parts := _parts_beside_a_byline(line):
            line.fixes += parts
            dated = True
        elif line.text in PLACES:
            places.append(line)
    if dated:
        for line in places:
            line.kind = "publication_meta"


def _parts_beside_a_byline(line: Line) -> list[Fix]:
    """Give the publication parts of a line whose rest is a by-line; nothing for any other line."""
    if line.fixes or len(line.shown) > 200 or "：" not in line.shown and ":" not in line.shown:
        return []
    spans = [found.span() for found in META_WITH_SPACE.finditer(line.shown)]
    rest, position = "", 0
    for start, end in spans:
        rest += line.shown[position:start]
        position = end
    rest = (rest + line.shown[position:]).strip(" |｜丨\t\u3000\u00a0")
    if not spans or not BYLINE.fullmatch(rest) or re.search("[，。；]", rest):
        return []
    return [Fix("publication_meta", line.start + start, line.shown[start:end]) for start, end in spans]


def _all_meta(text: str) -> bool:
    """Tell whether a line consists of publication parts only."""
    if len(text) > 200:
        return False
    position = SEPARATORS.match(text).end()
    if re.match("(?:时间|日期)", text) and not re.search("来源|浏览|点击|阅读|发布|字号", text):
        return False  # an activity's own date: 时间：… 地点：…
    while position < len(text):
        found = META_PART.match(text, position)
        if not found or found.end() == position:
            return False
        position = SEPARATORS.match(text, found.end()).end()
    return True


def mark_furniture(lines: list[Line]) -> None:
    """Mark lines that only a website says, and everything below a furniture heading up to the end.

    Prose and by-lines stay wherever they stand.
    """
    shown = [line for line in lines if line.stays]
    first_prose = next((index for index, line in enumerate(shown) if line.is_prose), len(shown))
    last_prose = max(
        (index for index, line in enumerate(shown) if line.is_prose and not is_disclaimer(line.text)), default=-1
    )
    below_head = False
    for index, line in enumerate(shown):
        text = line.text
        if len(text) > 160:
            continue
        if BLOCK_HEAD.fullmatch(text):
            line.kind = "site_chrome"
            below_head = below_head or index > last_prose
            continue
        outside = not first_prose <= index < last_prose
        alone = (outside and CHROME_LINE.fullmatch(text)) or MIDDLE_LINE.fullmatch(text)
        alone = alone or (index > last_prose and _is_counter(text))
        below = below_head and not BYLINE.fullmatch(text) and not is_disclaimer(text)
        if alone or below:
            line.kind = "site_chrome"


def _is_counter(text: str) -> bool:
    return (
        bool(re.search(r"\d|打印|关闭|举报|收藏", text))
        and not re.search(DATE, text)
        and "来源" not in text
        and _all_meta(text)
    )


def is_disclaimer(text: str) -> bool:
    """Tell whether a paragraph speaks only of rights, sources and liability of the page it stood on."""
    if not 8 <= len(text) <= 400 or CREDIT.search(text):
        return False
    hits = sum(bool(cue.search(text)) for cue in CUES)
    return hits >= 3 or (hits >= 2 and len(text) <= 60)


def mark_disclaimers(lines: list[Line]) -> None:
    """Mark disclaimers at the top and the bottom of the text: never between paragraphs of the article."""
    shown = [line for line in lines if line.stays]
    for ordered in (shown, list(reversed(shown))):
        budget = 12
        for line in ordered:
            if budget == 0:
                break
            if is_disclaimer(line.text):
                line.kind = "disclaimer"
            elif line.is_prose:
                break
            budget -= 1
    for index, line in enumerate(shown):
        if not line.kind and DISCLAIMER_HEAD.fullmatch(line.text):
            below = shown[index + 1] if index + 1 < len(shown) else None
            if below is None or below.kind == "disclaimer":
                line.kind = "disclaimer"
