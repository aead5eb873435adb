/* SPDX-License-Identifier: Apache-2.0 */
/* See help.h. The lists of settings are printed from their tables. */
#include "help.h"

#include <stdio.h>

#include "behave.h"
#include "dialect.h"
#include "update.h"
#include "vendors.h"

static const char usage[] =
    "usage: bmcsim [OPTION...]\n"
    "Plays fake Redfish BMCs: webhooks, event streams, logs, and misbehaviour "
    "on demand.\n"
    "\n"
    "  --bmcs N              how many BMCs, named bmc001, bmc002, ... (default "
    "1)\n"
    "  --config FILE         JSON: {\"defaults\": {SETTING: ...},\n"
    "                        \"bmcs\": [{\"name\": ..., \"dialect\": ..., "
    "SETTING: ...,\n"
    "                        \"behave\": {...}}]}; N may be larger than its "
    "list\n"
    "  --listen ADDR:PORT    where BMCs listen (default 127.0.0.1:0, any free "
    "port)\n"
    "  --port-per-bmc        one port each: PORT, PORT+1, ... or free ones "
    "(default)\n"
    "  --address-per-bmc     one address each: ADDR+1, ADDR+2, ... all at "
    "PORT; a BMC then\n"
    "                        posts from its own address. With 127.0.1.0:8000 "
    "for instance\n"
    "  --tls CERT KEY        serve HTTPS with these PEM files\n"
    "  --username U --password P\n"
    "                        basic authentication or a session is needed but "
    "for the root\n"
    "  --vendor NAME         dialect; may be repeated, BMCs take turns\n"
    "  --set SETTING=VALUE   a setting for all BMCs\n"
    "  --registries DIR      message registries that BMCs serve\n"
    "  --control ADDR:PORT   control port (default 127.0.0.1:0)\n"
    "  --ports-file FILE     written when all ports are bound: {\"control\": "
    "URL,\n"
    "                        \"bmcs\": [{\"name\": ..., \"url\": URL}]}\n"
    "  --scenario FILE       a play of timed steps, see below\n"
    "  --ledger-limit N      events that the ledger keeps per BMC (default 0: "
    "all)\n"
    "  --threads N           threads that serve connections (default 1)\n"
    "  --die-with-parent     end when the process that started it ends\n"
    "  --quiet               no line on standard output\n"
    "  --version             print the version and end\n"
    "  --help                print this and end\n";

static const char control[] =
    "\nControl port: JSON over HTTP. NAME is a BMC; without /bmcs/NAME it "
    "means all.\n"
    "  GET  /status                 totals, and each BMC in short\n"
    "  GET  /bmcs/NAME              counters, subscriptions, settings, "
    "behaviour\n"
    "  GET  [/bmcs/NAME]/ledger     JSON lines: every event, and what became "
    "of it\n"
    "  POST [/bmcs/NAME]/emit       {\"event\": {record} | \"events\": "
    "[records] |\n"
    "                               \"payload\": any JSON | \"raw\": "
    "\"text\",\n"
    "                               \"count\": n, \"rate\": per second, "
    "\"first\": n,\n"
    "                               \"substitute\": true}\n"
    "                               Records get EventId, EventTimestamp, "
    "EventType, MemberId\n"
    "                               unless given (null: leave out). {n} {bmc} "
    "{event_id}\n"
    "                               {event_time} are filled in; in payload and "
    "raw only with\n"
    "                               substitute. Answers {\"emitted\": n, "
    "\"pending\": n}\n"
    "  POST [/bmcs/NAME]/behave     misbehaviour, see below; stays until set "
    "back\n"
    "  POST [/bmcs/NAME]/set        settings, see below\n"
    "  POST [/bmcs/NAME]/reboot     {\"down_ms\": n, \"keep_subscriptions\": "
    "bool}\n"
    "  POST [/bmcs/NAME]/reset      reset the connections that are open\n"
    "  POST [/bmcs/NAME]/stop       end what is being emitted\n"
    "  POST [/bmcs/NAME]/resource   {\"uri\": \"/redfish/...\", \"body\": "
    "{...},\n"
    "                               \"status\": n, \"location\": URI, "
    "\"record\": true}:\n"
    "                               answer so to any method; with the uri "
    "alone: no longer.\n"
    "                               In place of a body \"file\": the bytes of "
    "that file, and\n"
    "                               \"gzip\": true: said to be packed; with "
    "\"etag\":\n"
    "                               TEXT 304 to who knows that one\n"
    "                               What stands below\n"
    "                               /redfish/v1/TaskService/Tasks is listed "
    "there\n"
    "  GET  [/bmcs/NAME]/records    JSON lines: what resources with record "
    "were sent\n"
    "  GET  [/bmcs/NAME]/tests      JSON lines: the test events, which are in "
    "no ledger\n"
    "  POST [/bmcs/NAME]/log        {\"clear\": true | \"edit\": ID, "
    "\"set\": {...},\n"
    "                               \"log\": NAME}: empty a log, or change an "
    "entry\n"
    "  POST [/bmcs/NAME]/subscribe  a subscription of a stranger's\n"
    "  POST [/bmcs/NAME]/logout     end all sessions, unlock all accounts\n"
    "  POST [/bmcs/NAME]/update     {\"kind\": KIND, \"duration_ms\": n, "
    "\"version\": TEXT,\n"
    "                               \"reboot_ms\": n}: an update of the "
    "firmware; with \"next\"\n"
    "                               in place of \"kind\": what becomes of the "
    "client's next\n"
    "  POST [/bmcs/NAME]/recount    count the load anew\n"
    "  POST /quit\n"
    "An emission with \"log_only\": true is in the log and told to nobody; "
    "\"log\": NAME\n"
    "says in which log. The load (in /status of all, in /bmcs/NAME of one) is "
    "how many\n"
    "requests and connections there are now and were at most, and how many "
    "requests, by\n"
    "subject and method. What a client does at a time shows when answers "
    "take their time:\n"
    "answer_delay_ms.\n"
    "\nScenario: {\"loop\": bool, \"length\": s, \"steps\": [STEP...]}; a STEP "
    "is\n"
    "  {\"at\": s | \"every\": s, \"bmc\": NAME or \"*\",\n"
    "   \"emit\" | \"behave\" | ...: {...}}\n";

void help_print(void)
{
    struct buf text = {0};
    char *names = vendor_names(), *kinds = update_kinds();

    buf_text(&text, usage);
    buf_text(&text, control);
    buf_format(&text, "\nThe kinds of update: %s\n", kinds);
    buf_text(&text, "\nMisbehaviour:\n");
    knob_help(behave_knobs, &text);
    buf_format(&text, "\nDialects: %s\n", names);
    vendor_help(&text);
    buf_text(&text, "\nSettings:\n");
    knob_help(dialect_knobs, &text);
    fputs(text.data, stdout);
    free(names);
    free(kinds);
    buf_done(&text);
}
