# smtp-screen: everything is built below build/ and runs from there.
#
#   make                the programs
#   make check          unit tests, dialogues, real programs, hostile input, and
#   make conformance    dialogues side by side with the real postscreen
#   make lint           format, floors, static analysis
#   make asan           units and dialogues under ASan and UBSan
#   make fuzz           every fuzz target for FUZZ_SECONDS; make fuzz-afl by AFL++
#   make soak           good and bad clients at once, for SOAK_SECONDS
#   make coverage       the lines that all tests run, by room
#   make check-all      all of check, lint, asan, and the packages
#   make bench          the figures, as ratios
#   make install        below PREFIX (/usr/local), in DESTDIR; make uninstall
#   make dist           the sources in one file, the same bytes each time
#   make deb            packages for Debian, in build/deb
#   make check-package  and try them in a fresh Debian
#   make check-browser  look at the report's page in Chromium
#
#   make CC=clang       another compiler (use another B= beside it)
#   make LDNS=shared    libldns as shared library: slower to start
#   make GDBM=shared    libgdbm as well
#   make HIREDIS=shared and libhiredis
#   make LIBC=shared    smtp-screen with the shared libc: slower to start
#   make WERROR=        do not stop at warnings
#   make V=1            show the commands

Q := $(if $(V),,@)
say = $(if $(V),@:,@printf '  %-5s %s\n')

ifeq ($(origin CC),default)
CC := gcc
endif
B ?= build
LDNS ?= static
GDBM ?= static
HIREDIS ?= static
# a sanitizer's runtime and the fuzzer's want the shared libc
LIBC ?= $(if $(SANITIZE),shared,static)
WERROR ?= -Werror
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 600
COVERAGE_KINDS ?= units dialogs real hostile
OPT ?= -O2

VERSION := 0.1.0

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wwrite-strings -Wpointer-arith -Wformat=2 -Wundef -Wvla \
	-Wimplicit-fallthrough -Wswitch-enum -Wcast-qual
