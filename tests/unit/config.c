/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration read whole. A case is what stands in trawl.yaml (and in a
 * drop-in) and the lines that come of it; ahead of the cases stand sinks and
 * formats made up for them, so that nothing of the real ones is needed.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/config_parts.h"
#include "formats/format.h"
#include "match.h"
#include "sinks/sink.h"
#include "problem_lines.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"
#include "vendors.h"
#include "wire.h"

struct wire_options {
    char *address;
    char *ca;
    struct option_pairs properties;
};

static const struct option wire_tls[] = {
    {.key = "ca",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct wire_options, ca),
     .meaning = "authorities"},
    {0},
};

static const struct option wire_table[] = {
    {.key = "address",
     .kind = OPTION_TEXT,
     .offset = offsetof(struct wire_options, address),
     .meaning = "where to",
     .required = true},
    {.key = "tls",
     .kind = OPTION_SECTION,
     .section = wire_tls,
     .meaning = "how"},
    {.key = "properties",
     .kind = OPTION_PAIRS,
     .offset = offsetof(struct wire_options, properties),
     .meaning = "what else"},
    {0},
};

static int wire_check(const void *options, _unused_ const struct format *format,
                      struct error *err)
{
    const struct wire_options *o = options;

    if (strcmp(o->address, "wrong") == 0)
        return error_set(err, -EINVAL, "'wrong' is no address");
    return 0;
}

const struct format format_json = {.name = "json"};
const struct format format_ecs = {.name = "ecs"};

static const struct sink_type sink_wire = {
    .name = "wire",
    .options = wire_table,
    .options_size = sizeof(struct wire_options),
    .standard_format = &format_json,
    .check = wire_check,
};

static const struct sink_type sink_log = {
    .name = "log",
    .standard_format = &format_json,
    .fixed_format = true,
};

const struct sink_type *sink_find(const char *name)
{
    if (strcmp(name, "wire") == 0)
        return &sink_wire;
    return strcmp(name, "log") == 0 ? &sink_log : NULL;
}

const char *sink_names(void)
{
    return "log, wire";
}

const struct format *format_find(const char *name)
{
    if (strcmp(name, "json") == 0)
        return &format_json;
    return strcmp(name, "ecs") == 0 ? &format_ecs : NULL;
}

const char *format_names(void)
{
    return "json, ecs";
}

/* In texts and expected lines, @ stands for the folder of the test. */
struct scene {
    const char *what;
    const char *main;
    const char *drop_in; /* conf.d/10.yaml, or NULL */
    const char *lines;
};

#define ALL_TO_LOG "sinks: {l: {type: log}}\nroutes: [{to: l}]\n"
#define ONE_BMC(keys) ALL_TO_LOG "bmcs:\n- {name: b, url: https://b" keys "}\n"
#define FLEET(keys) ALL_TO_LOG "bmcs:\n- {" keys "}\n"
#define LISTEN "listen: [{address: \"[::]:1\"}]\n"

