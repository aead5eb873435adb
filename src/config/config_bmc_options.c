/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be said of a BMC: the keys that stand with one BMC only, and those
 * that may stand in bmc_defaults too.
 */
#include "config/config_bmc_parts.h"

#define MEMBER(m) offsetof(struct config_bmc, m)
#define TLS(m) (MEMBER(tls.m) - MEMBER(tls))

const char *const config_receive_choices[] = {
    [RECEIVE_AUTO] = "auto",       [RECEIVE_WEBHOOK] = "webhook",
    [RECEIVE_SSE] = "sse",         [RECEIVE_POLL] = "poll",
    [RECEIVE_PASSIVE] = "passive", NULL,
};

static const char *const auth_choices[] = {
    [AUTH_AUTO] = "auto",
    [AUTH_SESSION] = "session",
    [AUTH_BASIC] = "basic",
    NULL,
};

static const struct option tls_options[] = {
    {
        .key = "verify",
        .kind = OPTION_BOOL,
        .offset = TLS(verify),
        .standard = "true",
        .meaning = "check the BMC's certificate and name",
    },
    {
        .key = "ca",
        .kind = OPTION_TEXT,
        .offset = TLS(ca),
        .meaning = "PEM file of the CAs to trust; none: the system's",
    },
    {
        .key = "certificate",
        .kind = OPTION_TEXT,
        .offset = TLS(certificate),
        .meaning = "PEM file with ours, for BMCs that ask who we are",
    },
    {
        .key = "key",
        .kind = OPTION_TEXT,
        .offset = TLS(key),
        .meaning = "PEM file with its private key",
    },
    {
        .key = "fingerprint",
        .kind = OPTION_TEXT,
        .offset = TLS(fingerprint),
        .meaning = "\"sha256:...\" of the BMC's very certificate",
    },
    {0},
};

/* What tells one BMC from another: as a default it could only be a mistake. */
const struct option config_bmc_options[] = {
    {
        .key = "name",
        .kind = OPTION_TEXT,
        .offset = MEMBER(name),
        .meaning = "what you call it",
        .required = true,
    },
    {
        .key = "url",
        .kind = OPTION_TEXT,
        .offset = MEMBER(url),
        .meaning = "https://host or https://host:port",
        .required = true,
    },
    {
        .key = "token",
        .kind = OPTION_TEXT,
        .offset = MEMBER(token),
        .meaning = "last part of the webhook's path; none: Trawl makes one",
    },
    {0},
};

const struct option config_bmc_shared_options[] = {
    {
        .key = "username",
        .kind = OPTION_TEXT,
        .offset = MEMBER(username),
        .meaning = "account on the BMC",
    },
    {
        .key = "password_file",
        .kind = OPTION_TEXT,
        .offset = MEMBER(password_file),
        .meaning = "file with its password; {name} stands for the BMC's name",
    },
    {
        .key = "credential",
        .kind = OPTION_TEXT,
        .offset = MEMBER(credential),
        .meaning =
            "in place of the file: a name from LoadCredential= of the unit",
    },
    {
        .key = "auth",
        .kind = OPTION_CHOICE,
        .offset = MEMBER(auth),
        .standard = "auto",
        .meaning = "how Trawl logs in: auto, session or basic",
        .choices = auth_choices,
    },
    {
        .key = "token_file",
        .kind = OPTION_TEXT,
        .offset = MEMBER(token_file),
        .meaning = "in place of token: a file that it stands in",
    },
    {
        .key = "receive",
        .kind = OPTION_CHOICE,
        .offset = MEMBER(receive),
        .standard = "auto",
        .meaning = "how its events come: auto, webhook, sse, poll or passive",
        .choices = config_receive_choices,
    },
    {
        .key = "poll_interval",
        .kind = OPTION_DURATION,
        .offset = MEMBER(poll_interval),
        .standard = "60s",
        .min = USEC_PER_SEC,
        .max = USEC_PER_DAY,
        .meaning = "how often its logs are read, where they are all there is",
    },
    {
        .key = "public_url",
        .kind = OPTION_TEXT,
        .offset = MEMBER(public_url),
        .meaning = "in place of the general one: how this BMC reaches us",
    },
    {
        .key = "tls",
        .kind = OPTION_SECTION,
        .offset = MEMBER(tls),
        .meaning = "how its certificate is checked",
        .section = tls_options,
    },
    {
        .key = "labels",
        .kind = OPTION_PAIRS,
        .offset = MEMBER(labels),
        .meaning =
            "names and values of your own, carried by each of its events",
    },
    {0},
};

const char *config_receive_name(const struct config_bmc *bmc)
{
    return config_receive_choices[bmc->receive];
}
