/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: how trawlctl talks to the daemon. A Unix stream socket
 * of mode 0660; one JSON object in a line asks, JSON objects in lines answer,
 * the last of them {"done": …} or {"error": TEXT}, then the connection ends.
 *
 *   {"command": "conditions", "bmc": GLOB, "severity": NAME}
 *   {"command": "clear", "id": ID, "why": TEXT}
 *
 * Loop thread only.
 */
#pragma once

#include <systemd/sd-event.h>

#include "correlate.h"
#include "pipeline.h"

struct control;

struct control *control_new(sd_event *loop, struct pipeline *pipeline,
                            const struct correlator *correlator);
void control_free(struct control *c);

/*
 * Listens at that path (NULL: nowhere), with the registries that explain what
 * is asked for. A stale socket there is replaced; a failure leaves it not
 * listening.
 */
int control_adopt(struct control *c, const char *path,
                  const struct registry_set *registries, struct error *err);

/* The answer to one request, as lines; for the tests too. */
void control_answer(struct control *c, const char *request, size_t len,
                    struct buffer *out);
