"""The job table: what events do to rows."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from maquette.client import messages as m
from maquette.client.apply import apply
from maquette.core.errors import Problem
from maquette.core.jobs import KEPT_ENDED_ROWS, JobRow, JobTable, Phase, Placement
from maquette.core.protocol import JobSettings, JobStatus, Stage, State
from maquette.core.session import Session

PLACEMENT = Placement((0.0, 0.0, 0.0), "Scene", "a.blend")


def _row(job_id: str, **changes) -> JobRow:
    return replace(JobRow(job_id, job_id, JobSettings(), PLACEMENT), **changes)


def _status(job_id: str, state: State, progress: float = 0.0, **changes) -> JobStatus:
    status = JobStatus(job_id, job_id, state, Stage.MESH, progress, 4.0, JobSettings(), 0.0, 0.0)
    return replace(status, **changes)


def test_the_newest_row_comes_first():
    table = JobTable()
    for name in "abc":
        table.add(_row(name))
    assert [row.id for row in table.rows()] == ["c", "b", "a"]


def test_a_status_of_the_service_moves_its_row_only():
    table = JobTable()
    table.add(_row("a"))
    table.add(_row("b"))
    table.apply_status(_status("a", State.RUNNING, 0.4))
    assert (table.get("a").phase, table.get("a").progress) == (Phase.RUNNING, 0.4)
    assert table.get("b").phase is Phase.SENDING


def test_a_done_job_is_fetched_before_it_is_ready():
    table = JobTable()
    table.add(_row("a"))
    table.apply_status(_status("a", State.DONE, 1.0))
    assert table.get("a").phase is Phase.FETCHING and not table.ready()
    table.fetched("a", "/tmp/a.glb", None)
    assert [row.id for row in table.ready()] == ["a"]


@given(st.lists(st.floats(0, 1), min_size=1))
def test_progress_never_runs_backwards(shares):
    table = JobTable()
    table.add(_row("a", phase=Phase.RUNNING))
    seen = []
    for share in shares:
        table.apply_status(_status("a", State.RUNNING, share))
        seen.append(table.get("a").progress)
    assert seen == sorted(seen) and seen[-1] == max(shares)


def test_a_late_status_does_not_wake_a_settled_row():
    table = JobTable()
    for phase in (Phase.READY, Phase.IMPORTED, Phase.FAILED, Phase.CANCELLED):
        table.add(_row("a", phase=phase))
        table.apply_status(_status("a", State.RUNNING, 0.5))
        assert table.get("a").phase is phase


def test_a_late_failure_does_not_take_a_mesh_away():
    table = JobTable()
    table.add(_row("a", phase=Phase.READY, mesh="/tmp/a.glb"))
    table.fail("a", Problem("service-died", "gone"))
    assert table.get("a").phase is Phase.READY


def test_asking_to_cancel_stays_until_the_service_agrees():
    table = JobTable()
    table.add(_row("a", cancelling=True))
    table.apply_status(_status("a", State.RUNNING, 0.5))
    assert table.get("a").cancelling
    table.apply_status(_status("a", State.CANCELLED))
    assert not table.get("a").cancelling and table.get("a").phase is Phase.CANCELLED


def test_a_job_that_ended_before_its_cancel_was_heard_brings_no_mesh_and_no_complaint():
    for late in (
        lambda table: table.apply_status(_status("a", State.DONE, 1.0)),
        lambda table: table.apply_status(_status("a", State.FAILED, problem=Problem("x", "y"))),
        lambda table: table.fetched("a", "/tmp/a.glb", None),
        lambda table: table.fail("a", Problem("service-died", "gone")),
    ):
        table = JobTable()
        table.add(_row("a", phase=Phase.RUNNING, cancelling=True))
        late(table)
        row = table.get("a")
        assert (row.phase, row.cancelling, row.problem) == (Phase.CANCELLED, False, None)
        table.fetched("a", "/tmp/a.glb", None)
        assert not table.ready()


def test_old_imported_rows_make_room_and_failed_ones_stay():
    table = JobTable()
    table.add(_row("failed", phase=Phase.FAILED))
    for number in range(20):
        table.add(_row(str(number), phase=Phase.IMPORTED))
    assert len(table) == KEPT_ENDED_ROWS + 1
    assert table.get("failed") is not None and table.get("19") is not None


def test_saving_under_another_name_takes_the_jobs_of_that_file_along():
    session = Session()
    session.opened("")
    session.jobs.add(_row("mine", placement=replace(PLACEMENT, blend=session.blend)))
    session.jobs.add(_row("other"))
    session.saved("/b.blend")
    assert session.jobs.get("mine").placement.blend == session.blend == "/b.blend"
    assert session.jobs.get("other").placement.blend == "a.blend"


def test_each_new_file_is_another_one():
    session = Session()
    session.opened("")
    first = session.blend
    session.opened("")
    assert session.blend != first


def test_events_for_rows_that_are_gone_are_dropped():
    session = Session()
    for event in (
        m.JobPhase("gone", Phase.STARTING),
        m.JobChanged(_status("gone", State.DONE)),
        m.JobFailed("gone", Problem("x", "y")),
    ):
        apply(session, event)
    assert len(session.jobs) == 0


def test_what_is_drawn_changes_only_with_what_is_shown():
    session = Session()
    session.jobs.add(_row("a"))
    before = session.drawn()
    apply(session, m.JobChanged(_status("unknown", State.RUNNING)))
    assert session.drawn() == before
    apply(session, m.JobChanged(_status("a", State.RUNNING, 0.2)))
    assert session.drawn() != before
