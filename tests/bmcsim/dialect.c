/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See dialect.h. A vendor's row is written as JSON with single quotes, over
 * the defaults. What stands in them was learned from vendors' documentation
 * and public sources; they are dialects to test against, not exact copies of
 * a certain firmware.
 */
#include "dialect.h"

#include <errno.h>
#include <string.h>

/* clang-format off */
#define ROW(f, type, c, h) { #f, type, offsetof(struct dialect, f), c, h }
#define TEXT(f, h) ROW(f, KNOB_TEXT, NULL, h)
#define BOOL(f, h) ROW(f, KNOB_BOOL, NULL, h)
#define INT(f, h) ROW(f, KNOB_INT, NULL, h)
#define CHOICE(f, c, h) ROW(f, KNOB_CHOICE, c, h)
/* clang-format on */

const struct knob dialect_knobs[] = {
    TEXT(vendor, "Vendor of the service root"),
    TEXT(product, "Product of the service root"),
    TEXT(redfish_version, "RedfishVersion"),
    TEXT(manufacturer, "Manufacturer of System, Chassis"),
    TEXT(model, "Model of System, Chassis"),
    TEXT(serial, "SerialNumber (made of the name if empty)"),
    TEXT(uuid, "UUID (made of the name if empty)"),
    TEXT(oem, "key under Oem in the service root"),
    TEXT(username, "user; empty: nobody has to log in"),
    TEXT(password, "and the password"),
    BOOL(tls, "serve HTTPS"),
    TEXT(certificate, "PEM file, where not --tls"),
    TEXT(key, "PEM file, where not --tls"),
    TEXT(subscriptions_path, "URI of the subscriptions"),
    INT(subscription_limit, "how many, streams included (0: no limit)"),
    INT(limit_status, "status of the refusal beyond it"),
    INT(delete_status, "status of a DELETE that worked"),
    BOOL(refuse_duplicates, "refuse a second one with the same Destination"),
    BOOL(https_only, "refuse an http: Destination"),
    BOOL(location, "answer a POST with Location"),
    BOOL(create_body, "answer a POST with the new resource"),
    TEXT(require, "comma list: properties a POST must have"),
    TEXT(refuse_properties, "comma list: properties refused as unknown"),
    CHOICE(http_headers, "array object none", "HttpHeaders accepted as"),
    TEXT(event_type, "EventType of events that name none (empty: absent)"),
    CHOICE(origin, "object string none", "OriginOfCondition sent as"),
    CHOICE(timestamp, "z offset dell zero none", "form of EventTimestamp"),
    BOOL(severity, "send Severity"),
    BOOL(message_severity, "send MessageSeverity"),
    BOOL(keepalive, "post on one connection (else one for each event)"),
    BOOL(chunked, "post with Transfer-Encoding: chunked"),
    BOOL(verify, "verify the collector's certificate"),
    TEXT(content_type, "Content-Type of posts (empty: none)"),
    TEXT(ca, "CA file for verify"),
    TEXT(client_certificate, "PEM file shown to the collector"),
    TEXT(client_key, "PEM file of its key"),
    CHOICE(ack, "2xx exact200", "answers taken as success"),
    CHOICE(retry_policy,
           "TerminateAfterRetries SuspendRetries RetryForever DropEvent",
           "after the last retry"),
    INT(retry_attempts, "DeliveryRetryAttempts"),
    INT(retry_interval_ms, "DeliveryRetryIntervalSeconds, in ms"),
    INT(timeout_ms, "how long to wait for the collector's answer"),
    INT(queue, "events held per subscription (0: no limit)"),
    BOOL(sse, "offer the event stream"),
    BOOL(sse_id, "send id:"),
    BOOL(sse_space, "a space after the colon"),
    BOOL(sse_pretty, "JSON over many data: lines"),
    BOOL(sse_chunked, "chunked (else ended by close)"),
    BOOL(sse_need_accept, "406 without Accept: text/event-stream"),
    BOOL(sse_bare_replay, "replay bare records, without Events around them"),
    TEXT(sse_path, "ServerSentEventUri"),
    TEXT(sse_comment, "comment at the start and as keep-alive (empty: none)"),
    CHOICE(sse_eol, "lf crlf cr", "line ends"),
    CHOICE(sse_over_limit, "status eof", "beyond sse_limit"),
    INT(sse_limit, "streams at a time (0: no limit)"),
    INT(sse_ring, "events kept for Last-Event-ID"),
    INT(sse_retry_ms, "retry: at the start (0: none)"),
    INT(sse_keepalive_ms, "interval of comments (0: none)"),
    INT(sse_buffer, "bytes held for a reader that does not read"),
    CHOICE(log_order, "newest oldest", "first entry of the log"),
    INT(log_page, "entries per page"),
    TEXT(log_path, "URI of the LogService"),
    BOOL(gzip, "registries compressed, asked for or not"),
    TEXT(registries,
         "comma list of prefixes served (empty: all of --registries)"),
    {.name = NULL},
};