static const struct scene scenes[] = {
    {"everything at once",
     LISTEN "public_url: https://c.example.net:8443/\n" ALL_TO_LOG
            "bmc_defaults: {username: u, password_file: \"@/{name}.pw\", "
            "tls: {ca: @/cert.pem}}\n"
            "bmcs: [{name: b, url: https://10.0.0.1}]\n",
     NULL, ""},
    {"an unknown section", "snyks: {}\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:1: snyks: unknown key; did you mean 'sinks'?\n"},
    {"a list in place of sections", "- a\n", NULL,
     "@/trawl.yaml:1:1: expected a mapping of keys, found a list\n"
     "warning: routes: no route takes every event: what matches none is "
     "dropped and counted; end with {to: [NAME]} or {drop: true}\n"},
    {"broken YAML is all that is said", "a: [\nbmcs: 5\n", "b: {c: 1\n",
     "@/trawl.yaml:1:4: the list that begins here with '[' is not finished: a "
     "',' or ']' is missing (noticed at line 3, column 1)\n"
     "@/conf.d/10.yaml:1:4: the mapping that begins here with '{' is not "
     "finished: a ',' or '}' is missing (noticed at line 2, column 1)\n"},
    {"many mistakes in one run",
     "keep_raw: yes\nspool:\n  keep: 5 minuets\nspol: {}\n" ALL_TO_LOG
     "bmcs:\n  - {name: a b, url: 10.0.0.1}\n",
     NULL,
     "@/trawl.yaml:1:11: keep_raw: 'yes' is text in YAML 1.2: write true\n"
     "@/trawl.yaml:3:9: spool.keep: '5 minuets' is not a duration (like 30s, "
     "5m, 2h, 7d)\n"
     "@/trawl.yaml:4:1: spol: unknown key; did you mean 'spool'?\n"
     "@/trawl.yaml:8:12: bmcs.a b.name: 'a b' cannot be a name, for it is "
     "used in URLs and file names: letters, digits, '.', '_' and '-' only\n"
     "@/trawl.yaml:8:22: bmcs.a b.url: '10.0.0.1' is not a URL: it must begin "
     "with https:// (or http://)\n"},

    /* Single values */
    {"an interval too short",
     "bmcs: [{name: b, url: https://10.0.0.1, receive: poll, "
     "poll_interval: 10ms}]\n" ALL_TO_LOG,
     NULL,
     "@/trawl.yaml:1:71: bmcs.b.poll_interval: 10ms is too short: at least "
     "1s\n"},
    {"a spool too small", "spool: {max_size: 1MiB}\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:19: spool.max_size: 1MiB is too small: at least "
     "192MiB\n"},
    {"bodies smaller than one",
     "limits: {body: 2MiB, bodies: 1MiB}\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:30: limits.bodies: is smaller than limits.body: no body "
     "of that size would ever be taken\n"},
    {"metrics without a port", "control: {metrics: localhost}\n" ALL_TO_LOG,
     NULL,
     "@/trawl.yaml:1:20: control.metrics: 'localhost' has no port: write "
     "host:port, \"[::]:8443\" or fd:NAME\n"},
    {"a public URL without a scheme", "public_url: c.example.net\n" ALL_TO_LOG,
     NULL,
     "@/trawl.yaml:1:13: public_url: 'c.example.net' is not a URL: it must "
     "begin with https:// (or http://)\n"},
    {"a public URL may have a path", "public_url: https://c/in\n" ALL_TO_LOG,
     NULL, ""},

    /* listen */
    {"no list", "listen: \"[::]:1\"\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:9: listen: expected a list (each item after a '- '), "
     "found text\n"},
    {"no mapping", "listen: [\"[::]:1\"]\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:10: listen[0]: expected a mapping such as {address: "
     "\"[::]:8443\"}, found text\n"},
    {"no address", "listen: [{}]\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:10: listen[0]: 'address' is missing: host:port, "
     "\"[::]:port\" for all addresses, or fd:NAME\n"},
    {"one address twice, one port zero twice",
     "listen:\n- address: 1.2.3.4:5\n- address: 1.2.3.4:5\n"
     "- address: 1.2.3.4:0\n- address: 1.2.3.4:0\n" ALL_TO_LOG,
     NULL,
     "@/trawl.yaml:3:12: listen[1].address: '1.2.3.4:5' is already taken on "
     "line 2 of @/trawl.yaml\n"},
    {"the address of the metrics",
     "listen: [{address: 1.2.3.4:5}]\ncontrol: {metrics: "
     "1.2.3.4:5}\n" ALL_TO_LOG,
     NULL,
     "@/trawl.yaml:1:20: listen[0].address: '1.2.3.4:5' is already taken on "
     "line 2 of @/trawl.yaml\n"},
    {"addresses of all kinds",
     "listen:\n- address: \":8443\"\n- address: \"*:8443\"\n- address: host\n"
     "- address: \"::1:80\"\n- address: \"[::g]:80\"\n- address: 1.2.3.400:80\n"
     "- address: a_b.c:80\n- address: \"x y:80\"\n- address: h:65536\n"
     "- address: h:http\n- address: fd:we b\n- address: \"[fe80::1%eth0]:1\"\n"
     "- address: fd:web\n" ALL_TO_LOG,
     NULL,
     "@/trawl.yaml:2:12: listen[0].address: the host is missing: "
     "\"[::]:8443\" means all addresses\n"
     "@/trawl.yaml:3:12: listen[1].address: the host is missing: "
     "\"[::]:8443\" means all addresses\n"
     "@/trawl.yaml:4:12: listen[2].address: 'host' has no port: write "
     "host:port, \"[::]:8443\" or fd:NAME\n"
     "@/trawl.yaml:5:12: listen[3].address: an IPv6 address must stand in "
     "brackets: [::1]\n"
     "@/trawl.yaml:6:12: listen[4].address: '[::g]' is not an IPv6 address\n"
     "@/trawl.yaml:7:12: listen[5].address: '1.2.3.400' is not an IPv4 "
     "address\n"
     "@/trawl.yaml:9:12: listen[7].address: 'x y' is neither a host name nor "
     "an address\n"
     "@/trawl.yaml:10:12: listen[8].address: '65536' is not a port (1 to "
     "65535)\n"
     "@/trawl.yaml:11:12: listen[9].address: 'http' is not a port (1 to "
     "65535)\n"
     "@/trawl.yaml:12:12: listen[10].address: 'we b' cannot be a name, for it "
     "is used in URLs and file names: letters, digits, '.', '_' and '-' "
     "only\n"},
    {"TLS with all files",
     "listen: [{address: \"h:1\", tls: {certificate: @/cert.pem, key: "
     "@/key.pem, client_ca: @/cert.pem}}]\n" ALL_TO_LOG,
     NULL, ""},
    {"a certificate without a key",
     "listen: [{address: \"h:1\", tls: {certificate: "
     "@/cert.pem}}]\n" ALL_TO_LOG,
     NULL,
     "@/trawl.yaml:1:32: listen[0].tls: 'key' is missing: the private key of "
     "the certificate\n"},
    {"a key without a certificate",
     "listen: [{address: \"h:1\", tls: {key: @/key.pem}}]\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:32: listen[0].tls: 'certificate' is missing: without it "
     "nothing can be served over TLS (remove tls: for plain HTTP)\n"},
    {"files that are missing or exchanged",
     "listen:\n- address: h:1\n  tls:\n    certificate: @/key.pem\n"
     "    key: @/cert.pem\n    client_ca: @/none.pem\n" ALL_TO_LOG,
     NULL,
     "@/trawl.yaml:4:18: listen[0].tls: @/key.pem holds no certificate in PEM "
     "form\n"
     "@/trawl.yaml:5:10: listen[0].tls: @/cert.pem holds no private key in "
     "PEM form\n"
     "@/trawl.yaml:6:16: listen[0].tls: cannot open @/none.pem: No such file "
     "or directory\n"},

    /* vendors */
    {"a vendor that is a list", "vendors: [a]\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:10: vendors: expected a mapping of names to what is known "
     "of them, found a list\n"},
    {"a new vendor without a match", "vendors: {mine: {}}\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:17: vendors.mine: is no name of a built-in row, and a new "
     "one needs match: which services is it about?\n"},
    {"a vendor's body that is no JSON",
     "vendors: {openbmc: {subscribe: {body: \"[1]x\"}}}\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:39: vendors.openbmc.subscribe.body: is no JSON object: "
     "end of file expected near 'x'\n"},
    {"a vendor's rung that there is not",
     "vendors: {openbmc: {subscribe: {rung: ful}}}\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:39: vendors.openbmc.subscribe.rung: 'ful' is not one of "
     "full, no_policy, event_types, minimal; did you mean 'full'?\n"},
    {"a vendor of two files",
     "vendors: {openbmc: {stream: {never: true}}}\n" ALL_TO_LOG,
     "vendors: {openbmc: {strem: {}}}\n",
     "@/conf.d/10.yaml:1:11: vendors.openbmc: a vendor of this name is already "
     "on line 1 of @/trawl.yaml\n"},
    {"an unknown key of a vendor",
     "vendors: {openbmc: {strem: {}}}\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:21: vendors.openbmc.strem: unknown key; did you mean "
     "'stream'?\n"},

    /* bmcs */
    {"no BMC at all", ALL_TO_LOG "bmcs: [x]\n", NULL,
     "@/trawl.yaml:3:8: bmcs[0]: expected a mapping such as {name: r1-n01, "
     "url: https://10.0.0.11}, found text\n"},
    {"a BMC without name and URL", ALL_TO_LOG "bmcs:\n- {receive: sse}\n", NULL,
     "@/trawl.yaml:4:3: bmcs[0]: 'name' is missing: what you call it\n"
     "@/trawl.yaml:4:3: bmcs[0]: 'url' is missing: https://host or "
     "https://host:port\n"},
    {"an unknown key of a BMC", ONE_BMC(", pasword_file: x"), NULL,
     "@/trawl.yaml:4:29: bmcs.b.pasword_file: unknown key; did you mean "
     "'password_file'?\n"},
    {"a name in the defaults", "bmc_defaults: {name: x}\n" ALL_TO_LOG, NULL,
     "@/trawl.yaml:1:16: bmc_defaults.name: unknown key; known here: "
     "username, password_file, credential, auth, token_file, receive, "
     "poll_interval, public_url, tls, labels\n"},
    {"URLs of all kinds",
     ALL_TO_LOG
     "bmcs:\n- {name: a, url: ftp://h}\n- {name: b, url: https://u:p@h}\n"
     "- {name: c, url: https://h/redfish/v1}\n- {name: d, url: https://}\n"
     "- {name: e, url: https://fe80::1}\n- {name: f, url: https://h:0}\n"
     "- {name: g, url: \"https://h?x\"}\n- {name: h, url: https://h/}\n"
     "- {name: i, url: \"HTTPS://[::1]:443\"}\n"
     "- {name: j, url: https://1.2.3}\n",
     NULL,
     "@/trawl.yaml:4:18: bmcs.a.url: the scheme must be https or http, not "
     "'ftp'\n"
     "@/trawl.yaml:5:18: bmcs.b.url: a user and password do not belong into a "
     "URL: use username and password_file\n"
     "@/trawl.yaml:6:18: bmcs.c.url: '/redfish/v1' does not belong here: "
     "scheme, host and port only (Trawl adds /redfish/v1 itself)\n"
     "@/trawl.yaml:7:18: bmcs.d.url: the host is missing\n"
     "@/trawl.yaml:8:18: bmcs.e.url: an IPv6 address must stand in brackets: "
     "[fe80::1]\n"
     "@/trawl.yaml:9:18: bmcs.f.url: '0' is not a port (1 to 65535)\n"
     "@/trawl.yaml:10:18: bmcs.g.url: a URL here has no '?', '#' or blank in "
     "it\n"
     "@/trawl.yaml:13:18: bmcs.j.url: '1.2.3' is not an IPv4 address\n"},
    {"names that cannot be",
     ALL_TO_LOG "bmcs:\n- {name: ../x, url: https://a}\n"
                "- {name: .x, url: https://b}\n",
     NULL,
     "@/trawl.yaml:4:10: bmcs.../x.name: '../x' cannot be a name, for it is "
     "used in URLs and file names: letters, digits, '.', '_' and '-' only\n"
     "@/trawl.yaml:5:10: bmcs..x.name: '.x' cannot be a name: it begins with "
     "'.'\n"},
    {"one name twice",
     ALL_TO_LOG "bmcs:\n- {name: a, url: https://a}\n"
                "- {name: a, url: https://b}\n",
     NULL,
     "@/trawl.yaml:5:10: bmcs.a.name: a BMC of this name is already on line 4 "
     "of @/trawl.yaml\n"},
    {"one name in two files", ALL_TO_LOG "bmcs: [{name: a, url: https://a}]\n",
     "bmcs: [{name: a, url: https://b}]\n",
     "@/conf.d/10.yaml:1:15: bmcs.a.name: a BMC of this name is already on "
     "line 3 of @/trawl.yaml\n"},
    {"one URL twice",
     ALL_TO_LOG "bmcs:\n- {name: a, url: https://H}\n"
                "- {name: b, url: \"https://h:443/\"}\n",
     NULL,
     "@/trawl.yaml:5:18: warning: bmcs.b.url: 'a' on line 4 of @/trawl.yaml "
     "has the same URL: each of its events would come twice\n"},
    {"a short token", ONE_BMC(", token: short"), NULL,
     "@/trawl.yaml:4:36: bmcs.b.token: has 5 characters: a token that nobody "
     "guesses has 16 to 256 (openssl rand -hex 16 makes one)\n"},
    {"a token that is no part of a URL",
     ONE_BMC(", token: \"0123456789/abcdef\""), NULL,
     "@/trawl.yaml:4:36: bmcs.b.token: is a part of a URL: letters, digits, "
     "'-', '.', '_' and '~' only\n"},
    {"one token twice",
     ALL_TO_LOG "bmcs:\n- {name: a, url: https://a, token: 0123456789abcdef}\n"
                "- {name: b, url: https://b, token: 0123456789abcdef}\n",
     NULL,
     "@/trawl.yaml:5:36: bmcs.b.token: 'a' on line 4 of @/trawl.yaml has the "
     "same token: each BMC needs its own\n"},
    {"a wrong way to receive", ONE_BMC(", receive: sees"), NULL,
     "@/trawl.yaml:4:38: bmcs.b.receive: 'sees' is not one of auto, webhook, "
     "sse, poll, passive; did you mean 'sse'?\n"},
    {"a webhook without a listener", ONE_BMC(", receive: webhook"), NULL,
     "@/trawl.yaml:4:38: bmcs.b.receive: 'webhook' needs an address in "
     "listen: for BMCs to post to\n"},
    {"a webhook without a public URL", LISTEN ONE_BMC(", receive: webhook"),
     NULL,
     "@/trawl.yaml:5:38: bmcs.b.receive: 'webhook' needs public_url: how BMCs "
     "reach this collector\n"},
    {"a webhook with a URL of its own",
     LISTEN ONE_BMC(", receive: webhook, public_url: https://c"), NULL, ""},
    {"passive needs a listener only", LISTEN ONE_BMC(", receive: passive"),
     NULL, ""},
    {"passive without a listener, said in the defaults",
     "bmc_defaults: {receive: passive}\n" ONE_BMC(""), NULL,
     "@/trawl.yaml:1:25: bmcs.b.receive: 'passive' needs an address in "
     "listen: for BMCs to post to\n"},
    {"a token's file and a token",
     ONE_BMC(", token: 0123456789abcdef, token_file: @/b.pw"), NULL,
     "@/trawl.yaml:4:66: bmcs.b.token_file: stands beside token: keep one of "
     "them\n"},
    {"a token's file with a short token", ONE_BMC(", token_file: @/b.pw"), NULL,
     "@/trawl.yaml:4:3: bmcs.b.token: has 6 characters: a token that nobody "
     "guesses has 16 to 256 (openssl rand -hex 16 makes one)\n"},
    {"a token's file that is not there", ONE_BMC(", token_file: @/none"), NULL,
     "@/trawl.yaml:4:41: bmcs.b.token_file: cannot open the secret @/none: No "
     "such file "
     "or directory\n"},
    {"a certificate of ours without its key",
     ONE_BMC(", tls: {certificate: @/cert.pem}"), NULL,
     "@/trawl.yaml:4:48: bmcs.b.tls.certificate: certificate and key belong "
     "together: add the other one\n"},
    {"certificate and key exchanged",
     ONE_BMC(", tls:\n   {certificate: @/key.pem,\n    key: @/cert.pem}"), NULL,
     "@/trawl.yaml:5:18: bmcs.b.tls.certificate: @/key.pem holds no "
     "certificate in PEM form\n"
     "@/trawl.yaml:6:10: bmcs.b.tls.key: @/cert.pem holds no private key in "
     "PEM form\n"},
    {"a way to log in that there is not", ONE_BMC(", auth: digest"), NULL,
     "@/trawl.yaml:4:35: bmcs.b.auth: 'digest' is not one of auto, session, "
     "basic\n"},
    {"fingerprints",
     ALL_TO_LOG "bmcs:\n"
                "- {name: a, url: https://a, tls: {fingerprint: \"ab:cd\"}}\n"
                "- {name: b, url: https://b, tls: {fingerprint: "
                "\"sha256:ab\"}}\n",
     NULL,
     "@/trawl.yaml:4:48: bmcs.a.tls.fingerprint: must begin with sha256: "
     "(openssl x509 -noout -fingerprint -sha256 -in FILE shows it)\n"
     "@/trawl.yaml:5:48: bmcs.b.tls.fingerprint: a SHA-256 has 64 hexadecimal "
     "digits\n"},
    {"a CA that is missing is said once",
     "bmc_defaults: {tls: {ca: @/none.pem}}\n" ALL_TO_LOG
     "bmcs: [{name: a, url: https://a}, {name: b, url: https://b}]\n",
     NULL,
     "@/trawl.yaml:1:26: bmcs.a.tls.ca: cannot open @/none.pem: No such file "
     "or directory\n"},
    {"a user without a password is said once",
     "bmc_defaults: {username: u}\n" ALL_TO_LOG
     "bmcs: [{name: a, url: https://a}, {name: b, url: https://b}]\n",
     NULL,
     "@/trawl.yaml:1:26: bmcs.a.username: has no password: add password_file "
     "or credential\n"},
    {"a password without a user", ONE_BMC(", password_file: @/b.pw"), NULL,
     "@/trawl.yaml:4:44: bmcs.b.password_file: has no user: add username\n"},
    {"a credential without a user", ONE_BMC(", credential: x"), NULL,
     "@/trawl.yaml:4:41: bmcs.b.credential: has no user: add username\n"},
    {"two ways to a password",
     ONE_BMC(", username: u, credential: x, password_file: @/b.pw"), NULL,
     "@/trawl.yaml:4:54: bmcs.b.credential: stands beside password_file: keep "
     "one of them\n"},
    {"a credential in place of the default's file",
     "bmc_defaults: {username: u, password_file: \"@/none/{name}\"}\n" ONE_BMC(
         ", credential: x"),
     NULL, ""},
    {"a credential that is a path",
     ONE_BMC(", username: u, credential: /etc/x"), NULL,
     "@/trawl.yaml:4:54: bmcs.b.credential: is a name, not a path (for a "
     "file, use password_file)\n"},
    {"a template with a typo",
     "bmc_defaults: {username: u, password_file: \"@/{nam}\"}\n" ONE_BMC(""),
     NULL,
     "@/trawl.yaml:1:44: bmcs.b.password_file: '@/{nam}': only {name} can "
     "stand in braces\n"
     "@/trawl.yaml:1:44: bmcs.b.password_file: cannot open the secret "
     "@/{nam}: No such file or directory\n"},
    {"a password that all may read",
     ONE_BMC(", username: u, password_file: @/open.pw"), NULL,
     "@/trawl.yaml:4:57: bmcs.b.password_file: the secret @/open.pw may be "
     "read by everybody (mode 0644): chmod o= it\n"},
    {"a password that is none",
     ONE_BMC(", username: u, password_file: @/nil.pw"), NULL,
     "@/trawl.yaml:4:57: bmcs.b.password_file: the secret @/nil.pw is "
     "empty\n"},
    {"another file than that of a password",
     ONE_BMC(", username: u, password_file: @/two.pw"), NULL,
     "@/trawl.yaml:4:57: bmcs.b.password_file: the secret @/two.pw has more "
     "than one line: a password is one\n"},
    {"a folder in its place", ONE_BMC(", username: u, password_file: @/more"),
     NULL,
     "@/trawl.yaml:4:57: bmcs.b.password_file: the secret @/more is a "
     "folder\n"},
    {"a blank too much", ONE_BMC(", username: u, password_file: @/blank.pw"),
     NULL,
     "@/trawl.yaml:4:57: warning: bmcs.b.password_file: the password begins or "
     "ends with a blank, which is taken as a part of it\n"},
    {"a passive BMC needs no password",
     LISTEN
     "bmc_defaults: {username: u, password_file: \"@/none/{name}\"}\n" ONE_BMC(
         ", receive: passive"),
     NULL, ""},
    {"labels that are no texts", ONE_BMC(", labels: {a: [1]}"), NULL,
     "@/trawl.yaml:4:41: bmcs.b.labels: 'a': expected text, found a list\n"},

    /* sinks */
    {"no mapping of sinks", "sinks: [a]\nroutes: [{drop: true}]\n", NULL,
     "@/trawl.yaml:1:8: sinks: expected a mapping of names to sinks (like "
     "local: {type: journald}), found a list\n"},
    {"a sink that is a word", "sinks: {l: log}\nroutes: [{to: l}]\n", NULL,
     "@/trawl.yaml:1:12: sinks.l: expected a mapping such as {type: "
     "journald}, found text\n"},
    {"a sink without a type", "sinks: {l: {}}\nroutes: [{to: l}]\n", NULL,
     "@/trawl.yaml:1:12: sinks.l: 'type' is missing: one of log, wire\n"},
    {"an unknown type", "sinks: {l: {type: wir, x: 1}}\nroutes: [{to: l}]\n",
     NULL,
     "@/trawl.yaml:1:19: sinks.l.type: 'wir' is not one of log, wire; did you "
     "mean 'wire'?\n"},
    {"a type that is a list", "sinks: {l: {type: [log]}}\nroutes: [{to: l}]\n",
     NULL,
     "@/trawl.yaml:1:19: sinks.l.type: expected one of log, wire, found a "
     "list\n"},
    {"unknown options",
     "sinks:\n  w: {type: wire, adress: x, when_fall: skip}\n"
     "routes: [{to: w}]\n",
     NULL,
     "@/trawl.yaml:2:6: sinks.w: 'address' is missing: where to\n"
     "@/trawl.yaml:2:19: sinks.w.adress: unknown key; did you mean "
     "'address'?\n"
     "@/trawl.yaml:2:30: sinks.w.when_fall: unknown key; did you mean "
     "'when_full'?\n"},
    {"an unknown format",
     "sinks: {w: {type: wire, address: a, format: jsn}}\n"
     "routes: [{to: w}]\n",
     NULL,
     "@/trawl.yaml:1:45: sinks.w.format: 'jsn' is not one of json, ecs; did "
     "you mean 'json'?\n"},
    {"a format where there is none",
     "sinks: {l: {type: log, format: json}}\nroutes: [{to: l}]\n", NULL,
     "@/trawl.yaml:1:32: sinks.l.format: a sink of type log has a form of its "
     "own: remove this key\n"},
    {"a wrong when_full",
     "sinks: {l: {type: log, when_full: drop}}\n"
     "routes: [{to: l}]\n",
     NULL,
     "@/trawl.yaml:1:35: sinks.l.when_full: 'drop' is not one of hold, "
     "skip\n"},
    {"what a type says of its options",
     "sinks: {w: {type: wire, address: wrong}}\nroutes: [{to: w}]\n", NULL,
     "@/trawl.yaml:1:12: sinks.w: 'wrong' is no address\n"},
    {"files that a sink names",
     "sinks: {w: {type: wire, address: a, tls: {ca: @/none.pem},\n"
     "  properties: {sasl.password_file: @/none.pw, other: @/none}}}\n"
     "routes: [{to: w}]\n",
     NULL,
     "@/trawl.yaml:1:47: sinks.w.tls.ca: cannot open @/none.pem: No such file "
     "or "
     "directory\n"
     "@/trawl.yaml:2:36: sinks.w.properties: cannot open @/none.pw: No such "
     "file or directory\n"},
    {"a sink that no route names",
     "sinks: {l: {type: log}, m: {type: log}}\nroutes: [{to: l}]\n", NULL,
     "@/trawl.yaml:1:28: warning: sinks.m: no route names this sink: it gets "
     "nothing\n"},
    {"a sink twice in a file",
     "sinks:\n  l: {type: log}\n  l: {type: log}\nroutes: [{to: l}]\n", NULL,
     "@/trawl.yaml:3:3: the key 'l' stands here a second time: it is already "
     "on line 2\n"},
    {"a sink in two files", ALL_TO_LOG, "sinks: {l: {type: log}}\n",
     "@/conf.d/10.yaml:1:9: sinks.l: a sink of this name is already on line 1 "
     "of @/trawl.yaml\n"},

    /* routes */
    {"an unknown sink",
     "sinks: {siem: {type: log}}\nroutes: [{to: [siem, siemm, x]}]\n", NULL,
     "@/trawl.yaml:2:22: routes[0].to: there is no sink 'siemm'; did you mean "
     "'siem'?\n"
     "@/trawl.yaml:2:29: routes[0].to: there is no sink 'x'; there is: "
     "siem\n"},
    {"no sinks at all", "routes: [{to: x}]\n", NULL,
     "@/trawl.yaml:1:15: routes[0].to: there is no sink 'x'; there is: "
     "none\n"},
    {"a sink that is a list",
     "sinks: {l: {type: log}}\nroutes: [{to: [[l]]}]\n", NULL,
     "@/trawl.yaml:2:16: routes[0].to: expected the name of a sink, found a "
     "list\n"},
    {"routes that lead nowhere",
     "sinks: {l: {type: log}}\nroutes:\n- {match: {severity: OK}}\n"
     "- {to: []}\n- {to: l, drop: true}\n"
     "- {drop: true, continue: true}\n",
     NULL,
     "@/trawl.yaml:3:3: routes[0]: this route leads nowhere: name sinks (to: "
     "[NAME]), or say drop: true\n"
     "@/trawl.yaml:4:8: routes[1]: this route leads nowhere: name sinks (to: "
     "[NAME]), or say drop: true\n"
     "@/trawl.yaml:5:8: routes[2]: 'to' and 'drop: true' contradict each "
     "other\n"
     "@/trawl.yaml:6:3: routes[3]: 'drop: true' and 'continue: true' "
     "contradict each other: what is dropped goes no further\n"},
    {"no route for all",
     "sinks: {l: {type: log}}\nroutes: [{match: {severity: OK}, to: l}]\n",
     NULL,
     "@/trawl.yaml:2:9: warning: routes: no route takes every event: what "
     "matches none is dropped and counted; end with {to: [NAME]} or {drop: "
     "true}\n"},
    {"a route behind the last",
     "sinks: {l: {type: log}}\nroutes: [{to: l}, {drop: true}]\n", NULL,
     "@/trawl.yaml:2:19: warning: routes[1]: is never asked: the route before "
     "it takes every event (say continue: true there, or give it a match)\n"},
    {"a sink twice in a route",
     "sinks: {l: {type: log}}\nroutes: [{to: [l, l]}]\n", NULL,
     "@/trawl.yaml:2:19: warning: routes[0].to: 'l' stands here twice; it "
     "gets each event once\n"},
    {"a mistake in a match",
     "sinks: {l: {type: log}}\nroutes: [{match: {severity: Bad}, to: l}]\n",
     NULL,
     "@/trawl.yaml:2:29: routes[0].match.severity: 'Bad' is not a severity: "
     "OK, Warning, Critical or unknown; \">=Warning\" and \"<=Warning\" mean "
     "ranges\n"},
    {"a route that is text", "sinks: {l: {type: log}}\nroutes: [l]\n", NULL,
     "@/trawl.yaml:2:10: routes[0]: expected a mapping of keys, found text\n"},

    /* conditions */
    {"mistakes in rules",
     ALL_TO_LOG
     "conditions:\n- {after: {count: 1, within: 1h}}\n- {after: {count: 5}}\n"
     "- {flapping: {cycles: 3, witin: 1h}}\n- {settle: 1}\n"
     "- {match: {}}\n",
     NULL,
     "@/trawl.yaml:4:19: conditions[0].after.count: 1 is too small: at least "
     "2\n"
     "@/trawl.yaml:5:11: conditions[1].after: 'within' is missing: in what "
     "time\n"
     "@/trawl.yaml:6:14: conditions[2].flapping: 'within' is missing: in what "
     "time\n"
     "@/trawl.yaml:6:26: conditions[2].flapping.witin: unknown key; did you "
     "mean 'within'?\n"
     "@/trawl.yaml:7:12: conditions[3].settle: '1' has no unit: a duration is "
     "a whole number and ms, s, m, h or d (like 30s)\n"
     "@/trawl.yaml:8:11: conditions[4].match: is empty: remove the key to "
     "mean every event\n"},

    /* drop-ins */
    {"a key in two files", "spool: {keep: 1d}\nkeep_raw: true\n" ALL_TO_LOG,
     "keep_raw: true\nspool: {keep: 2d, max_size: 1GiB}\n"
     "bmc_defaults: {tls: {verify: false}}\n",
     "@/conf.d/10.yaml:1:1: keep_raw: is already set on line 2 of "
     "@/trawl.yaml: keep one of them\n"
     "@/conf.d/10.yaml:2:9: spool.keep: is already set on line 1 of "
     "@/trawl.yaml: keep one of them\n"},
    {"defaults in two files", "bmc_defaults: {username: a}\n" ALL_TO_LOG,
     "bmc_defaults: {username: b}\n",
     "@/conf.d/10.yaml:1:16: bmc_defaults.username: is already set on line 1 "
     "of @/trawl.yaml: keep one of them\n"},
    {"an empty drop-in", ALL_TO_LOG, "# nothing\n", ""},

    {"ranges of names and URLs",
     FLEET("name: \"r[1-2]-n[01-20]\", url: \"https://10.0.[1-2].[1-20]\""),
     NULL, ""},
    {"a URL made of the name",
     FLEET("name: \"n[1-9]\", url: \"https://{name}.x[1-9].example\""), NULL,
     ""},
    {"IPv6 addresses are no ranges",
     FLEET("name: \"n[1-9]\", url: \"https://[fd00::[1-9]]:8443\""), NULL, ""},
    {"counts that differ",
     FLEET("name: \"n[1-40]\", url: \"https://10.0.0.[1-39]\""), NULL,
     "@/trawl.yaml:4:26: bmcs.n[1-40].url: name gives 40 texts, url 39: each "
     "BMC has one of both\n"},
    {"one URL for many", FLEET("name: \"n[1-3]\", url: \"https://a\""), NULL,
     "@/trawl.yaml:4:25: bmcs.n[1-3].url: name gives 3 texts, url 1: each BMC "
     "has one of both\n"},
    {"one name for many", FLEET("name: a, url: \"https://a[1-3]\""), NULL,
     "@/trawl.yaml:4:18: bmcs.a.url: name gives 1 text, url 3: each BMC has "
     "one of both\n"},
    {"what is wrong in a range",
     FLEET("name: \"n[1-b]\", url: \"https://a[5-1]\""), NULL,
     "@/trawl.yaml:4:15: bmcs.n[1-b].name: a number is missing here: a range "
     "is written as [1-40], [01-40] or [1,3,5-7]\n"
     "@/trawl.yaml:4:36: bmcs.n[1-b].url: the range runs backwards: from 5 to "
     "1\n"},
    {"a mistake of all is said once",
     FLEET("name: \"n [1-900]\", url: \"https://a[1-900]\""), NULL,
     "@/trawl.yaml:4:10: bmcs.n 1.name: 'n 1' cannot be a name, for it is used "
     "in URLs and file names: letters, digits, '.', '_' and '-' only\n"},
    {"a name that is there already",
     FLEET("name: \"n[1-9]\", url: \"https://a[1-9]\"}\n- {name: n7, url: "
           "https://b"),
     NULL,
     "@/trawl.yaml:5:10: bmcs.n7.name: a BMC of this name is already on line "
     "4 of @/trawl.yaml\n"},
    {"one URL twice is said once",
     FLEET("name: \"n[1-9]\", url: \"https://a[1-9]\"}\n- {name: \"m[1-9]\", "
           "url: \"https://a[1-9]\""),
     NULL,
     "@/trawl.yaml:5:25: warning: bmcs.m1.url: 'n[1-9]' on line 4 of "
     "@/trawl.yaml has the same URL: each of its events would come twice\n"},
    {"a range that the name has not",
     FLEET("name: \"n[1-9]\", url: \"https://{2}\", labels: {r: \"{0}\"}"),
     NULL,
     "@/trawl.yaml:4:25: bmcs.n1.url: {2} stands for a range of the name, "
     "which has 1\n"
     "@/trawl.yaml:4:25: bmcs.n1.url: '{2}' is neither a host name nor an "
     "address\n"
     "@/trawl.yaml:4:48: bmcs.n1.labels: {0} stands for a range of the name, "
     "which has 1\n"},
    {"braces of other kinds in a label",
     FLEET("name: n, url: https://n, labels: {r: \"{x} {name} }{\"}"), NULL,
     ""},
    {"too many", FLEET("name: \"n[1-100001]\", url: \"https://{name}\""), NULL,
     "@/trawl.yaml:4:12: bmcs.n[1-100001].name: with this range it stands for "
     "more than 100000 BMCs\n"},
    {"too many together",
     FLEET("name: \"n[1-100000]\", url: \"https://{name}\"}\n- {name: m, url: "
           "https://m"),
     NULL,
     "@/trawl.yaml:5:3: bmcs.m: there are more than 100000 BMCs: use a second "
     "collector\n"},

    {"an included file", ALL_TO_LOG "include: more/a.yaml\n", NULL, ""},
    {"all of a folder", ALL_TO_LOG "include: [\"more/[ab].yaml\"]\n", NULL,
     "@/more/b.yaml:1:23: bmcs.b.url: 'b' is not a URL: it must begin with "
     "https:// (or http://)\n"},
    {"a file that is not there", ALL_TO_LOG "include: [more/none]\n", NULL,
     "@/trawl.yaml:3:11: include: there is no file @/more/none\n"},
    {"a pattern that fits nothing", ALL_TO_LOG "include: [more/n*]\n", NULL,
     "@/trawl.yaml:3:11: warning: include: more/n* fits no file\n"},
    {"a folder", ALL_TO_LOG "include: [more]\n", NULL,
     "@/trawl.yaml:3:11: include: cannot read @/more: it is no file\n"},
    {"a file twice", ALL_TO_LOG "include: [more/a.yaml, more/../more/a.yaml]\n",
     NULL,
     "@/trawl.yaml:3:24: include: @/more/../more/a.yaml is already included "
     "on line 3 of @/trawl.yaml\n"},
    {"a drop-in", ALL_TO_LOG "include: conf.d/*\n",
     "bmcs: [{name: d, url: https://d}]\n",
     "@/trawl.yaml:3:10: include: @/conf.d/10.yaml is read without being "
     "included\n"},
    {"the main file", ALL_TO_LOG, "include: ../trawl.yaml\n",
     "@/conf.d/10.yaml:1:10: include: @/conf.d/../trawl.yaml is read without "
     "being included\n"},
    {"a circle", ALL_TO_LOG "include: more/c.yaml\n", NULL,
     "@/more/d.yaml:1:10: include: @/more/c.yaml would include itself\n"},
    {"too deep", ALL_TO_LOG "include: more/1.yaml\n", NULL,
     "@/more/8.yaml:1:10: include: cannot read @/more/9.yaml: too many files "
     "include one another\n"},
    {"no names of files", ALL_TO_LOG "include: [{a: b}]\n", NULL,
     "@/trawl.yaml:3:11: include: expected the name of a file, found a "
     "mapping\n"},
    {"no list of files", ALL_TO_LOG "include: {a: b}\n", NULL,
     "@/trawl.yaml:3:10: include: expected a list of files, found a "
     "mapping\n"},
    {"a key of the main file in an included one",
     ALL_TO_LOG "include: more/a.yaml\ncollector: x\n", NULL,
     "@/more/a.yaml:2:1: collector: is already set on line 4 of "
     "@/trawl.yaml: keep one of them\n"},
};

