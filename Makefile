# Two commands are all a fresh machine needs: `make run` and `make test`.
# This variable makes every start recompile every module (measured: twice as slow).
unexport PYTHONDONTWRITEBYTECODE
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false

PYTHON ?= python3
CX := .venv/bin/cx

.PHONY: run test test-system prove bench dev generate lint clean
.DEFAULT_GOAL := run

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	.venv/bin/python -m compileall -q cx_pipeline bench
	.venv/bin/python -m cx_pipeline.transform.project
	touch $@

# The demo: four sources, 200,000 web events, 90 days, published under var/.
run: .venv/ready
	$(CX) --home var demo

test: .venv/ready lint
	.venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder -m 'not system and not prove' -rs

# Tests that need the Debian packages of .ci/packages (a browser).
test-system: .venv/ready
	.venv/bin/pytest -m 'system and not prove' -rs

# Long sweeps: random histories, crashes, many seeds. Run before an issue is closed.
prove: .venv/ready
	.venv/bin/pytest -m prove -rs

bench: .venv/ready
	.venv/bin/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	.venv/bin/python -m bench

lint: .venv/ready
	.venv/bin/ruff check --quiet .
	.venv/bin/mypy --no-error-summary cx_pipeline

dev: .venv/ready
	$(CX) --home var init
	CX_HOME=$(CURDIR)/var DAGSTER_HOME=$(CURDIR)/var/state/dagster .venv/bin/dagster dev --workspace workspace.yaml

clean:
	rm -rf .venv var
