/* SPDX-License-Identifier: Apache-2.0 */
/* See resources.h. One small function per document, and a table. */
#include "resources.h"

#include <string.h>

#include "event.h"
#include "log_service.h"
#include "tasks.h"

#define TYPE(name, version) "#" name "." version "." name
#define COLLECTION(name) "#" name "Collection." name "Collection"

json_t *resources_link(const char *uri)
{
    return json_pack("{ss}", "@odata.id", uri);
}

json_t *resources_collection(const char *uri, const char *type,
                             const char *name, json_t *take_members)
{
    return json_pack("{ss ss ss si so}", "@odata.id", uri, "@odata.type", type,
                     "Name", name, "Members@odata.count",
                     (int)json_array_size(take_members), "Members",
                     take_members);
}

static json_t *versions(struct bmc *b, const char *uri)
{
    (void)b;
    (void)uri;
    return json_pack("{ss}", "v1", "/redfish/v1/");
}

static json_t *root(struct bmc *b, const char *uri)
{
    const struct dialect *d = &b->dialect;
    json_t *doc =
        json_pack("{ss ss ss ss ss ss ss ss}", "@odata.id", uri, "@odata.type",
                  TYPE("ServiceRoot", "v1_16_0"), "Id", "RootService", "Name",
                  "Root Service", "RedfishVersion", d->redfish_version, "UUID",
                  d->uuid, "Vendor", d->vendor, "Product", d->product);

    json_object_update_new(
        doc,
        json_pack("{so so so so so so so so s{so}}", "EventService",
                  resources_link(EVENT_SERVICE), "Registries",
                  resources_link("/redfish/v1/Registries"), "SessionService",
                  resources_link("/redfish/v1/SessionService"), "Managers",
                  resources_link("/redfish/v1/Managers"), "Systems",
                  resources_link("/redfish/v1/Systems"), "Chassis",
                  resources_link("/redfish/v1/Chassis"), "Tasks",
                  resources_link("/redfish/v1/TaskService"), "UpdateService",
                  resources_link("/redfish/v1/UpdateService"), "Links",
                  "Sessions", resources_link(SESSIONS)));
    if (*d->oem)
        json_object_set_new(doc, "Oem", json_pack("{s{}}", d->oem));
    return doc;
}

static json_t *one_member(const char *uri, const char *type, const char *name,
                          const char *id)
{
    _cleanup_(freep) char *member = xasprintf("%s/%s", uri, id);

    return resources_collection(uri, type, name,
                                json_pack("[o]", resources_link(member)));
}

static json_t *managers(struct bmc *b, const char *uri)
{
    return one_member(uri, COLLECTION("Manager"), "Managers",
                      b->dialect.manager_id);
}

static json_t *systems(struct bmc *b, const char *uri)
{
    return one_member(uri, COLLECTION("ComputerSystem"), "Systems",
                      b->dialect.system_id);
}

static json_t *chassis_all(struct bmc *b, const char *uri)
{
    return one_member(uri, COLLECTION("Chassis"), "Chassis",
                      b->dialect.chassis_id);
}

static json_t *below(const char *uri, const char *name)
{
    _cleanup_(freep) char *whole = xasprintf("%s/%s", uri, name);

    return resources_link(whole);
}

static json_t *manager(struct bmc *b, const char *uri)
{
    usec_t clock = bmc_clock(b), up = time_now() - b->booted;
    _cleanup_(freep) char *now = event_time(TIMESTAMP_Z, clock);
    _cleanup_(freep) char *reset =
        event_time(TIMESTAMP_Z, clock > up ? clock - up : 0);

    return json_pack("{ss ss ss ss ss ss ss ss ss s{ss ss} so}", "@odata.id",
                     uri, "@odata.type", TYPE("Manager", "v1_19_0"), "Id",
                     b->dialect.manager_id, "Name", "Manager", "ManagerType",
                     "BMC", "UUID", b->dialect.uuid, "DateTime", now,
                     "LastResetTime", reset, "FirmwareVersion",
                     b->dialect.firmware, "Status", "State", "Enabled",
                     "Health", "OK", "LogServices", below(uri, "LogServices"));
}

static json_t *hardware(struct bmc *b, const char *uri, const char *type,
                        const char *name)
{
    const struct dialect *d = &b->dialect;

    return json_pack("{ss ss ss ss ss ss ss ss ss s{ss ss} so}", "@odata.id",
                     uri, "@odata.type", type, "Id", strrchr(uri, '/') + 1,
                     "Name", name, "Manufacturer", d->manufacturer, "Model",
                     d->model, "SerialNumber", d->serial, "UUID", d->uuid,
                     "PowerState", "On", "Status", "State", "Enabled", "Health",
                     "OK", "LogServices", below(uri, "LogServices"));
}

