/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What services say of themselves, and which row they are taken for: every
 * row is reached by documents such as its kind sends, an admin's rows come
 * first, and what may still come keeps a row uncertain.
 */
#include "vendors.h"

#include <string.h>

#include "discover/discover_read.h"
#include "tap.h"
#include "util/alloc.h"

static void on_refused(void *userdata _unused_, const char *uri _unused_)
{
}

static json_t *parse(const char *text)
{
    return json_loads(text && *text ? text : "{}", 0, NULL);
}

/* A service of documents; with `whole` Manager and System were read. */
static struct service *read_service(const char *root, const char *events,
                                    const char *manager, const char *system,
                                    bool whole)
{
    struct discover_links links = {.base = "https://bmc",
                                   .on_refused = on_refused};
    struct service *s = XNEW(struct service);
    json_t *documents[] = {parse(root), parse(events), parse(manager),
                           parse(system)};

    free(discover_read_root(s, documents[0], &links));
    discover_read_events(s, documents[1], &links);
    if (whole) {
        discover_read_manager(s, documents[2]);
        discover_read_system(s, documents[3]);
    }
    s->is_whole = whole;
    for (size_t i = 0; i < ARRAY_LEN(documents); i++)
        json_decref(documents[i]);
    return s;
}

#define EVENTS(version) \
    "{\"@odata.type\":\"#EventService.v" version ".EventService\"}"
#define PREFIXES(version, list)                                     \
    "{\"@odata.type\":\"#EventService.v" version ".EventService\"," \
    "\"ServerSentEventUri\":\"/redfish/v1/EventService/SSE\","      \
    "\"RegistryPrefixes\":[" list "]}"
#define IDRAC               \
    "{\"Vendor\":\"Dell\"," \
    "\"Product\":\"Integrated Dell Remote Access Controller\"}"
#define OF(vendor) "{\"Vendor\":\"" vendor "\"}"
#define MADE_BY(vendor) "{\"Manufacturer\":\"" vendor "\"}"

