/* SPDX-License-Identifier: Apache-2.0 */
/* What tasks say, and the diagnosis of updates that end badly or vanish. */
#include "tasks/task_view.h"

#include <string.h>

#include "tap.h"
#include "util/macro.h"

static json_t *read_json(const char *text)
{
    json_t *root = json_loads(text, 0, NULL);

    if (!root)
        diag("no JSON: %s", text);
    return root;
}

static const struct {
    const char *what, *task;
    bool is_task, runs, well, is_update;
    int percent;
} tasks[] = {
    {"no task", "{\"Id\":\"1\"}", .percent = -1},
    {"one that runs",
     "{\"Id\":\"1\",\"TaskState\":\"Running\",\"PercentComplete\":30,"
     "\"Payload\":{\"TargetUri\":\"/redfish/v1/UpdateService/update\"}}",
     true, true, false, true, 30},
    {"one that is further than done",
     "{\"TaskState\":\"Running\",\"PercentComplete\":2147483647}", true, true,
     false, false, -1},
    {"one that is further than can be",
     "{\"TaskState\":\"Running\",\"PercentComplete\":4294967346}", true, true,
     false, false, -1},
    {"one known by its messages",
     "{\"TaskState\":\"New\",\"Messages\":[5,{\"MessageId\":"
     "\"Update.1.0.TargetDetermined\"}]}",
     true, true, false, true, -1},
    {"one with a message in place of a list",
     "{\"TaskState\":\"Running\",\"Messages\":{\"MessageId\":"
     "\"Update.1.0.TargetDetermined\"}}",
     true, true, false, true, -1},
    {"one with a message in place of a list",
     "{\"TaskState\":\"Running\",\"Messages\":{\"MessageId\":"
     "\"Update.1.0.TargetDetermined\"}}",
     true, true, false, true, -1},
    {"one known by its name",
     "{\"TaskState\":\"Completed\",\"TaskStatus\":\"OK\",\"Name\":\"BIOS "
     "Firmware update\"}",
     true, false, true, true, -1},
    {"another job",
     "{\"TaskState\":\"Running\",\"Name\":\"Export of the log\"}", true, true,
     false, false, -1},
    {"one that completed with a warning",
     "{\"TaskState\":\"Completed\",\"TaskStatus\":\"Warning\"}", true, false,
     true, false, -1},
    {"one that completed badly",
     "{\"TaskState\":\"Completed\",\"TaskStatus\":\"Critical\"}", true, false,
     false, false, -1},
    {"one that was cancelled", "{\"TaskState\":\"Cancelled\"}", true, false,
     false, false, -1},
    {"the same with one l", "{\"TaskState\":\"Canceled\"}", true, false, false,
     false, -1},
    {"one that threw", "{\"TaskState\":\"Exception\"}", true, false, false,
     false, -1},
};

static void test_read(void)
{
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
        json_t *root = read_json(tasks[i].task);
        struct task_view v;

        ok(task_view_read(root, &v) == tasks[i].is_task, "%s", tasks[i].what);
        is_int(v.percent, tasks[i].percent, "... how far it is");
        if (tasks[i].is_task)
            ok(v.runs == tasks[i].runs && v.well == tasks[i].well &&
                   v.is_update == tasks[i].is_update,
               "... and what it is");
        json_decref(root);
    }
}

static const struct {
    const char *state, *status, *message, *diagnosis;
} ends[] = {
    {"Exception", "Warning", "Update.1.0.0.TransferFailed",
     "FirmwareUpdate.ImageTransferFailed"},
    {"Exception", "Warning", "Update.1.0.VerificationFailed",
     "FirmwareUpdate.VerificationFailed"},
    {"Exception", "Warning", "Update.1.2.ActivateFailed",
     "FirmwareUpdate.ActivationFailed"},
    {"Exception", "Warning", "Oem.1.0.SomethingElse",
     "FirmwareUpdate.UpdateFailed"},
    {"Exception", NULL, "Oem.1.0.SomethingElse", "FirmwareUpdate.UpdateFailed"},
    {"Canceled", "Warning", "Oem.1.0.NoAnswer", "FirmwareUpdate.ErotFailed"},
    {"Cancelled", "Warning", NULL, "FirmwareUpdate.ErotFailed"},
};

static void test_diagnose(void)
{
    struct catalogue *c = catalogue_new();

    catalogue_load(c, TEST_SRCDIR "/registries", REGISTRY_BUNDLED, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        json_t *messages = json_array();
        struct task_view v = {.id = "1",
                              .state = ends[i].state,
                              .status = ends[i].status,
                              .messages = messages};
        const struct catalogue_entry *found;

        if (ends[i].message)
            json_array_append_new(
                messages, json_pack("{ss}", "MessageId", ends[i].message));
        json_array_append_new(messages,
                              json_pack("{ss}", "MessageId", "Base.1.0.Last"));
        found = task_view_diagnose(c, &v);
        is_text(found ? found->code : NULL, ends[i].diagnosis, "%s by %s",
                ends[i].state, ends[i].message ?: "nothing");
        json_decref(messages);
    }
    catalogue_free(c);
}

static void test_gone(void)
{
    static const struct {
        struct task_history seen;
        const char *code;
    } rows[] = {
        {{.percent = 40}, "FirmwareUpdate.TaskHangs"},
        {{.percent = 40, .goes_on = true}, "FirmwareUpdate.TaskHangs"},
        {{.percent = 40, .was_away = true}, "FirmwareUpdate.UpdateInterrupted"},
        {{.was_away = true, .goes_on = true},
         "FirmwareUpdate.UpdateInterrupted"},
        {{.percent = 40, .was_reset = true}, "FirmwareUpdate.PowerLost"},
        {{.was_away = true, .was_reset = true}, "FirmwareUpdate.PowerLost"},
        {{.was_reset = true, .goes_on = true},
         "FirmwareUpdate.UpdateInterrupted"},
        {{.percent = 100}, "TaskEvent.1.0.TaskRemoved"},
        {{.percent = 70, .was_reset = true, .was_renewed = true},
         "TaskEvent.1.0.TaskCompletedOK"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_text(task_view_gone(&rows[i].seen), rows[i].code,
                "a task that is gone (%zu)", i);
}

static void test_message(void)
{
    char text[64];

    task_view_message("Update.1.0.0.TransferFailed", text, sizeof(text));
    is_text(text, "Update.TransferFailed", "a message without its version");
    task_view_message("TransferFailed", text, sizeof(text));
    is_text(text, "TransferFailed", "... or without any registry");
}

int main(void)
{
    test_read();
    test_diagnose();
    test_gone();
    test_message();
    return done_testing();
}
