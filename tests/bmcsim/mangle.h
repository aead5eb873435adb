/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of a right answer on its way out: URIs in the dialect's form,
 * or pointing elsewhere; a redirection in its place; no JSON at all.
 */
#ifndef BMCSIM_MANGLE_H
#define BMCSIM_MANGLE_H

#include "http.h"

/* Instead of an answer: true when the request is sent elsewhere. */
bool mangle_redirects(const struct request *r, struct reply *ret);

/* Changes the answer as dialect and misbehaviour say. */
void mangle_reply(const struct request *r, struct reply *reply);

#endif
