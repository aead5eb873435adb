/* SPDX-License-Identifier: Apache-2.0 */
/* Which URIs of a BMC are followed, and to where: one line for each trick. */
#include "http_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define BMC "https://bmc.example:8443"

struct origin_case {
    const char *what, *bmc, *uri;
    const char *url; /* NULL: refused */
    int code;
};

static const struct origin_case cases[] = {
    {"an absolute path", BMC, "/redfish/v1", BMC "/redfish/v1", 0},
    {"a query", BMC, "/redfish/v1/SSE?$filter=EventType%20eq%20'A'",
     BMC "/redfish/v1/SSE?$filter=EventType%20eq%20'A'", 0},
    {"a space in a name", BMC, "/redfish/v1/Drives/Bay 1",
     BMC "/redfish/v1/Drives/Bay%201", 0},
    {"a fragment is cut off", BMC, "/redfish/v1/Thermal#/Fans/0",
     BMC "/redfish/v1/Thermal", 0},
    {"only a query", BMC "/redfish/v1", "?$skip=10", BMC "/redfish/v1?$skip=10",
     0},
    {"a relative path", BMC, "redfish/v1", BMC "/redfish/v1", 0},
    {"nothing", BMC, "", BMC "/", 0},
    {"dots do not leave the host", BMC, "/../../etc", BMC "/etc", 0},
    {"encoded dots stay as they are", BMC, "/a%2e%2e/%2fb", BMC "/a%2e%2e/%2fb",
     0},
    {"a colon later in the path", BMC, "/redfish/v1/Systems/a:b",
     BMC "/redfish/v1/Systems/a:b", 0},
    {"two slashes inside the path", BMC, "/redfish//v1", BMC "/redfish//v1", 0},
    {"an at sign in the path", BMC, "/a@b", BMC "/a@b", 0},
    {"the same origin in full", BMC, BMC "/x", BMC "/x", 0},
    {"another case of scheme and host", BMC, "HTTPS://BMC.Example:8443/x",
     BMC "/x", 0},
    {"the same host without scheme", BMC, "//bmc.example:8443/x", BMC "/x", 0},
    {"the default port said", "https://h", "https://h:443/x", "https://h/x", 0},
    {"the default port unsaid", "https://h:443", "https://h/x",
     "https://h:443/x", 0},
    {"the default port of http", "http://h", "http://h:80/x", "http://h/x", 0},
    {"an IPv6 host", "https://[fe80::1]", "https://[FE80::1]:443/x",
     "https://[fe80::1]/x", 0},
    {"an IPv4 host", "https://10.0.0.1", "https://10.0.0.1/x",
     "https://10.0.0.1/x", 0},
    {"an encoded letter of the host", BMC, "https://%62mc.example:8443/x",
     BMC "/x", 0},
    {"another host", BMC, "https://evil.example:8443/x", NULL, -EXDEV},
    {"another host without scheme", BMC, "//evil.example/x", NULL, -EXDEV},
    {"three slashes", BMC, "///evil.example/x", NULL, 0},
    {"scheme and three slashes", BMC, "https:///evil.example/x", NULL, -EXDEV},
    {"another port", BMC, "https://bmc.example:8444/x", NULL, -EXDEV},
    {"another port by default", BMC, "https://bmc.example/x", NULL, -EXDEV},
    {"port 443 under http", "http://h:443", "https://h:443/x", NULL, -EXDEV},
    {"another scheme", BMC, "http://bmc.example:8443/x", NULL, -EXDEV},
    {"a scheme we do not speak", BMC, "ftp://bmc.example:8443/x", NULL, -EXDEV},
    {"a file", BMC, "file:///etc/passwd", NULL, -EXDEV},
    {"a scheme without host", BMC, "javascript:alert(1)", NULL, -EXDEV},
    {"a scheme with one slash", BMC, "https:/evil.example", NULL, -EXDEV},
    {"a scheme without slashes", BMC, "https:evil.example", NULL, -EXDEV},
    {"our host as user name", BMC, "https://bmc.example:8443@evil.example/x",
     NULL, -EXDEV},
    {"our host as encoded user name", BMC,
     "https://bmc.example%3a8443@evil.example/x", NULL, -EXDEV},
    {"two at signs", BMC, "https://a@evil.example@bmc.example:8443/x", NULL, 0},
    {"a user name before our host", BMC, "https://u:p@bmc.example:8443/x", NULL,
     -EXDEV},
    {"our host as the start of a name", BMC,
     "https://bmc.example.evil.example:8443/x", NULL, -EXDEV},
    {"our host with a dot behind it", BMC, "https://bmc.example.:8443/x", NULL,
     -EXDEV},
    {"a fragment that ends the host", BMC,
     "https://evil.example#@bmc.example:8443/x", NULL, -EXDEV},
    {"a query that ends the host", BMC,
     "https://evil.example?@bmc.example:8443/x", NULL, -EXDEV},
    {"an encoded slash in the host", BMC,
     "https://evil.example%2f@bmc.example:8443/x", NULL, -EXDEV},
    {"a backslash for a slash", BMC, "\\\\evil.example\\x", NULL, -EINVAL},
    {"slash and backslash", BMC, "/\\evil.example/x", NULL, -EINVAL},
    {"a backslash that ends the host", BMC,
     "https://evil.example\\@bmc.example:8443/x", NULL, -EINVAL},
    {"a line end", BMC, "/x\r\nHost: evil.example", NULL, -EINVAL},
    {"a tab before two slashes", BMC, "\t//evil.example/x", NULL, -EINVAL},
    {"a port that is no number", BMC, "https://bmc.example:x/", NULL, 0},
    {"a port that is too large", BMC, "https://bmc.example:74979/x", NULL, 0},
};

static void test_case(const struct origin_case *c)
{
    struct error err = {0};
    char *url = NULL;
    int rc = http_client_same_origin(c->bmc, c->uri, &url, &err);

    if (c->url) {
        is_text(url, c->url, "%s: %s", c->what, err.text);
    } else {
        ok(rc < 0 && !url && err.text[0], "%s is refused: %s", c->what,
           url ? url : err.text);
        if (c->code)
            is_int(rc, c->code, "as %s should be", c->what);
    }
    free(url);
}

int main(void)
{
    char longest[8192];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        test_case(&cases[i]);
    memset(longest, 'a', sizeof(longest));
    longest[0] = '/';
    longest[sizeof(longest) - 1] = '\0';
    test_case(&(struct origin_case){"a URI without end", BMC, longest, NULL,
                                    -EINVAL});
    return done_testing();
}
