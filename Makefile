# understudy: build, test, install. Plain make; V=1 shows the commands, DEV=1 makes warnings errors.
# `make help` lists the targets.
VERSION  = 0.1.0
# The day of this version, for the manuals.
RELEASED = 2026-11-29
BUILD   ?= build
VENV    ?= $(BUILD)/venv
FRAMEWORKS ?= $(BUILD)/frameworks
NODE_SDK ?= $(BUILD)/node
SCALE_OUT ?= $(BUILD)/scale-out
BROWSER ?= $(BUILD)/browser
CC      ?= cc
AR      ?= ar
PYTHON  ?= python3
PKG_CONFIG ?= pkg-config
CLANG        ?= clang
CLANG_FORMAT ?= clang-format
VALGRIND     ?= valgrind

# Where `make install` puts things, below DESTDIR; PREFIX and prefix are one.
PREFIX      ?= /usr/local
prefix      ?= $(PREFIX)
DESTDIR     ?=
bindir      ?= $(prefix)/bin
docdir      ?= $(prefix)/share/doc/understudy
mandir      ?= $(prefix)/share/man
unitdir     ?= $(prefix)/lib/systemd/system
userunitdir ?= $(prefix)/lib/systemd/user
sysusersdir ?= $(prefix)/lib/sysusers.d
bashcompletiondir ?= $(prefix)/share/bash-completion/completions
zshcompletiondir  ?= $(prefix)/share/zsh/site-functions
fishcompletiondir ?= $(prefix)/share/fish/vendor_completions.d
# Not below prefix: /etc/understudy is where the program looks (see `understudy -h`).
sysconfdir  ?= /etc

Q = $(if $(V),,@)
comma := ,

CORE_PKGS  = jansson inih zlib
SHELL_PKGS = libmicrohttpd libcurl
pkg_cflags = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
pkg_libs   = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
       -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wcast-qual -Wwrite-strings \
       -Wnull-dereference -Wimplicit-fallthrough -Walloca -Wdate-time $(WARN_MORE)
# What this compiler has of those that not every one has.
WARN_MORE := $(foreach flag,-Wduplicated-cond -Wlogical-op,$(shell \
                 $(CC) -Werror $(flag) -fsyntax-only -x c /dev/null >/dev/null 2>&1 && echo $(flag)))
ifneq ($(or $(DEV),$(CI)),)
WARN += -Werror
endif
HARDEN   = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
OPTIMISE ?= -O2
SANITIZE ?=
ifneq ($(SANITIZE),)
HARDEN   = -fPIE -fno-omit-frame-pointer
OPTIMISE = -O1
endif
# Nothing is thrown here, no thread is cancelled and no core file written: who unwinds the stack is a
# debugger or a profiler, and -g has tables for them that can be stripped.
ifeq ($(SANITIZE),)
NO_TABLES = -fno-asynchronous-unwind-tables -fno-unwind-tables
endif
CFLAGS  ?= -g
DEFINE      = -std=c17 -D_GNU_SOURCE -DUNDERSTUDY_VERSION='"$(VERSION)"'
ifneq ($(SANITIZE),)
DEFINE     += -DOBJECTS_KEPT=0
endif
# Where it was built, and when (-Wdate-time), is in no byte of the program.
PLACELESS   = -ffile-prefix-map=$(CURDIR)=.
ALL_CFLAGS  = $(CPPFLAGS) $(DEFINE) $(OPTIMISE) $(WARN) $(HARDEN) $(NO_TABLES) $(PLACELESS) -fno-common \
              $(SANITIZE) $(CFLAGS) -include include/banned.h
# Where the linker can, each place to be relocated takes a bit or two in place of 24 bytes.
LINK_MORE := $(foreach flag,-Wl$(comma)-z$(comma)pack-relative-relocs,$(shell \
                 echo 'int main(void) { return 0; }' | \
                 $(CC) -pie -fPIE -Werror $(flag) -x c -o /dev/null - 2>&1 | grep -q . || echo $(flag)))
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(LINK_MORE) $(SANITIZE) $(LDFLAGS)

