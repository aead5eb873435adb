/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches firmware updates that somebody started through Redfish: the tasks
 * that BMCs run for them, found by events that name one, and by a look at the
 * TaskService now and then. While one runs it is asked how far it is; its
 * messages, its end, and what became of one that is gone become events of the
 * BMC (source "task"), with the diagnosis of the catalogue FirmwareUpdate.
 * Nothing is asked of a task once none runs. Loop thread only.
 */
#pragma once

#include "sources/source.h"

struct tasks;

/* `loop`, `talk`, `pipeline`, `spool` and `fleet` of the host are used. */
struct tasks *tasks_new(struct source_host *host);

/* NULL is accepted. */
void tasks_free(struct tasks *t);

/* Adopts a configuration's registries, which hold the diagnoses. */
void tasks_adopt(struct tasks *t, const struct registry_set *registries);

/* A BMC leaves the fleet. */
void tasks_remove(struct tasks *t, struct bmc *bmc);

/* The program ends: nothing more is asked. */
void tasks_quiesce(struct tasks *t);

/* To be shown every event of a BMC: it may speak of an update. */
void tasks_notice(struct tasks *t, struct bmc *bmc, const struct event *e);

/* How many tasks are watched now. */
size_t tasks_running(const struct tasks *t);
