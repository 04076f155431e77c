/* The table, and what follows from it for one library. */
#include "check/advisory.h"

#include <errno.h>
#include <string.h>

#include "text/count.h"
#include "text/text.h"

static const struct advisory advisories[] = {
    {ADVISORY_libcurl, "CVE-2023-23916",
     "a provider can fill the memory by an answer that is packed a thousand times over", "7.57.0",
     "7.88.0", .source = "https://curl.se/docs/CVE-2023-23916.html"},
    {ADVISORY_libcurl, "CVE-2023-38039", "a provider can fill the memory by heads that never end",
     "7.84.0", "8.3.0", .debian = {"7.88.1-10+deb12u3"},
     .source = "https://curl.se/docs/CVE-2023-38039.html"},
    {ADVISORY_libcurl, "CVE-2023-38545",
     "a SOCKS proxy that looks names up (socks5h) can be made to overwrite memory", "7.69.0",
     "8.4.0", .debian = {"7.88.1-10+deb12u4"}, .proxies = {"socks5h://"},
     .source = "https://curl.se/docs/CVE-2023-38545.html"},
    {ADVISORY_libcurl, "CVE-2025-0665",
     "a descriptor is closed twice, and may be another connection's by then", "8.11.1", "8.12.0",
     .source = "https://curl.se/docs/CVE-2025-0665.html"},
    {ADVISORY_libcurl, "CVE-2026-3784",
     "a connection through an HTTP proxy is used again with another provider's credentials "
     "for that proxy",
     "7.7.0", "8.19.0", .branches = {{"8.14.2", "8.15.0"}, {"8.16.1", "8.17.0"}},
     .debian = {"7.88.1-10+deb12u15", "8.14.1-2+deb13u4"}, .proxies = {"http://", "https://"},
     .several_proxies = true, .source = "https://curl.se/docs/CVE-2026-3784.html"},
    {ADVISORY_libcurl, "CVE-2024-2398", "headers of pushed answers are not freed", "7.44.0",
     "8.7.0", .debian = {"7.88.1-10+deb12u6"},
     .not_met = "no answers are taken that a provider pushes",
     .source = "https://curl.se/docs/CVE-2024-2398.html"},
    {ADVISORY_libmicrohttpd, "CVE-2023-27371", "a client can crash the parser of forms", "0.9.0",
     "0.9.76", .debian = {"0.9.75-6"}, .not_met = "no forms are parsed",
     .source = "https://www.cve.org/CVERecord?id=CVE-2023-27371"},
    {ADVISORY_libmicrohttpd, "CWE-444 of 1.0.4 and 1.0.5",
     "a second Content-Length is passed over, so that a request can be hidden behind another",
     "0.9.0", "1.0.5",
     .not_met = "heads are read by understudy itself before, and such a one is refused",
     .source = "NEWS of libmicrohttpd 1.0.4 and 1.0.5"},
    {ADVISORY_jansson, "CVE-2020-36325", "reading beyond a text that has no end", "2.0", "2.14",
     .not_met = "every text is given with its length or has its end; the makers dispute it",
     .source = "https://github.com/akheron/jansson/issues/548"},
    {ADVISORY_zlib, "CVE-2022-37434", "the extra field of a gzip header overwrites memory", "1.2.0",
     "1.2.13", .debian = {"1:1.2.13.dfsg-1"},
     .not_met = "that header is never asked for (inflateGetHeader)",
     .source = "https://www.cve.org/CVERecord?id=CVE-2022-37434"},
};

static const struct {
    const char *name;
    const char *packages;
} libraries[ADVISORY_LIBRARY_COUNT] = {
#define X(id, packages) [ADVISORY_##id] = {#id, packages},
    ADVISORY_LIBRARIES(X)
#undef X
};

const char *advisory_library_name(enum advisory_library library)
{
    return libraries[library].name;
}

const char *advisory_library_packages(enum advisory_library library)
{
    return libraries[library].packages;
}

size_t advisory_count(void)
{
    return COUNT(advisories);
}

const struct advisory *advisory_at(size_t n)
{
    return &advisories[n];
}

/* '~' before the end, the end before letters, letters before all else. */
static int weight_of(char c)
{
    if (c == '~')
        return -1;
    if (c == '\0' || text_is_digit(c))
        return 0;
    return text_is_letter(c) ? c : c + 256;
}

/* Of the next run of digits; both are moved behind theirs. */
static int order_numbers(struct text *a, struct text *b)
{
    int64_t left, right;
    *a = text_skip(*a, text_digits(*a, &left));
    *b = text_skip(*b, text_digits(*b, &right));
    return (left > right) - (left < right);
}

