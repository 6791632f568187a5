"""How long a provider asks to wait is read wherever it says so."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from worker.providers.waits import SECONDS_MAX, told_wait

NOW = 1_800_000_000.0
HEADERS = {
    "seconds": ({"retry-after": "7"}, 7),
    "parts of seconds": ({"retry-after": " 1.5 "}, 1.5),
    "milliseconds": ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
    "a date": ({"retry-after": formatdate(NOW + 120, usegmt=True)}, 120),
    "a date without a zone": ({"retry-after": formatdate(NOW + 120).removesuffix("-0000")}, 120),
    "a date in the past": ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    "a zone out of this world": ({"retry-after": f"Wed, 21 Oct 2015 07:28:00 +{'9' * 30}"}, None),
    "less than nothing": ({"retry-after": "-5"}, None),
    "no number": ({"retry-after": "nan"}, None),
    "a number without end": ({"retry-after": "9" * 4_000}, None),
    "more than a day": ({"retry-after": "9999999"}, SECONDS_MAX),
    "words": ({"retry-after": "soon"}, None),
    "nothing": ({}, None),
    "used up requests": ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
    "used up tokens": ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
    "requests and tokens": (
        {
            "x-ratelimit-remaining-requests": "0",
            "x-ratelimit-reset-requests": "1s",
            "x-ratelimit-remaining-tokens": "0",
            "x-ratelimit-reset-tokens": "1m30s",
        },
        90,
    ),
    "counters with something left": ({"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "1h"}, None),
    "seconds until the reset": ({"x-ratelimit-reset": "45"}, 45),
    "a moment in seconds": ({"x-ratelimit-reset": str(int(NOW) + 60)}, 60),
    "a moment in milliseconds": ({"x-ratelimit-reset": str(int(NOW * 1000) + 30_000)}, 30),
    "a moment that is over": ({"x-ratelimit-reset": "1700000000"}, 0),
    "a header before a counter": ({"retry-after": "3", "x-ratelimit-reset": "45"}, 3),
}
SENTENCES = {
    "Request was throttled. Your rate limit resets in ~30s.": 30,
    "Rate limit reached. Please try again in 1.5s. Visit our site.": 1.5,
    "Please try again in 6m0s.": 360,
    "Please try again in 120ms.": 0.12,
    "Retry after 30 seconds": 30,
    "Please wait 2 minutes, 5 seconds before the next": 125,
    "Try again in about 1 hour": 3600,
    "wait 500 milliseconds": 0.5,
    "In 3 days": 3 * SECONDS_MAX,
    "6 requests per minute with a burst of 1 requests": None,
    "You made 40 requests in a while": None,
    "in 5 apples": None,
    "": None,
}


@pytest.mark.parametrize("what", HEADERS)
def test_headers_say_it_in_many_ways(what: str) -> None:
    headers, seconds = HEADERS[what]

    assert told_wait(headers, "", NOW) == (None if seconds is None else pytest.approx(seconds))


def test_without_a_time_it_is_now() -> None:
    told = told_wait({"retry-after": formatdate(time.time() + 3_600, usegmt=True)}, "")

    assert told is not None
    assert 3_000 < told <= 3_600


@pytest.mark.parametrize("sentence", SENTENCES)
def test_sentences_say_it_too(sentence: str) -> None:
    seconds = SENTENCES[sentence]

    assert told_wait({}, sentence) == (None if seconds is None else pytest.approx(min(seconds, SECONDS_MAX)))


def test_a_header_goes_before_a_sentence() -> None:
    assert told_wait({"retry-after": "2"}, "try again in 9s") == 2


def test_a_long_sentence_is_read_quickly() -> None:
    begun = time.thread_time()

    told_wait({}, "in " + "1 a " * 10_000 + "in " + "9" * 10_000)

    assert time.thread_time() - begun < 1
