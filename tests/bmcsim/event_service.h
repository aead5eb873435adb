/* SPDX-License-Identifier: Apache-2.0 */
/* The EventService itself: what it says of itself, what of it can be changed,
 * and the action that sends a test event. */
#ifndef BMCSIM_EVENT_SERVICE_H
#define BMCSIM_EVENT_SERVICE_H

#include "http.h"

/* Requests at the EventService; tail is what follows its URI. False when it
 * has nothing there. */
bool event_service_handle(struct request *r, const char *tail,
                          struct reply *ret);

#endif