struct place {
    char folder[64];
};

/* Every @ of a text as the folder; the caller frees it. */
static char *fill(const struct place *place, const char *text)
{
    struct buffer out = {0};

    buffer_add_text(&out, "");
    for (; *text; text++) {
        if (*text == '@' && (text[1] == '/' || text[1] == '\''))
            buffer_add_text(&out, place->folder);
        else
            buffer_add_char(&out, *text);
    }
    return buffer_take_text(&out);
}

static void put(const struct place *place, const char *name, const char *text,
                mode_t mode)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", place->folder, name);
    _cleanup_free_ char *filled = fill(place, text);
    struct error err;

    if (file_write(path, filled, strlen(filled), mode, &err) < 0)
        diag("%s", err.text);
}

static void take_away(const struct place *place, const char *name)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", place->folder, name);

    remove(path);
}

static struct config *read_files(const struct place *place, const char *main,
                                 const char *drop_in,
                                 struct yaml_problems *problems)
{
    _cleanup_free_ char *path = xasprintf("%s/trawl.yaml", place->folder);

    put(place, "trawl.yaml", main, 0644);
    if (drop_in)
        put(place, "conf.d/10.yaml", drop_in, 0644);
    else
        take_away(place, "conf.d/10.yaml");
    return config_read(path, problems);
}

