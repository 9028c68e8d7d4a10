# package.mk - make dist, and make deb from what it packs.

DIST := smtp-screen-$(VERSION)
DEB_DIR := $(B)/deb
# What every file in it bears: the last commit's time, or, in a tree that came
# from such a tarball, the time that this file has from there.
DIST_TIME = $(or $(SOURCE_DATE_EPOCH),$(shell git log -1 --format=%ct 2>/dev/null || stat -c %Y package.mk))

# What git knows, as it stands here; without git all but what was built. The
# same tree gives the same bytes, whoever packs it, whenever and under
# whichever umask.
.PHONY: dist
dist:
	$(Q)mkdir -p $(B)
	$(Q)if [ -e .git ]; then git ls-files -z; else \
		find . -name build -prune -o -name __pycache__ -prune -o \
			! -type d -printf '%P\0'; fi >$(B)/dist.files
	$(Q)LC_ALL=C sort -z -o $(B)/dist.files $(B)/dist.files
	$(Q)tar -c -f $(B)/$(DIST).tar --format=ustar --null --files-from=$(B)/dist.files \
		--mtime=@$(DIST_TIME) --owner=0 --group=0 --numeric-owner \
		--mode=u+rw,go+rX,go-w --transform='flags=r;s|^|$(DIST)/|'
	$(Q)gzip -9nf $(B)/$(DIST).tar
	$(Q)rm $(B)/dist.files
	@echo $(B)/$(DIST).tar.gz

# Debian's source and binary packages, in $(DEB_DIR), from what dist packs.
DEB_FLAGS ?= --no-sign
.PHONY: deb
deb: dist
	$(Q)[ "$$(dpkg-parsechangelog -S Version)" = '$(VERSION)' ] || { \
		echo 'debian/changelog is not about version $(VERSION)' >&2; exit 1; }
	$(Q)rm -rf $(DEB_DIR)
	$(Q)mkdir -p $(DEB_DIR)
	$(Q)tar -x -f $(B)/$(DIST).tar.gz -C $(DEB_DIR)
	$(Q)cd $(DEB_DIR)/$(DIST) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		dpkg-buildpackage $(DEB_FLAGS)
	$(Q)rm -rf $(DEB_DIR)/$(DIST)
	@ls $(DEB_DIR)/*.deb
