"""Scores through LTI, against a platform that holds us to the specification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import example, given
from hypothesis import strategies as st

from grader.cli import cli
from grader.errors import UsageError
from grader.exports.results_json import SubmissionResult
from grader.lti.client import CONTAINER_TYPE, NoAnswerError, open_client
from grader.lti.command import post_scores, would_send
from grader.lti.config import LtiConfig, read_config, safe_address
from grader.lti.ledger import open_ledger, read_ledger
from grader.lti.score import scores_address
from grader.lti.send import Sent
from tests.exports.other_forms import ACCURACY, FROZEN, OPEN, criterion, entry, failed_on_our_side, results
from tests.lti.platform import Platform, Server, moment

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
USERS = {"anna-lee": "u-anna", "ben": "u-ben"}
FINAL = entry(FROZEN, ACCURACY)
PENDING = entry(FROZEN, OPEN)
BETTER = entry(FROZEN, criterion("accuracy", "met", 2, 2))


class Course:
    """One configuration, one ledger, one platform."""

    def __init__(self, folder: Path, platform: Platform) -> None:
        self.folder, self.platform = folder, platform
        self.ledger = folder / "ledger.json"
        self.waits: list[float] = []
        (folder / "tool.pem").write_bytes(PRIVATE)
        self.configure(f'url = "{platform.base}/items/1?type=lab"')

    def configure(self, item: str, **changes: str) -> LtiConfig:
        values = {
            "client_id": "tool-7",
            "token_url": f"{self.platform.base}/token",
            "key": "tool.pem",
            "key_id": "key-1",
        }
        lines = [f'{key} = "{value}"' for key, value in {**values, **changes}.items()]
        path = self.folder / "lti.toml"
        path.write_text("\n".join(['people = "people.csv"', "[platform]", *lines, "[line_item]", item, ""]))
        self.config = read_config(path)
        return self.config

    def post(self, *entries: SubmissionResult, users: dict[str, str] | None = None) -> Sent:
        sent, trouble = post_scores(results(*entries), self.config, users or USERS, self.ledger, self.waits.append)
        if trouble is not None:
            raise trouble
        return sent

    def anna(self) -> dict[str, Any]:
        return self.platform.results["1", "u-anna"]


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    platform = Platform(PUBLIC)
    with Server(platform):
        yield Course(tmp_path, platform)
    assert platform.complaints == []


def test_a_final_mark_is_fully_graded(course: Course) -> None:
    assert course.post(FINAL).posted == ["Anna Lee"]
    score = course.anna()
    assert (score["scoreGiven"], score["scoreMaximum"]) == (3, 5)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")
    assert score["comment"].startswith("3 of 5 points decided.")


def test_while_a_persons_mark_is_missing_it_is_pending_without_points(course: Course) -> None:
    course.post(PENDING)
    assert course.anna()["gradingProgress"] == "PendingManual"
    assert "scoreGiven" not in course.anna()


def test_what_the_platform_has_is_not_sent_again_and_what_changed_is(course: Course) -> None:
    course.post(PENDING)
    assert course.post(PENDING).already == ["Anna Lee"]
    course.post(FINAL)
    course.post(BETTER)
    assert [score.get("scoreGiven") for score in course.platform.history] == [None, 3, 5]


def test_a_mark_is_never_cleared_by_a_pending_one(course: Course) -> None:
    course.post(FINAL)
    sent = course.post(PENDING)
    assert sent.left == ["Anna Lee: waits for a person again; the platform keeps the mark it has"]
    assert course.anna()["scoreGiven"] == 3


def test_our_failure_is_nobodys_score(course: Course) -> None:
    assert course.post(failed_on_our_side()).left == ["Ben: our side failed"]
    assert course.platform.history == []


def test_who_is_not_known_and_two_of_one_person_are_left_to_the_teacher(course: Course) -> None:
    ben = entry(FROZEN, id_="ben", name="Ben")
    assert course.post(ben, users={"anna-lee": "u-anna"}).left == ["Ben: no user id is known"]
    sent = course.post(FINAL, ben, users={"anna-lee": "u-anna", "ben": "u-anna"})
    assert sent.posted == []
    assert course.platform.history == []


class TestTrouble:
    @pytest.mark.parametrize("trouble", ["503", "429"])
    def test_a_busy_platform_is_asked_again(self, course: Course, trouble: str) -> None:
        course.platform.troubles = [trouble, trouble]
        assert course.post(FINAL).posted == ["Anna Lee"]
        assert course.waits == [1.0, 2.0]

    def test_a_lost_answer_does_not_post_twice(self, course: Course) -> None:
        """The platform took it and the connection broke: the same score with the same time goes out again."""
        course.platform.troubles = ["drop"]
        assert course.post(FINAL).posted + course.post(FINAL).already == ["Anna Lee"]
        assert len(course.platform.history) == 1

    def test_lost_answers_to_the_end_are_remembered_for_the_next_call(self, course: Course) -> None:
        course.platform.troubles = ["drop", "503", "503", "503"]
        with pytest.raises(NoAnswerError, match="4 times"):
            course.post(FINAL)
        assert course.post(FINAL).already == ["Anna Lee"]
        assert len(course.platform.history) == 1

    def test_a_newer_mark_after_a_lost_answer_is_later(self, course: Course) -> None:
        course.platform.troubles = ["503"] * 4
        with pytest.raises(NoAnswerError):
            course.post(FINAL)
        course.post(BETTER)
        assert course.anna()["scoreGiven"] == 5
        assert len(course.platform.history) == 1

    def test_a_token_that_ended_is_renewed_once(self, course: Course) -> None:
        course.platform.troubles = ["401"]
        assert course.post(FINAL).posted == ["Anna Lee"]
        assert len(course.platform.jtis) == 2

    def test_a_mark_that_a_teacher_gave_on_the_platform_later_stays(self, course: Course) -> None:
        course.post(FINAL)
        by_hand = {**course.anna(), "scoreGiven": 4, "timestamp": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
        course.platform.results["1", "u-anna"] = by_hand
        assert course.post(BETTER).refused == ["Anna Lee: the platform holds a newer score"]
        assert course.post(BETTER).left == ["Anna Lee: the platform holds a newer score"]
        assert course.anna()["scoreGiven"] == 4

    def test_a_person_who_left_the_course_does_not_stop_the_others(self, course: Course) -> None:
        course.platform.users = {"u-ben"}
        sent = course.post(FINAL, entry(FROZEN, id_="ben", name="Ben"))
        assert sent.posted == ["Ben"]
        assert sent.refused == ["Anna Lee: status 404: unknown user"]

    def test_a_right_that_was_not_granted(self, course: Course) -> None:
        course.platform.granted = ("lineitem",)
        with pytest.raises(UsageError, match="scope/score"):
            course.post(FINAL)

    def test_refused_altogether(self, course: Course) -> None:
        course.platform.troubles = ["403"]
        with pytest.raises(UsageError, match="status 403"):
            course.post(FINAL)


class TestAssertion:
    """The platform complains here, and it should."""

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"client_id": "somebody"}, "client id"),
            ({"key_id": "key-2"}, "kid"),
            ({"audience": "https://elsewhere.example/token"}, "Audience"),
        ],
    )
    def test_a_wrong_registration_is_told(self, course: Course, change: dict[str, str], complaint: str) -> None:
        course.configure(f'url = "{course.platform.base}/items/1"', **change)
        with pytest.raises(UsageError, match="status 400"):
            course.post(FINAL)
        assert complaint in course.platform.complaints.pop()

    def test_another_key(self, course: Course) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = other.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (course.folder / "tool.pem").write_bytes(pem)
        with pytest.raises(UsageError, match="Signature verification failed"):
            course.post(FINAL)
        course.platform.complaints.clear()

    def test_no_key_at_all_and_nothing_of_the_file_is_shown(self, course: Course) -> None:
        (course.folder / "tool.pem").write_text("secret words")
        with pytest.raises(UsageError, match="private RSA key") as told:
            course.post(FINAL)
        assert "secret" not in str(told.value)


class TestLineItems:
    def fill(self, course: Course, *labels: str) -> None:
        for number, label in enumerate(labels, 1):
            item = {"id": f"{course.platform.base}/items/{number}?type=lab", "label": label, "scoreMaximum": 10}
            course.platform.items.append(item)

    def test_found_on_a_later_page(self, course: Course) -> None:
        self.fill(course, "a", "b", "c", "d", "Lab 6")
        course.configure(f'container = "{course.platform.base}/items"\nlabel = "Lab 6"')
        course.post(FINAL)
        assert ("5", "u-anna") in course.platform.results

    def test_two_of_one_name(self, course: Course) -> None:
        self.fill(course, "Lab 6", "Lab 6")
        course.configure(f'container = "{course.platform.base}/items"\nlabel = "Lab 6"')
        with pytest.raises(UsageError, match="Received 2"):
            course.post(FINAL)

    def test_made_only_when_that_is_allowed(self, course: Course) -> None:
        course.configure(f'container = "{course.platform.base}/items"\nlabel = "Lab 6"')
        with pytest.raises(UsageError, match="create = true"):
            course.post(FINAL)
        course.configure(f'container = "{course.platform.base}/items"\nlabel = "Lab 6"\ncreate = true')
        course.post(FINAL)
        assert course.platform.items[0]["label"] == "Lab 6"
        assert course.anna()["scoreGiven"] == 3

    @pytest.mark.attack("F6")
    def test_a_next_page_on_another_server_never_sees_the_token(self, course: Course) -> None:
        self.fill(course, "a", "b", "c")
        course.configure(f'container = "{course.platform.base}/items"\nlabel = "Lab 6"')
        base = course.platform.base
        with open_client(course.config, ["lineitem.readonly"], course.waits.append) as client:
            course.platform.base = "http://localhost:1"  # what its links point to from now on
            client._token._config = client._token._config.model_copy(  # audience as registered
                update={"platform": course.config.platform.model_copy(update={"audience": "http://localhost:1/token"})}
            )
            with pytest.raises(UsageError, match="next page"):
                list(client.pages(f"{base}/items", CONTAINER_TYPE))


class TestOrder:
    @given(st.lists(st.tuples(st.integers(-5000, 5000), st.integers(0, 3)), min_size=1, max_size=8))
    def test_timestamps_only_grow_whatever_the_clock_says(self, steps: list[tuple[int, int]]) -> None:
        """A clock that jumps, and scores of which some get no answer."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder, open_ledger(Path(folder) / "ledger.json") as ledger:
            clock = datetime(2026, 1, 1, tzinfo=UTC)
            seen: list[tuple[datetime, dict[str, Any]]] = []
            for seconds, points in steps:
                clock += timedelta(seconds=seconds)
                score = {"scoreGiven": points, "scoreMaximum": 3}
                posted = ledger.intend("item", "user", score, clock)
                if seen and posted.score == seen[-1][1] and moment(posted.timestamp) == seen[-1][0]:
                    continue  # the same once more
                assert not seen or moment(posted.timestamp) > seen[-1][0]
                seen.append((moment(posted.timestamp), posted.score))
                if points:
                    ledger.settle("item", "user", "sent")

    def test_one_sender_at_a_time(self, tmp_path: Path) -> None:
        with (
            open_ledger(tmp_path / "l.json"),
            pytest.raises(UsageError, match="another process"),
            open_ledger(tmp_path / "l.json"),
        ):
            pass

    @example(b"{}")
    @given(st.binary(max_size=200))
    def test_a_damaged_ledger_is_refused_and_never_forgotten(self, content: bytes) -> None:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "ledger.json"
            path.write_bytes(content)
            with pytest.raises(UsageError, match="Restore it"):
                read_ledger(path)
            assert path.read_bytes() == content