static void test_scenes(const struct place *place)
{
    for (size_t i = 0; i < ARRAY_LEN(scenes); i++) {
        const struct scene *s = &scenes[i];
        struct yaml_problems *p = yaml_problems_new();
        struct config *c = read_files(place, s->main, s->drop_in, p);
        _cleanup_free_ char *lines = problem_lines(p);
        _cleanup_free_ char *want = fill(place, s->lines);

        is_text(lines, want, "%s", s->what);
        ok((c != NULL) == (yaml_problems_errors(p) == 0),
           "is adopted if nothing is wrong, else not");
        config_free(c);
        yaml_problems_free(p);
    }
}

static const char whole_main[] =
    "listen:\n- {address: \"[::]:8443\", tls: {certificate: @/cert.pem, key: "
    "@/key.pem}}\n"
    "public_url: https://c.example.net:8443/\n"
    "bmc_defaults:\n  username: trawl\n  password_file: \"@/{name}.pw\"\n"
    "  labels: {site: a, rack: r0}\n  tls: {ca: @/cert.pem}\n"
    "bmcs:\n- {name: b, url: https://10.0.0.1/, labels: {rack: r1}, tls: "
    "{verify: false}}\n"
    "- {name: c, url: https://10.0.0.2, receive: passive, token: "
    "0123456789abcdef, tls: {ca: null, fingerprint: \"SHA256:"
    "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:"
    "AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99\"}}\n"
    "sinks:\n  l: {type: log}\n  w: {type: wire, address: x, format: ecs, "
    "when_full: skip}\n"
    "routes:\n- {match: {severity: OK}, drop: true}\n- {to: [w, l]}\n"
    "conditions:\n- {repeat: 4h}\n";

