# What becomes of a release: a tarball, packages, the list of what is in them. Part of the Makefile at
# the top; packaging/README.md tells about each.

dist:
	$(Q)tools/dist $(VERSION) $(BUILD)/dist

# What is in the program, and what it is linked to.
sbom: all
	$(Q)tools/sbom $(VERSION) $(BUILD)/understudy > $(BUILD)/understudy.spdx.json
	@echo "  SBOM  $(BUILD)/understudy.spdx.json"

# DEB_FLAGS=-b: the binary package only, and so on.
deb:
	$(Q)tools/deps have deb || tools/deps install deb
	$(Q)env -u BUILD -u CC -u CFLAGS -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
	    tools/deb $(VERSION) $(BUILD)/deb $(DEB_FLAGS)

# In clean roots of Debian's releases that debootstrap makes; T='bookworm' picks one. Wants root.
test-deb:
	$(Q)tools/test-deb $(or $(T),bookworm trixie)

.PHONY: dist sbom deb test-deb

## make dist       the tarball of a release and its checksums
## make sbom       what the program is made of, as SPDX, in build/understudy.spdx.json
## make deb        Debian's packages, in build/deb
## make test-deb   installs, runs, upgrades and purges the package in clean roots of Debian 12 and 13; wants root