static const char defaults[] =
    "{'vendor':'Contoso','product':'Simulated BMC','redfish_version':'1.18.0',"
    "'manufacturer':'Contoso','model':'CS-1','delete_status':204,'oem':'',"
    "'subscriptions_path':'/redfish/v1/EventService/Subscriptions',"
    "'limit_status':400,'location':true,'create_body':true,"
    "'event_type':'Alert','severity':false,'message_severity':true,"
    "'keepalive':true,'content_type':'application/json',"
    "'retry_attempts':3,'retry_interval_ms':1000,'timeout_ms':30000,"
    "'sse':true,'sse_id':true,'sse_space':true,'sse_chunked':true,"
    "'sse_path':'/redfish/v1/EventService/SSE','sse_ring':200,"
    "'sse_buffer':67108864,'log_page':50,"
    "'log_path':'/redfish/v1/Managers/1/LogServices/Log','gzip':true}";

static const struct vendor {
    const char *name, *settings;
} vendors[] = {
    {"generic", "{}"},
    {"openbmc",
     "{'vendor':'OpenBMC','product':'OpenBMC Service','model':'obmc',"
     "'refuse_properties':'EventTypes','subscription_limit':20,'sse_limit':10,"
     "'limit_status':503,'sse_over_limit':'eof','sse_pretty':true,"
     "'sse_need_accept':true,'sse_bare_replay':true,'event_type':'',"
     "'origin':'string','log_order':'oldest','timestamp':'offset',"
     "'log_path':'/redfish/v1/Systems/1/LogServices/EventLog'}"},
    {"dell",
     "{'vendor':'Dell','product':'Integrated Dell Remote Access Controller',"
     "'manufacturer':'Dell Inc.','model':'PowerEdge R660','oem':'Dell',"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes','https_only':false,"
     "'subscription_limit':20,'sse_limit':2,'sse_path':'/redfish/v1/SSE',"
     "'refuse_duplicates':true,'delete_status':200,'create_body':false,"
     "'timestamp':'dell','severity':true,'keepalive':false,"
     "'log_path':'/redfish/v1/Managers/1/LogServices/Lclog'}"},
    {"hpe",
     "{'vendor':'HPE','product':'ProLiant DL380a Gen12','manufacturer':'HPE',"
     "'model':'ProLiant DL380a Gen12','oem':'Hpe','sse':false,"
     "'refuse_properties':'DeliveryRetryPolicy','ack':'exact200',"
     "'chunked':true,'keepalive':false,'origin':'string','severity':true,"
     "'message_severity':false,'log_page':30,"
     "'log_path':'/redfish/v1/Systems/1/LogServices/IML'}"},
    {"lenovo",
     "{'vendor':'Lenovo','product':'XClarity "
     "Controller','manufacturer':'Lenovo',"
     "'model':'ThinkSystem SR650','oem':'Lenovo','subscription_limit':12,"
     "'sse_path':'/redfish/v1/EventService/ServerSentEvent','sse_space':false,"
     "'sse_pretty':true,'sse_comment':'stream "
     "keep-alive','sse_keepalive_ms':10000,"
     "'severity':true,'log_order':'oldest'}"},
    {"supermicro",
     "{'vendor':'Supermicro','product':'BMC','manufacturer':'Supermicro',"
     "'model':'SYS-1029','oem':'Supermicro','require':'EventTypes',"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes','sse':false,"
     "'severity':true,'message_severity':false,'log_order':'oldest'}"},
    {"ami",
     "{'vendor':'AMI','product':'MegaRAC','manufacturer':'AMI','model':'MR-1',"
     "'oem':'Ami','require':'EventTypes,Context,Protocol',"
     "'refuse_properties':'RegistryPrefixes,ResourceTypes,DeliveryRetryPolicy',"
     "'http_headers':'object','location':false,'sse':false,'severity':true,"
     "'message_severity':false}"},
};

#define N_VENDORS (sizeof(vendors) / sizeof(vendors[0]))

static int apply_row(struct dialect *d, const char *row, struct error *err)
{
    _cleanup_(freep) char *text = xstrdup(row);
    json_t *settings;
    int r;

    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    settings = json_loads(text, 0, NULL);
    r = knob_apply(dialect_knobs, d, settings, NULL, err);
    json_decref(settings);
    return r;
}

int dialect_init(struct dialect *d, const char *vendor, struct error *err)
{
    int r;

    *d = (struct dialect){0};
    knob_init(dialect_knobs, d);
    r = apply_row(d, defaults, err);
    if (r < 0 || !vendor)
        return r;
    for (size_t i = 0; i < N_VENDORS; i++)
        if (strcmp(vendors[i].name, vendor) == 0)
            return apply_row(d, vendors[i].settings, err);
    _cleanup_(freep) char *names = dialect_names();
    return error_set(err, -ENOENT, "no vendor '%s': there are %s", vendor,
                     names);
}

void dialect_done(struct dialect *d)
{
    knob_done(dialect_knobs, d);
}

char *dialect_names(void)
{
    struct buf names = {0};

    for (size_t i = 0; i < N_VENDORS; i++)
        buf_format(&names, "%s%s", i ? " " : "", vendors[i].name);
    return names.data;
}
