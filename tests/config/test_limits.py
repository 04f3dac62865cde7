"""The counter of what strangers do."""

import threading

import pytest
import time_machine
from django.db import connection

from config import limits


@pytest.mark.django_db
def test_hits_within_the_limit_pass_and_the_next_does_not():
    with time_machine.travel("2127-05-04 10:00:00+08:00", tick=False):
        answers = [limits.hit("door:192.0.2.1", limit=2, per_seconds=60) for _n in range(3)]
        other = limits.hit("door:192.0.2.2", limit=2, per_seconds=60)

    assert answers == [True, True, False]
    assert other is True


@pytest.mark.django_db
def test_the_next_window_begins_at_none():
    with time_machine.travel("2127-05-04 10:00:00+08:00", tick=False) as clock:
        first = [limits.hit("door", limit=1, per_seconds=60) for _n in range(2)]
        clock.shift(60)
        second = limits.hit("door", limit=1, per_seconds=60)

    assert first == [True, False]
    assert second is True


@pytest.mark.django_db
def test_only_a_digest_of_the_address_is_kept():
    limits.hit("door:192.0.2.1", limit=2, per_seconds=60)

    with connection.cursor() as cursor:
        cursor.execute("select key from config_hit")
        keys = [key for (key,) in cursor.fetchall()]
    assert len(keys) == 1
    assert "192.0.2.1" not in keys[0]


@pytest.mark.django_db(transaction=True)
def test_exactly_as_many_pass_as_allowed_however_many_ask_at_once():
    passed = []

    def ask():
        passed.extend(limits.hit("crowd", limit=10, per_seconds=86400) for _n in range(10))
        connection.close()

    crowd = [threading.Thread(target=ask) for _n in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    assert passed.count(True) == 10
    assert len(passed) == 40


@pytest.mark.django_db
def test_a_bucket_lets_a_crowd_in_at_once_and_then_as_many_as_it_gains():
    with time_machine.travel("2127-05-04 10:00:00+08:00", tick=False) as clock:
        first = [limits.take("hall", capacity=3, per_second=0.5) for _n in range(4)]
        clock.shift(4)
        second = [limits.take("hall", capacity=3, per_second=0.5) for _n in range(3)]
        clock.shift(3600)
        third = [limits.take("hall", capacity=3, per_second=0.5) for _n in range(4)]
        other = limits.take("office", capacity=3, per_second=0.5)

    assert first == [True, True, True, False]
    assert second == [True, True, False]
    assert third == [True, True, True, False]
    assert other is True


@pytest.mark.django_db(transaction=True)
def test_a_bucket_is_exact_however_many_ask_at_once():
    passed = []

    def ask():
        passed.extend(limits.take("crowd", capacity=10, per_second=0.000001) for _n in range(10))
        connection.close()

    crowd = [threading.Thread(target=ask) for _n in range(4)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()

    assert passed.count(True) == 10
    assert len(passed) == 40