static char first_of(struct text text)
{
    return text.len > 0 ? text.at[0] : '\0';
}

static int order_parts(struct text a, struct text b)
{
    int order = 0;
    while (order == 0 && (a.len > 0 || b.len > 0)) {
        int left = weight_of(first_of(a)), right = weight_of(first_of(b));
        if (left != right) {
            order = left - right;
        } else if (left != 0) {
            a = text_skip(a, 1);
            b = text_skip(b, 1);
        } else {
            order = order_numbers(&a, &b);
        }
    }
    return order;
}

struct version {
    struct text epoch, upstream, revision;
};

static struct version version_of(const char *version)
{
    struct text rest = text_of(version);
    struct version parts = {.upstream = rest};
    const char *colon = strchr(version, ':'), *dash = strrchr(version, '-');
    if (colon) {
        parts.epoch = text_make(version, (size_t)(colon - version));
        rest = text_skip(rest, parts.epoch.len + 1);
    }
    parts.upstream = rest;
    if (dash && dash >= rest.at) {
        parts.upstream = text_make(rest.at, (size_t)(dash - rest.at));
        parts.revision = text_skip(rest, parts.upstream.len + 1);
    }
    return parts;
}

int advisory_version_order(const char *a, const char *b)
{
    struct version left = version_of(a), right = version_of(b);
    int order = order_parts(left.epoch, right.epoch);
    if (order == 0)
        order = order_parts(left.upstream, right.upstream);
    return order ? order : order_parts(left.revision, right.revision);
}

static bool within(const char *version, const char *since, const char *before)
{
    return advisory_version_order(version, since) >= 0 &&
           advisory_version_order(version, before) < 0;
}

static bool in_version(const struct advisory *advisory, const char *version)
{
    if (!version || !within(version, advisory->since, advisory->repaired))
        return false;
    for (size_t i = 0; i < COUNT(advisory->branches); i++)
        if (advisory->branches[i][0] &&
            within(version, advisory->branches[i][0], advisory->branches[i][1]))
            return false;
    return true;
}

static bool begins_with_any(const char *address, const char *const *beginnings, size_t count)
{
    for (size_t i = 0; i < count && beginnings[i]; i++)
        if (text_starts_nocase(text_of(address), beginnings[i]))
            return true;
    return false;
}

static bool by_proxy(const struct advisory *advisory, const struct config *config)
{
    const char *first = NULL;
    for (size_t i = 0; i < config->provider_count; i++) {
        const char *proxy = config->providers[i].proxy;
        if (!proxy || !begins_with_any(proxy, advisory->proxies, COUNT(advisory->proxies)))
            continue;
        if (!advisory->several_proxies || (first && strcmp(first, proxy) != 0))
            return true;
        first = proxy;
    }
    return !advisory->proxies[0];
}

/* The repair that Debian made in that version of the makers' own; NULL = none is known. */
static const char *debian_repair(const struct advisory *advisory, const char *package_version)
{
    struct version package = version_of(package_version);
    for (size_t i = 0; i < COUNT(advisory->debian); i++) {
        if (!advisory->debian[i])
            continue;
        struct version repair = version_of(advisory->debian[i]);
        if (order_parts(repair.epoch, package.epoch) == 0 &&
            order_parts(repair.upstream, package.upstream) == 0)
            return advisory->debian[i];
    }
    return NULL;
}

enum advisory_verdict advisory_judge(const struct advisory *advisory,
                                     const struct advisory_found *found,
                                     const struct config *config)
{
    if (advisory->not_met || !in_version(advisory, found->version) || !by_proxy(advisory, config))
        return ADVISORY_FINE;
    if (!found->package_version)
        return found->by_hand ? ADVISORY_REFUSED : ADVISORY_UNCERTAIN;
    const char *repair = debian_repair(advisory, found->package_version);
    if (!repair)
        return ADVISORY_UNCERTAIN;
    return advisory_version_order(found->package_version, repair) >= 0 ? ADVISORY_FINE
                                                                       : ADVISORY_REFUSED;
}

static const char *const verdict_words[] = {
    [ADVISORY_FINE] = "fine", [ADVISORY_UNCERTAIN] = "uncertain", [ADVISORY_REFUSED] = "refused"};

static int print_one(const struct advisory *advisory, const struct advisory_found *found,
                     enum advisory_verdict verdict, struct buf *out)
{
    const char *package = found->package_version;
    int r = buf_printf(out, "%s %s%s%s%s: %s: %s; ", libraries[advisory->library].name,
                       found->version, package ? " (Debian's " : "", package ? package : "",
                       package ? ")" : "", advisory->id, advisory->what);
    if (r < 0)
        return r;
    if (verdict == ADVISORY_UNCERTAIN)
        return buf_printf(out,
                          "repaired in %s; whether your distribution has repaired it, too, "
                          "does not show in the version: %s\n",
                          advisory->repaired, advisory->source);
    const char *repair = package ? debian_repair(advisory, package) : NULL;
    return buf_printf(out, "refused: take %s or newer: %s\n", repair ? repair : advisory->repaired,
                      advisory->source);
}

