"""Works the installed extension by mouse and keyboard, in windows of real Blenders.

``MAQUETTE_SCREENSHOTS=folder`` keeps the pictures that the steps take.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from batches import contents
from PIL import Image
from rig import ROOT, Window, build_zip, missing
from stand_in_hub import Body, Hub, running

#: Where a window's Blender has the extension.
INSTALLED = "/profile/extensions/user_default/maquette"
SUITES = ("sid", "trixie")
# Pictures that are larger are kept with fewer colours.
MOST_BYTES = 400_000


@pytest.fixture(scope="module", params=SUITES)
def suite(request: pytest.FixtureRequest) -> str:
    """A suite whose Blender is here."""
    why_not = missing(request.param)
    if why_not:
        pytest.skip(why_not)
    return str(request.param)


@pytest.fixture(scope="module")
def extension(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip."""
    return build_zip(suite, tmp_path_factory.mktemp(f"{suite}-zip"))


@pytest.fixture(scope="module")
def installed(suite: str, extension: Path, tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A Blender with the extension installed."""
    made = Window(suite, tmp_path_factory.mktemp(suite) / "profile")
    made.install(extension)
    return made


@pytest.fixture
def window(installed: Window, tmp_path: Path) -> Window:
    """The same with settings of its own: Blender stores what was changed when it quits."""
    profile = shutil.copytree(installed.profile, tmp_path / "profile")
    return Window(installed.suite, profile)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty folder for the service."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_the_zip_is_installed_by_clicks_and_works(
    suite: str, extension: Path, home: Path, tmp_path: Path
) -> None:
    new = Window(suite, tmp_path / "new-profile")
    # The window sees the service's folder; the zip lies there as it would among downloads.
    shutil.copy(extension, home / extension.name)
    variables = {
        "MAQUETTE_BACKEND_PYTHON": str(ROOT / ".venv" / "bin" / "python"),
        "MAQUETTE_NEW_ZIP": f"/maquette-home/{extension.name}",
    }
    carry_out(new, "install.py", tmp_path, home, variables)


def test_without_a_backend_the_sidebar_offers_to_install_it(
    window: Window, home: Path, tmp_path: Path
) -> None:
    carry_out(window, "no_backend.py", tmp_path, home, {})


def test_a_picture_becomes_a_mesh_by_clicks(window: Window, home: Path, tmp_path: Path) -> None:
    python = str(ROOT / ".venv" / "bin" / "python")
    carry_out(window, "reconstruct.py", tmp_path, home, {"MAQUETTE_BACKEND_PYTHON": python})


def test_a_mask_is_painted_and_used(window: Window, home: Path, tmp_path: Path) -> None:
    python = str(ROOT / ".venv" / "bin" / "python")
    carry_out(window, "mask.py", tmp_path, home, {"MAQUETTE_BACKEND_PYTHON": python})


def test_a_picture_is_enlarged_in_the_image_editor(
    window: Window, home: Path, tmp_path: Path
) -> None:
    with Image.open(ROOT / "docs" / "demo" / "armchair.png") as picture:
        picture.resize((256, 256)).save(home / "small armchair.png")
    python = str(ROOT / ".venv" / "bin" / "python")
    carry_out(window, "upscale.py", tmp_path, home, {"MAQUETTE_BACKEND_PYTHON": python})


def test_a_rig_is_shown_edited_and_undone(window: Window, home: Path, tmp_path: Path) -> None:
    carry_out(window, "training_rig.py", tmp_path, home, {})


def test_training_views_are_rendered_while_the_window_lives(
    window: Window, home: Path, tmp_path: Path
) -> None:
    carry_out(window, "training_views.py", tmp_path, home, {})


def test_blenders_command_makes_what_a_shell_makes(window: Window, tmp_path: Path) -> None:
    """The same bytes from ``blender --command`` and from a Python that starts this Blender."""
    render = ("render", "furniture:chair:0-1", "--resolution", "32", "--views", "2", "--yes")
    render += ("--quality", "draft", "--device", "cpu", "--workers", "1", "--out", "/made/set")
    made = []
    for name in ("command", "shell"):
        folder = tmp_path / name
        folder.mkdir()
        if name == "command":
            window.blender("maquette", *render, made=folder)
        else:
            window.python(
                f"{INSTALLED}/core/batch/launch.py", "backend.__main__", *render, made=folder
            )
        assert len(list(folder.glob("set/assets/*/rgba/*.png"))) == 4
        made.append(contents(folder / "set"))
    assert made[0] == made[1]


def test_models_are_offered_fetched_and_refused(window: Window, home: Path, tmp_path: Path) -> None:
    hub = Hub({"zxhezexin/openlrm-obj-small-1.1/model.safetensors": Body(b"", 446_000_000)})
    hub.etag, hub.hold_after = "a" * 64, 160_000_000
    with running(hub):
        python = str(ROOT / ".venv" / "bin" / "python")
        told = {"MAQUETTE_BACKEND_PYTHON": python, **hub.variables}
        carry_out(window, "models.py", tmp_path, home, told)


def carry_out(
    window: Window, steps: str, folder: Path, home: Path, variables: dict[str, str]
) -> None:
    """Run a steps file, and keep its pictures where that is asked for."""
    out = folder / "shots"
    told = window.shoot(steps, out, home, {"MAQUETTE_ROOT": str(ROOT), **variables})
    assert told["ok"] and told["checks"]
    keep = os.environ.get("MAQUETTE_SCREENSHOTS")
    if keep:
        version = ".".join(told["blender"].split(".")[:2])
        for name in told["pictures"]:
            target = ROOT / keep / f"blender-{version}-{name}"
            picture = Image.open(out / name)
            picture.save(target, optimize=True)
            if target.stat().st_size > MOST_BYTES:
                fewer = picture.quantize(256, dither=Image.Dither.NONE)
                fewer.save(target, optimize=True)
