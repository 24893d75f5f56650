# What a person types. Everything is made inside the checkout: .venv and .testbed.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
# The demo's cluster is the only one that anything here may reach.
export KUBECONFIG := $(CURDIR)/.testbed/kubeconfig
unexport K8S_AUTH_KUBECONFIG K8S_AUTH_CONTEXT K8S_AUTH_HOST K8S_AUTH_API_KEY

.PHONY: help demo test check lint unit golden molecule bench build clean cluster programs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: cluster ## a local kind cluster, and Thanos on it with site.yml
	@ansible-playbook -i inventories/demo playbooks/site.yml
	@python -m testbed summary

test: $(VENV)/.dev cluster programs ## all tests
	@scripts/test

check: lint unit ## what needs no cluster

lint: $(VENV)/.dev ## all linters and the sanity tests
	@scripts/lint

unit: $(VENV)/.dev programs ## tests that need no cluster
	@pytest tests/unit

golden: $(VENV)/.dev ## write what the roles render into tests/unit/roles/golden
	@UPDATE_GOLDEN=1 pytest tests/unit/roles/test_golden.py

molecule: $(VENV)/.dev cluster ## tests on the real cluster
	@scripts/molecule

bench: $(VENV)/.dev cluster ## timings beside kubectl's, as ratios
	@python scripts/bench

build: $(VENV)/.runtime ## the collection's tarball
	@ansible-galaxy collection build --force

clean: ## remove the cluster, the images built here, .testbed and .venv
	@if [[ -x $(VENV)/bin/python ]]; then $(VENV)/bin/python -m testbed clean; fi
	@rm -rf $(VENV) .testbed .ansible observability-thanos-*.tar.gz .*_cache

cluster: $(VENV)/.runtime
	@python -m testbed up

programs: $(VENV)/.runtime
	@python -m testbed programs

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the playbooks need into $(VENV) (about a minute) ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.runtime
	@echo "Installing what the tests need into $(VENV) (about a minute) ..."
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@