static const char whole_drop_in[] =
    "listen: [{address: fd:web}]\nspool: {max_size: 1GiB}\n"
    "bmcs: [{name: d, url: https://10.0.0.3, username: null, "
    "password_file: null, token_file: \"@/{name}.token\"}]\n"
    "vendors: {openbmc: {stream: {idle: 5m}}, mine: {match: {vendor: Acme}, "
    "subscribe: {rung: minimal}}}\n"
    "sinks: {z: {type: log}}\n"
    "routes: [{match: {bmc: d}, to: z, continue: true}]\n"
    "conditions: [{match: {bmc: d}, after: {count: 3, within: 1h}}]\n";

static void check_vendors(const struct config *c)
{
    const struct vendor *known = vendors_named("openbmc");

    is_int(c->vendor_count, 2, "two vendors");
    is_int(c->vendors[0].sse_idle, 5 * USEC_PER_MINUTE, "one that is changed");
    is_text(c->vendors[0].prefix, known->prefix, "... keeps what it matches");
    is_text(c->vendors[0].logs.items[0], known->logs.items[0], "... its logs");
    is_int(c->vendors[0].test, VENDOR_TEST_BMCWEB, "... and its dialect");
    is_int(c->vendors[1].rung, SUBSCRIBE_MINIMAL, "a new one");
    is_text(c->vendors[1].vendor, "Acme", "... with its match");
    is_int(c->vendors[1].limit, 0, "... and nothing else");
}

