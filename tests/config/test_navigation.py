import pytest
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext_lazy

from config import navigation
from config.context_processors import site
from config.navigation import NavItem, Place


class Visitor:
    is_authenticated = False


class Editor:
    is_authenticated = True

    def has_permission(self, permission):
        return permission == "read"


@pytest.fixture(autouse=True)
def items(monkeypatch):
    monkeypatch.setattr(navigation, "_items", {})
    monkeypatch.setattr(navigation, "_search", [])
    navigation.register(
        NavItem("Notices", "members:account_notices", order=2, group="Me"),
        NavItem("Password", "members:account_password", permission="read", order=1, group="Me"),
        NavItem("Sign in", "members:account_login", permission="write", order=3),
        NavItem("Nowhere", "members:account_nowhere", order=4),
        NavItem("Library", "cases:library_index", place=Place.PUBLIC),
    )
    yield
    navigation._links.cache_clear()


def test_links_are_ordered_and_limited_to_what_the_user_may_do():
    assert [link.label for link in navigation.links(Place.STAFF, Editor())] == ["Password", "Notices"]
    assert [link.label for link in navigation.links(Place.STAFF, Visitor())] == ["Notices"]


def test_what_one_account_may_follow_is_not_shown_to_the_next():
    def shown(user):
        return [link.label for link in navigation.links(Place.STAFF, user)]

    assert (shown(Editor()), shown(Visitor()), shown(Editor())) == (
        ["Password", "Notices"],
        ["Notices"],
        ["Password", "Notices"],
    )


def test_links_speak_the_language_of_the_reader():
    navigation.register(NavItem(gettext_lazy("Sign out"), "members:account_logout"))

    with translation.override("zh-hans"):
        chinese = navigation.links(Place.STAFF, Visitor())[-1].label
    with translation.override("en"):
        english = navigation.links(Place.STAFF, Visitor())[-1].label

    assert (chinese, english) == ("退出登录", "Sign out")


@pytest.mark.parametrize(
    ("view_name", "current"),
    [
        ("members:account_password", ["Password"]),
        ("members:account_open_notice", ["Password"]),  # no item of its own: the first of its area
        ("members:register_list", []),
        ("", []),
    ],
)
def test_one_link_at_most_is_current(view_name, current):
    links = navigation.links(Place.STAFF, Editor(), view_name)

    assert [link.label for link in links if link.is_current] == current


def test_same_page_registered_twice_keeps_the_later_item():
    navigation.register(NavItem("Cases", "cases:library_index", place=Place.PUBLIC))

    assert [link.label for link in navigation.links(Place.PUBLIC, Visitor())] == ["Cases"]


def test_site_groups_staff_links_and_shows_visitors_none():
    request = RequestFactory().get("/")
    request.resolver_match = None
    request.user = Editor()
    navigation.register_search("cases:library_index")

    shown = site(request)["site"]

    assert [(group, [link.label for link in links]) for group, links in shown.staff] == [
        ("Me", ["Password", "Notices"])
    ]
    assert shown.search_url == "/"
    request.user = Visitor()
    assert site(request)["site"].staff == []
