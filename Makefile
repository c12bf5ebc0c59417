# Thin by intention: what happens is in tools/.

# The first interpreter that can run the tools; say PYTHON=... for another.
ifndef PYTHON
PYTHON := $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys, tomllib, venv, ensurepip' 2>/dev/null && { echo $$p; break; }; done)
endif
TOOL = @test -n "$(PYTHON)" || { echo "Python 3.11 or newer, with venv, is needed" \
	"(on Debian: apt-get install python3-venv)."; exit 1; }; $(PYTHON) -m tools

# make demo IMAGE=path/to/picture
IMAGE ?=
# make evaluate N=20: shapes per category
N ?=
# make evaluate DOCS=1: write the figures into docs/quality.md
DOCS ?=
# make TORCH_INDEX=https://download.pytorch.org/whl/cpu ...: where pip also looks for torch
TORCH_INDEX ?=
export TORCH_INDEX
export PYTHONUNBUFFERED = 1

.PHONY: help demo test lint bench bench-models bench-upscale bench-render evaluate evaluate-real \
	evaluate-upscaler \
	contact-sheet cutout-sheet training-sheets train-smoke zip clean
help:
	@echo "make demo [IMAGE=path]  reconstruct a picture in a headless Blender, see out/demo"
	@echo "make test               run every test in every supported Blender"
	@echo "make lint               ruff and mypy"
	@echo "make bench              measure times and memory, see out/bench.json"
	@echo "make bench-models       measure the large models, see out/bench-models.json"
	@echo "make bench-upscale      measure enlarging, see out/bench-upscale.json"
	@echo "make bench-render       measure rendering, see out/bench-render.json"
	@echo "make evaluate [N=20]    measure the embedded model on the test split"
	@echo "make evaluate-real      measure it on the test data's meshes (DOCS=1: into docs/quality.md)"
	@echo "make evaluate-upscaler  measure what enlarges renders, see docs/upscaling.jpg"
	@echo "make contact-sheet      reconstruct the test pictures, see docs/contact-sheet.jpg"
	@echo "make cutout-sheet       cut the test pictures out with two networks, see docs/cutouts.jpg"
	@echo "make training-sheets    render the test meshes with every rig, see docs/training-views-*"
	@echo "make train-smoke        learn 20 shapes by heart, in minutes, see out/train-smoke"
	@echo "make zip                build the extension, see out/maquette-*.zip"
	@echo "make clean              remove what the above left, environments included"

demo:
	$(TOOL).demo $(if $(IMAGE),--image "$(IMAGE)")
test:
	$(TOOL).run_tests
lint:
	$(TOOL).run_tests lint
bench:
	$(TOOL).bench
bench-models:
	$(TOOL).bench_models
bench-upscale:
	$(TOOL).bench_upscale
bench-render:
	$(TOOL).bench_render
evaluate:
	$(TOOL).evaluate $(if $(N),--shapes $(N)) $(if $(DOCS),--docs)
evaluate-real:
	$(TOOL).evaluate --real $(if $(DOCS),--docs)
evaluate-upscaler:
	$(TOOL).evaluate_upscaler
contact-sheet:
	$(TOOL).contact_sheet
cutout-sheet:
	$(TOOL).cutout_sheet
training-sheets:
	$(TOOL).training_sheets
train-smoke:
	$(TOOL).train_smoke
zip:
	$(TOOL).extension_zip
clean:
	rm -rf .venv .bpy out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
