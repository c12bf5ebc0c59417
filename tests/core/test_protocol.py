"""What one side writes, the other reads, whatever it holds."""

from __future__ import annotations

import json
import pickle
import string
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.errors import Fix, MaquetteError, Problem
from maquette.core.protocol import (
    CATEGORIES,
    FEWEST_FACES,
    MOST_FACES,
    PRODUCT,
    PROTOCOL,
    TEXTURE_SIZES,
    Background,
    Detail,
    EngineInfo,
    Health,
    JobSettings,
    JobStatus,
    PortFile,
    ResultInfo,
    Stage,
    State,
    is_job_id,
)

text = st.text(max_size=40)
finite = st.floats(0, 1e9)
job_settings = st.builds(
    JobSettings,
    engine=st.text(min_size=1, max_size=64),
    detail=st.sampled_from(Detail),
    background=st.sampled_from(Background),
    category=st.sampled_from(["auto", *CATEGORIES]),
    height_m=st.floats(0, 100),
    seed=st.integers(0, 2**31 - 1),
    faces=st.just(0) | st.integers(FEWEST_FACES, MOST_FACES),
    texture=st.sampled_from(TEXTURE_SIZES),
)
problems = st.builds(Problem, text, text, st.sampled_from(Fix), text)
results = st.builds(
    ResultInfo,
    vertices=st.integers(0, 10**8),
    faces=st.integers(0, 10**8),
    category=text,
    size_m=st.tuples(finite, finite, finite),
    image_sha256=text,
    weights_sha256=text,
    engine=text,
    engine_version=text,
    backend_version=text,
    timings_s=st.dictionaries(text, finite, max_size=5),
    notes=st.lists(text, max_size=3).map(tuple),
)
statuses = st.builds(
    JobStatus,
    id=st.uuids().map(str),
    name=text,
    state=st.sampled_from(State),
    stage=st.sampled_from(Stage),
    progress=st.floats(0, 1),
    eta_s=finite,
    settings=job_settings,
    created=finite,
    updated=finite,
    problem=st.none() | problems,
    result=st.none() | results,
)


@given(job_settings)
def test_settings_round_trip(settings: JobSettings) -> None:
    assert JobSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


@given(statuses)
def test_status_round_trip(status: JobStatus) -> None:
    assert JobStatus.from_json(json.loads(json.dumps(status.to_json()))) == status


@given(statuses)
def test_newer_results_are_readable(status: JobStatus) -> None:
    data = json.loads(json.dumps(status.to_json()))
    if data["result"] is not None:
        data["result"]["from_the_future"] = 1
    assert JobStatus.from_json(data) == status


@given(problems)
def test_problem_round_trip_and_unknown_fix(problem: Problem) -> None:
    data = json.loads(json.dumps(problem.to_json()))
    assert Problem.from_json(data) == problem
    assert Problem.from_json({**data, "fix": "from-the-future"}) == replace(problem, fix=Fix.NONE)


@given(problems)
def test_error_survives_pickling(problem: Problem) -> None:
    error = MaquetteError(problem.code, problem.message, problem.fix, problem.detail)
    assert pickle.loads(pickle.dumps(error)).problem == problem


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=6,
)
KEYS = ["engine", "detail", "background", "category", "height_m", "seed", "other"]


@given(anything | st.dictionaries(st.sampled_from(KEYS), anything, max_size=4))
def test_settings_are_read_or_refused_whatever_comes(data: object) -> None:
    try:
        settings = JobSettings.from_json(data)
    except MaquetteError as error:
        assert error.problem.code == "settings-invalid"
        assert error.problem.message.endswith(".")
    else:
        assert JobSettings.from_json(settings.to_json()) == settings


def test_missing_settings_take_the_default() -> None:
    assert JobSettings.from_json({}) == JobSettings()


@given(st.uuids())
def test_job_ids_are_canonical(value: object) -> None:
    assert is_job_id(str(value))
    assert not is_job_id(str(value) + "\n")
    assert not is_job_id("{" + str(value) + "}")
    upper = str(value).upper()
    assert is_job_id(upper) == (upper == str(value))


@given(st.text(alphabet=string.printable, max_size=40) | st.none() | st.integers())
def test_other_texts_are_no_job_ids(value: object) -> None:
    assert not is_job_id(value)  # type: ignore[arg-type]


HEALTH = Health(PRODUCT, "1.2.3", PROTOCOL, "cpu", 1, "ab", 42)


def test_health_round_trip() -> None:
    assert Health.from_json({**asdict(HEALTH), "from_the_future": 1}) == HEALTH


@pytest.mark.parametrize("data", [None, [], "ok", {}, {"product": "other"}])
def test_another_program_is_recognised(data: object) -> None:
    with pytest.raises(MaquetteError, match="wrong-server"):
        Health.from_json(data)


def test_another_protocol_is_recognised() -> None:
    with pytest.raises(MaquetteError, match="protocol-mismatch"):
        Health.from_json({**asdict(HEALTH), "protocol": PROTOCOL + 1})


def test_port_file_and_engine_info_round_trip() -> None:
    port_file = PortFile(PRODUCT, PROTOCOL, "1", "127.0.0.1", 80, 1, "t", "i")
    assert PortFile.from_json(json.loads(json.dumps(asdict(port_file)))) == port_file
    with pytest.raises(KeyError):
        PortFile.from_json({"product": PRODUCT})
    info = EngineInfo("a", "A", "d", "MIT", True, True)
    assert EngineInfo.from_json({**asdict(info), "from_the_future": 1}) == info


def test_final_states() -> None:
    assert [s for s in State if s.final] == [State.DONE, State.FAILED, State.CANCELLED]


def test_detail_grids_double() -> None:
    assert [d.resolution for d in Detail] == [64, 128, 256]


@pytest.mark.parametrize(
    "wrong",
    [{"faces": n} for n in (-1, 99, 10_000_001, True, 500.0, "1000")]
    + [{"texture": n} for n in (-1, 1, 1000, 8192, True, "1024")],
)
def test_budgets_and_textures_that_cannot_be_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(MaquetteError) as caught:
        JobSettings.from_json(wrong)
    assert next(iter(wrong)) in caught.value.problem.message
