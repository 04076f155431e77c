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

rpm:
	$(Q)command -v rpmbuild >/dev/null || { echo "rpm: needs rpmbuild (Debian: apt install rpm)" >&2; exit 1; }
	$(Q)env -u BUILD -u CC -u CFLAGS -u MAKEFLAGS -u MAKELEVEL -u MFLAGS tools/rpm $(VERSION) $(BUILD)/rpm $(RPM_FLAGS)

# Of what is built on this machine, and of its libraries. podman load -i build/understudy-image.tar
oci: all
	$(Q)packaging/oci/rootfs $(BUILD)/understudy $(BUILD)/rootfs
	$(Q)packaging/oci/image $(VERSION) $(BUILD)/rootfs $(BUILD)/understudy-image.tar

# In clean roots of Debian's releases that debootstrap makes; T='bookworm' picks one. Wants root.
test-deb:
	$(Q)tools/test-deb $(or $(T),bookworm trixie)

.PHONY: dist sbom deb rpm oci test-deb

## make dist       the tarball of a release and its checksums
## make sbom       what the program is made of, as SPDX, in build/understudy.spdx.json
## make deb        Debian's packages, in build/deb
## make rpm        an RPM, in build/rpm
## make oci        a container's image of the program and its libraries, for docker and podman load
## make test-deb   installs, runs, upgrades and purges the package in clean roots of Debian 12 and 13; wants root
