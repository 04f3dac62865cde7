import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import HttpResponse, JsonResponse
from django.test import Client
from django.urls import include, path
from django.views.decorators.http import require_POST

from tests.pages import untidiness

handler400 = "config.failures.bad_request"


def raising(error):
    def view(request):
        raise error

    return login_not_required(view)


@login_not_required
@require_POST
def only_post(request):
    return HttpResponse("done", content_type="text/plain")


@login_not_required
def spoken(request):
    return JsonResponse({"wait": 30}, status=429)


urlpatterns = [
    path("t/suspicious/", raising(SuspiciousOperation("no"))),
    path("t/big/", raising(RequestDataTooBig("no"))),
    path("t/denied/", raising(PermissionDenied("no"))),
    path("t/broken/", raising(ValueError("no"))),
    path("t/post/", only_post),
    path("t/spoken/", spoken),
    path("", include("config.urls")),
]


@pytest.fixture
def visitor(settings, db):
    settings.ROOT_URLCONF = __name__
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/t/suspicious/", 400, "提交的内容不完整或已损坏"),
        ("/t/big/", 413, "文件超过了本站允许的大小"),
        ("/t/denied/", 403, "您的账号没有打开这个页面所需的角色"),
        ("/t/nothing-here/", 404, "地址可能有误"),
        ("/t/post/", 405, "这个地址只用于提交表单"),
        ("/t/broken/", 500, "您刚才的操作没有完成"),
    ],
)
def test_failure_is_a_tidy_page_that_says_what_to_do(visitor, address, status, sentence):
    response = visitor.get(address)

    assert response.status_code == status
    assert sentence in response.content.decode()
    assert untidiness(response.content.decode()) == []


def test_method_not_allowed_still_names_the_allowed_ones(visitor):
    assert visitor.get("/t/post/").headers["Allow"] == "POST"


def test_post_without_a_token_is_told_that_the_page_expired(visitor):
    response = visitor.post("/t/post/")

    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()


def test_refusal_with_its_own_words_is_left_alone(visitor):
    assert visitor.get("/t/spoken/").json() == {"wait": 30}


def test_failure_speaks_english_on_request(visitor):
    page = visitor.get("/t/nothing-here/", headers={"Accept-Language": "en"}).content.decode()

    assert "This page does not exist" in page
    assert '<html lang="en">' in page


def test_sixth_failed_sign_in_is_told_to_wait(db):
    guesses = Client()

    answers = [guesses.post("/account/login/", {"username": "nobody", "password": "x"}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 4 + [429] * 2
    assert "15 分钟后再试" in answers[-1].content.decode()
    assert untidiness(answers[-1].content.decode()) == []
