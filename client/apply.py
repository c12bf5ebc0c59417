"""Brings the session up to date with the worker's events."""

from __future__ import annotations

from ..core.session import Session
from . import messages as m


def apply(session: Session, event: m.Event) -> None:
    """Change ``session`` by one event."""
    match event:
        case m.ServiceChanged(view):
            session.service = view
        case m.EnginesChanged(engines):
            session.engines = engines
        case m.WeightsChanged(weights):
            session.weights = weights
        case m.InstallChanged(view):
            session.install = view
        case m.JobFound(row):
            session.jobs.add(row)
        case m.JobPhase(job_id, phase):
            known = session.jobs.get(job_id)
            if known is not None and known.phase.active:
                session.jobs.change(job_id, phase=phase)
                if not phase.active:
                    session.jobs.change(job_id, cancelling=False)
        case m.JobChanged(status):
            session.jobs.apply_status(status)
        case m.JobFailed(job_id, problem):
            session.jobs.fail(job_id, problem)
        case m.JobFetched(job_id, mesh, result):
            session.jobs.fetched(job_id, str(mesh), result)
        case m.Trouble(problem):
            session.trouble = problem
