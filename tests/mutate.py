"""Breaks one promise at a time, and looks whether a test sees it: `make mutants`.

    python tests/mutate.py [mutant...]      all of tests/mutants/*.patch, or those of these names

A mutant is a patch: a slip that somebody could make. Three lines stand before its diff, `Promise:` (one of `PROMISES`), `Test:`
(the test that must fail) and `Why:` (what would go wrong in the user's org or mail). Each is applied to a copy of its own of the
tree; the tests must pass in a copy without it. A test that does not fail, or cannot run at all, makes this program fail.

A patch whose slip was rewritten is made anew: make the slip, `git diff` it into the file below its three lines, take the slip back.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Self

from pytest import ExitCode  # noqa: PT013 - this is no test module

CLONE = Path(__file__).parents[1]
PATCHES = CLONE / "tests" / "mutants"
TEMPORARY = CLONE / "var" / "tmp"

PROMISES = (
    "at-least-once read",
    "idempotent upsert by external id",
    "one outcome for every row of every try",
    "no cursor past a row without a good outcome",
    "nothing marked missing without a complete listing",
    "no token spent twice",
    "no failure that is green",
    "nothing written that did not change",
    "private values stay private",
    "a preview writes nothing",
    "what people set by hand is obeyed",
    "no mail is lost in silence",
    "text from elsewhere is only text",
    "secrets travel by https alone",
    "no log-in is hammered",
    "no partner twice",
    "no edit lost on either side",
    "nothing unflagged is sent",
)
"""What the README and the design claim; the first eight are the claim itself, word for word."""

AT_ONCE = 2  # tests in parallel: each may start servers of its own
PATIENCE = 180.0  # seconds a test may take; one that is slower or hangs is no proof
INTERRUPTED = 130  # the shell's exit code of what Ctrl-C ended
TOLD = 25  # last lines of a pytest that are shown when something is wrong


@dataclass(frozen=True)
class Mutant:
    """One patch, and the test that must fail with it."""

    path: Path
    promise: str
    test: str
    why: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """From its first three lines."""
        head = dict(line.split(": ", 1) for line in path.read_text(encoding="utf-8").splitlines()[:3])
        return cls(path, head["Promise"], head["Test"], head["Why"])

    @property
    def name(self) -> str:
        """What it is called: its file without the ending."""
        return self.path.stem

    def apply(self, folder: Path, *options: str) -> None:
        """Patch the tree in this folder; lines around the slip may have changed, the slip's own may not.

        :raises CalledProcessError: when it does not apply.
        """
        # the ceiling: inside a repository git would look for the files from its root, find them elsewhere, and say nothing
        environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
        command = ["git", "apply", "-C1", "--recount", *options, str(self.path)]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)  # noqa: S603 - git, from wherever it is installed


@dataclass(frozen=True)
class Ending:
    """How one pytest ended, and what it said."""

    code: int
    output: str
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether a test failed, which is not the same as a test that could not be collected, set up or found."""
        return self.code == ExitCode.TESTS_FAILED and " failed" in self.output.splitlines()[-1]

    @property
    def verdict(self) -> str:
        """What it says of the mutant."""
        if self.failed:
            return "caught"
        return "SURVIVED" if self.code == ExitCode.OK else "CANNOT RUN"

    def told(self, lines: int = TOLD) -> str:
        """The end of what it said."""
        return "\n".join(self.output.splitlines()[-lines:])


def mutants() -> list[Mutant]:
    """All of them, in the order of the promises."""
    found = [Mutant.read(path) for path in sorted(PATCHES.glob("*.patch"))]
    return sorted(found, key=lambda mutant: PROMISES.index(mutant.promise))


