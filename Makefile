# `make run` and `make test` work on a bare machine with Python 3.11 or newer, its venv module and make.

VENV := .venv
PY   := $(VENV)/bin/python
PIP  := $(PY) -m pip --disable-pip-version-check --no-input install --only-binary :all:
HOST ?= 127.0.0.1
PORT ?= 8000
# A core that is done takes tests over from the other: some walk a hundred pages.
BOTH_CORES ?= -n 2 --dist worksteal

# The first Python that is new enough.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)

MAY_WRITE = for folder in . $(wildcard $(VENV)); do test -w $$folder || { \
	echo "没有写入本文件夹的权限：请把它交给当前用户 $$(id -un)，或克隆到别处。"; \
	echo "No permission to write to this folder: give it to $$(id -un), or clone it elsewhere."; exit 1; }; done

export HOST PORT
export PYTHONUTF8 = 1

.PHONY: setup run test check bench bench-peers drill drill-psi train-matcher messages stop clean
.DEFAULT_GOAL := run

setup: $(VENV)/.runtime

run: $(VENV)/.runtime
	@$(PY) manage.py serve

# Tests and checks have a Postgres of their own, which may forget everything in a crash and is faster for it.
test check bench: export APP_VAR = $(CURDIR)/var/test
test check bench: export EMBEDDED_PG_FAST = 1

test: $(VENV)/.dev
	@$(PY) -m tests.browser
	@$(PY) -m pytest $(BOTH_CORES) $(ARGS); result=$$?; $(PY) -m config.embedded_pg stop; exit $$result

check: $(VENV)/.dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy, as on a server" && \
	APP_SECRET_KEY="$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
	APP_HTTPS=1 APP_HOSTS=example.org $(PY) manage.py check --deploy --fail-level WARNING
	$(PY) -m config.translations --check
	@$(PY) -m config.embedded_pg stop

bench: $(VENV)/.dev
	@$(PY) -m bench $(ARGS); result=$$?; $(PY) -m config.embedded_pg stop; exit $$result

# What the matcher and the imports are measured against, beside the environment: it is large and nothing runs on it.
bench-peers: $(VENV)/.dev
	@$(PIP) --no-binary pyspark --target var/scale -r requirements-scale.txt  # Spark comes as source alone

# The upload gate against corpora fetched from the package index; then Postgres frozen for 14 seconds under load; a
# hall of 300 people checking in, and a robot; a roster of 200 MB; then a key rotation killed a dozen times.
drill: $(VENV)/.dev
	@$(PY) -m bench.drill_uploads
	@$(PY) -m bench.drill_frozen
	@$(PY) -m bench.drill_checkin
	@$(PY) -m bench.drill_roster
	@APP_VAR="$(CURDIR)/var/test" EMBEDDED_PG_FAST=1 DRILL_KILLS=12 $(PY) -m pytest -q tests/members/test_keys.py -k killed

# Private set intersection between two processes here, in an environment of its own (1 GiB, Python 3.11).
drill-psi: $(VENV)/.dev
	@$(PY) -m bench.drill_psi $(ARGS)

# Estimate the matcher's weights anew; ARGS="--labels FILE" adds pairs that people have reviewed.
train-matcher: $(VENV)/.dev
	@$(PY) -m bench.train_matcher $(ARGS)

messages: $(VENV)/.dev
	@$(PY) -m config.translations

stop:
	@$(PY) -m config.embedded_pg stop
	@APP_VAR="$(CURDIR)/var/test" $(PY) -m config.embedded_pg stop

# Never var/ itself: the database and the uploaded files are in it.
clean: stop
	rm -rf $(VENV) var/test var/static var/static.stamp .ruff_cache .pytest_cache .hypothesis

$(VENV)/.runtime: requirements.txt requirements-assets.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "没有找到 Python 3.11 或更新的版本：请先安装，例如 apt-get install python3 python3-venv。"; \
		echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv."; exit 1; }
	@$(MAY_WRITE)
	@df -Pk . | { read -r _; read -r _ _ _ free _; test "$$free" -gt 1000000; } || { \
		echo "磁盘空间不足：首次安装至少需要 1 GB 空闲，请清理后再试。"; \
		echo "Not enough disk space: the first installation needs 1 GB."; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "没有建成 Python 虚拟环境：请先执行 apt-get install python3-venv。"; \
		echo "No virtual environment: apt-get install python3-venv."; exit 1; }
	@echo "正在安装 Python 依赖（首次约半分钟）……"
	@$(PIP) -r requirements.txt
	@$(PIP) --no-deps -r requirements-assets.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	@$(MAY_WRITE)
	@echo "正在安装测试工具……"
	@$(PIP) -r requirements-dev.txt
	@touch $@
