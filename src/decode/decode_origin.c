/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where an event comes from: OriginOfCondition as a link, as text or as the
 * whole resource, and what kind of resource that is. The kind is taken from
 * the resource if it was sent, else from the collection that its URI goes
 * through, which the Redfish schemas name.
 */
#include "decode/decode_record.h"

#include <string.h>

#define TYPE_MAX 64 /* a longer name is none of a resource's type */

struct collection {
    const char *name; /* the URI's segment */
    const char *type; /* of the resource in it */
};

/* Members of collections and of arrays inside resources. */
static const struct collection collections[] = {
    {"Accounts", "ManagerAccount"},
    {"Assemblies", "Assembly"},
    {"Batteries", "Battery"},
    {"BootOptions", "BootOption"},
    {"CDUs", "CoolingUnit"},
    {"Cables", "Cable"},
    {"Certificates", "Certificate"},
    {"Chassis", "Chassis"},
    {"Circuits", "Circuit"},
    {"Connections", "Connection"},
    {"Controllers", "StorageController"},
    {"CoolantConnectors", "CoolantConnector"},
    {"CoolingLoops", "CoolingLoop"},
    {"Drives", "Drive"},
    {"Endpoints", "Endpoint"},
    {"Entries", "LogEntry"},
    {"EthernetInterfaces", "EthernetInterface"},
    {"Fabrics", "Fabric"},
    {"Fans", "Fan"},
    {"Filters", "Filter"},
    {"FirmwareInventory", "SoftwareInventory"},
    {"FloorPDUs", "PowerDistribution"},
    {"GraphicsControllers", "GraphicsController"},
    {"HostInterfaces", "HostInterface"},
    {"Jobs", "Job"},
    {"LeakDetectors", "LeakDetector"},
    {"Licenses", "License"},
    {"LogServices", "LogService"},
    {"Managers", "Manager"},
    {"Memory", "Memory"},
    {"MetricReports", "MetricReport"},
    {"NetworkAdapters", "NetworkAdapter"},
    {"NetworkDeviceFunctions", "NetworkDeviceFunction"},
    {"NetworkInterfaces", "NetworkInterface"},
    {"NetworkPorts", "NetworkPort"},
    {"Outlets", "Outlet"},
    {"PCIeDevices", "PCIeDevice"},
    {"PCIeFunctions", "PCIeFunction"},
    {"Ports", "Port"},
    {"PowerShelves", "PowerDistribution"},
    {"PowerSupplies", "PowerSupply"},
    {"Processors", "Processor"},
    {"Pumps", "Pump"},
    {"RackPDUs", "PowerDistribution"},
    {"Redundancy", "Redundancy"},
    {"Roles", "Role"},
    {"Sensors", "Sensor"},
    {"SerialInterfaces", "SerialInterface"},
    {"Sessions", "Session"},
    {"SimpleStorage", "SimpleStorage"},
    {"SoftwareInventory", "SoftwareInventory"},
    {"Storage", "Storage"},
    {"StorageControllers", "StorageController"},
    {"Subscriptions", "EventDestination"},
    {"Switches", "Switch"},
    {"Systems", "ComputerSystem"},
    {"Tasks", "Task"},
    {"Temperatures", "Temperature"},
    {"TrustedComponents", "TrustedComponent"},
    {"VirtualMedia", "VirtualMedia"},
    {"Voltages", "Voltage"},
    {"Volumes", "Volume"},
    {"Zones", "Zone"},
};

/* Resources that are in no collection: the last segment is their type. */
static const char *const singles[] = {
    "AccountService",   "Assembly",         "Bios",
    "EventService",     "LicenseService",   "Power",
    "PowerSubsystem",   "SecureBoot",       "SessionService",
    "TaskService",      "TelemetryService", "Thermal",
    "ThermalSubsystem", "UpdateService",
};

static bool is_segment(const char *segment, size_t len, const char *name)
{
    return strlen(name) == len && memcmp(segment, name, len) == 0;
}

static const char *single_type(const char *segment, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(singles); i++)
        if (is_segment(segment, len, singles[i]))
            return singles[i];
    return NULL;
}

static const char *member_type(const char *collection, size_t len)
{
    for (size_t i = 0; i < ARRAY_LEN(collections); i++)
        if (is_segment(collection, len, collections[i].name))
            return collections[i].type;
    return NULL;
}

