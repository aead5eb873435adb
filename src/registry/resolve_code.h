/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of the stage resolve: events whose MessageId, or whose text, carries
 * a code of a catalogue. Called by resolve.c alone, after the registries.
 */
#pragma once

#include "catalogue.h"
#include "event.h"

/*
 * Fills in what the code says where neither payload nor registry did. True if
 * the code says that the event means nothing.
 */
bool resolve_code(const struct catalogue *c, struct event *e);
