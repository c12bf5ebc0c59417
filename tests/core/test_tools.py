"""The tools that set machines up and count tests."""

from __future__ import annotations

import sys
from pathlib import Path

from maquette.tools import bench, bench_upscale, documents, pythons, run_tests, system_libraries
from maquette.tools.run_tests import Outcome

LDD = """
\tlinux-vdso.so.1 (0x00007ffd)
\tlibXi.so.6 => not found
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)
\tlibSM.so.6 => not found
\tlibXi.so.6 => not found
\tlibfuture.so.9 => not found
"""
REPORT = """<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10"/>
</testsuites>"""


def test_missing_libraries_are_named_with_their_packages() -> None:
    names = system_libraries.parse_ldd(LDD)
    assert names == ["libSM.so.6", "libXi.so.6", "libfuture.so.9"]
    advice = system_libraries.advice(names)
    assert "apt-get install libsm6 libxi6\n" in advice
    assert advice.endswith("libfuture.so.9")


def test_a_python_that_is_there_is_found_and_works() -> None:
    found = pythons.find(sys.version_info[:2])
    assert found and Path(found).exists()


def test_a_python_that_no_machine_has_is_not_found() -> None:
    assert pythons.find((3, 99)) is None


def test_counts_come_from_the_report(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert run_tests.count("core", report, 1, 2.0) == Outcome("core", 4, 3, 3, 2.0)


def test_a_run_without_a_report_is_a_failure(tmp_path: Path) -> None:
    assert run_tests.count("core", tmp_path / "none.xml", -11, 2.0).failed == 1


def test_a_crash_after_the_last_test_is_a_failure(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite tests="2" errors="0" failures="0"/></testsuites>')
    assert run_tests.count("core", report, -11, 2.0) == Outcome("core", 2, 1, 0, 2.0)


def test_the_table_ends_with_the_sums_and_says_what_did_not_run() -> None:
    rows = [Outcome("core", 4, 0, 1), Outcome("b", 3, 1, 0), Outcome("c", not_run="no Python")]
    lines = run_tests.table(rows).splitlines()
    assert lines[-1] == "7 passed, 1 failed, 1 skipped"
    assert any("not run: no Python" in line for line in lines)


def test_the_benchmark_shows_every_measurement() -> None:
    seconds = {f"{key}_s": 1.0 for key, _ in bench.STAGES}
    stalls = {key + end: 2.0 for key, _ in bench.STALLS for end in ("", "_cpu")}
    memory = dict.fromkeys((key for key, _ in bench.MEMORY), 3.0)
    detail = {**seconds, **memory, "first_total_s": 4.0, "faces": 5, "stalls_ms": stalls}
    found = {
        "machine": dict.fromkeys(
            ("date", "processor", "cores", "memory_gb", "system", "python", "load_before"), "x"
        ),
        "runs": 10,
        "service": {"healthy_s": 0.5, "model_loaded_s": 6.25},
        "detail": {"normal": detail},
        "field": {
            "field_queries": 600_000.0,
            "dense_queries": 17_000_000.0,
            "seconds": 20.0,
            "faces": 1000,
        },
    }
    text = bench.tables(found)
    assert "| 600,000 | 17,000,000 | 3.5% | 20.0 | 1,000 |" in text
    assert "| click to object | 1.000 |" in text
    assert "| the call of the timer that imports, processor time | 2.0 |" in text
    assert "| until the model is loaded | 6.25 |" in text


def test_the_table_of_enlarging_tells_speed_and_what_did_not_end() -> None:
    rows = [
        {"method": "none", "edge": 64, "seconds": 0.0, "peak_mb": 250.4},
        {"method": "naive", "edge": 2048, "failed": -9},
        {"method": "tiled", "edge": 500, "seconds": 2.0, "peak_mb": 700.0},
    ]
    lines = bench_upscale.table({"machine": "here", "rows": rows}).splitlines()[-3:]
    assert lines == [
        "| nothing | | | | | 250 |",
        "| naive | 2048² | 8192² | did not end | | |",
        "| tiled | 500² | 2000² | 2.0 | 2.00 | 700 |",
    ]


def test_each_command_writes_its_own_section_of_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\nFirst.\n\n## Kept\n\n| a |\n| --- |\n\n### Within\n\nText.\n")
    before = page.read_text()
    documents.replace_section(page, "Mine", "One.\n")
    assert page.read_text() == f"{before}\n## Mine\n\nOne.\n"
    documents.replace_section(page, "", "# Page\n\nAnother.")
    documents.replace_section(page, "Kept", "New.")
    documents.replace_section(page, "Mine", "Two.")
    text = "# Page\n\nAnother.\n\n## Kept\n\nNew.\n\n## Mine\n\nTwo.\n"
    assert page.read_text() == text
    documents.replace_section(page, "Mine", "Two.")
    assert page.read_text() == text