enum advisory_verdict advisory_worst(const struct advisory_found *found,
                                     const struct config *config)
{
    enum advisory_verdict worst = ADVISORY_FINE;
    for (size_t i = 0; i < COUNT(advisories); i++) {
        enum advisory_verdict verdict =
            advisory_judge(&advisories[i], &found[advisories[i].library], config);
        if (verdict > worst)
            worst = verdict;
    }
    return worst;
}

int advisory_print(const struct advisory_found *found, const struct config *config, struct buf *out)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < COUNT(advisories); i++) {
        const struct advisory_found *library = &found[advisories[i].library];
        enum advisory_verdict verdict = advisory_judge(&advisories[i], library, config);
        if (verdict != ADVISORY_FINE)
            r = print_one(&advisories[i], library, verdict, out);
    }
    return r;
}

static json_t *advisories_json(enum advisory_library library, const struct advisory_found *found,
                               const struct config *config)
{
    json_t *list = json_array();
    for (size_t i = 0; i < COUNT(advisories); i++) {
        const struct advisory *advisory = &advisories[i];
        if (advisory->library != library || !in_version(advisory, found->version))
            continue;
        const char *verdict = verdict_words[advisory_judge(advisory, found, config)];
        (void)json_array_append_new(
            list, json_pack("{s:s, s:s, s:s, s:s*, s:s}", "id", advisory->id, "verdict",
                            advisory->not_met ? "not_met" : verdict, "what", advisory->what,
                            "why_not_met", advisory->not_met, "source", advisory->source));
    }
    return list;
}

json_t *advisory_json(const struct advisory_found *found, const struct config *config)
{
    json_t *all = json_array();
    for (int i = 0; i < ADVISORY_LIBRARY_COUNT; i++)
        (void)json_array_append_new(
            all,
            json_pack("{s:s, s:s?, s:s?, s:o}", "name", libraries[i].name, "version",
                      found[i].version, "package_version", found[i].package_version, "advisories",
                      advisories_json((enum advisory_library)i, &found[i], config)));
    return all;
}

static int print_versions(const struct advisory *advisory, struct buf *out)
{
    int r = buf_printf(out, "%s to before %s", advisory->since, advisory->repaired);
    for (size_t i = 0; r == 0 && i < COUNT(advisory->branches) && advisory->branches[i][0]; i++)
        r = buf_printf(out, ", but not %s", advisory->branches[i][0]);
    for (size_t i = 0; r == 0 && i < COUNT(advisory->debian) && advisory->debian[i]; i++)
        r = buf_printf(out, "%s%s", i ? ", " : "; Debian: repaired in ", advisory->debian[i]);
    return r;
}

static const char *when_met(const struct advisory *advisory)
{
    if (advisory->not_met)
        return advisory->not_met;
    if (advisory->several_proxies)
        return "only with several proxies";
    return advisory->proxies[0] ? "only with such a proxy" : "refused";
}

static int print_row(const struct advisory *advisory, struct buf *out)
{
    int r = buf_printf(out, "| %s | %s | ", advisory->id, libraries[advisory->library].name);
    if (r == 0)
        r = print_versions(advisory, out);
    return r < 0 ? r
                 : buf_printf(out, " | %s | %s%s | %s |\n", advisory->what,
                              advisory->not_met ? "not met: " : "", when_met(advisory),
                              advisory->source);
}

int advisory_markdown(struct buf *out)
{
    int r = buf_append_string(
        out,
        "# Faults of the libraries\n"
        "\n"
        "Made by `understudy check --markdown`, from the table in `src/core/check/advisory.c`.\n"
        "\n"
        "`understudy check` looks at the libraries that it runs with. A published fault that "
        "understudy can meet is told with its name, and where the library has it for\n"
        "sure the exit status is 1: by hand it was built of such a version, or Debian's package "
        "is older than Debian's repair. A version alone does not tell, since\n"
        "distributions repair without changing it; where nothing else does, it is a warning. "
        "The daemon itself serves on. `check --json` has them all, also those that cannot be "
        "met.\n"
        "\n"
        "| fault | library | versions | what it is | here | source |\n"
        "|---|---|---|---|---|---|\n");
    for (size_t i = 0; r == 0 && i < COUNT(advisories); i++)
        r = print_row(&advisories[i], out);
    return r;
}