def copy_tree(folder: Path) -> None:
    """What is in the clone and not ignored by git, as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=CLONE, check=True, capture_output=True, text=True)  # noqa: S603 - same
    for name in filter(None, listed.stdout.split("\0")):
        if (CLONE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CLONE / name, folder / name)


async def run_tests(folder: Path, *arguments: str) -> Ending:
    """One pytest on the tree in this folder; nothing of it outlives us, whatever ends us."""
    tethered = [sys.executable, "-m", "sandbox.tether", sys.executable, "-m", "pytest", "-q", "--tb=short"]
    began = monotonic()
    process = await asyncio.create_subprocess_exec(
        *tethered,
        *arguments,
        cwd=folder,
        env=_environment(folder),
        stdin=PIPE,
        stdout=PIPE,
        stderr=STDOUT,
        start_new_session=True,
    )
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process was started without pipes")
    try:
        output = await asyncio.wait_for(process.stdout.read(), PATIENCE)
    except TimeoutError:
        output = f"no end after {PATIENCE:.0f} seconds".encode()
    finally:
        process.stdin.close()
        code = await process.wait()
    return Ending(code, output.decode(errors="replace"), monotonic() - began)


def _environment(folder: Path) -> dict[str, str]:
    """PYTHONPATH goes before the editable install, so that the copy is what is imported."""
    temporary = folder / "var" / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    paths = os.pathsep.join(str(folder / name) for name in ("plugins", "include"))
    return {**os.environ, "PYTHONPATH": paths, "TMPDIR": str(temporary)}


class Bench:
    """A folder with an unharmed copy of the tree, and room for a copy for each mutant."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._unharmed = folder / "unharmed"
        self._places = asyncio.Semaphore(AT_ONCE)
        copy_tree(self._unharmed)

    async def try_unharmed(self, chosen: Sequence[Mutant]) -> Ending:
        """Their tests, once, without any mutant."""
        tests = sorted({mutant.test for mutant in chosen})
        return await run_tests(self._unharmed, f"-n{AT_ONCE}", *tests)

    async def attempt(self, mutant: Mutant) -> Ending:
        """The mutant's test, with it."""
        async with self._places:
            folder = self._folder / mutant.name
            shutil.copytree(self._unharmed, folder, ignore=shutil.ignore_patterns("var"))
            try:
                mutant.apply(folder)
            except subprocess.CalledProcessError as problem:
                return Ending(ExitCode.USAGE_ERROR, problem.stderr, 0)
            ending = await run_tests(folder, mutant.test)
            shutil.rmtree(folder)
            return ending


async def prove(chosen: Sequence[Mutant]) -> int:
    """Try them all and tell; how many no test has seen."""
    with TemporaryDirectory(prefix="mutants-", dir=TEMPORARY) as folder:
        bench = Bench(Path(folder))
        say(f"The tests of {len(chosen)} mutants, without them:")
        unharmed = await bench.try_unharmed(chosen)
        say(unharmed.told(1 if unharmed.code == ExitCode.OK else TOLD))
        if unharmed.code != ExitCode.OK:
            return len(chosen)
        async with asyncio.TaskGroup() as group:
            tried = [(mutant, group.create_task(bench.attempt(mutant))) for mutant in chosen]
            unseen = await tell(tried)
    say("", f"{len(chosen) - unseen} of {len(chosen)} caught")
    return unseen


async def tell(tried: Iterable[tuple[Mutant, Awaitable[Ending]]]) -> int:
    """A table with a line for each as soon as it is known, and the story of those that were not caught; how many these are."""
    unseen = 0
    for promise, those in groupby(tried, key=lambda attempt: attempt[0].promise):
        say("", promise)
        for mutant, attempt in those:
            ending = await attempt
            say(f"  {ending.verdict:10}  {ending.seconds:4.1f} s  {mutant.name:32}  {mutant.test}")
            if not ending.failed:
                unseen += 1
                say("", mutant.why, ending.told(), "")
    return unseen


def say(*lines: str) -> None:
    """To whoever ran us."""
    print(*lines, sep="\n", flush=True)  # noqa: T201 - what the caller reads


def main(names: Sequence[str]) -> int:
    """All mutants, or those of these names; 1 when one of them was not caught."""
    chosen = [mutant for mutant in mutants() if not names or mutant.name in names]
    if unknown := set(names) - {mutant.name for mutant in chosen}:
        say(f"no such mutant: {', '.join(sorted(unknown))}")
        return ExitCode.USAGE_ERROR
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a kill cleans up like Ctrl-C
    try:
        return int(asyncio.run(prove(chosen)) > 0)
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
