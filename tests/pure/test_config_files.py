"""Files that a user names: only regular ones are opened, none is read without end, and none vanishes unsaid."""

import os
import socket
from pathlib import Path

import pytest

from config import files
from config.errors import MOST_SHOWN, PlanError, Problem, shortened
from config.files import TooLarge, open_regular, read_regular
from config.loading.loader import load_plan, plan_folders
from config.settings import load_settings, reveal
from config.sources import Secret

HEAD = "plan: P\ncurrency: EUR\ntimezone: UTC\nstarts: 2026-01-01\nends: 2026-12-31\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A plan's folder with a sound plan."""
    made = tmp_path / "plans" / "p"
    made.mkdir(parents=True)
    (made / "plan.yaml").write_text(HEAD)
    return made


def problems(error: pytest.ExceptionInfo[PlanError]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


def test_a_pipe_that_nobody_writes_to_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="Not a regular file"):
        open_regular(tmp_path / "pipe")


def test_a_device_a_socket_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="Not a regular file"):
        open_regular(Path("/dev/zero"))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(tmp_path / "s"))
        with pytest.raises(OSError, match="Not a regular file"):
            open_regular(tmp_path / "s")
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)


def test_a_link_to_a_regular_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"x")
    (tmp_path / "link").symlink_to("there")
    assert read_regular(tmp_path / "link") == b"x"


def test_of_a_file_of_many_gigabytes_no_more_is_read_than_may_be(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(20 << 30)  # sparse: it takes no space, and reading it whole would take all memory
    with pytest.raises(TooLarge):
        read_regular(tmp_path / "huge")


@pytest.mark.parametrize("name", ["plan.yaml", "sources.yaml"])
def test_a_pipe_or_device_in_the_place_of_a_plans_file_is_a_problem(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("/dev/zero")
    with pytest.raises(PlanError) as error:
        load_plan(folder, folder.parents[1], {})
    assert problems(error) == [f"plans/p/{name}: cannot be read: Not a regular file"]


# What is not there, and what only seems not to be


@pytest.mark.parametrize("name", ["plan.yaml", "sources.yaml"])
def test_a_plans_file_behind_a_broken_link_is_a_problem_and_no_absent_file(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("/gone/away.yaml")
    assert plan_folders(folder.parents[1]) == [folder]
    with pytest.raises(PlanError) as error:
        load_plan(folder, folder.parents[1], {})
    assert problems(error) == [
        f"plans/p/{name}: cannot be read: the link leads to /gone/away.yaml, which does not exist"
    ]


def test_settings_behind_a_broken_link_are_no_default_settings(tmp_path: Path) -> None:
    (tmp_path / "vigie.yaml").symlink_to("/gone/away.yaml")
    with pytest.raises(PlanError) as error:
        load_settings(tmp_path, {})
    assert problems(error) == ["vigie.yaml: cannot be read: the link leads to /gone/away.yaml, which does not exist"]


def test_a_plan_whose_folder_is_a_broken_link_is_still_a_plan(folder: Path) -> None:
    gone = folder.parent / "autumn"
    gone.symlink_to("/gone/autumn")
    assert plan_folders(folder.parents[1]) == [gone, folder]
    with pytest.raises(PlanError) as error:
        load_plan(gone, folder.parents[1], {})
    assert problems(error) == [
        "plans/autumn/plan.yaml: cannot be read: the link leads to /gone/autumn, which does not exist"
    ]


def test_all_plans_behind_a_broken_link_are_a_problem_and_no_empty_configuration(tmp_path: Path) -> None:
    (tmp_path / "plans").symlink_to("/gone/plans")
    with pytest.raises(PlanError) as error:
        plan_folders(tmp_path)
    assert problems(error) == ["plans: cannot be read: the link leads to /gone/plans, which does not exist"]


def test_a_link_that_leads_round_in_a_circle_is_a_problem(folder: Path) -> None:
    circle = folder.parent / "circle"
    circle.symlink_to(circle)
    assert plan_folders(folder.parents[1]) == [circle, folder]


# Secrets


@pytest.mark.parametrize(
    ("secret", "told"),
    [
        (Secret(file="/dev/zero"), "/dev/zero cannot be used: Not a regular file"),
        (Secret(file="huge"), "huge cannot be used: larger than 1 MiB"),
        (Secret(file="link"), "link cannot be used: the link leads to /gone/key, which does not exist"),
        (Secret(command=("yes",)), "the command yes cannot be used: larger than 1 MiB"),
        (Secret(env="EMPTY"), "the environment variable EMPTY is empty"),
        (Secret(env="SPACE"), "the environment variable SPACE is empty"),
        (Secret(file="empty"), "empty is empty"),
        (Secret(command=("echo",)), "the command echo prints nothing"),
        (Secret(command=("true",)), "the command true prints nothing"),
    ],
)
def test_a_secret_without_end_or_without_a_sign_is_refused(tmp_path: Path, secret: Secret, told: str) -> None:
    (tmp_path / "huge").write_bytes(b"x" * ((1 << 20) + 1))
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "link").symlink_to("/gone/key")
    with pytest.raises(PlanError) as error:
        reveal(secret, tmp_path, {"EMPTY": "", "SPACE": " \n"})
    assert str(error.value.problems[0].message) == told


def test_a_command_that_leaves_a_program_behind_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "COMMAND_SECONDS", 0.2)
    with pytest.raises(PlanError, match="failed, or took longer"):
        reveal(Secret(command=("sh", "-c", "echo key; sleep 5 &")), tmp_path, {})


# Many problems


def test_of_a_file_full_of_mistakes_the_first_are_told_and_how_many_more_there_are(folder: Path) -> None:
    (folder / "plan.yaml").write_text(HEAD + "".join(f"wrong{number}: 1\n" for number in range(1000)))
    (folder / "sources.yaml").write_text("web: 5\n")
    with pytest.raises(PlanError) as error:
        load_plan(folder, folder.parents[1], {})
    told = problems(error)
    assert len(told) == MOST_SHOWN + 2
    assert told[0].startswith("plans/p/plan.yaml:6: unknown key 'wrong0'")
    assert told[MOST_SHOWN] == "plans/p/plan.yaml: and 950 more: correct these first"
    assert told[-1].startswith("plans/p/sources.yaml:1: ")
    assert sum(problem.count for problem in error.value.problems) == 1001


def test_as_many_as_are_shown_are_all_of_them() -> None:
    many = [Problem("f", line, "x") for line in range(MOST_SHOWN)]
    assert shortened(reversed(many)) == many
    assert [str(it) for it in shortened([*many, Problem("f", 99, "x")])[MOST_SHOWN:]] == [
        "f: and 1 more: correct the others first"
    ]
