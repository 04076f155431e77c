# understudy: build, test, install. Plain make; V=1 shows the commands, DEV=1 makes warnings errors.
VERSION  = 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
AR      ?= ar
PYTHON  ?= python3
PKG_CONFIG ?= pkg-config

Q = $(if $(V),,@)

CORE_PKGS  = jansson inih
SHELL_PKGS = libmicrohttpd libcurl
pkg_cflags = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
pkg_libs   = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
       -Wmissing-prototypes -Wvla -Wformat=2 -Wundef -Wcast-qual -Wwrite-strings \
       -Wnull-dereference -Wimplicit-fallthrough -Wduplicated-cond -Wlogical-op -Walloca
ifneq ($(or $(DEV),$(CI)),)
WARN += -Werror
endif
HARDEN   = -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fPIE
OPTIMISE ?= -O2
SANITIZE ?=
ifneq ($(SANITIZE),)
HARDEN   = -fPIE -fno-omit-frame-pointer
OPTIMISE = -O1
endif
CFLAGS  ?= -g
ALL_CFLAGS  = -std=c17 -D_GNU_SOURCE -DUNDERSTUDY_VERSION='"$(VERSION)"' $(OPTIMISE) $(WARN) $(HARDEN) \
              -fno-common $(SANITIZE) $(CFLAGS) -include include/banned.h
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(SANITIZE) $(LDFLAGS)

# The core is compiled with its own headers only: it cannot include the shell.
CORE_CPPFLAGS  = -Iinclude $(call pkg_cflags,$(CORE_PKGS))
SHELL_CPPFLAGS = -Iinclude -Isrc/shell $(call pkg_cflags,$(CORE_PKGS) $(SHELL_PKGS))

CORE_SRC  = $(sort $(wildcard src/core/*.c))
SHELL_SRC = $(sort $(wildcard src/shell/*.c))
UNIT_SRC  = $(sort $(wildcard tests/core/test_*.c))
CORE_OBJ  = $(CORE_SRC:%.c=$(BUILD)/%.o)
SHELL_OBJ = $(SHELL_SRC:%.c=$(BUILD)/%.o)
UNIT_BIN  = $(UNIT_SRC:tests/core/%.c=$(BUILD)/tests/%)

all: $(BUILD)/understudy

$(BUILD)/understudy: $(SHELL_OBJ) $(BUILD)/libcore.a
	@echo "  LINK  $@"
	$(Q)$(CC) $(ALL_LDFLAGS) -o $@ $(SHELL_OBJ) $(BUILD)/libcore.a \
	    $(call pkg_libs,$(SHELL_PKGS) $(CORE_PKGS)) -lpthread

$(BUILD)/libcore.a: $(CORE_OBJ)
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $(CORE_OBJ)

$(BUILD)/src/core/%.o: src/core/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CORE_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/src/shell/%.o: src/shell/%.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(SHELL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tests/%: tests/core/%.c $(BUILD)/libcore.a
	@mkdir -p $(@D)
	@echo "  UNIT  $@"
	$(Q)$(CC) -Iinclude -Itests/core $(call pkg_cflags,$(CORE_PKGS) check) $(ALL_CFLAGS) -MMD -MP $(ALL_LDFLAGS) \
	    -o $@ $< $(BUILD)/libcore.a $(call pkg_libs,$(CORE_PKGS) check)

check: $(UNIT_BIN)
	@for t in $(UNIT_BIN); do CK_VERBOSITY=minimal $$t || exit 1; done

clean:
	rm -rf $(BUILD)

-include $(CORE_OBJ:.o=.d) $(SHELL_OBJ:.o=.d) $(UNIT_BIN:=.d)

.PHONY: all check clean
