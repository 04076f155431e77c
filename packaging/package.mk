# What becomes of a release: a tarball, packages, the list of what is in them. Part of the Makefile at
# the top; packaging/README.md tells about each.

dist:
	$(Q)tools/dist $(VERSION) $(BUILD)/dist

# What is in the program, and what it is linked to.
sbom: all
	$(Q)tools/sbom $(VERSION) $(BUILD)/understudy > $(BUILD)/understudy.spdx.json
	@echo "  SBOM  $(BUILD)/understudy.spdx.json"

.PHONY: dist sbom

## make dist       the tarball of a release and its checksums
## make sbom       what the program is made of, as SPDX, in build/understudy.spdx.json
