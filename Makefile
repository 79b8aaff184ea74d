# Sawt: `make run` starts the whole portal, `make test` runs every check. `make help` lists the rest.
PYTHON ?= python3
SAWT = @$(PYTHON) tools/sawt.py

.DEFAULT_GOAL := help
.PHONY: help run test check bench services env manage backup restore-drill docs screenshots accessibility \
	messages lock clean reset

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | sed 's/\$$\$$/$$/' | expand -t 24

run: ## start the portal with its demonstration (PORT=8000)
	$(SAWT) run

test: ## install what is needed and run every check (ARGS="-k name" goes to pytest)
	$(SAWT) test $(ARGS)

check: ## lint and the tests that need no browser
	$(SAWT) check $(ARGS)

bench: ## measure the speed with a whole city's data
	$(SAWT) bench

services: ## start PostgreSQL, Valkey and the mailbox alone, for development
	$(SAWT) services

env: ## print the export lines of what runs: eval "$$(make -s env)"
	$(SAWT) env

manage: ## run a command against what runs: make manage ARGS="kpi_report --help"
	$(SAWT) manage $(ARGS)

backup: ## back up what runs: database and files, into var/backups
	$(SAWT) manage backup $(ARGS)

restore-drill: ## restore the newest backup beside what runs, compare, and report the times
	$(SAWT) manage restore_drill $(ARGS)

docs: ## make the site of guides, in var/docs
	$(SAWT) docs

screenshots: ## take the pictures of the guides anew (ARGS="home" takes some)
	$(SAWT) screenshots $(ARGS)

accessibility: ## let axe look at every page, and write down what it found
	$(SAWT) accessibility

messages: ## extract the sentences to translate (needs gettext)
	$(SAWT) messages

lock: ## lock the Python requirements again (needs uv)
	$(SAWT) lock

clean: ## remove what can be made again; the data stays
	$(SAWT) clean

reset: ## remove the demonstration's data, so that the next start begins anew
	$(SAWT) reset
