/* SPDX-License-Identifier: Apache-2.0 */
/* See tasks.h. */
#include "tasks.h"

#include <errno.h>
#include <string.h>

#include "event.h"
#include "resources.h"

#define SERVICE "/redfish/v1/UpdateService"
#define SIMPLE SERVICE "/Actions/UpdateService.SimpleUpdate"
#define INVENTORY SERVICE "/FirmwareInventory"
#define TASKS "/redfish/v1/TaskService/Tasks"
#define MONITORS "/redfish/v1/TaskService/TaskMonitors"

/* ---- a task ---------------------------------------------------------------
 */

char *task_uri(const struct task *t)
{
    return xasprintf(TASKS "/%u", t->id);
}

void task_add_message(struct task *t, const char *message_id,
                      const char *severity, const char *first,
                      const char *second)
{
    json_array_append_new(t->messages,
                          json_pack("{ss ss ss s[ss]}", "@odata.type",
                                    "#Message.v1_1_2.Message", "MessageId",
                                    message_id, "MessageSeverity", severity,
                                    "MessageArgs", first, second));
}

/* As bmcweb has it; EndTime only when it is over. */
static json_t *show_task(const struct task *t)
{
    _cleanup_(freep) char *uri = task_uri(t);
    _cleanup_(freep) char *begun = event_time(TIMESTAMP_Z, t->begun);
    _cleanup_(freep) char *ended = event_time(TIMESTAMP_Z, t->ended);
    _cleanup_(freep) char *monitor = xasprintf(MONITORS "/%u", t->id);
    json_t *doc = json_pack(
        "{ss ss ss ss ss ss si ss ss sO s{ss ss}}", "@odata.id", uri,
        "@odata.type", "#Task.v1_7_4.Task", "Id", strrchr(uri, '/') + 1, "Name",
        "Firmware update", "TaskState", t->state, "TaskStatus", t->status,
        "PercentComplete", (int)t->percent, "StartTime", begun, "TaskMonitor",
        monitor, "Messages", t->messages, "Payload", "HttpOperation", "POST",
        "TargetUri", SIMPLE);

    if (t->over)
        json_object_set_new(doc, "EndTime", json_string(ended));
    return doc;
}

json_t *tasks_members(const struct bmc *b)
{
    json_t *members = json_array();

    for (const struct task *t = b->tasks; t; t = t->next) {
        _cleanup_(freep) char *uri = task_uri(t);

        if (!t->gone)
            json_array_insert_new(members, 0, resources_link(uri));
    }
    return members;
}

/* At base/ID; NULL also for one that is gone. */
static const struct task *find(const struct bmc *b, const char *path,
                               const char *base)
{
    size_t len = strlen(base);
    const struct task *t = b->tasks;

    if (!is_prefix(path, base) || path[len] != '/')
        return NULL;
    while (t && (t->gone || t->id != strtoul(path + len + 1, NULL, 10)))
        t = t->next;
    return t;
}

/* ---- the UpdateService ----------------------------------------------------
 */

static json_t *show_service(const struct bmc *b)
{
    return json_pack(
        "{ss ss ss ss sb so s{ss ss} s{s{ss}}}", "@odata.id", SERVICE,
        "@odata.type", "#UpdateService.v1_14_0.UpdateService", "Id",
        "UpdateService", "Name", "Update Service", "ServiceEnabled", 1,
        "FirmwareInventory", resources_link(INVENTORY), "Status", "State",
        update_is_running(b) ? "Updating" : "Enabled", "Health", "OK",
        "Actions", "#UpdateService.SimpleUpdate", "target", SIMPLE);
}

static json_t *show_inventory(const struct bmc *b)
{
    return json_pack(
        "{ss ss ss ss ss sb}", "@odata.id", INVENTORY "/BMC", "@odata.type",
        "#SoftwareInventory.v1_10_2.SoftwareInventory", "Id", "BMC", "Name",
        "BMC firmware", "Version", b->dialect.firmware, "Updateable", 1);
}

/* A client begins one: of the kind that was ordered for it. */
static void begin(struct request *r, struct reply *ret)
{
    struct bmc *b = r->bmc;
    json_t *order =
        b->next_update ? json_incref(b->next_update) : json_object();
    struct task *task;
    struct error err;
    int result = update_order(b, order, &task, &err);

    json_decref(order);
    if (result == -EBUSY) {
        reply_error(ret, 400, "Update.1.0.UpdateInProgress", "%s", err.text);
        return;
    }
    json_decref(b->next_update);
    b->next_update = NULL;
    if (!task) {
        reply_error(ret, 500, "InternalError", "Nobody hears this.");
        return;
    }
    reply_json(ret, 202, show_task(task));
    ret->location = xasprintf(MONITORS "/%u", task->id);
}

/* What only has to be read. */
static json_t *document(const struct bmc *b, const char *path)
{
    const struct task *task = find(b, path, TASKS);

    if (task)
        return show_task(task);
    if (strcmp(path, SERVICE) == 0)
        return show_service(b);
    if (strcmp(path, INVENTORY "/BMC") == 0)
        return show_inventory(b);
    if (strcmp(path, INVENTORY) == 0)
        return resources_collection(
            INVENTORY,
            "#SoftwareInventoryCollection.SoftwareInventoryCollection",
            "Firmware", json_pack("[o]", resources_link(INVENTORY "/BMC")));
    return NULL;
}

bool tasks_handle(struct request *r, struct reply *ret)
{
    const struct task *monitored = find(r->bmc, r->path, MONITORS);
    json_t *doc;

    if (request_is(r, "POST") && strcmp(r->path, SIMPLE) == 0) {
        begin(r, ret);
        return true;
    }
    if (!request_is(r, "GET"))
        return false;
    if (monitored) {
        reply_json(ret, monitored->over ? 200 : 202, show_task(monitored));
        return true;
    }
    doc = document(r->bmc, r->path);
    if (doc)
        reply_json(ret, 200, doc);
    return doc != NULL;
}
