# install.mk - make install DESTDIR= PREFIX=, and make uninstall.
#
# Everything goes below $(PREFIX), except for the settings, which have one
# place. systemd also looks for units, users and folders below /usr/local.

PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR ?=

# what it is here:where it goes, below $(PREFIX)
INSTALL_DOC := share/doc/smtp-screen
INSTALL_SAMPLES := $(filter-out conf/dnslists.conf conf/completion/%,$(foreach s,$(wildcard conf/* conf/*/*),$(if $(wildcard $(s)/*),,$(s))))
INSTALL_FILES := $(foreach p,$(PROGRAMS),$(B)/$(p):sbin/$(p)) \
	$(foreach u,$(wildcard units/*.socket units/*.service units/*.timer units/*.path),$(u):lib/systemd/system/$(notdir $(u))) \
	units/smtp-screen.sysusers:lib/sysusers.d/smtp-screen.conf \
	units/smtp-screen.tmpfiles:lib/tmpfiles.d/smtp-screen.conf \
	$(foreach m,$(wildcard man/*.5),$(m):share/man/man5/$(notdir $(m))) \
	$(foreach m,$(wildcard man/*.8),$(m):share/man/man8/$(notdir $(m))) \
	$(foreach s,$(INSTALL_SAMPLES),$(s):$(INSTALL_DOC)/$(patsubst conf/%,%,$(s))) \
	conf/dnslists.conf:share/smtp-screen/dnslists.conf \
	conf/completion/smtp-screenctl.bash:share/bash-completion/completions/smtp-screenctl \
	conf/completion/smtp-screenctl.bash:share/bash-completion/completions/smtp-screen \
	conf/completion/_smtp-screenctl:share/zsh/site-functions/_smtp-screenctl \
	$(foreach d,README.md CHANGES.md SECURITY.md LICENSE,$(d):$(INSTALL_DOC)/$(d)) \
	doc/faults.md:$(INSTALL_DOC)/faults.md

# Ours alone: removed when empty. busy.txt is what a limit of xinetd says; it
# is written here because its line must end in CR LF.
INSTALL_BUSY := share/smtp-screen/busy.txt
INSTALL_CONF := $(SYSCONFDIR)/smtp-screen/smtp-screen.conf

# Units, manuals and samples name the place that Debian would use.
INSTALL_PATHS := s|/usr/sbin/smtp-screen|$(PREFIX)/sbin/smtp-screen|g; \
	s|/usr/share/smtp-screen|$(PREFIX)/share/smtp-screen|g

.PHONY: install install-files uninstall
install: all
	$(Q)$(MAKE) --no-print-directory install-files

# Without building first, for tests of what has been built.
install-files:
	$(Q)set -e; for pair in $(INSTALL_FILES); do \
		from=$${pair%%:*}; to='$(DESTDIR)$(PREFIX)'/$${pair#*:}; \
		mkdir -p "$${to%/*}"; \
		case $$pair in \
		*:sbin/*) install -m 755 "$$from" "$$to" ;; \
		*) sed '$(INSTALL_PATHS)' "$$from" >"$$to.new"; \
			if [ -x "$$from" ]; then chmod 755 "$$to.new"; \
			else chmod 644 "$$to.new"; fi; \
			mv "$$to.new" "$$to" ;; \
		esac; \
	done
	$(Q)mkdir -p '$(DESTDIR)$(PREFIX)/$(dir $(INSTALL_BUSY))'
	$(Q)printf '421 4.7.0 too many connections\r\n' \
		>'$(DESTDIR)$(PREFIX)/$(INSTALL_BUSY)'
	$(Q)chmod 644 '$(DESTDIR)$(PREFIX)/$(INSTALL_BUSY)'
	$(Q)[ -e '$(DESTDIR)$(INSTALL_CONF)' ] || \
		install -D -m 644 '$(DESTDIR)$(PREFIX)/$(INSTALL_DOC)/smtp-screen.conf' \
			'$(DESTDIR)$(INSTALL_CONF)'

# The settings stay, unless they are as we brought them; so does the cache.
uninstall:
	$(Q)if cmp -s '$(DESTDIR)$(PREFIX)/$(INSTALL_DOC)/smtp-screen.conf' \
			'$(DESTDIR)$(INSTALL_CONF)'; then \
		rm -f '$(DESTDIR)$(INSTALL_CONF)'; \
	fi
	$(Q)for pair in $(INSTALL_FILES) :$(INSTALL_BUSY); do \
		rm -f '$(DESTDIR)$(PREFIX)'/"$${pair#*:}"; \
	done
	$(Q)for ours in '$(PREFIX)/$(INSTALL_DOC)' '$(PREFIX)/$(dir $(INSTALL_BUSY))' \
			'$(SYSCONFDIR)/smtp-screen'; do \
		[ ! -d '$(DESTDIR)'"$$ours" ] || find '$(DESTDIR)'"$$ours" \
			-depth -type d -exec rmdir --ignore-fail-on-non-empty {} +; \
	done
