"""A test client that refuses untidy pages: what every page owes its readers is checked wherever a test fetches one."""

from collections import Counter
from urllib.parse import urlsplit

from django.test import Client
from lxml import html

LABELLED = ".//input[not(@type='hidden' or @type='submit' or @type='button')] | .//select | .//textarea"
LOADED = (
    ("script", "src"),
    ("link", "href"),
    ("img", "src"),
    ("img", "srcset"),
    ("source", "srcset"),
    ("iframe", "src"),
)
FOREIGN_RELS = {"canonical", "alternate", "self", "next", "prev"}  # addresses nobody loads


class UntidyPage(AssertionError):
    """The page breaks rules every page keeps; the message lists them all."""


class TidyClient(Client):
    """Django's client; every HTML page it gets is checked. Pages of the Django admin are not ours to lay out."""

    def request(self, **request):
        response = super().request(**request)
        path = request.get("PATH_INFO", "")
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming and response.content:
            faults = untidiness(response.content.decode(), is_ours="/admin/" not in path)
            if faults:
                raise UntidyPage(f"{request.get('REQUEST_METHOD')} {path}: " + "; ".join(faults))
        return response


def untidiness(source, is_ours=True):
    """What is wrong with a page, one phrase each; empty when it is tidy."""
    tree = html.document_fromstring(source)
    faults = _loads(tree) + _forms(tree) + _ids(tree)
    if is_ours:
        faults += _sheets(tree) + _heading(tree) + _inline(tree) + _labels(tree)
    return faults


def _text(element):
    return " ".join(element.text_content().split())


def _sheets(tree):
    """A page of work has the stylesheet of its bar, and no stylesheet stands twice."""
    sheets = [link.get("href") for link in tree.iter("link") if link.get("rel") == "stylesheet"]
    faults = [f"stylesheet twice: {sheet}" for sheet, times in Counter(sheets).items() if times > 1]
    if "face-staff" in tree.find("body").get("class", "") and not any("css/desk" in sheet for sheet in sheets):
        faults.append("a page of work without desk.css")
    return faults


def _heading(tree):
    faults = [] if tree.get("lang") else ["no lang on <html>"]
    headings = tree.findall(".//h1")
    if len(headings) != 1:
        return [*faults, f"{len(headings)} h1 instead of one"]
    heading, title = _text(headings[0]), " ".join((tree.findtext(".//title") or "").split())
    own_part = title.rpartition("｜")[0] or title  # without the site's name
    if not heading:
        faults.append("empty h1")
    elif heading not in own_part:
        faults.append(f"title {title!r} does not contain the h1 {heading!r}")
    return faults


def _inline(tree):
    faults = [f"inline <{tag.tag}>" for tag in tree.iter("style")]
    faults += ["inline <script>" for tag in tree.iter("script") if not tag.get("src") and tag.get("type", "") == ""]
    for element in tree.iter():
        faults += [f"{name}= on <{element.tag}>" for name in element.attrib if name == "style" or name.startswith("on")]
    return faults


def _loads(tree):
    """Nothing a browser would fetch by itself may come from another server."""
    faults = []
    for tag, attribute in LOADED:
        for element in tree.iter(tag):
            if tag == "link" and FOREIGN_RELS & set(element.get("rel", "").split()):
                continue
            address = element.get(attribute, "")
            if urlsplit(address.strip()).netloc:
                faults.append(f"<{tag}> loads {address}")
    return faults


def _forms(tree):
    return [
        f"POST form to {form.get('action') or 'itself'} without a token"
        for form in tree.iter("form")
        if form.get("method", "").lower() == "post" and not form.xpath(".//input[@name='csrfmiddlewaretoken']")
    ]


def _ids(tree):
    counts = Counter(tree.xpath("//@id"))
    return [f"id {name!r} stands {count} times" for name, count in counts.items() if count > 1]


def _labels(tree):
    targets = set(tree.xpath("//label/@for"))
    return [
        f"<{field.tag} name={field.get('name')!r}> has no label"
        for field in tree.xpath(LABELLED)
        if not (
            field.get("id") in targets
            or field.get("aria-label")
            or field.get("aria-labelledby")
            or field.xpath("ancestor::label")
        )
    ]