# _FORTIFY_SOURCE needs optimisation, and glibc complains when it has none.
HARDEN := $(if $(filter -O0,$(OPT)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) \
	-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
PIE := -pie
HARDEN_LINK := -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
SANITIZE ?=

CFLAGS ?= -g
CPPFLAGS ?=
LDFLAGS ?=
override CPPFLAGS += -Isrc -D_GNU_SOURCE -DSCREEN_VERSION='"$(VERSION)"'
override CFLAGS += -std=gnu11 $(OPT) $(WARNINGS) $(WERROR) $(HARDEN) $(SANITIZE)
override LDFLAGS += $(PIE) $(HARDEN_LINK) -Wl,--as-needed -Wl,-O1 $(SANITIZE)

# ---- the house --------------------------------------------------------------

FLOORS := $(shell sed -n 's/^\([0-9]*\) .*/\1/p' src/floors)
$(foreach f,$(FLOORS),$(eval rooms_on_$(f) := $(shell sed -n 's/^$(f) //p' src/floors)))
ROOMS := $(filter-out programs,$(foreach f,$(FLOORS),$(rooms_on_$(f))))
reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
# A room and everything below it, upper floors first, as the linker wants it.
# Made once: with a hundred unit tests, asking each time takes seconds.
lower :=
$(foreach f,$(FLOORS), \
	$(foreach r,$(rooms_on_$(f)),$(eval house_$(r) := $(r) $(call reverse,$(lower)))) \
	$(eval lower += $(rooms_on_$(f))))
house_below = $(house_$(1))
archives = $(patsubst %,$(B)/lib/%.a,$(1))

SOURCES := $(wildcard src/*/*.c)
room_objects = $(patsubst src/%.c,$(B)/obj/%.o,$(wildcard src/$(1)/*.c))

# ---- outside libraries ------------------------------------------------------

# One library less to load is a tenth of what a known client costs.
ifeq ($(GDBM),shared)
GDBM_LIBS ?= -lgdbm
else
GDBM_LIBS ?= -l:libgdbm.a
endif
ifeq ($(LDNS),shared)
LDNS_LIBS ?= -lldns
else
# Only the archive: libldns.so would drag libcrypto into every process. What
# the archive wants of OpenSSL is answered by dns/openssl_stubs.c.
LDNS_LIBS ?= -l:libldns.a
endif
# Only its reader is used, so that nothing of it asks for name services.
ifeq ($(HIREDIS),shared)
HIREDIS_LIBS ?= -lhiredis
else
HIREDIS_LIBS ?= -l:libhiredis.a
endif
CHECK_LIBS ?= $(shell pkg-config --libs check)
LIBS_cache := $(GDBM_LIBS) $(HIREDIS_LIBS)
LIBS_history := -ljansson -lm -pthread
LIBS_greylist := -lpsl
LIBS_tls := -lssl -lcrypto
# our archive once more, for the stubs that libldns.a asks for
LIBS_dns := $(LDNS_LIBS) $(B)/lib/dns.a
libs_of = $(foreach r,$(1),$(LIBS_$(r)))

# ---- programs ---------------------------------------------------------------

PROGRAMS := smtp-screen smtp-screend smtp-screen-tls smtp-screenctl \
	smtp-screen-greylist

.PHONY: all
all: $(addprefix $(B)/,$(PROGRAMS))

# Never in the archive: a program that shares libc must find libc's own.
NETDB_STUBS := $(B)/obj/dns/netdb_stubs.o
# Run while building, and part of no program.
MAKE_FILTERS := $(B)/obj/sandbox/make_filters
SKIP_OBJECTS := $(NETDB_STUBS) $(MAKE_FILTERS).o
ifneq ($(LDNS),static)
SKIP_OBJECTS += $(B)/obj/dns/openssl_stubs.o
endif

define room_rules
$(B)/lib/$(1).a: $(filter-out $(SKIP_OBJECTS),$(call room_objects,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)$(AR) rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

# No number changes its value or sign unseen in what reads bytes from outside.
$(B)/obj/%.o: src/%.c $(B)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -Wconversion -MMD -MP -c -o $@ $<

# seccomp filters are made here by libseccomp, which no program is linked
# with. For another machine than this one: HOST_CC, and its name in libseccomp.
HOST_CC ?= $(CC)
SECCOMP_ARCH ?=
$(MAKE_FILTERS): src/sandbox/make_filters.c $(B)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(HOST_CC) $(CPPFLAGS) -std=gnu11 $(WARNINGS) $(WERROR) -o $@ $< -lseccomp

$(B)/obj/sandbox/filters.c: $(MAKE_FILTERS)
	$(Q)$< $(SECCOMP_ARCH) >$@.new && mv $@.new $@

$(B)/obj/sandbox/filters.o: $(B)/obj/sandbox/filters.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(B)/lib/sandbox.a: $(B)/obj/sandbox/filters.o

# Upper rooms first; a room asks only those behind it.
ALL_ARCHIVES := $(call archives,$(call reverse,$(ROOMS)))

# OpenSSL is for one program alone; and that one must not be given the room
# whose stubs bear OpenSSL's names.
TLS_PROGRAM := $(B)/smtp-screen-tls
LIBS_ALL := $(call libs_of,$(filter-out tls,$(ROOMS)))
TLS_ROOMS := $(call house_below,tls)

$(filter-out $(TLS_PROGRAM),$(addprefix $(B)/,$(PROGRAMS))): $(B)/%: $(B)/obj/programs/%.o $(ALL_ARCHIVES)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) $(LAYOUT) -o $@ $(filter-out %.ld,$^) $(LIBS_ALL)

$(TLS_PROGRAM): $(B)/%: $(B)/obj/programs/%.o $(call archives,$(TLS_ROOMS))
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(call libs_of,$(TLS_ROOMS))

# The program that every connection starts is linked whole (still PIE and full
# RELRO): the dynamic loader takes a fifth of what a known client may cost.
# With LIBC=shared a new libc needs no new build.
ifeq ($(LIBC)$(GDBM)$(HIREDIS)$(LDNS),staticstaticstaticstatic)
$(B)/smtp-screen $(B)/smtp-screend: $(NETDB_STUBS) src/nearby.ld
$(B)/smtp-screen $(B)/smtp-screend: private PIE := -static-pie
$(B)/smtp-screen $(B)/smtp-screend: private LAYOUT := -Wl,-T,src/nearby.ld
endif

# Other flags, other objects: without this a changed flag would go unnoticed.
.PHONY: FORCE
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','"'"',$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDNS_LIBS) $(GDBM_LIBS) $(HIREDIS_LIBS) $(LIBC))' | \
		cmp -s - $@ || \
	echo '$(subst ','"'"',$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(LDNS_LIBS) $(GDBM_LIBS) $(HIREDIS_LIBS) $(LIBC))' > $@

# ---- unit tests -------------------------------------------------------------

# tests/test_NAME.c tests src/ROOM/NAME.c, and tests/test_ROOM_faults.c a whole
# room; it is linked with that room and what lies below it, so that a floor is
# seen to stand alone.
UNITS := $(patsubst tests/%.c,%,$(wildcard tests/test_*.c))
UNIT_PROGRAMS := $(addprefix $(B)/tests/,$(UNITS))
room_of = $(firstword $(patsubst src/%/,%,$(dir $(wildcard src/*/$(1).c))) $(1:_faults=))