static void check_bmcs(const struct config *c, const struct place *place)
{
    _cleanup_free_ char *password = NULL;
    _cleanup_free_ char *path = xasprintf("%s/b.pw", place->folder);
    _cleanup_free_ char *ca = xasprintf("%s/cert.pem", place->folder);
    const struct config_bmc *b = config_find_bmc(c, "b");
    const struct config_bmc *other = config_find_bmc(c, "c");
    const struct config_bmc *d = config_find_bmc(c, "d");
    struct error err;

    is_int(c->bmc_count, 3, "three BMCs of two files");
    is_text(b->url, "https://10.0.0.1", "a URL loses its slash");
    is_text(b->username, "trawl", "the default's user");
    is_text(b->password_file, path, "the name in the password's path");
    is_int(b->labels.count, 2, "labels merge");
    is_text(b->labels.items[1].value, "r1", "and the BMC's own hold");
    ok(!b->tls.verify, "the BMC's own tls");
    is_text(b->tls.ca, ca, "merges with the default's");
    is_int(config_password(b, &password, &err), 0, "a password is read");
    is_text(password, "geheim", "without its line end");
    is_int(other->receive, RECEIVE_PASSIVE, "a way to receive");
    is_text(other->tls.ca, NULL, "null undoes a default");
    is_text(other->tls.fingerprint,
            "sha256:aabbccddeeff00112233445566778899"
            "aabbccddeeff00112233445566778899",
            "a fingerprint in one form");
    is_text(d->username, NULL, "null undoes the user");
    is_text(d->token, "a-token-in-a-file-1", "a token of a file");
    free(TAKE(password));
    is_int(config_password(d, &password, &err), 0, "no password is none");
    is_text(password, NULL, "and no text");
    ok(!config_find_bmc(c, "e"), "an unknown BMC is not found");
}

