# `make demo` and `make test` need Python 3.10 or later and make; both set everything up.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# The demo's models are so small that a second thread gains nothing, and on a busy machine threads that
# wait for each other take four times as long.
export OMP_NUM_THREADS ?= 1
# Passed on to the training of the demos, e.g. "--training.max_steps 50".
TRAIN_OPTIONS ?=
ENCODER_STEPS ?= 1200

.PHONY: demo demo-en test wheel test-versions clean

demo: LANGUAGE = zh
demo-en: LANGUAGE = en
demo-en: ENCODER_OPTIONS = --lower-case --min-word-count 8
demo demo-en: $(VENV)/installed
	$(BIN)/python -m spacy project run all . --vars.lang $(LANGUAGE) \
		--vars.encoder_steps $(ENCODER_STEPS) --vars.encoder_options " $(ENCODER_OPTIONS)" \
		--vars.train_options " $(TRAIN_OPTIONS)"
	$(BIN)/python -m spacy spo scores metrics/$(LANGUAGE)_test.json metrics/$(LANGUAGE)_unseen_templates.json
	@echo
	@echo "Scores:   metrics/$(LANGUAGE).md"
	@echo "Page:     metrics/$(LANGUAGE)_test.html"
	@echo "Pipeline: training/$(LANGUAGE)/model-best (spacy.load takes this path)"
	@echo "Package:  packages/$(LANGUAGE)_*/dist/ (pip installs the wheel)"

test: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

wheel: $(VENV)/installed
	rm -rf dist
	$(BIN)/python -m build --wheel --outdir dist .

# The lowest and the newest versions of the requirements; CUDA_TORCH=1 also of torch.
test-versions: wheel
	PYTHON=$(PYTHON) .ci/versions

clean:
	rm -rf corpus encoder training metrics packages project.lock

$(VENV)/installed: setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[test]"
	touch $@
