/* SPDX-License-Identifier: Apache-2.0 */
/* The options of sink `syslog`; see syslog_options.h. */
#include "sinks/syslog_options.h"

#include <errno.h>
#include <stddef.h>

#include "sinks/syslog_address.h"

static const char *const facilities[] = {
    "kern",   "user",   "mail",   "daemon",   "auth",   "syslog", "lpr",
    "news",   "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",
    "alert",  "clock",  "local0", "local1",   "local2", "local3", "local4",
    "local5", "local6", "local7", NULL,
};

static const char *const framings[] = {"auto", "octet-counting", "newline",
                                       NULL};

#define TLS_TEXT(name, text)                                                  \
    {                                                                         \
        .key = #name, .kind = OPTION_TEXT,                                    \
        .offset = offsetof(struct syslog_options, tls.name), .meaning = text, \
    }

static const struct option tls_table[] = {
    TLS_TEXT(ca, "PEM file of authorities; default: the system's"),
    TLS_TEXT(certificate, "PEM file of our own certificate, if wanted"),
    TLS_TEXT(key, "PEM file of its key"),
    {
        .key = "verify",
        .kind = OPTION_BOOL,
        .offset = offsetof(struct syslog_options, tls.verify),
        .standard = "true",
        .meaning = "verify the receiver's certificate and its name",
    },
    TLS_TEXT(server_name, "name to verify, in place of the address's host"),
    {0},
};

const struct option syslog_option_table[] = {
    {
        .key = "address",
        .kind = OPTION_TEXT,
        .offset = offsetof(struct syslog_options, address),
        .meaning = "udp://host:port, tcp://…, tls://… or unix:///dev/log",
        .required = true,
    },
    {
        .key = "tls",
        .kind = OPTION_SECTION,
        .section = tls_table,
        .meaning = "how a receiver at tls:// is verified",
    },
    {
        .key = "facility",
        .kind = OPTION_CHOICE,
        .offset = offsetof(struct syslog_options, facility),
        .standard = "daemon",
        .choices = facilities,
        .meaning = "syslog facility of all events",
    },
    {
        .key = "app_name",
        .kind = OPTION_TEXT,
        .offset = offsetof(struct syslog_options, app_name),
        .standard = "redfish",
        .meaning = "APP-NAME, or the tag of the old form",
    },
    {
        .key = "framing",
        .kind = OPTION_CHOICE,
        .offset = offsetof(struct syslog_options, framing),
        .standard = "auto",
        .choices = framings,
        .meaning = "of a stream; auto: octet-counting, on unix newline",
    },
    {
        .key = "rewind",
        .kind = OPTION_SIZE,
        .offset = offsetof(struct syslog_options, rewind),
        .standard = "1MiB",
        .meaning = "sent again after an unclean disconnect of TCP or TLS",
        .max = 1 << 30,
    },
    {
        .key = "max_message",
        .kind = OPTION_SIZE,
        .offset = offsetof(struct syslog_options, max_message),
        .standard = "8KiB",
        .meaning = "longest message; larger events are shortened",
        .min = 480, /* what RFC 5424 6.1 obliges a receiver to take */
        .max = 1 << 24,
    },
    {
        .key = "timeout",
        .kind = OPTION_DURATION,
        .offset = offsetof(struct syslog_options, timeout),
        .standard = "60s",
        .meaning = "without an acknowledgement, then connect anew",
        .min = (int64_t)USEC_PER_SEC,
        .max = (int64_t)USEC_PER_DAY,
    },
    {0},
};

int syslog_options_check(const void *options,
                         _unused_ const struct format *format,
                         struct error *err)
{
    const struct syslog_options *o = options;
    struct syslog_address address;
    int r = syslog_address_parse(o->address, &address, err);

    if (r < 0)
        return r;
    if (!o->tls.certificate != !o->tls.key)
        return error_set(err, -EINVAL,
                         "tls.certificate and tls.key must be "
                         "given together");
    if (address.kind != SYSLOG_TLS && (o->tls.ca || o->tls.certificate))
        return error_set(err, -EINVAL,
                         "tls is given, but address \"%s\" does "
                         "not begin with tls://",
                         o->address);
    return 0;
}

void syslog_options_tell(const void *options, struct format_options *ret)
{
    const struct syslog_options *o = options;

    ret->facility = o->facility;
    ret->app_name = o->app_name;
    ret->max_size = o->max_message;
    ret->syslog = true;
}
