# `make help` lists what there is. Variables, all optional:
#   VENV=.venv             where `make setup` builds the environment
#   PYTHON=python3         the interpreter it is built from (3.11 is tested)
#   VENV_FLAGS=            e.g. --system-site-packages, to keep a torch or a
#                          mmcv that the machine already has
#   TORCH_INDEX=           index for torch and torchvision alone, to choose a
#                          CPU or a CUDA build (docs/install.md)
#   MMCV=mmcv-lite         mmcv to compile the full one (20 minutes), the path
#                          of a wheel of it, or nothing to install none
#   ARGS=                  further arguments of pytest, the demo or the bench
VENV ?= .venv
PYTHON ?= python3
VENV_FLAGS ?=
TORCH_INDEX ?=
MMCV ?= mmcv-lite
ARGS ?=

PY := $(VENV)/bin/python
STAMP := $(VENV)/.setup-done
PIP := $(PY) -m pip install --quiet --disable-pip-version-check \
	--prefer-binary -c requirements/constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-arm lint docs bench

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | \
		awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

setup: $(STAMP)  ## build .venv with everything, in about two minutes

$(STAMP): $(wildcard requirements/*.txt) setup.py setup.cfg
	$(PYTHON) -m venv $(VENV_FLAGS) $(VENV)
	$(if $(TORCH_INDEX),$(PIP) --no-deps --index-url $(TORCH_INDEX) \
		torch torchvision)
	$(PIP) -r requirements/train.txt -r requirements/board.txt \
		-r requirements/movenet.txt -r requirements/dev.txt
	MMCV_WITH_OPS=1 $(PIP) --no-deps --no-build-isolation \
		-r requirements/no_deps.txt $(MMCV) -e .
	$(PY) -m mmpose_lightkpt.doctor
	@touch $@

demo: $(STAMP)  ## toy people: train, evaluate, export, benchmark
	LIGHTKPT_DATA=work_dirs/demo/data $(PY) tools/run_demo.py $(ARGS)

test: $(STAMP)  ## run the tests
	$(PY) -m pytest $(ARGS)

test-arm: $(STAMP)  ## run exported models on emulated ARM cores (minutes)
	$(PY) -m pytest -m arm -rs tests/deploy/arm $(ARGS)

bench: $(STAMP)  ## export, check and time every config (half an hour)
	$(PY) tools/bench_zoo.py $(ARGS)

lint: $(STAMP)  ## check style and formatting
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

docs: $(STAMP)  ## rebuild the generated parts of docs/
	@for script in $(wildcard tools/make_model_table.py); do \
		$(PY) $$script || exit 1; done