static const struct {
    const char *row;
    const char *root, *events, *manager, *system;
    bool at_once; /* before Manager and System are known */
} kinds[] = {
    {"cray-pdu", "{\"Vendor\":\"HPE\",\"Product\":\"Cray PDU\"}", "", "", "",
     true},
    {"dell-ome",
     "{\"Vendor\":\"Dell\",\"Product\":\"OpenManage Enterprise Modular\"}",
     EVENTS("1_3_0"), "", "", true},
    {"dell-idrac10", IDRAC, EVENTS("1_8_0"),
     "{\"FirmwareVersion\":\"1.20.25.00\"}", "", false},
    {"dell-idrac8", IDRAC, EVENTS("1_0_2"),
     "{\"FirmwareVersion\":\"2.86.86.86\"}", "", false},
    {"dell-idrac9", IDRAC, EVENTS("1_7_0"),
     "{\"FirmwareVersion\":\"7.10.50.00\"}", "", false},
    {"dell-idrac9",
     "{\"Product\":\"Integrated Dell Remote Access Controller\","
     "\"Oem\":{\"Dell\":{\"ServiceTag\":\"ABC\"}}}",
     EVENTS("1_0_6"), "{\"FirmwareVersion\":\"3.34.34.34\"}",
     "{\"Manufacturer\":\"\"}", false},
    {"hpe-ilo4",
     "{\"Oem\":{\"Hp\":{\"Manager\":[{\"ManagerType\":\"iLO 4\"}]}}}",
     EVENTS("1_0_0"), "", "", false}, /* Vendor is not said, and may be any */
    {"hpe-ilo5",
     "{\"Vendor\":\"HPE\",\"Product\":\"ProLiant DL325 Gen10 Plus\",\"Oem\":"
     "{\"Hpe\":{\"Manager\":[{\"ManagerType\":\"iLO 5\"}]}}}",
     EVENTS("1_0_8"), "", "", true},
    {"hpe-ilo5", "{\"Vendor\":\"HPE\",\"Oem\":{\"Hpe\":{}}}", EVENTS("1_2_7"),
     "", "", true},
    {"hpe-ilo6", "{\"Vendor\":\"HPE\",\"Oem\":{\"Hpe\":{}}}", EVENTS("1_7_2"),
     "", "", true},
    {"nvidia", OF("NVIDIA"), PREFIXES("1_7_0", "\"OpenBMC\""), "", "", true},
    {"intel", OF("Intel Corporation"), PREFIXES("1_5_0", "\"OpenBMC\""), "", "",
     true},
    {"openbmc", "{}", PREFIXES("1_5_0", "\"Base\",\"OpenBMC\",\"TaskEvent\""),
     "{\"Model\":\"OpenBmc\"}", MADE_BY("Wiwynn"), false},
    {"openbmc", OF("ASRockRack"), PREFIXES("1_5_0", "\"OpenBMC\""), "", "",
     true},
    {"lenovo-xcc-old", OF("Lenovo"), EVENTS("1_2_0"), "", "", true},
    {"lenovo-xcc", OF("Lenovo"), EVENTS("1_10_0"), "", "", true},
    {"supermicro-openbmc", OF("Supermicro"), PREFIXES("1_7_2", "\"HGX_Base\""),
     "", "", true},
    {"supermicro-x10", "{}", EVENTS("1_0_2"), "", MADE_BY("Supermicro"), false},
    {"supermicro-x10", "{}", "{\"@odata.type\":\"#EventService.EventService\"}",
     "", MADE_BY("Supermicro"), false},
    {"supermicro", OF("Super Micro Computer"), EVENTS("1_5_0"), "", "", true},
    {"zt", OF("ZT Systems"), EVENTS("1_3_0"), "", "", true},
    {"ami", OF("American Megatrends International"), EVENTS("1_5_0"), "", "",
     true},
    {"ami", "{}", EVENTS("1_5_0"), "", MADE_BY("GIGABYTE"), false},
    {"ami", "{\"Oem\":{\"Ami\":{},\"Intel_RackScale\":{}}}", EVENTS("1_1_0"),
     "", MADE_BY("Quanta"), false},
    {"huawei", OF("Huawei"), EVENTS("1_0_0"), "", "", true},
    {"cisco", "{}", EVENTS("1_0_0"), "", MADE_BY("Cisco Systems Inc"), false},
    {"fujitsu", OF("FUJITSU"), EVENTS("1_4_0"), "", "", true},
    {"h3c", OF("H3C"), EVENTS("1_4_0"), "", "", true},
    {"inspur", OF("Inspur"), EVENTS("1_4_0"), "", "", true},
    {"plain", OF("Contoso"), EVENTS("1_10_0"), "", MADE_BY("Contoso"), true},
    {"plain", "{}", "{}", "", "", false},
};

static bool is_reached(const char *row)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].row, row) == 0)
            return true;
    return false;
}

static void test_kinds(void)
{
    const struct vendor *v;
    size_t cursor = 0;

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        struct service *early =
            read_service(kinds[i].root, kinds[i].events, NULL, NULL, false);
        struct service *s =
            read_service(kinds[i].root, kinds[i].events, kinds[i].manager,
                         kinds[i].system, true);

        is_text(vendors_find(NULL, s)->name, kinds[i].row, "%s %s %s",
                kinds[i].root, kinds[i].manager, kinds[i].system);
        is_int(vendors_is_certain(NULL, early), kinds[i].at_once,
               "... certain without Manager and System");
        ok(vendors_is_certain(NULL, s), "... and with them");
        if (kinds[i].at_once)
            is_text(vendors_find(NULL, early)->name, kinds[i].row,
                    "... and it is that then");
        service_free(early);
        service_free(s);
    }
    while ((v = vendors_next(&cursor)))
        ok(is_reached(v->name), "the row %s is reached", v->name);
}