/* The type by the URI: "…/Drives/3" is a Drive, "…/Thermal#/Fans/0" a Fan. */
static const char *type_of_uri(const char *uri)
{
    const char *last = "", *before = "";
    size_t last_len = 0, before_len = 0, len;
    const char *type;

    for (;; uri += len) {
        uri += strspn(uri, "/#");
        len = strcspn(uri, "/#");
        if (len == 0)
            break;
        before = last;
        before_len = last_len;
        last = uri;
        last_len = len;
    }
    type = member_type(before, before_len);
    return type ? type : single_type(last, last_len);
}

/* "#Drive.v1_2_0.Drive" gives Drive. */
static bool put_sent_type(struct record *r, const struct json_value *origin)
{
    const struct json_value *type = json_in_find(origin, "@odata.type");
    size_t len = 0;
    const char *text = type ? json_in_text(type, &len) : NULL;
    const char *dot = text ? strrchr(text, '.') : NULL;

    if (!dot || !dot[1] || strlen(dot) > TYPE_MAX)
        return false;
    event_set(r->event, EVENT_ORIGIN_TYPE, dot + 1);
    return true;
}

/*
 * The link without a slash at its end, and from its last "/redfish/v1/" on,
 * for some firmware puts one path behind the other.
 */
static void mend_link(struct record *r)
{
    _cleanup_(buffer_done) struct buffer clean = {0};
    size_t len;
    const char *link = event_text(r->event, EVENT_ORIGIN, &len);
    const char *text = link, *again;

    while (*text && (again = strstr(text + 1, "/redfish/v1/"))) {
        record_note(r, QUIRK_PATH_DOUBLED);
        len -= (size_t)(again - text);
        text = again;
    }
    if (len > 1 && text[len - 1] == '/')
        record_note(r, QUIRK_ORIGIN_SLASH);
    while (len > 1 && text[len - 1] == '/')
        len--;
    if (text == link && text[len] == '\0')
        return;
    buffer_add(&clean, text, len);
    event_set_text(r->event, EVENT_ORIGIN, clean.data, len);
}

/* Several origins: the first counts, all are kept. */
static const struct json_value *first_of(struct record *r,
                                         const struct json_value *origin)
{
    struct json_walk walk;

    if (json_in_type(origin) != JSON_IN_ARRAY)
        return origin;
    record_note(r, QUIRK_FIELD_TYPE);
    if (json_in_count(origin) > 1)
        record_keep(r, "OriginOfCondition", origin);
    walk = json_in_walk(origin);
    return json_in_next(&walk, NULL, NULL);
}

/*
 * Only the link is a field; a resource sent whole (IncludeOriginOfCondition)
 * is kept in oem, as is what we cannot read.
 */
static void put_origin(struct record *r, const struct json_value *origin)
{
    const struct json_value *link = origin;
    bool typed = false;

    if (origin && json_in_type(origin) == JSON_IN_OBJECT) {
        typed = put_sent_type(r, origin);
        link = json_in_find(origin, "@odata.id");
        if (json_in_count(origin) > (link != NULL))
            record_keep(r, "OriginOfCondition", origin);
    }
    if (!record_put(r, EVENT_ORIGIN, link, QUIRK_FIELD_TYPE)) {
        record_note(r, QUIRK_ORIGIN_EMPTY);
        return;
    }
    if (link == origin)
        record_note(r, QUIRK_ORIGIN_STRING);
    mend_link(r);
    if (!typed)
        event_set(r->event, EVENT_ORIGIN_TYPE,
                  type_of_uri(event_text(r->event, EVENT_ORIGIN, NULL)));
}

/* A log entry has its origin among its links. */
void decode_origin(struct record *r)
{
    const struct json_value *links = r->fields[FIELD_LINKS], *linked;
    const struct json_value *origin = r->fields[FIELD_ORIGIN];

    linked = links ? json_in_find(links, "OriginOfCondition") : NULL;
    if (links && json_in_count(links) > (linked && !origin))
        record_keep(r, "Links", links);
    if (!origin && linked && json_in_type(linked) != JSON_IN_NULL)
        origin = linked;
    if (origin)
        put_origin(r, first_of(r, origin));
}
