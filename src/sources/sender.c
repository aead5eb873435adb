/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a request is; see sender.h. By the path, since nothing else is sure:
 * Context does not always come back (iLO), and addresses change with NAT and
 * when hardware is moved (wire facts 2.1).
 */
#include "sources/sender.h"

#include <arpa/inet.h>
#include <string.h>

#include "subscribe.h"
#include "subscribe/ladder.h"
#include "util/alloc.h"

#define PATH_PREFIX "/events/"

struct bmc *sender_find(const struct sender *s, const struct http_request *r)
{
    const char *path = http_request_path(r);

    if (strncmp(path, PATH_PREFIX, strlen(PATH_PREFIX)) != 0)
        return NULL;
    return fleet_find_token(s->host->fleet, path + strlen(PATH_PREFIX));
}

static const char *address_text(const struct sockaddr *address, char *text,
                                size_t size)
{
    const void *bytes = NULL;

    if (address && address->sa_family == AF_INET)
        bytes = &((const struct sockaddr_in *)address)->sin_addr;
    else if (address && address->sa_family == AF_INET6)
        bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
    if (!bytes || !inet_ntop(address->sa_family, bytes, text, (socklen_t)size))
        return "an unknown address";
    return text;
}

/* Says who knocked with a wrong token, but not with which. */
static void report_stranger(struct sender *s, const struct http_request *r)
{
    char text[INET6_ADDRSTRLEN];
    unsigned silenced = 0;

    if (!log_limit_pass(&s->limit, clock_monotonic(), &silenced))
        return;
    log_warning("a request from %s has no known token and was answered 404 "
                "(%u more like it before): a subscription of a BMC that is "
                "not configured, or a stranger",
                address_text(http_request_address(r), text, sizeof(text)),
                silenced);
}

/* The path can be read at the BMC; what stands in this header cannot. */
static bool has_secret(struct sender *s, struct bmc *bmc,
                       const struct http_request *r)
{
    const char *secret = http_request_header(r, LADDER_SECRET_HEADER);
    char text[INET6_ADDRSTRLEN];

    if (subscribe_knows_sender(s->host->subscriber, bmc, secret))
        return true;
    if (log_limit_pass(&s->limit, clock_monotonic(), NULL))
        log_warning("a request from %s has the token of %s, but not the "
                    "secret that the BMC sends in %s; it was answered 404",
                    address_text(http_request_address(r), text, sizeof(text)),
                    bmc->name, LADDER_SECRET_HEADER);
    return false;
}

/* An address of the fleet's, but not this BMC's: it is kept all the same. */
static void check_address(struct sender *s, struct bmc *bmc,
                          const struct http_request *r)
{
    static const char mapped[] = "::ffff:";
    char text[INET6_ADDRSTRLEN];
    const char *from =
        address_text(http_request_address(r), text, sizeof(text));
    const struct bmc *other;

    if (strncmp(from, mapped, strlen(mapped)) == 0)
        from += strlen(mapped);
    other = fleet_find_address(s->host->fleet, from);
    if (other && other != bmc) {
        _cleanup_free_ char *why = xasprintf(
            "they come from %s, the address of %s", from, other->name);

        pipeline_doubt(s->host->pipeline, bmc, why);
    }
}

struct bmc *sender_check(struct sender *s, const struct http_request *r)
{
    struct bmc *bmc = sender_find(s, r);

    /* To the sender both look the same: which half was right is not told. */
    if (!bmc)
        report_stranger(s, r);
    if (!bmc || !has_secret(s, bmc, r))
        return NULL;
    check_address(s, bmc, r);
    return bmc;
}

void sender_init(struct sender *s, struct source_host *host)
{
    *s = (struct sender){
        .host = host,
        .limit = {.interval = USEC_PER_MINUTE, .burst = 5},
    };
}