static void check_sinks(const struct config *c)
{
    const struct wire_options *wire = c->sinks[1].options;

    is_int(c->sink_count, 3, "three sinks of two files");
    is_text(c->sinks[0].name, "l", "in their order");
    ok(c->sinks[0].type == &sink_log, "with their types");
    ok(c->sinks[0].format == &format_json, "and standard formats");
    ok(c->sinks[1].format == &format_ecs, "or chosen ones");
    is_int(c->sinks[1].when_full, WHEN_FULL_SKIP, "when_full is read");
    is_text(wire->address, "x", "the type's options are read");
    is_int(c->route_count, 3, "three routes");
    ok(c->routes[0].go_on, "the drop-in's first");
    is_int(c->routes[0].sinks[0], 2, "with its sink");
    ok(c->routes[1].drop, "then the main file's");
    is_int(c->routes[2].sinks[0], 1, "sinks in their order");
    is_int(c->routes[2].sink_count, 2, "all of them");
    is_int(c->condition_count, 2, "two rules");
    is_int(c->conditions[0].after.count, 3, "the drop-in's first");
    is_int(c->conditions[0].repeat, USEC_PER_DAY, "with defaults");
    is_int(c->conditions[1].repeat, 4 * USEC_PER_HOUR, "or not");
}

static void test_whole(const struct place *place)
{
    struct yaml_problems *p = yaml_problems_new();
    struct config *c = read_files(place, whole_main, whole_drop_in, p);
    _cleanup_free_ char *lines = problem_lines(p);

    is_int(yaml_problems_errors(p), 0, "no errors: %s", lines);
    is_int(yaml_problems_warnings(p), 0, "and no warning");
    if (c) {
        is_text(c->public_url, "https://c.example.net:8443", "public URL");
        is_int(c->listener_count, 2, "two listeners");
        is_text(c->listeners[1].address, "fd:web", "the drop-in's second");
        is_int(c->spool.max_size, 1 << 30, "sections merge");
        is_int(c->spool.keep, 7 * USEC_PER_DAY, "with defaults");
        is_text(c->spool.directory, "/var/lib/trawl/spool", "of all kinds");
        is_int(c->limits.connections, 4096, "limits have defaults");
        is_int(c->limits.sse_idle, 65 * USEC_PER_MINUTE, "all of them");
        ok(c->registries.fetch, "registries are fetched");
        is_text(c->registries.directories.items[0], "/etc/trawl/registries",
                "and looked for");
        is_text(c->control.metrics, NULL, "no metrics unless asked for");
        ok(c->collector && *c->collector, "the collector has a name");
        check_vendors(c);
        check_bmcs(c, place);
        check_sinks(c);
    }
    config_free(c);
    yaml_problems_free(p);
}

/* What a range comes to, element by element. */
static void test_ranges(const struct place *place)
{
    static const char main[] =
        ALL_TO_LOG "bmc_defaults: {username: u, password_file: "
                   "\"@/b{1}.pw\", labels: {site: a, of: \"{name}\"}}\n"
                   "bmcs:\n- {name: \"r[1-2]-n[08-10]\", url: "
                   "\"https://10.0.0.[1,7,21-24]/\", password_file: "
                   "\"@/b.pw\", token: \"0123456789abcdef-{1}{2}\", "
                   "labels: {rack: \"rack {1}\", slot: \"{2}\"}}\n";
    struct yaml_problems *p = yaml_problems_new();
    struct config *c = read_files(place, main, NULL, p);
    _cleanup_free_ char *lines = problem_lines(p);
    const struct config_bmc *b;

    is_text(lines, "", "ranges are read");
    is_int(c ? c->bmc_count : 0, 6, "six BMCs of one item");
    if (c && c->bmc_count == 6) {
        is_text(c->bmcs[0].name, "r1-n08", "the first");
        is_text(c->bmcs[0].url, "https://10.0.0.1", "... its URL");
        b = &c->bmcs[4];
        is_text(b->name, "r2-n09", "the fifth");
        is_text(b->url, "https://10.0.0.23", "... its URL");
        is_text(b->token, "0123456789abcdef-209", "... its token");
        is_text(b->labels.items[1].value, "r2-n09", "... a default's label");
        is_text(b->labels.items[2].value, "rack 2", "... its rack");
        is_text(b->labels.items[3].value, "09", "... its slot");
        ok(config_find_bmc(c, "r2-n10") == &c->bmcs[5], "the last");
    }
    config_free(c);
    yaml_problems_free(p);
}

