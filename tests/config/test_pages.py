import pytest
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path

from tests.pages import TidyClient, UntidyPage, untidiness

TIDY = """<!doctype html><html lang="zh-Hans"><head><title>案例｜案例库</title><link rel="stylesheet" href="/a.css">
<link rel="canonical" href="https://example.org/a"></head><body><h1>案例</h1>
<form method="post"><input type="hidden" name="csrfmiddlewaretoken"><label for="a">名</label><input id="a"></form>
%s</body></html>"""


def test_tidy_page_has_no_fault():
    assert untidiness(TIDY % "<p>正文</p>") == []


@pytest.mark.parametrize(
    ("addition", "fault"),
    [
        ("<h1>又一个</h1>", "2 h1 instead of one"),
        ("<style>p{}</style>", "inline <style>"),
        ("<script>go()</script>", "inline <script>"),
        ("<p style='color:red'>正文</p>", "style= on <p>"),
        ("<button onclick='go()'>去</button>", "onclick= on <button>"),
        ("<script src='https://example.org/a.js'></script>", "<script> loads https://example.org/a.js"),
        ("<img alt='' src='//example.org/a.png'>", "<img> loads //example.org/a.png"),
        ("<form method='post' action='/x/'></form>", "POST form to /x/ without a token"),
        ("<p id='a'>正文</p>", "id 'a' stands 2 times"),
        ("<select name='b'></select>", "<select name='b'> has no label"),
    ],
)
def test_each_fault_is_named(addition, fault):
    assert untidiness(TIDY % addition) == [fault]


def test_title_without_the_heading_is_a_fault():
    page = (TIDY % "").replace("<title>案例｜", "<title>首页｜")

    assert untidiness(page) == ["title '首页｜案例库' does not contain the h1 '案例'"]


def untidy(request):
    return HttpResponse('<html lang="zh-Hans"><title>案例</title><p>没有标题</p></html>')


urlpatterns = [path("untidy/", login_not_required(untidy))]


@pytest.mark.django_db
def test_client_raises_on_an_untidy_page(settings):
    settings.ROOT_URLCONF = __name__

    with pytest.raises(UntidyPage, match="GET /untidy/: 0 h1 instead of one"):
        TidyClient().get("/untidy/")
