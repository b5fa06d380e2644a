"""What each call of a recording has to wait for: the least that any client would, so that the floor is one.

a page of freee        the page before; the first one what ours had asked the org by then (log-in, describe)
a page of a query      the page before
any other call to the org     the pages and writes that ours had the answers of
a write                the freee page that holds as many rows as are written by then, and the reads that ours compared with:
                       for the first write all it had, later those of the statements begun before it
a look at a Bulk job   its share of the time that the job takes, so that the last look finds it done
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from urllib.parse import parse_qs, urlsplit

from benchmarks.tape import Call, Lane

PAGE = re.compile(r".*/query/[^/?]+$")  # the target of a query's second page, or a later one
JOB = re.compile(r"(?<=/jobs/ingest/)\w+")  # a job's id in a target
_LOOK = re.compile(r"/jobs/ingest/\w+$")
_CLOSE = b"UploadComplete"
ROW = b'"attributes":'


@dataclass(frozen=True)
class Step:
    """One call of the floor.

    :param needs: lane to how many of its calls must have been answered.
    :param pause: seconds before it: a job takes its time.
    """

    call: Call
    needs: dict[Lane, int] = field(default_factory=dict)
    pause: float = 0.0


def plan(calls: Sequence[Call], queue_seconds: float, row_seconds: float) -> dict[Lane, list[Step]]:
    """The calls of each lane, in order."""
    lanes: dict[Lane, list[Call]] = {"freee": [], "org": [], "write": []}
    for call in calls:
        lanes[call.lane].append(call)
    return {
        "freee": list(_freee(lanes)),
        "org": _paced(list(_org(lanes)), queue_seconds, row_seconds),
        "write": list(_writes(lanes)),
    }


def _answered(calls: Sequence[Call], moment: float) -> int:
    return sum(call.ended <= moment for call in calls)


def _freee(lanes: dict[Lane, list[Call]]) -> Iterator[Step]:
    for call in lanes["freee"]:
        later = int(_offset(call) or 0) > 0
        yield Step(call, {} if later else {"org": _answered(lanes["org"], call.began)})


def _offset(call: Call) -> str | None:
    return parse_qs(urlsplit(call.target).query).get("offset", [None])[0]


def _org(lanes: dict[Lane, list[Call]]) -> Iterator[Step]:
    for call in lanes["org"]:
        if PAGE.match(call.target):
            yield Step(call)
        else:
            yield Step(call, {lane: _answered(lanes[lane], call.began) for lane in ("freee", "write")})


def _writes(lanes: dict[Lane, list[Call]]) -> Iterator[Step]:
    writes, org = lanes["write"], lanes["org"]
    holds = _rows_by_page(lanes["freee"])
    for number, (call, rows) in enumerate(
        zip(writes, accumulate(each.body.count(ROW) for each in writes), strict=True)
    ):
        reads = _answered(org, call.began)
        if number:
            reads = next((place for place in range(reads, 0, -1) if not PAGE.match(org[place - 1].target)), 0)
        page = next((place for place, held in holds if held >= rows), len(lanes["freee"]))
        yield Step(call, {"freee": page, "org": reads})


def _rows_by_page(calls: Sequence[Call]) -> list[tuple[int, int]]:
    """For each page but the last: how many calls of the lane have been made with it, and how many rows they brought."""
    offsets = [(place, int(offset)) for place, call in enumerate(calls) if (offset := _offset(call)) is not None]
    return [(place + 1, following + 1) for (place, _), (_, following) in pairwise(offsets)]


def _paced(steps: list[Step], queue_seconds: float, row_seconds: float) -> list[Step]:
    """Share out the time that each job takes among the looks at it."""
    paced, rows = list(steps), 0
    for place, step in enumerate(steps):
        if step.call.method == "PUT":
            rows = step.call.body.count(b"\n") - 1
        if _CLOSE in step.call.body:
            looks = []
            for at in range(place + 1, len(steps)):
                if steps[at].call.method != "GET" or not _LOOK.search(steps[at].call.target):
                    break
                looks.append(at)
            for at in looks:
                paced[at] = replace(steps[at], pause=(queue_seconds + rows * row_seconds) / len(looks))
    return paced
