/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a webhook's request is: by the token that ends its path, and by the
 * second secret once the BMC has sent it. The address that it came from is
 * only compared; what does not fit is told and taken.
 */
#pragma once

#include "http_server.h"
#include "log.h"
#include "sources/source.h"

struct sender {
    struct source_host *host;
    struct log_limit limit; /* of lines about unknown senders */
};

void sender_init(struct sender *s, struct source_host *host);

/* The BMC whose token ends the path, or NULL. */
struct bmc *sender_find(const struct sender *s, const struct http_request *r);

/* The BMC whose request it is; NULL (told) if it is nobody's. */
struct bmc *sender_check(struct sender *s, const struct http_request *r);