define unit_rules
$(B)/tests/$(1): $(B)/obj/tests/$(1).o $(call archives,$(call house_below,$(call room_of,$(patsubst test_%,%,$(1)))))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(CHECK_LIBS) $(call libs_of,$(call house_below,$(call room_of,$(patsubst test_%,%,$(1)))))
endef
$(foreach u,$(UNITS),$(eval $(call unit_rules,$(u))))

$(B)/obj/tests/%.o: tests/%.c $(B)/flags
	@mkdir -p $(@D)
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) -Itests/lib $(CFLAGS) -MMD -MP -c -o $@ $<

# Small programs that tests need beside the built ones.
TOOLS := $(patsubst tests/lib/%.c,$(B)/tests/%,$(wildcard tests/lib/*.c))
$(TOOLS): $(B)/tests/%: tests/lib/%.c $(B)/flags $(ALL_ARCHIVES)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(ALL_ARCHIVES) $(LIBS_ALL)

# Floors are to be as small as what stands on them: linked whole.
$(B)/tests/bench_asker $(B)/tests/pause: private PIE := $(if $(SANITIZE),$(PIE),-static-pie)

# The programs once more, beside each other as the first looks for the last,
# with an intruder in them where sessions are locked in.
INTRUDERS := $(addprefix $(B)/tests/intruders/,smtp-screen smtp-screend smtp-screen-tls)
$(INTRUDERS): $(B)/tests/intruders/%: $(B)/obj/programs/%.o $(B)/obj/tests/attempts/attempts.o $(ALL_ARCHIVES)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -Wl,--wrap=sandbox_enter -o $@ $(filter %.o,$^) \
		$(if $(filter %-tls,$@),$(call archives,$(TLS_ROOMS)) $(call libs_of,$(TLS_ROOMS)),$(ALL_ARCHIVES) $(LIBS_ALL))

# The policy service with a clock that goes very fast.
HASTY := $(B)/tests/hasty/smtp-screen-greylist
$(HASTY): $(B)/obj/programs/smtp-screen-greylist.o $(B)/obj/tests/hasty/hasty.o $(ALL_ARCHIVES)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -Wl,--wrap=clock_mono,--wrap=ppoll -o $@ $(filter %.o,$^) $(ALL_ARCHIVES) $(LIBS_ALL)

# And once more, with a clock on the wall that a test can step.
STEPPED := $(addprefix $(B)/tests/stepped/,smtp-screen smtp-screend)
$(STEPPED): $(B)/tests/stepped/%: $(B)/obj/programs/%.o $(B)/obj/tests/attempts/clock.o $(ALL_ARCHIVES)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(LDFLAGS) -Wl,--wrap=clock_wall,--wrap=clock_wall_fine -o $@ $(filter %.o,$^) \
		$(ALL_ARCHIVES) $(LIBS_ALL)

.PHONY: units tools
units: $(UNIT_PROGRAMS)
tools: $(TOOLS) $(INTRUDERS) $(HASTY) $(STEPPED)

.PHONY: check check-units check-dialogs check-real check-hostile
check: all units tools
	tests/run --build $(B) units dialogs real hostile conformance
check-units: units
	tests/run --build $(B) units
check-dialogs: all tools
	tests/run --build $(B) dialogs
check-real: all tools
	tests/run --build $(B) real
check-hostile: all tools
	tests/run --build $(B) hostile

.PHONY: check-package check-all
check-package: deb
	tests/package --build $(B)
.PHONY: check-browser
check-browser: all
	tests/browser --build $(B)
check-all: check lint asan check-package check-browser

.PHONY: conformance
conformance: all tools
	tests/run --build $(B) conformance

# How late clients were served is judged as well: let the machine do nothing
# else beside.
.PHONY: soak
soak: all tools
	tests/soak --build $(B) --seconds $(SOAK_SECONDS) --judge-delays

# ---- sanitizers -------------------------------------------------------------

ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

.PHONY: asan
asan:
	$(MAKE) B=$(B)/asan OPT=-O1 SANITIZE='$(ASAN)' all units tools
	tests/run --build $(B)/asan --sanitized units dialogs hostile

# ---- coverage ---------------------------------------------------------------

# The programs as they are shipped, but for counters, which are pages of a file
# from before main on: so nothing is written at any end, and who is killed,
# locked in, or becomes another program has counted as well. The files of the
# programs are made before the first test, open to all: some become another
# user. Which tests fail is not what this is about.
COUNTS := $(abspath $(B))/coverage/counts
COVERAGE_BUILD = $(MAKE) B=$(B)/coverage CC=clang LIBC=static \
	OPT='$(OPT) -fcoverage-mapping -mllvm -runtime-counter-relocation' \
	SANITIZE='-fprofile-instr-generate=$(COUNTS)/%m%c.profraw -Wno-unused-command-line-argument'

.PHONY: coverage
coverage:
	@command -v llvm-cov >/dev/null || { echo 'llvm-cov is missing: ./setup coverage' >&2; exit 1; }
	$(COVERAGE_BUILD) all units tools
	$(Q)rm -rf $(COUNTS)
	$(Q)umask 0; for program in $(PROGRAMS) $(patsubst $(B)/%,%,$(INTRUDERS) $(HASTY) $(STEPPED)); do \
		$(B)/coverage/$$program --version >/dev/null 2>&1 </dev/null; done; true
	$(Q)chmod 755 $(COUNTS)
	$(Q)chmod -R a+rX $(B)/coverage
	-tests/run --build $(B)/coverage $(COVERAGE_KINDS)
	tests/coverage --build $(B)/coverage --goal 90

# ---- fuzzing ----------------------------------------------------------------

FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_FLAGS := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

.PHONY: fuzz fuzz-build fuzz-afl fuzz-afl-build
fuzz: fuzz-build
	tests/fuzz/run $(B)/fuzz $(FUZZ_SECONDS) $(FUZZERS)
fuzz-build:
	$(MAKE) CC=clang B=$(B)/fuzz OPT=-O1 SANITIZE='$(FUZZ_FLAGS)' fuzzers
# The same targets by AFL++, which comes by itself to other inputs; it takes
# -fsanitize=fuzzer for its own driver.
fuzz-afl: fuzz-afl-build
	tests/fuzz/run --afl $(B)/afl $(FUZZ_SECONDS) $(FUZZERS)
fuzz-afl-build:
	@command -v afl-fuzz >/dev/null || { echo 'AFL++ is missing: apt-get install afl++' >&2; exit 1; }
	AFL_QUIET=1 $(MAKE) CC=afl-clang-fast HOST_CC=clang B=$(B)/afl OPT=-O1 SANITIZE='$(FUZZ_FLAGS)' fuzzers

.PHONY: fuzzers
fuzzers: $(addprefix $(B)/,$(FUZZERS))
$(addprefix $(B)/,$(FUZZERS)): $(B)/%: tests/fuzz/%.c tests/fuzz/as_file.h $(ALL_ARCHIVES)
	$(say) LINK $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer,address,undefined \
		-o $@ $< $(ALL_ARCHIVES) $(LIBS_ALL)

include install.mk
include package.mk

# ---- the rest ---------------------------------------------------------------

.PHONY: lint
lint:
	tests/lint

.PHONY: bench
bench: all tools
	tests/bench/run --build $(B)

.PHONY: clean
clean:
	rm -rf $(B)

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)