static json_t *system_one(struct bmc *b, const char *uri)
{
    json_t *doc = hardware(b, uri, TYPE("ComputerSystem", "v1_22_0"), "System");

    json_object_set_new(doc, "HostName", json_string(b->name));
    return doc;
}

static json_t *chassis_one(struct bmc *b, const char *uri)
{
    json_t *doc = hardware(b, uri, TYPE("Chassis", "v1_25_0"), "Chassis");

    json_object_set_new(doc, "ChassisType", json_string("RackMount"));
    return doc;
}

/* The logs stand under the Manager, the System or the Chassis, as the dialect
 * says. */
static json_t *log_services(struct bmc *b, const char *uri)
{
    return resources_collection(uri, COLLECTION("LogService"), "Log Services",
                                log_service_members(b, uri));
}

static json_t *session_service(struct bmc *b, const char *uri)
{
    json_t *doc =
        json_pack("{ss ss ss ss sb so}", "@odata.id", uri, "@odata.type",
                  TYPE("SessionService", "v1_1_9"), "Id", "SessionService",
                  "Name", "Session Service", "ServiceEnabled", 1, "Sessions",
                  resources_link(SESSIONS));

    if (b->dialect.sessions.timeout_ms > 0)
        json_object_set_new(
            doc, "SessionTimeout",
            json_integer((b->dialect.sessions.timeout_ms + 999) / 1000));
    return doc;
}

static json_t *task_service(struct bmc *b, const char *uri)
{
    _cleanup_(freep) char *now = event_time(TIMESTAMP_Z, bmc_clock(b));

    return json_pack("{ss ss ss ss sb ss so}", "@odata.id", uri, "@odata.type",
                     TYPE("TaskService", "v1_2_1"), "Id", "TaskService", "Name",
                     "Task Service", "ServiceEnabled", 1, "DateTime", now,
                     "Tasks", resources_link("/redfish/v1/TaskService/Tasks"));
}

/* Tasks are updates, and resources that a test has put there. */
static json_t *tasks(struct bmc *b, const char *uri)
{
    json_t *members = tasks_members(b), *value;
    const char *name;
    size_t len = strlen(uri);

    json_object_foreach (b->overrides, name, value)
        if (is_prefix(name, uri) && name[len] == '/' &&
            !strchr(name + len + 1, '/'))
            json_array_append_new(members, resources_link(name));
    return resources_collection(uri, COLLECTION("Task"), "Tasks", members);
}

static const struct resource {
    const char *uri;
    json_t *(*show)(struct bmc *b, const char *uri);
} table[] = {
    {"/redfish", versions},
    {"/redfish/v1", root},
    {"/redfish/v1/Managers", managers},
    {"/redfish/v1/Managers/{manager}", manager},
    {"/redfish/v1/Managers/{manager}/LogServices", log_services},
    {"/redfish/v1/Systems", systems},
    {"/redfish/v1/Systems/{system}", system_one},
    {"/redfish/v1/Systems/{system}/LogServices", log_services},
    {"/redfish/v1/Chassis", chassis_all},
    {"/redfish/v1/Chassis/{chassis}", chassis_one},
    {"/redfish/v1/Chassis/{chassis}/LogServices", log_services},
    {"/redfish/v1/SessionService", session_service},
    {"/redfish/v1/TaskService", task_service},
    {"/redfish/v1/TaskService/Tasks", tasks},
};

/* Is path what the pattern stands for at this BMC? */
static bool matches(const struct bmc *b, const char *pattern, const char *path)
{
    const char *hole = strchr(pattern, '{'), *id;
    size_t before = hole ? (size_t)(hole - pattern) : 0;

    if (!hole)
        return strcmp(pattern, path) == 0;
    id = hole[1] == 'm'   ? b->dialect.manager_id
         : hole[1] == 's' ? b->dialect.system_id
                          : b->dialect.chassis_id;
    return strncmp(pattern, path, before) == 0 &&
           is_prefix(path + before, id) &&
           strcmp(path + before + strlen(id), strchr(hole, '}') + 1) == 0;
}

json_t *resources_find(struct bmc *b, const char *path)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        if (matches(b, table[i].uri, path))
            return table[i].show(b, path);
    return NULL;
}