/* Included files count as drop-ins, in the order in which they are named. */
static void test_included(const struct place *place)
{
    static const char main[] =
        ALL_TO_LOG "include: [more/e*.yaml, more/a.yaml]\n"
                   "bmcs: [{name: z, url: https://z}]\n";
    struct yaml_problems *p = yaml_problems_new();
    struct config *c =
        read_files(place, main, "bmcs: [{name: y, url: https://y}]\n", p);
    _cleanup_free_ char *lines = problem_lines(p);
    static const char *const names[] = {"z", "e1", "e2", "a", "y"};

    is_text(lines, "", "several files are read");
    for (size_t i = 0; c && i < ARRAY_LEN(names) && i < c->bmc_count; i++)
        is_text(c->bmcs[i].name, names[i], "%s is in its place", names[i]);
    is_int(c ? c->bmc_count : 0, ARRAY_LEN(names), "all are there");
    if (c)
        is_int(c->route_count, 2, "and both routes");
    ok(c && c->routes[0].drop, "the included one first");
    config_free(c);
    yaml_problems_free(p);
}

static void test_credentials(const struct place *place)
{
    struct config_bmc bmc = {.name = (char *)"b", .credential = (char *)"b.pw"};
    _cleanup_free_ char *password = NULL;
    struct yaml_problems *p;
    struct config *c;
    struct error err;
    char *lines;

    unsetenv("CREDENTIALS_DIRECTORY");
    is_int(config_password(&bmc, &password, &err), -ENOENT,
           "a credential without systemd");
    ok(strstr(err.text, "LoadCredential="), "says where it comes from");
    setenv("CREDENTIALS_DIRECTORY", place->folder, 1);
    is_int(config_password(&bmc, &password, &err), 0, "with its folder");
    is_text(password, "geheim", "it is read");

    p = yaml_problems_new();
    c = read_files(place, ONE_BMC(", username: u, credential: none"), NULL, p);
    lines = problem_lines(p);
    ok(!c && strstr(lines, "bmcs.b.credential: cannot open the secret"),
       "a missing credential is found by the check: %s", lines);
    free(lines);
    config_free(c);
    yaml_problems_free(p);
    unsetenv("CREDENTIALS_DIRECTORY");
}

/* A thousand BMCs without their files: some are named, all are counted. */
static void test_fleet(const struct place *place)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct yaml_problems *p = yaml_problems_new();
    struct config *c;
    _cleanup_free_ char *lines = NULL;
    char *last;

    buffer_add_text(&text,
                    ALL_TO_LOG "bmc_defaults: {username: u, "
                               "password_file: \"@/none/{name}\"}\nbmcs:\n");
    for (int i = 0; i < 1000; i++)
        buffer_printf(&text, "- {name: n%d, url: https://n%d}\n", i, i);
    c = read_files(place, text.data, NULL, p);
    lines = problem_lines(p);
    is_int(yaml_problems_errors(p), 11, "ten are named, the rest counted");
    last = strstr(lines, "bmcs: 990 more");
    is_text(last,
            "bmcs: 990 more BMCs have no password or token that can be read\n",
            "in one line");
    ok(!c, "and the configuration is refused");
    yaml_problems_free(p);
}

/* A token is in no message and in no quoted line. */
static void test_secrets(const struct place *place)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_(buffer_done) struct buffer out = {0};
    struct config *c = read_files(
        place, ONE_BMC(", token: hush, receive: sees, labels: 5"), NULL, p);

    yaml_problems_print(p, &out);
    ok(!c && !strstr(out.data, "hush"), "no secret is shown: %s", out.data);
    yaml_problems_free(p);
}

static void test_no_file(void)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_free_ char *lines = NULL;

    ok(!config_read("/nonexistent/trawl.yaml", p), "no file, no configuration");
    lines = problem_lines(p);
    is_text(lines,
            "cannot open /nonexistent/trawl.yaml: No such file or directory\n",
            "and one line");
    yaml_problems_free(p);
}

/* The files that are included. */
static const struct {
    const char *name, *text;
} more[] = {
    {"more/1.yaml", "include: 2.yaml\n"},
    {"more/2.yaml", "include: 3.yaml\n"},
    {"more/3.yaml", "include: 4.yaml\n"},
    {"more/4.yaml", "include: 5.yaml\n"},
    {"more/5.yaml", "include: 6.yaml\n"},
    {"more/6.yaml", "include: 7.yaml\n"},
    {"more/7.yaml", "include: 8.yaml\n"},
    {"more/8.yaml", "include: 9.yaml\n"},
    {"more/9.yaml", "bmcs: []\n"},
    {"more/a.yaml", "bmcs: [{name: a, url: https://a}]\ncollector: a\n"},
    {"more/b.yaml", "bmcs: [{name: b, url: b}]\n"},
    {"more/c.yaml", "include: [d.yaml]\n"},
    {"more/d.yaml", "include: @/more/c.yaml\n"},
    {"more/e1.yaml", "bmcs: [{name: e1, url: https://e1}]\n"},
    {"more/e2.yaml", "bmcs: [{name: e2, url: https://e2}]\n"
                     "routes: [{match: {severity: OK}, drop: true}]\n"},
};

static void prepare(struct place *place)
{
    _cleanup_free_ char *folder = NULL;

    struct wire_identity *identity = wire_identity_new("c", NULL);
    const char *parent = getenv("TRAWL_TEST_TMP");

    snprintf(place->folder, sizeof(place->folder), "%s/config.XXXXXX",
             parent && strlen(parent) < 40 ? parent : "/tmp");
    if (!mkdtemp(place->folder))
        skip_all("no temporary folder can be made");
    folder = xasprintf("%s/more", place->folder);
    mkdir(folder, 0755);
    put(place, "d.token", "a-token-in-a-file-1\n", 0600);
    put(place, "cert.pem", identity->certificate_pem, 0644);
    put(place, "key.pem", identity->key_pem, 0600);
    wire_identity_free(identity);
    put(place, "b.pw", "geheim\n", 0600);
    put(place, "nil.pw", "\n", 0600);
    put(place, "two.pw", "geheim\nx\n", 0600);
    put(place, "blank.pw", "geheim \n", 0600);
    put(place, "open.pw", "geheim\n", 0644);
    for (size_t i = 0; i < ARRAY_LEN(more); i++)
        put(place, more[i].name, more[i].text, 0644);
}

static void clean_up(const struct place *place)
{
    static const char *const names[] = {
        "conf.d/10.yaml", "conf.d",   "trawl.yaml", "cert.pem",
        "key.pem",        "b.pw",     "open.pw",    "nil.pw",
        "two.pw",         "blank.pw", "."};

    for (size_t i = 0; i < ARRAY_LEN(more); i++)
        take_away(place, more[i].name);
    take_away(place, "more");
    for (size_t i = 0; i + 1 < ARRAY_LEN(names); i++)
        take_away(place, names[i]);
    remove(place->folder);
}

int main(void)
{
    struct place place;
    char *conf_d;

    prepare(&place);
    conf_d = xasprintf("%s/conf.d", place.folder);
    mkdir(conf_d, 0755);
    free(conf_d);
    unsetenv("CREDENTIALS_DIRECTORY");
    test_scenes(&place);
    test_whole(&place);
    test_ranges(&place);
    test_included(&place);
    test_credentials(&place);
    test_fleet(&place);
    test_secrets(&place);
    test_no_file();
    clean_up(&place);
    return done_testing();
}