/* What the rows say, as far as the facts are plain. */
static void test_rows(void)
{
    const struct vendor *v;
    size_t cursor = 0;

    while ((v = vendors_next(&cursor))) {
        json_t *body = v->oem_body ? json_loads(v->oem_body, 0, NULL) : NULL;

        ok(!v->oem_body || json_is_object(body), "%s: its body is JSON",
           v->name);
        ok(!v->event_types_required || v->rung >= SUBSCRIBE_EVENT_TYPES,
           "%s: begins with EventTypes if it needs them", v->name);
        json_decref(body);
    }
    ok(vendors_named("cray-pdu")->never, "Cray's PDU is left alone");
    v = vendors_named("dell-idrac9");
    ok(v->no_patch && v->no_prefixes && v->limit == 20 &&
           v->test == VENDOR_TEST_DELL && v->sse_reconnect_min,
       "iDRAC 9 is what Dell says");
    is_text(v->sse_filter, "EventFormatType eq Event", "... and its stream");
    v = vendors_named("hpe-ilo4");
    ok(v->headers == VENDOR_HEADERS_OBJECT && v->collection && v->no_sse,
       "iLO 4 has a collection and headers of its own");
    v = vendors_named("hpe-ilo5");
    ok(v->no_policy && v->event_types_required && v->log_edited,
       "iLO 5 wants types and no policy");
    ok(!vendors_named("hpe-ilo6")->event_types_required, "iLO 6 wants none");
    v = vendors_named("openbmc");
    ok(v->test == VENDOR_TEST_BMCWEB && v->log_no_filter && !v->no_sse,
       "bmcweb streams and filters no logs");
    ok(vendors_named("supermicro-x10")->fixed_slots, "X10 has slots");
    ok(vendors_named("zt")->test_interval >= 15 * USEC_PER_SEC,
       "ZT is tested rarely");
    ok(vendors_named("intel")->default_port_only, "Intel needs the usual port");
    ok(!vendors_named("nothing"), "a name that is none");
}

static const char *find(const struct vendor *rows, size_t count,
                        const char *root, const char *events)
{
    struct config config = {.vendors = (struct vendor *)(uintptr_t)rows,
                            .vendor_count = count};
    struct service *s = read_service(root, events, "", "", true);
    const struct vendor *v = vendors_find(&config, s);

    service_free(s);
    return v >= rows && v < rows + count ? "ours" : v->name;
}

static void test_own_rows(void)
{
    static const struct vendor changed[] = {
        {.name = "openbmc", .prefix = "OpenBMC", .no_sse = true}};
    static const struct vendor added[] = {
        {.name = "mine", .vendor = "acme|NVIDIA", .event_version = ">=1.9"}};

    is_text(find(changed, 1, OF("Acme"), PREFIXES("1_5_0", "\"OpenBMC\"")),
            "ours", "a row of a known name takes its place");
    is_text(find(changed, 1, OF("NVIDIA"), PREFIXES("1_5_0", "\"OpenBMC\"")),
            "nvidia", "... and only that");
    is_text(find(added, 1, OF("NVIDIA Corp"), EVENTS("1_10_0")), "nvidia",
            "a new row holds for what it names");
    is_text(find(added, 1, OF("NVIDIA"), EVENTS("1_10_0")), "ours",
            "... before those that are built in");
    is_text(find(added, 1, OF("ACME"), EVENTS("1_9")), "ours",
            "... from the version on");
    is_text(find(added, 1, OF("ACME"), EVENTS("1_8_9")), "plain",
            "... that it says");
    is_text(find(added, 1, OF("ACME"), "{}"), "plain",
            "... and not for one that tells none");
}

static void test_maker(void)
{
    char *oem[] = {"", "Intel_RackScale", "Ami"};
    const struct service s = {.oem = {.items = oem, .count = 3}};

    is_text(service_maker(&s), "Ami", "a key without a letter names nobody");
}

int main(void)
{
    test_kinds();
    test_rows();
    test_own_rows();
    test_maker();
    return done_testing();
}