# The core is compiled with its own headers only: it cannot include the shell.
CORE_CPPFLAGS  := -Iinclude $(call pkg_cflags,$(CORE_PKGS))
SHELL_CPPFLAGS := -Isrc/shell -Iinclude $(call pkg_cflags,$(CORE_PKGS) $(SHELL_PKGS))
UNIT_CPPFLAGS  := -Itests/core $(call pkg_cflags,check)
CORE_LIBS      := $(call pkg_libs,$(CORE_PKGS))
SHELL_LIBS     := $(call pkg_libs,$(SHELL_PKGS) $(CORE_PKGS)) -lpthread
UNIT_LIBS      := $(call pkg_libs,check)

CORE_SRC  = $(sort $(wildcard src/core/*/*.c))
SHELL_SRC = $(sort $(wildcard src/shell/*/*.c))
UNIT_SRC  = $(sort $(wildcard tests/core/*/test_*.c tests/shell/*/test_*.c tests/toy/test_*.c))
TOY_SRC   = $(sort $(filter-out tests/toy/test_%,$(wildcard tests/toy/*.c)))
PRELOAD_SRC = $(sort $(wildcard tests/sim/preload_*.c))
FUZZ_SRC  = $(sort $(wildcard tests/fuzz/fuzz_*.c))
CORE_OBJ  = $(CORE_SRC:%.c=$(BUILD)/%.o)
SHELL_OBJ = $(SHELL_SRC:%.c=$(BUILD)/%.o) $(BUILD)/src/web/web_page.o
UNIT_BIN  = $(UNIT_SRC:tests/%.c=$(BUILD)/tests/%)
UNIT_OBJ  = $(filter-out $(BUILD)/tests/toy/%,$(UNIT_BIN:=.o))
SOAK_BIN  = $(BUILD)/soak/provider $(BUILD)/soak/crowd
# What the system tests put a load on the daemon with.
LOAD_BIN  = $(SOAK_BIN) $(BUILD)/bench/cloud $(BUILD)/bench/load
PRELOAD   = $(PRELOAD_SRC:%.c=$(BUILD)/%.so)
SEED_BIN  = $(FUZZ_SRC:%.c=$(BUILD)/%)
FUZZ_BIN  = $(patsubst %.c,$(BUILD)/fuzz/%,$(notdir $(FUZZ_SRC)))
C_FILES   = $(sort $(wildcard include/*.h include/*/*.h src/*/*/*.[ch] tests/*/*.[ch] tests/*/*/*.[ch]))

# Rooms in which a request or an event spends its instructions are made fast, all others small.
HOT = $(patsubst %,src/core/%/,answer anthropic dialect guard http json ledger ollama openai request responses rules text tools) \
      $(patsubst %,src/shell/%/,base call connect exchange httpd record rounds serve)
COLD = $(filter-out $(HOT),$(sort $(dir $(CORE_SRC) $(SHELL_SRC))))
ifeq ($(SANITIZE),)
$(foreach room,$(COLD),$(eval $(BUILD)/$(room)%.o: OPTIMISE = -Os))
endif

all: $(BUILD)/understudy

$(BUILD)/understudy: $(SHELL_OBJ) $(BUILD)/libcore.a $(BUILD)/flags
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(SHELL_OBJ) $(BUILD)/libcore.a $(SHELL_LIBS)

$(BUILD)/libcore.a: $(CORE_OBJ)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $(CORE_OBJ)

# For the tests of the shell's modules; the program itself is linked from the objects.
$(BUILD)/libshell.a: $(filter-out %/main.o,$(SHELL_OBJ))
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/src/core/%.o: src/core/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CORE_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/src/shell/%.o: src/shell/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(SHELL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The page of /status, with its policy.
$(BUILD)/src/web/web_page.c: tools/web-page $(wildcard src/web/*)
	@mkdir -p $(@D)
	@echo "  WEB   $@"
	$(Q)tools/web-page src/web > $@.new && mv $@.new $@

$(BUILD)/src/web/web_page.o: $(BUILD)/src/web/web_page.c $(BUILD)/flags
	@echo "  CC    $<"
	$(Q)$(CC) $(SHELL_CPPFLAGS) $(ALL_CFLAGS) -ffile-prefix-map=$(BUILD)=build -MMD -MP -c -o $@ $<

# A unit test is compiled apart from its link: a change of a source of the core links it again, no more.
$(BUILD)/tests/core/%.o: tests/core/%.c $(BUILD)/flags | need-unit
	@mkdir -p $(@D)
	$(Q)$(CC) $(CORE_CPPFLAGS) $(UNIT_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/shell/%.o: tests/shell/%.c $(BUILD)/flags | need-unit
	@mkdir -p $(@D)
	$(Q)$(CC) $(SHELL_CPPFLAGS) $(UNIT_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/core/%: $(BUILD)/tests/core/%.o $(BUILD)/libcore.a
	@echo "  UNIT  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(CORE_LIBS) $(UNIT_LIBS)

$(BUILD)/tests/shell/%: $(BUILD)/tests/shell/%.o $(BUILD)/libshell.a $(BUILD)/libcore.a
	@echo "  UNIT  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) $(SHELL_LIBS) $(UNIT_LIBS)

# The core compiled once more, with a kind of provider and a dialect that no source knows.
TOY_CPPFLAGS = -DKIND_EXTRA='"toy_kind.h"' -DDIALECT_EXTRA='"toy_dialect.h"' -Itests/toy $(CORE_CPPFLAGS)
TOY_OBJ = $(CORE_SRC:src/core/%.c=$(BUILD)/toy/%.o)
$(BUILD)/toy/%.o: src/core/%.c $(BUILD)/flags $(wildcard tests/toy/*.h)
	@mkdir -p $(@D)
	@echo "  TOY   $<"
	$(Q)$(CC) $(TOY_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/toy/libcore.a: $(TOY_OBJ)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/tests/toy/%: tests/toy/%.c $(TOY_SRC) $(wildcard tests/toy/*.h) $(BUILD)/toy/libcore.a $(BUILD)/flags | need-unit
	@mkdir -p $(@D)
	@echo "  UNIT  $@"
	$(Q)$(CC) $(TOY_CPPFLAGS) $(UNIT_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) \
	    -o $@ $< $(TOY_SRC) $(BUILD)/toy/libcore.a $(CORE_LIBS) $(UNIT_LIBS)

# The targets of `make fuzz`, run over their seeds in every run of the tests.
$(BUILD)/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/replay.c tests/fuzz/fuzz.h $(BUILD)/libcore.a $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  SEED  $@"
	$(Q)$(CC) $(CORE_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< tests/fuzz/replay.c $(BUILD)/libcore.a $(CORE_LIBS)

# Loaded into the daemon by tests; it brings the sanitizer, where there is one.
$(BUILD)/tests/sim/%.so: tests/sim/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  SO    $@"
	$(Q)$(CC) $(DEFINE) $(OPTIMISE) $(WARN) $(CFLAGS) -include include/banned.h -fPIC -shared -o $@ $<

# Everything is built again when the compiler or a flag changes.
$(BUILD)/flags: FORCE | need-build
	@mkdir -p $(@D)
	@printf '%s\n' "$$FLAGS" | cmp -s - $@ || printf '%s\n' "$$FLAGS" > $@
$(BUILD)/flags: export FLAGS = $(CC) $(SHELL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(SHELL_LIBS)

# Where something is missing this says what, before a compiler says it in its own way.
NEEDS = need-build need-unit need-format
$(NEEDS):
	$(Q)CC='$(CC)' PKG_CONFIG='$(PKG_CONFIG)' tools/deps need $(@:need-%=%) $(if $(filter %-unit,$@),build)

# ---- run and test

# What is missing is installed first; the build is a make of its own, which then finds it.
run:
	$(Q)tools/deps have build || $(MAKE) deps-build
	$(Q)$(MAKE) all
	$(BUILD)/understudy $(RUN)

demo: $(VENV)/done
	$(Q)$(MAKE) all
	$(Q)BUILD=$(BUILD) $(VENV)/bin/python tests/demo.py

# T='names' runs some of the tests only.
# Where the frameworks or the Node SDK cannot be had, their tests are skipped, and it says so.
test: $(VENV)/done
	$(Q)$(MAKE) $(FRAMEWORKS)/done || echo "  SKIP  the tests with LangChain and pydantic-ai"
	$(Q){ tools/deps have node && $(MAKE) $(NODE_SDK)/done; } || echo "  SKIP  the tests with the Node SDK: no node 18 and npm: apt install nodejs npm"
	$(Q)$(MAKE) all units preloads loads seeds
	$(Q)BUILD=$(BUILD) FRAMEWORKS=$(FRAMEWORKS) NODE_SDK=$(NODE_SDK) BROWSER=$(BROWSER) $(VENV)/bin/python tests/run $(T)

test-frameworks: $(FRAMEWORKS)/done
	$(Q)$(MAKE) all
	$(Q)BUILD=$(abspath $(BUILD)) $(FRAMEWORKS)/bin/python -B -m pytest -q -c tests/system/pytest.ini \
	    --rootdir=tests -p no:cacheprovider tests/system/test_frameworks.py $(if $(T),-k '$(T)')

test-node: $(VENV)/done $(NODE_SDK)/done
	$(Q)$(MAKE) all
	$(Q)BUILD=$(abspath $(BUILD)) NODE_SDK=$(abspath $(NODE_SDK)) $(VENV)/bin/python -B -m pytest -q \
	    -c tests/system/pytest.ini --rootdir=tests -p no:cacheprovider tests/system/test_node.py \
	    $(if $(T),-k '$(T)')

# Behind HAProxy, nginx and Caddy, and for Kubernetes; `make test` runs those whose balancer is there.
.PHONY: test-scale-out
test-scale-out: $(SCALE_OUT)/done
	$(Q)tools/deps have scale-out || tools/deps install scale-out
	$(Q)$(MAKE) all loads
	$(Q)BUILD=$(abspath $(BUILD)) $(SCALE_OUT)/bin/python -B -m pytest -q -rs -c tests/system/pytest.ini \
	    --rootdir=tests -p no:cacheprovider tests/system/test_scale_out.py $(if $(T),-k '$(T)')

# With a real Prometheus, which is installed first; `make test` runs these tests, too, where it is there.
.PHONY: test-observability
test-observability: $(VENV)/done
	$(Q)tools/deps have observability || tools/deps install observability
	$(Q)$(MAKE) all
	$(Q)BUILD=$(abspath $(BUILD)) $(VENV)/bin/python -B -m pytest -q -rs -c tests/system/pytest.ini \
	    --rootdir=tests -p no:cacheprovider tests/system/test_observability.py $(if $(T),-k '$(T)')

# The page of /status in Chromium; `make test` runs those, too, once this has fetched what they need.
test-browser: $(BROWSER)/done
	$(Q)tools/deps have browser || tools/deps install browser
	$(Q)$(MAKE) all
	$(Q)BUILD=$(abspath $(BUILD)) $(BROWSER)/bin/python -B -m pytest -q -rs -c tests/system/pytest.ini \
	    --rootdir=tests -p no:cacheprovider -n 2 tests/system/test_status_page*.py $(if $(T),-k '$(T)')

# docs/pictures: the page of /status after an hour with pretended providers, and what the terminal shows
# of `make demo` and of `understudy watch`; some two minutes.
pictures: $(BROWSER)/done
	$(Q)tools/deps have browser || tools/deps install browser
	$(Q)$(MAKE) all preloads
	$(Q)BUILD=$(abspath $(BUILD)) $(BROWSER)/bin/python -B tests/pictures.py
	$(Q)BUILD=$(abspath $(BUILD)) $(BROWSER)/bin/python -B tests/terminal_pictures.py

# Unmodified clients of PyPI and npm; T='words' picks some. What they need is fetched, about 2 GB.
test-clients: $(VENV)/done
	$(Q)$(MAKE) all
	$(Q)BUILD=$(BUILD) $(VENV)/bin/python -B tests/clients/run $(T)

# Unmodified MCP servers of PyPI and npm; T='words' picks some.
test-tools: $(BUILD)/drive
	$(Q)BUILD=$(BUILD) $(PYTHON) -B tests/tools/run $(T)

$(BUILD)/drive: tests/tools/drive.c $(BUILD)/libshell.a $(BUILD)/libcore.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(SHELL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(SHELL_LIBS)

# Each call of the allocator in a daemon's life fails, one alone and all from it on: 12,000 lives, some 20 minutes.
# FAIL_STEP=N: every Nth; FAIL_FROM=N: the first; FAIL_TO=N: the one behind the last.
test-malloc: $(VENV)/done
	$(Q)$(MAKE) all preloads
	$(Q)BUILD=$(BUILD) FAIL_STEP=$(or $(FAIL_STEP),1) $(VENV)/bin/python tests/run test_memory_out.py

# Against the server that OLLAMA_HOST names; tests/ollama/README.md has the models.
test-ollama: $(VENV)/done
	$(Q)$(MAKE) all $(BUILD)/tests/core/dialect/test_dialect_property
	$(Q)BUILD=$(abspath $(BUILD)) $(VENV)/bin/python -B -m pytest -q -c tests/system/pytest.ini \
	    --rootdir=tests -p no:cacheprovider tests/ollama $(if $(T),-k '$(T)')

units: need-unit $(UNIT_BIN)

preloads: $(PRELOAD)

loads: $(LOAD_BIN)

seeds: $(SEED_BIN)

check: need-unit $(UNIT_BIN)
	@for t in $(UNIT_BIN); do CK_VERBOSITY=minimal $$t || exit 1; done

asan:
	$(Q)$(MAKE) BUILD=$(BUILD)/asan VENV=$(VENV) FRAMEWORKS=$(FRAMEWORKS) NODE_SDK=$(NODE_SDK) test \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined'

# The libraries are not built for it; tests/tsan.supp names what is theirs.
tsan:
	$(Q)TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp halt_on_error=1" \
	    $(MAKE) BUILD=$(BUILD)/tsan VENV=$(VENV) FRAMEWORKS=$(FRAMEWORKS) NODE_SDK=$(NODE_SDK) \
	    SANITIZE='-fsanitize=thread' test

# What the tests run of the sources, by gcc; the counts are written when a process ends.
coverage: $(VENV)/done
	$(Q)tools/deps have build unit test coverage || tools/deps install build unit test coverage
	$(Q)$(MAKE) BUILD=$(BUILD)/coverage CFLAGS='-g --coverage -fprofile-update=atomic' LDFLAGS=--coverage \
	    all units preloads loads seeds
	$(Q)BUILD=$(BUILD)/coverage FRAMEWORKS=$(FRAMEWORKS) NODE_SDK=$(NODE_SDK) $(VENV)/bin/python tools/coverage

MEMCHECK = $(VALGRIND) -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,possible \
           --errors-for-leak-kinds=definite,possible --trace-children=yes \
           --suppressions=$(CURDIR)/tests/valgrind.supp

valgrind: $(VENV)/done
	$(Q)tools/deps have valgrind || tools/deps install valgrind
	$(Q)$(MAKE) all units preloads
	@for t in $(UNIT_BIN); do \
	    PROPERTY_CASES=500 CK_TIMEOUT_MULTIPLIER=50 CK_VERBOSITY=minimal $(MEMCHECK) $$t || exit 1; done
	$(Q)BUILD=$(BUILD) UNDERSTUDY_WRAPPER="$(MEMCHECK)" $(VENV)/bin/python tests/run $(or $(T),--sample)

# On another release of Debian, in a root of its own; tools/test-release says what it needs.
test-trixie:
	$(Q)tools/test-release trixie $(T)

# SEED=N plays a run again; EXCHANGES=N makes it longer or shorter.
chaos: EXCHANGES ?= 5000
chaos: $(VENV)/done
	$(Q)$(MAKE) all
	$(Q)BUILD=$(BUILD) CHAOS=$(EXCHANGES) SEED=$(SEED) $(VENV)/bin/python tests/run test_chaos

# FUZZ_SECONDS=N for each target; T=relay only those whose name holds the word.
FUZZ_SECONDS ?= 20
FUZZ_PICKED = $(if $(T),$(foreach word,$(T),$(foreach f,$(FUZZ_BIN),$(if $(findstring $(word),$(notdir $f)),$f))),$(FUZZ_BIN))
fuzz:
	$(Q)tools/deps have build dev || $(MAKE) deps-dev
	$(Q)$(MAKE) $(FUZZ_PICKED)
	$(Q)$(PYTHON) -B tests/fuzz/seeds.py $(BUILD)/corpus
	@for f in $(FUZZ_PICKED); do \
	    name=$${f##*/}; corpus=$(BUILD)/corpus/$$name; mkdir -p $$corpus; echo "  RUN   $$name"; \
	    $$f -max_total_time=$(FUZZ_SECONDS) -timeout=5 -max_len=4096 -verbosity=0 \
	        -artifact_prefix=$(BUILD)/corpus/$$name- $$corpus || exit 1; \
	done

# The daemon with sanitizers, between apps and providers whose bytes are changed; SEED=N plays a run again.
REQUESTS ?= 20000
fuzz-daemon: $(VENV)/done
	$(Q)$(MAKE) BUILD=$(BUILD)/asan SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined' all
	$(Q)BUILD=$(BUILD)/asan FUZZ_DAEMON=$(REQUESTS) SEED=$(SEED) $(VENV)/bin/python tests/run --system test_fuzz_daemon.py

fuzzers: $(FUZZ_BIN)

# gcc has no libFuzzer: the core is compiled once more, by clang.
FUZZ_CFLAGS = $(CORE_CPPFLAGS) $(DEFINE) -include include/banned.h -g -O1 -fsanitize=address,undefined \
              -fno-sanitize-recover=undefined
FUZZ_OBJ = $(CORE_SRC:src/core/%.c=$(BUILD)/fuzz/core/%.o)
.SECONDARY: $(FUZZ_OBJ)
$(BUILD)/fuzz/core/%.o: src/core/%.c
	@mkdir -p $(@D)
	@echo "  CLANG $<"
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(BUILD)/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(FUZZ_OBJ)
	@mkdir -p $(@D)
	@echo "  FUZZ  $@"
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $< $(FUZZ_OBJ) $(CORE_LIBS)

# T='--quick whole', T=lag, T=count and the like; see tests/bench/run --help.
bench:
	$(Q)tools/deps have build bench || tools/deps install build bench
	$(Q)$(MAKE) all $(BUILD)/bench/cloud $(BUILD)/bench/load $(BUILD)/tests/sim/preload_names.so \
	    $(BUILD)/tests/sim/preload_turns.so
	$(Q)BUILD=$(BUILD) $(PYTHON) tests/bench/run $(T)

BENCH_HELP = tests/bench/answer.c tests/bench/net.c tests/bench/tongue.c
$(BUILD)/bench/%: tests/bench/%.c $(BENCH_HELP) $(wildcard tests/bench/*.h) $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  BENCH $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(BENCH_HELP)

# A million exchanges of every kind; EXCHANGES=N SEED=N WORKERS=N THINK=N, see tests/soak/run.
.PHONY: soak
soak: $(VENV)/done
	$(Q)$(MAKE) all $(SOAK_BIN) $(BUILD)/tests/sim/preload_names.so
	$(Q)BUILD=$(BUILD) EXCHANGES=$(EXCHANGES) SEED=$(SEED) WORKERS=$(WORKERS) THINK=$(THINK) $(VENV)/bin/python tests/soak/run

SOAK_HELP = tests/bench/net.c tests/soak/judge.c
$(BUILD)/soak/%: tests/soak/%.c $(SOAK_HELP) $(wildcard tests/soak/*.h tests/bench/net.h) $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  SOAK  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(SOAK_HELP)

# ---- the house

lint:
	$(Q)tools/deps have build unit test dev || $(MAKE) deps-dev
	$(Q)$(MAKE) all
	$(Q)BUILD=$(BUILD) tools/lint

# By hand and before a release: what a request and an event cost in instructions must not have grown by over 3 %.
lint-slow:
	$(Q)tools/deps have valgrind || tools/deps install valgrind
	$(Q)$(MAKE) bench T=count

fmt: need-format
	$(CLANG_FORMAT) -i $(C_FILES)

docs: all
	$(BUILD)/understudy config --defaults > $(BUILD)/understudy.ini
	(sed '/^<!-- What follows/q' docs/configuration.md && $(BUILD)/understudy config --markdown) > $(BUILD)/configuration.md
	$(BUILD)/understudy config --presets-markdown > $(BUILD)/providers.md
	$(BUILD)/understudy help --markdown > $(BUILD)/command-line.md
	$(BUILD)/understudy explain --markdown > $(BUILD)/failures.md
	$(BUILD)/understudy check --markdown > $(BUILD)/advisories.md
	$(BUILD)/understudy explain --markdown dialects > $(BUILD)/dialects.md
	(sed '/^<!-- What follows/q' docs/tools.md && $(BUILD)/understudy explain --markdown tools) > $(BUILD)/tools.md
	$(Q)mv $(BUILD)/understudy.ini conf/
	$(Q)cd $(BUILD) && mv configuration.md command-line.md providers.md failures.md dialects.md advisories.md tools.md $(CURDIR)/docs/
	tools/provider-errors > $(BUILD)/provider-errors.md && mv $(BUILD)/provider-errors.md docs/
	tools/performance > $(BUILD)/performance.md && mv $(BUILD)/performance.md docs/
	(sed '/^<!-- What follows/q' docs/observability.md && tools/metrics) > $(BUILD)/observability.md && mv $(BUILD)/observability.md docs/
	tools/manual

deps: deps-build $(VENV)/done

deps-build:
	$(Q)tools/deps install build

deps-dev:
	$(Q)tools/deps install build unit test dev valgrind bench

$(VENV)/done: tests/requirements.txt
	$(Q)tools/deps have build unit test || tools/deps install build unit test
	$(Q)tools/deps venv $(VENV) $(PYTHON) tests/requirements.txt

$(FRAMEWORKS)/done: tests/requirements.txt tests/requirements-frameworks.txt
	$(Q)tools/deps have build unit test || tools/deps install build unit test
	$(Q)tools/deps venv $(FRAMEWORKS) $(PYTHON) tests/requirements-frameworks.txt

$(SCALE_OUT)/done: tests/requirements.txt tests/requirements-scale-out.txt
	$(Q)tools/deps have build unit test || tools/deps install build unit test
	$(Q)tools/deps venv $(SCALE_OUT) $(PYTHON) tests/requirements-scale-out.txt

$(BROWSER)/done: tests/requirements.txt tests/requirements-browser.txt
	$(Q)tools/deps have build unit test || tools/deps install build unit test
	$(Q)tools/deps venv $(BROWSER) $(PYTHON) tests/requirements-browser.txt

# npm ci keeps to the lock file, whatever else is there; offline it gives up soon.
$(NODE_SDK)/done: tests/node/package.json tests/node/package-lock.json
	$(Q)tools/deps have node || tools/deps install node
	@echo "  NPM   $(NODE_SDK)"
	$(Q)mkdir -p $(NODE_SDK) && cp $^ $(NODE_SDK)/
	$(Q)cd $(NODE_SDK) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=1
	$(Q)touch $@

# ---- install

INSTALL      ?= install
INSTALL_DOCS  = README.md CHANGELOG.md LICENSE $(wildcard docs/*.md)
MANUALS       = $(wildcard man/*.[1-8])

# What is ours and one to one: FROM|TO, a line each.
define INSTALL_FILES
$(foreach f,$(INSTALL_DOCS),$(f)|$(docdir)/$(notdir $(f)))
$(foreach f,$(wildcard packaging/scale-out/*),$(f)|$(docdir)/scale-out/$(notdir $(f)))
$(foreach f,$(wildcard docs/pictures/*),$(f)|$(docdir)/pictures/$(notdir $(f)))
$(foreach f,$(wildcard docs/observability/*),$(f)|$(docdir)/observability/$(notdir $(f)))
$(foreach f,$(MANUALS),$(f)|$(mandir)/man$(patsubst .%,%,$(suffix $(f)))/$(notdir $(f)))
$(foreach f,$(wildcard systemd/*.sysusers),$(f)|$(sysusersdir)/$(basename $(notdir $(f))).conf)
$(foreach f,$(wildcard completions/*.bash),$(f)|$(bashcompletiondir)/$(basename $(notdir $(f))))
$(foreach f,$(wildcard completions/*.zsh),$(f)|$(zshcompletiondir)/_$(basename $(notdir $(f))))
$(foreach f,$(wildcard completions/*.fish),$(f)|$(fishcompletiondir)/$(notdir $(f)))
endef
# With the paths of this installation in place of the usual ones.
define INSTALL_UNITS
$(foreach f,$(wildcard systemd/*.service systemd/*.socket),$(f)|$(unitdir)/$(notdir $(f)))
$(foreach f,$(wildcard systemd/user/*.service systemd/user/*.socket),$(f)|$(userunitdir)/$(notdir $(f)))
endef
installed = $(foreach pair,$(1),$(DESTDIR)$(lastword $(subst |, ,$(pair))))

# An existing settings file is the owner's: the new one is put beside it.
install: all
	$(INSTALL) -D -m 755 $(BUILD)/understudy $(DESTDIR)$(bindir)/understudy
	@echo "the manuals, completions and docs below $(DESTDIR)$(prefix)"
	$(Q)for pair in $(foreach pair,$(INSTALL_FILES),'$(pair)'); do \
	    $(INSTALL) -D -m 644 "$${pair%%|*}" "$(DESTDIR)$${pair#*|}" || exit 1; \
	done
	@echo "units, with the paths of this installation, to $(DESTDIR)$(unitdir) and $(DESTDIR)$(userunitdir)"
	$(Q)for pair in $(foreach pair,$(INSTALL_UNITS),'$(pair)'); do \
	    $(INSTALL) -D -m 644 "$${pair%%|*}" "$(DESTDIR)$${pair#*|}" && \
	    sed 's|/usr/local/bin|$(bindir)|; s|/usr/local/share/doc/understudy|$(docdir)|' \
	        "$${pair%%|*}" > "$(DESTDIR)$${pair#*|}" || exit 1; \
	done
	$(INSTALL) -D -m 644 conf/understudy.ini \
	    $(DESTDIR)$(sysconfdir)/understudy/understudy.ini$(if $(wildcard \
	    $(DESTDIR)$(sysconfdir)/understudy/understudy.ini),.new)

# A settings file that was changed stays.
uninstall:
	rm -f $(DESTDIR)$(bindir)/understudy $(DESTDIR)$(sysconfdir)/understudy/understudy.ini.new
	rm -f $(call installed,$(INSTALL_FILES) $(INSTALL_UNITS))
	rm -rf $(DESTDIR)$(docdir)
	cmp -s conf/understudy.ini $(DESTDIR)$(sysconfdir)/understudy/understudy.ini && \
	    rm -f $(DESTDIR)$(sysconfdir)/understudy/understudy.ini || true
	rmdir $(DESTDIR)$(sysconfdir)/understudy 2>/dev/null || true

# ---- packages

include packaging/package.mk

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^## //p' Makefile packaging/package.mk

## make            builds build/understudy
## make run        builds and runs it with the settings in effect; RUN='-s log.level=debug' adds to them
## make demo       shows what it does when the cloud fails, with a pretended cloud and Ollama
## make test       builds everything and runs all tests; T='words' picks some
## make check      the unit tests only
## make test-frameworks  the tests with LangChain and pydantic-ai only
## make test-node  the tests with the official Node SDK only
## make test-tools  unmodified MCP servers (the official SDKs' and those of their repository)
## make test-clients  unmodified clients (LangChain, aider, opencode ...) with the cloud up, down and cut
## make test-malloc  has each call of the allocator fail once: it answers, or ends and says why
## make test-observability  the metrics, dashboard and alerts with a real Prometheus
## make test-ollama  tests against a real Ollama, the one that OLLAMA_HOST names
## make test-scale-out  several instances behind HAProxy, nginx and Caddy; the Kubernetes manifest
## make test-browser  the page of /status in Chromium: what it shows, live, by keyboard, on a phone
## make test-trixie  the tests on Debian 13, in a root folder that debootstrap makes; wants root
## make asan       all tests with the address and undefined-behaviour sanitizers
## make tsan       all tests with the thread sanitizer
## make valgrind   the unit tests and a sample of the others under valgrind
## make coverage   lines and branches that the tests run, room by room
## make chaos      5,000 exchanges while providers break and keys run dry at random; SEED=N plays a run again
## make soak       1,000,000 exchanges of every kind leave no memory, descriptor or stale connection behind; EXCHANGES=N
## make fuzz       feeds noise to every parser, FUZZ_SECONDS=20 each; T='words' picks some
## make fuzz-daemon  20,000 requests with changed bytes between apps and providers; SEED=N, REQUESTS=N
## make bench      measures against nginx; T=lag: the rhythm of streams while other requests hang; T=count: instructions
## make lint       format, static analysis, the fences between the rooms
## make lint-slow  whether a request or an event takes over 3 % more instructions than is kept; half a minute
## make fmt        formats all C files
## make docs       writes conf/understudy.ini, man/ and three pages of docs/ from the tables
## make pictures   docs/pictures anew: the page of /status, and what the terminal shows
## make deps       installs what building and testing needs; deps-dev: also what lint needs
## make install    to prefix=/usr/local below DESTDIR; uninstall takes it away
## make clean      removes the build folder

.SECONDARY: $(UNIT_OBJ)
-include $(FUZZ_OBJ:.o=.d) $(TOY_OBJ:.o=.d) $(CORE_OBJ:.o=.d) $(SHELL_OBJ:.o=.d) $(UNIT_BIN:=.d)

FORCE:
.PHONY: FORCE $(NEEDS) all run demo test test-frameworks test-node test-clients test-tools test-malloc test-ollama test-trixie test-browser pictures units preloads loads seeds check asan tsan valgrind coverage chaos fuzz fuzz-daemon fuzzers \
        bench lint lint-slow fmt docs deps deps-build deps-dev install uninstall clean help