class TestConfig:
    @pytest.mark.parametrize(
        "url", ["http://lms.example/x", "ftp://a", "https://user:pw@lms.example/", "lms", "https://", ""]
    )
    def test_addresses_that_get_no_token(self, url: str) -> None:
        with pytest.raises(ValueError, match="https://"):
            safe_address(url)

    @pytest.mark.parametrize(
        ("item", "words"),
        [
            ("", "either `url`"),
            ('container = "https://a/b"', "`label` or `resource_id`"),
            ('url = "http://a/b"', "https://"),
            ("colour = 1", "line_item"),
        ],
    )
    def test_mistakes_are_named(self, course: Course, item: str, words: str) -> None:
        with pytest.raises(UsageError, match=words):
            course.configure(item)

    def test_scores_go_before_the_query(self) -> None:
        assert scores_address("https://a/items/1?type_id=3") == "https://a/items/1/scores?type_id=3"
        assert scores_address("https://a/items/1/") == "https://a/items/1/scores"
        with pytest.raises(UsageError, match="the address of a line item"):
            scores_address("https://[a/items/1")


def test_a_dry_run_shows_every_body_and_asks_nobody(course: Course) -> None:
    course.platform.troubles = ["503"] * 9
    lines = [
        json.loads(line)
        for line in would_send(results(FINAL, failed_on_our_side()), course.config, USERS, course.ledger)
    ]
    assert lines[0]["url"] == f"{course.platform.base}/items/1/scores?type=lab"
    assert lines[0]["body"]["scoreGiven"] == 3
    assert lines[1] == {"not sent": "Ben: our side failed"}
    assert not course.ledger.exists()
    assert course.platform.jtis == set()


def test_the_command(course: Course) -> None:
    out = course.folder / "results"
    out.mkdir()
    (out / "results.json").write_text(results(FINAL, failed_on_our_side()).model_dump_json())
    (course.folder / "people.csv").write_text("submission,user\nAnna Lee,u-anna\nben,u-ben\n")
    arguments = ["lms", "lti", str(out), "--config", str(course.folder / "lti.toml")]
    shown = CliRunner().invoke(cli, [*arguments, "--dry-run"])
    assert shown.exit_code == 0
    assert json.loads(shown.output.splitlines()[0])["body"]["userId"] == "u-anna"
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1
    assert "1 scores posted" in done.output
    assert "Ben: our side failed" in done.output
    assert course.anna()["scoreGiven"] == 3
